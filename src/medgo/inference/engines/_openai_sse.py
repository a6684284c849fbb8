"""Server-sent events: bytes in, ``data`` fields out. Pure: knows neither HTTP nor what the data mean."""

from __future__ import annotations


class EventParser:
    """Finds events in a growing stream of bytes, cut wherever the network cut it.

    Only CR, LF and CRLF end a line (WHATWG HTML §9.2.5). ``str.splitlines`` and with it ``httpx``'s line iterator also
    break at U+2028, U+0085 and others, which JSON may contain as they are.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; return the data of each event they complete. Comments (``:``) give nothing."""
        if not chunk:
            return []
        within_crlf, self._after_cr = self._after_cr and chunk.startswith(b"\n"), chunk.endswith(b"\r")
        chunk = chunk[within_crlf:]
        self._line += chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = self._line.split(b"\n")
        self._line = rest
        return [data for line in lines if (data := self._take(bytes(line))) is not None]

    def finish(self) -> list[bytes]:
        """Return the data of a last event that no blank line ended; some endpoints leave it out."""
        events = [self._take(bytes(self._line)), self._take(b"")]
        self._line = bytearray()
        return [data for data in events if data is not None]

    def _take(self, line: bytes) -> bytes | None:
        if not line:
            data, self._data = b"\n".join(self._data), []
            return data or None
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        return None

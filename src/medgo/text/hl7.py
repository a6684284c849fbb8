"""HL7 v2 in the pipe form as text: where messages begin, their delimiters, escapes, character sets. Knows no field.

Source: HL7 v2.9, chapter 2 (2.5 and 2.7: delimiters and escapes; table 0211: character sets), MLLP 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from medgo.text.decoding import UndecodableError, decode_named, decode_text

# Components of one repetition of a field.
Repetition: TypeAlias = list[str]
Segment: TypeAlias = list[list[Repetition]]

HEADERS = frozenset(("MSH", "FHS", "BHS"))
# MSH-18 (HL7 table 0211) → Python's name.
CHARSETS: Mapping[str, str] = {
    "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8", "UNICODE": "utf-8",
    "UNICODE UTF-16": "utf-16", "UTF-16": "utf-16", "GB 18030-2000": "gb18030", "GB18030": "gb18030",
    "GB2312": "gb18030", "GBK": "gb18030", "BIG-5": "big5hkscs", "BIG5": "big5hkscs",
    **{f"8859/{number}": f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}  # fmt: skip
# Bytes 0x0a to 0x1c are no part of any character of UTF-8, GB 18030 or Big 5, and a header follows one of them.
HEADER = re.compile(rb"(?:\x0b|^|(?<=[\n\r]))(?=(?:MSH|FHS|BHS)[^A-Za-z0-9\s])")
_BLOCK = 1 << 20
_LONGEST_HEADER = 8
_MARKS = b"\x0b\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The five of a message, as its header names them."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    @classmethod
    def of(cls, message: str) -> Delimiters | None:
        """Those that a message's first segment names; None where it names none."""
        start = message[:64].lstrip("\ufeff\x0b\r\n")
        if len(start) < 8 or len(set(start[3:7])) < 4:
            return None
        return cls(start[3], start[4], start[5], start[6], start[7] if start[7] != start[3] else "&")

    def decoded(self, text: str) -> str:
        """Text without escapes; those that are no character stay as they are."""
        if self.escape not in text:
            return text
        return self._pattern().sub(lambda match: self._meanings().get(match[1].upper(), match[0]), text)

    def printed(self, text: str, encoding: str) -> str:
        """Text as people read it: line breaks and spaces where commands set them, highlighting gone, bytes as letters.

        Args:
            text: With escapes.
            encoding: In which ``\\Xdd..\\`` gives bytes; the message's.
        """
        if self.escape not in text:
            return text
        return self._pattern().sub(lambda match: self._printed(match[1], match[0], encoding), text)

    def encoded(self, text: str, *, subcomponents: bool = False) -> str:
        """Text that may stand in a component.

        Args:
            text: Without escapes.
            subcomponents: Whether the delimiter of subcomponents is one, and not a letter of the text.
        """
        escapes = {meaning: f"{self.escape}{name}{self.escape}" for name, meaning in self._meanings().items()}
        if subcomponents:
            del escapes[self.subcomponent]
        if not any(one in text for one in (*escapes, "\r")):
            return text
        escapes["\r"] = ""
        return "".join(escapes.get(letter, letter) for letter in text)

    def _pattern(self) -> re.Pattern[str]:
        mark = re.escape(self.escape)
        return re.compile(f"{mark}([A-Za-z.][^{mark}\r\n]{{0,40}}|[A-Za-z]){mark}")

    def _meanings(self) -> dict[str, str]:
        return {
            "F": self.field,
            "S": self.component,
            "R": self.repetition,
            "T": self.subcomponent,
            "E": self.escape,
            ".BR": "\n",
        }

    def _printed(self, command: str, whole: str, encoding: str) -> str:
        name = command.upper()
        if (meaning := self._meanings().get(name)) is not None:
            return meaning
        if name in ("H", "N"):
            return ""
        if name.startswith("X"):
            try:
                return bytes.fromhex(name[1:]).decode(encoding)
            except ValueError:  # UnicodeDecodeError among them
                return whole
        # ``.sp<n>`` ends the line, ``.sk<n>`` skips spaces, ``.in``, ``.ti``, ``.fi``, ``.nf``, ``.ce`` begin a line.
        match = re.fullmatch(r"\.(SP|SK|IN|TI|FI|NF|CE)([+-]?\d{0,3})", name)
        if match is None:
            return whole
        count = min(abs(int(match[2])) if match[2].strip("+-") else 1, 20)
        return {"SP": "\n" * count, "SK": " " * count}.get(match[1], "" if match[1] in ("FI", "NF") else "\n")


def messages(read: Callable[[int], bytes], most: int = 0) -> Iterator[bytes]:
    """Cut a stream into messages and batch headers, each with its frame and whatever follows it.

    Args:
        read: Gives at most so many bytes; none at the end.
        most: Bytes of a message; of a larger one comes its beginning only, which is larger too. 0 for no limit.
    """
    pending, seen, too_large = b"", 0, False
    while block := read(_BLOCK):
        pending += block
        # A header at the very end may not be whole yet; what was looked at before holds none but the first.
        starts = [match.start() for match in HEADER.finditer(pending, seen)]
        starts = [start for start in starts if 0 < start < len(pending) - _LONGEST_HEADER]
        previous = 0
        for start in starts:
            if not too_large:
                yield pending[previous:start]
            previous, too_large = start, False
        pending = pending[previous:]
        if most and len(pending) - _LONGEST_HEADER > most:
            if not too_large:
                yield pending[:-_LONGEST_HEADER]
            pending, too_large = pending[-2 * _LONGEST_HEADER :], True
        seen = max(0, len(pending) - 2 * _LONGEST_HEADER)
    starts = [match.start() for match in HEADER.finditer(pending) if match.start()]
    for start, end in zip([0, *starts], [*starts, len(pending)], strict=True):
        if pending[start:end].strip() and (start or not too_large):
            yield pending[start:end]


def charset_of(message: bytes) -> str:
    """MSH-18 in capitals; empty where it says nothing."""
    header = re.split(rb"[\r\n]", message.lstrip(_MARKS), maxsplit=1)[0]
    named = header.split(header[3:4])[17:18] if header.startswith(b"MSH") else []
    return named[0].split(header[5:6])[0].decode("ascii", errors="replace").strip().upper() if named else ""


def decode_message(message: bytes, where: str) -> tuple[str, str]:
    """Decode by MSH-18 where it says something, by the bytes where it does not.

    Returns:
        Text, and the encoding that gives the same bytes back.

    Raises:
        UndecodableError: It is not in its character set, or in none that is read.
    """
    named = charset_of(message)
    if not named:
        return decode_text(message, where)
    if named not in CHARSETS:
        raise UndecodableError(f"{where} has a character set that is not known here")
    return decode_named(message, CHARSETS[named], where)


def read_segment(line: str, delimiters: Delimiters) -> Segment:
    """Fields of a segment, the first of which is its name, as repetitions of components, with escapes."""
    cells = line.split(delimiters.field)
    is_header = cells[0].strip("\ufeff") in HEADERS
    segment = [[[cells[0]]]]
    if is_header:
        # The first field of a header is the delimiter itself, the second lists the others.
        segment += [[[delimiters.field]], [[cells[1] if len(cells) > 1 else ""]]]
        cells = cells[1:]
    for cell in cells[1:]:
        segment.append([repetition.split(delimiters.component) for repetition in cell.split(delimiters.repetition)])
    return segment

"""Cuts files into units: lines, or the whole file. Knows no format.

Files in UTF-16 and Big 5, in which line ends and delimiters may be halves of letters, are read as UTF-8.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from medgo.deid.formats.protocol import MAX_UNIT_BYTES, Unit
from medgo.errors import InputError
from medgo.store.compression import open_bytes
from medgo.text.encoding import encoding_of

_UTF8_MARK = b"\xef\xbb\xbf"
_HEAD = 1 << 16
_READ_AS_UTF8 = frozenset(("utf-16", "utf-16-le", "utf-16-be", "big5hkscs"))


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader[Any]]:
    """Open a file for reading, decompressed, and as UTF-8 where it is in UTF-16 or Big 5.

    Raises:
        InputError: It cannot be read, or ends too early.
    """
    with _explained(path):
        encoding = original_encoding(path)
        with open_bytes(path) as stream:
            if encoding:
                with BufferedReader(_AsUtf8(stream, encoding), _HEAD) as other:
                    yield other
            else:
                yield stream


def original_encoding(path: Path) -> str:
    """The encoding of a file that is read as UTF-8 though it is in another one; empty for all others.

    Raises:
        InputError: It cannot be read, or ends too early.
    """
    with _explained(path), open_bytes(path) as stream:
        encoding = encoding_of(stream.read(_HEAD), whole=False)
    return encoding if encoding in _READ_AS_UTF8 else ""


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except EOFError as error:
        raise InputError(f"{path} ends in the middle of its compressed data", hint="fetch or write it again") from error


class _AsUtf8(RawIOBase):
    """A stream in another encoding as UTF-8. What is damaged becomes a byte that no UTF-8 holds: it is held back."""

    def __init__(self, stream: BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._pending = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._pending and not self._ended:
            data = self._stream.read(_HEAD)
            self._ended = not data
            text = self._decoder.decode(data, final=self._ended)
            self._pending = text.encode().replace("\ufffd".encode(), b"\xff")
        taken = self._pending[: len(view)]
        view[: len(taken)] = taken
        self._pending = self._pending[len(taken) :]
        return len(taken)


def whole_file(path: Path) -> Iterator[Unit]:
    """The file as one unit, named after the file."""
    with opened(path) as stream:
        data = stream.read(MAX_UNIT_BYTES + 1)
    whole = data if len(data) <= MAX_UNIT_BYTES else None
    yield Unit(1, whole, name=path.name, original=original_encoding(path))


def lines_of(path: Path) -> Iterator[Unit]:
    """Lines that are not blank, numbered as an editor numbers them; a byte order mark is left out."""
    original = original_encoding(path)
    with opened(path) as stream:
        number = 0
        while line := stream.readline(MAX_UNIT_BYTES + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(_UTF8_MARK)
            if len(line) > MAX_UNIT_BYTES:
                yield Unit(number, None, original=original)
                while not line.endswith(b"\n") and (line := stream.readline(MAX_UNIT_BYTES)):
                    pass
            elif line.strip():
                yield Unit(number, line, original=original)

"""Opens what comes from outside: compressed or not, never larger than it may be. Knows no format."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import Path

from medgo.errors import InputError
from medgo.store.compression import open_bytes, uncompressed_name

HEAD_BYTES = 64 * 2**10
# Text shrinks to a tenth, hardly to a fiftieth: what grows beyond this was made to fill a disk.
MAX_RATIO = 200
# All that reading a zip archive raises where it is damaged, encrypted, or packed in a way that is not known.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError)
_RATIO_COUNTS_FROM = 64 * 2**20


def open_source(path: Path) -> io.BufferedReader:
    """Open a file for reading, decompressed.

    Reading raises ``InputError`` where a compressed file ends early, is damaged, or grows beyond :data:`MAX_RATIO`.

    Raises:
        InputError: It cannot be opened.
    """
    try:
        stream = open_bytes(path)
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror}") from error
    return io.BufferedReader(_Guarded(stream, path, size), HEAD_BYTES)


def head_of(path: Path) -> tuple[str, bytes]:
    """Name without ``.gz``, and the first 64 KiB, decompressed; what is there, where the file ends early.

    Raises:
        InputError: It cannot be opened.
    """
    with open_source(path) as stream:
        try:
            head = stream.read(HEAD_BYTES)
        except InputError:
            head = b""
    return uncompressed_name(path), head


class _Guarded(io.RawIOBase):
    def __init__(self, stream: io.BufferedReader, path: Path, size: int) -> None:
        self._stream, self._name = stream, path.name
        self._most = max(size * MAX_RATIO, _RATIO_COUNTS_FROM) if uncompressed_name(path) != path.name else None
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._stream.read1(len(view))
        except (EOFError, OSError) as error:
            raise InputError(f"{self._name} is damaged or ends early: {error}", hint="get it again") from error
        self._read += len(data)
        if self._most is not None and self._read > self._most:
            raise InputError(
                f"{self._name} grows to more than {MAX_RATIO} times its size, as no text does",
                hint="if it is meant, decompress it yourself and give the file",
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()

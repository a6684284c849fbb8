"""Opening plain, gzip and zstandard files as one kind of byte stream, where a truncated archive is an error."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

import zstandard

_SUFFIXES = (".gz", ".zst")
_BLOCK = 1 << 16


def uncompressed_name(path: Path) -> str:
    """The file's name without ``.gz`` or ``.zst``."""
    return path.stem if path.suffix.lower() in _SUFFIXES else path.name


def open_bytes(path: Path) -> io.BufferedReader:
    """Open for reading, decompressing by the file's suffix.

    Reading raises ``EOFError`` where a compressed file ends too early, ``OSError`` where it is damaged.

    Raises:
        OSError: The file cannot be opened.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return io.BufferedReader(_GzipStream(path), _BLOCK)
    if suffix == ".zst":
        return io.BufferedReader(_ZstdStream(path), _BLOCK)
    return io.BufferedReader(path.open("rb", buffering=0), _BLOCK)


class _GzipStream(io.RawIOBase):
    """``gzip.GzipFile`` whose damage comes as ``OSError`` (zlib has an exception of its own)."""

    def __init__(self, path: Path) -> None:
        self._file = gzip.GzipFile(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._file.read1(len(view))
        except zlib.error as error:
            raise OSError(f"damaged gzip data: {error}") from error
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _ZstdStream(io.RawIOBase):
    """Zstandard frames one after another. The library's own reader takes a truncated frame for the end of the file."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._in_frame = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._in_frame = zstandard.ZstdDecompressor().decompressobj(), False
            packed = packed or self._file.read(_BLOCK)
            if not packed:
                if self._in_frame:
                    raise EOFError("zstandard frame ends early")
                return 0
            self._in_frame = True
            try:
                self._ready = self._frame.decompress(packed)
            except zstandard.ZstdError as error:
                raise OSError(f"damaged zstandard data: {error}") from error
        data, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()

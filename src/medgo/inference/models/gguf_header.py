"""Reads the header of a GGUF file: metadata and where each tensor lies. Reads no tensor and imports no library.

The ``gguf`` package's reader builds numpy views of every metadata string, which takes seconds on a vocabulary of
150,000 tokens; this one steps over what it does not need.
Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from medgo.errors import CorruptModelError

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 28  # bytes of one string or items of one array; more is a damaged length, not metadata


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself.

    Args:
        metadata: Scalars and strings; arrays are left out.
        tensors: Number of tensors.
        parameters: Number of values in all tensors.
        data_start: Bytes before the tensors.
        expected_size: Bytes that the file must have at least to hold all its tensors.
    """

    metadata: dict[str, Any]
    tensors: int
    parameters: int
    data_start: int
    expected_size: int


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of a little-endian GGUF file, version 2 or 3.

    Raises:
        CorruptModelError: The file is not GGUF, or ends or breaks within its header.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file).header()
    except (_BrokenHeaderError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise CorruptModelError(
            f"{path} is damaged: its GGUF header cannot be read ({error}); the file has {path.stat().st_size} bytes",
            hint="delete the file and get it again",
        ) from error


class _BrokenHeaderError(Exception):
    """The bytes are not a GGUF header."""


class _Reader:
    """Walks through one file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def header(self) -> GgufHeader:
        if self._bytes(4) != b"GGUF":
            raise _BrokenHeaderError("it does not begin with GGUF")
        version = self._number("I")
        if version not in (2, 3):
            raise _BrokenHeaderError(f"version {version} is not 2 or 3")
        tensors, pairs = self._number("Q"), self._number("Q")
        metadata: dict[str, Any] = {}
        for _ in range(pairs):
            key = self._string()
            value = self._value(self._number("I"))
            if value is not None:
                metadata[key] = value
        parameters, end = self._tensors(tensors)
        alignment = int(metadata.get("general.alignment", 32))
        if alignment < 1:
            raise _BrokenHeaderError(f"alignment {alignment}")
        data_start = -(-self._file.tell() // alignment) * alignment
        return GgufHeader(metadata, tensors, parameters, data_start, data_start + end)

    def _tensors(self, count: int) -> tuple[int, int]:
        """Return the number of values and the end of the last tensor in bytes after the start of the data."""
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

        parameters = end = 0
        for _ in range(count):
            self._string()
            values = 1
            for _ in range(self._number("I")):
                values *= self._number("Q")
            kind, offset = self._number("I"), self._number("Q")
            block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]  # ValueError: a type that does not exist
            parameters += values
            end = max(end, offset + values // block * size)
        return parameters, end

    def _value(self, kind: int) -> Any:
        """Read a scalar or a string; step over an array and return None."""
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            return self._number(self._scalar(kind))
        item, length = self._number("I"), self._number("Q")
        if length > _LONGEST:
            raise _BrokenHeaderError(f"an array of {length} items")
        if item == _STRING:
            for _ in range(length):
                self._bytes(self._length())
        elif item == _ARRAY:
            for _ in range(length):
                self._value(_ARRAY)
        else:
            self._bytes(length * struct.calcsize(self._scalar(item)))
        return None

    def _scalar(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise _BrokenHeaderError(f"value type {kind} does not exist")
        return _SCALARS[kind]

    def _string(self) -> str:
        return self._bytes(self._length()).decode()

    def _length(self) -> int:
        length: int = self._number("Q")
        if length > _LONGEST:
            raise _BrokenHeaderError(f"a string of {length} bytes")
        return length

    def _number(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self._bytes(struct.calcsize(code)))[0]

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise _BrokenHeaderError("it ends within its header")
        return data

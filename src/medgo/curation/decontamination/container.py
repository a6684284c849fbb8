"""Arrays and a description in one file that processes map into memory and share. Knows nothing of what they mean.

Layout: magic, length of the header (8 bytes, little-endian), SHA-256 of the rest, header (JSON), arrays at multiples of
64 bytes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.errors import InputError
from medgo.store.atomic import replacing

_MAGIC = b"MEDGOIDX"
_ALIGN = 64
_START = len(_MAGIC) + 8 + 32
Arrays = Mapping[str, npt.NDArray[Any]]


def write_arrays(path: Path, meta: Mapping[str, Any], arrays: Arrays) -> None:
    """Write them; the file appears whole or not at all.

    Args:
        path: The file.
        meta: JSON values.
        arrays: Arrays of numbers by name.
    """
    listed: dict[str, Any] = {}
    offset = 0
    for name, array in arrays.items():
        listed[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"meta": dict(meta), "arrays": listed, "size": offset}, ensure_ascii=False).encode()
    header += b" " * (-(_START + len(header)) % _ALIGN)
    digest = hashlib.sha256(header)
    parts = [part for array in arrays.values() for part in _parts(array)]
    for part in parts:
        digest.update(part)
    with replacing(path) as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + digest.digest() + header)
        for part in parts:
            file.write(part)


def read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Map a file: its pages are shared by all processes that do.

    Returns:
        Description and arrays, which cannot be written to.

    Raises:
        InputError: It is not there, not such a file, or damaged.
    """
    try:
        with path.open("rb") as file:
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise _unfit(path, str(error)) from error
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise _unfit(path, "it does not begin as one")
    # What is as it was written needs no further look.
    if hashlib.sha256(view[_START:]).digest() != bytes(view[_START - 32 : _START]):
        raise _unfit(path, "its content is not what was written")
    length = int.from_bytes(view[len(_MAGIC) : len(_MAGIC) + 8], "little")
    header = json.loads(bytes(view[_START : _START + length]))
    body = view[_START + length :]
    return header["meta"], {name: _array(body, of) for name, of in header["arrays"].items()}


def _unfit(path: Path, why: str) -> InputError:
    return InputError(f"{path} is not an index of items: {why}", hint="remove it to build it again")


def _parts(array: npt.NDArray[Any]) -> list[bytes | memoryview]:
    data = np.ascontiguousarray(array)
    parts: list[bytes | memoryview] = [data.reshape(-1).view(np.uint8).data] if data.nbytes else []
    return [*parts, b"\0" * (-data.nbytes % _ALIGN)]


def _array(body: memoryview, of: Mapping[str, Any]) -> npt.NDArray[Any]:
    kind, shape = np.dtype(of["dtype"]), tuple(of["shape"])
    count = int(np.prod(shape))
    return np.frombuffer(body, kind, count, of["offset"]).reshape(shape)

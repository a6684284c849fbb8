"""Writes safetensors files tensor by tensor, so that a model of any size is written with one tensor in memory.

``safetensors.torch.save_file`` wants all tensors of a file at once. Knows no model and no adapter.
The format: https://huggingface.co/docs/safetensors/index#format
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch

from medgo.errors import UnsupportedRequestError

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class TensorPlan:
    """A tensor that will be written.

    Args:
        name: Its name.
        dtype: Its type as safetensors spells it.
        shape: Its shape.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def torch_dtype(self) -> torch.dtype:
        """Its type.

        Raises:
            UnsupportedRequestError: A type that holds quantised values.
        """
        if self.dtype not in DTYPES:
            raise UnsupportedRequestError(
                f"the tensor {self.name} is stored as {self.dtype}, which is quantised",
                hint="take the model's unquantised weights (bfloat16, float16 or float32)",
            )
        return DTYPES[self.dtype]

    @property
    def bytes(self) -> int:
        """Its size."""
        return math.prod(self.shape) * self.torch_dtype.itemsize


def write_shard(path: Path, plans: Sequence[TensorPlan], value: Callable[[TensorPlan], torch.Tensor]) -> str:
    """Write one safetensors file; equal plans and values give equal bytes.

    Args:
        path: The file; its folder exists.
        plans: What it holds, in any order.
        value: Makes a tensor of the planned shape and type, when its turn comes.

    Returns:
        Its sha256.

    Raises:
        OSError: The disk did not take it.
    """
    # The widest types first, as the library does it: every tensor then begins at a multiple of its item size.
    ordered = sorted(plans, key=lambda plan: (-plan.torch_dtype.itemsize, plan.name))
    digest = hashlib.sha256()
    with path.open("wb") as file:
        _put(file, digest, _header(ordered))
        for plan in ordered:
            tensor = value(plan)
            assert tensor.dtype == plan.torch_dtype and tuple(tensor.shape) == plan.shape, plan.name  # noqa: S101
            _put(file, digest, tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _header(plans: Sequence[TensorPlan]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}  # transformers refuses a file that does not say so
    offset = 0
    for plan in plans:
        entries[plan.name] = {"dtype": plan.dtype, "shape": plan.shape, "data_offsets": [offset, offset + plan.bytes]}
        offset += plan.bytes
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _put(file: BinaryIO, digest: Any, data: bytes | memoryview) -> None:
    file.write(data)
    digest.update(data)

"""Number formats on this machine: what ``auto`` means, and when a request's numbers do not depend on its batch."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

from medgo.errors import UnsupportedRequestError
from medgo.inference.engines.options import DtypeName
from medgo.inference.models.machine import available_memory

# Rows per matrix product in the fallback below; one tile of the widest vector units in use.
_TILE = 16
# Below this many rows a float32 product is faster than one in bfloat16 (docs/decisions/0002).
_MIN_BF16_ROWS = 8
# How oneDNN multiplies float32: as it is, or rounded to bfloat16.
ProductMode = Literal["ieee", "bf16"]
_FORWARD_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Numerics:
    """How numbers are held and multiplied.

    Args:
        storage: Type of weights, cache and everything between matrix products.
        multiply_bf16: Inside matrix products both sides are rounded to bfloat16 and summed in float32. Keeps the
            residual stream exact: 99.3 % top-1 agreement with float32 where plain bfloat16 has 97.7 % (SmolLM2-135M).
    """

    storage: torch.dtype
    multiply_bf16: bool = False

    @property
    def exact(self) -> bool:
        """A request's numbers must not depend on its batch."""
        return self.storage == torch.float32 and not self.multiply_bf16

    def __str__(self) -> str:
        name = str(self.storage).removeprefix("torch.")
        return f"{name}/bfloat16" if self.multiply_bf16 else name

    @contextmanager
    def applied(self, rows: int) -> Iterator[None]:
        """Run a forward pass of this many rows in these numbers. Passes of all threads take turns."""
        with _FORWARD_LOCK:
            mode: ProductMode = "bf16" if self.multiply_bf16 and rows >= _MIN_BF16_ROWS else "ieee"
            with float32_products(mode), torch.inference_mode():
                yield


@contextmanager
def float32_products(mode: ProductMode) -> Iterator[None]:
    """Choose how oneDNN multiplies float32, for the length of the block."""
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    matmul.fp32_precision = mode
    try:
        yield
    finally:
        matmul.fp32_precision = before


def choose_numerics(dtype: DtypeName, device: torch.device, parameters: int) -> Numerics:
    """Resolve ``dtype``.

    ``auto`` is bfloat16 on a GPU. On a CPU with native bfloat16 it is float32 multiplied in bfloat16, or plain bfloat16
    where float32 weights would not fit into memory; on any other CPU it is float32.

    Args:
        parameters: Number of weights, for the memory they need.
    """
    if dtype == "float32":
        return Numerics(torch.float32)
    if dtype == "bfloat16":
        return Numerics(torch.bfloat16)
    if device.type != "cpu":
        return Numerics(torch.bfloat16)
    if 4 * parameters > 0.8 * available_memory():
        return Numerics(torch.bfloat16)
    return Numerics(torch.float32, multiply_bf16=cpu_has_bf16())


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 natively (AVX512-BF16 or AMX)."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def ask_for_exact_products() -> None:
    """Ask MKL for products whose rows do not depend on how many rows there are.

    MKL reads this at its first use in the process and it costs nothing measurable from 16 rows on. It comes too late if
    somebody has already multiplied something; ``make_exact`` finds out by trying.
    Source: oneMKL developer guide, "Conditional Numerical Reproducibility", strict mode.
    """
    os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")


class TiledLinear(torch.nn.Linear):
    """A linear layer that always multiplies exactly ``_TILE`` rows at a time, so that no row depends on the others."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002
        """Multiply [..., rows, in] to [..., rows, out]."""
        rows = input.reshape(-1, input.shape[-1])
        padding = -len(rows) % _TILE
        padded = functional.pad(rows, (0, 0, 0, padding))
        out = torch.cat([functional.linear(tile, self.weight, self.bias) for tile in torch.split(padded, _TILE)])
        return out[: len(rows)].reshape(*input.shape[:-1], self.out_features)


def use_tiles(model: torch.nn.Module) -> None:
    """Turn every linear layer into a :class:`TiledLinear`, in place, without copying weights."""
    for module in model.modules():
        if type(module) is torch.nn.Linear:
            module.__class__ = TiledLinear


def pick_device(name: str) -> torch.device:
    """Resolve ``auto``.

    Raises:
        UnsupportedRequestError: The device named does not exist here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UnsupportedRequestError(
            f"the device {name!r} was asked for, but PyTorch finds no GPU here", hint="use --device cpu"
        )
    return device

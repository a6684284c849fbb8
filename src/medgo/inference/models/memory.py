"""Whether a model fits: arithmetic on its published shape. Looks at no machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medgo.inference.models.registry import Architecture

NumberFormat = Literal["float32", "bfloat16", "q8_0"]

# Bytes of one weight and of one cached key or value. Q8_0 holds 32 weights in 34 bytes; its engines cache in 16 bits.
_BYTES: dict[NumberFormat, tuple[float, int]] = {"float32": (4, 4), "bfloat16": (2, 2), "q8_0": (34 / 32, 2)}
FORMATS: tuple[NumberFormat, ...] = ("float32", "bfloat16", "q8_0")

_RUNTIME = 1 << 30  # bytes for libraries, activations and the operating system's needs beside the model
_GPU_SHARE = 0.9  # of a GPU's memory: the rest is for CUDA and fragmentation, as vLLM plans too
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True)
class Fit:
    """One model in one number format on one device; sizes in bytes.

    Args:
        device: ``RAM`` or the GPU's name.
        kv_cache: Keys and values of ``context`` tokens for each of ``batch`` sequences.
        usable: What the device has for the model.
        kv_tokens: Tokens that can be cached beside the weights, over all sequences; 0 when not even the weights fit.
        fits: Weights and the cache for the stated context and batch have room.
        reason: Why it does not fit, and how many bytes are short; empty when it does.
    """

    device: str
    number_format: NumberFormat
    weights: int
    kv_cache: int
    usable: int
    kv_tokens: int
    fits: bool
    reason: str


def usable_memory(available: int, *, gpu: bool) -> int:
    """Return how many of the available bytes a model may take."""
    return int(available * _GPU_SHARE) if gpu else max(available - _RUNTIME, 0)


def fit(shape: Architecture, number_format: NumberFormat, device: str, usable: int, *, context: int, batch: int) -> Fit:
    """Weigh a model against the usable memory of a device.

    Weights are parameters · bytes; the cache is 2 · layers · kv_heads · head_dim · bytes · context · batch.

    Args:
        usable: Bytes, see :func:`usable_memory`.
        context: Prompt and reply together, in tokens.
        batch: Sequences at once.
    """
    per_weight, per_value = _BYTES[number_format]
    weights = int(shape.parameters * per_weight)
    kv_cache = shape.kv_cache_bytes(context * batch, per_value)
    tokens = max(usable - weights, 0) // shape.kv_cache_bytes(1, per_value)
    reason = ""
    if weights > usable:
        reason = f"weights {show_bytes(weights - usable)} short"
    elif context > shape.context:
        reason = f"context is {shape.context} tokens"
    elif weights + kv_cache > usable:
        reason = f"KV cache {show_bytes(weights + kv_cache - usable)} short"
    return Fit(device, number_format, weights, kv_cache, usable, tokens, not reason, reason)


def show_bytes(count: float) -> str:
    """Write a number of bytes for people: ``61.0 GiB``."""
    for unit in _UNITS[:-1]:
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"

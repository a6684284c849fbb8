"""What a stage was trained with: versions and devices, for the card. Names no machine and no person."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from medgo import __version__
from medgo.store import replacing
from medgo.training.card.records import ENVIRONMENT

_PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers", "deepspeed")


def environment() -> dict[str, Any]:
    """Versions and devices of this process."""
    devices = [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())]
    return {
        "medgo": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu_cores": os.cpu_count(),
        "devices": devices or ["CPU"],
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def write_environment(stage_folder: Path) -> None:
    """Write ``environment.json`` of a stage, whole or not at all; the process that trains it calls this.

    Raises:
        StorageError: The disk did not take it.
    """
    with replacing(stage_folder / ENVIRONMENT) as file:
        file.write(json.dumps(environment(), indent=1).encode())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

"""Signs of life of the processes of one stage, as files that a launcher watches. Knows nothing of training."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback


class Heartbeat(TrainerCallback):  # type: ignore[misc]
    """Touches a file of its own in each process at every step.

    Args:
        folder: For the files.
        rank: Of this process.
    """

    def __init__(self, folder: Path, rank: int) -> None:
        self._file = heartbeat_file(folder, rank)

    def _beat(self, *_: Any, **__: Any) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()

    # The model is loaded and the group set up; a step was done; a checkpoint was written, which may take long.
    on_train_begin = on_step_end = on_save = _beat


def heartbeat_file(folder: Path, rank: int) -> Path:
    """File of one process."""
    return folder / f"rank-{rank}"


def silent_for(folder: Path, rank: int) -> float | None:
    """Seconds since the last sign of life of a process; None before the first."""
    file = heartbeat_file(folder, rank)
    return time.time() - file.stat().st_mtime if file.exists() else None

"""What a stage learns from, step by step: decided before training, the same for any number of devices.

An order lists micro-batches of rows. Every step has the same number of them; the devices take turns. So one process
with 8 micro-batches a step, and 2 processes with 4 each, learn the same things in the same steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medgo.errors import InputError
from medgo.store import replacing


@dataclass(frozen=True, slots=True)
class Order:
    """The micro-batches of a stage.

    Args:
        rows: Positions of rows in the stage's token file, micro-batch after micro-batch, shape [n].
        ends: Where each micro-batch ends in ``rows``, shape [micro-batches], rising.
        per_step: Micro-batches that make one optimiser step, over all devices.
    """

    rows: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    per_step: int

    def __post_init__(self) -> None:
        whole = self.per_step > 0 and len(self.ends) % self.per_step == 0
        if not whole or (len(self.ends) and int(self.ends[-1]) != len(self.rows)):
            raise InputError(f"{len(self.ends)} micro-batches of {self.per_step} a step do not make whole steps")

    @classmethod
    def of(cls, steps: Sequence[Sequence[Sequence[int]]]) -> Order:
        """From nested lists: steps of micro-batches of rows; every step has equally many micro-batches."""
        micro = [batch for step in steps for batch in step]
        per_step = len(steps[0]) if steps else 1
        if any(len(step) != per_step for step in steps) or any(not batch for batch in micro):
            raise InputError("every step needs equally many micro-batches, and none may be empty")
        rows = np.array([row for batch in micro for row in batch], dtype=np.int64)
        return cls(rows, np.cumsum([len(batch) for batch in micro], dtype=np.int64), per_step)

    @property
    def steps(self) -> int:
        """Optimiser steps."""
        return len(self.ends) // self.per_step

    def __len__(self) -> int:
        """Micro-batches."""
        return len(self.ends)

    def __iter__(self) -> Iterator[list[int]]:
        """The micro-batches in turn: usable as a torch batch sampler."""
        start = 0
        for end in self.ends.tolist():
            yield self.rows[start:end].tolist()
            start = end

    def save(self, path: Path) -> None:
        """Write the order (numpy ``.npz``), whole or not at all."""
        with replacing(path) as file:
            np.savez(file, rows=self.rows, ends=self.ends, per_step=np.int64(self.per_step))

    @classmethod
    def load(cls, path: Path) -> Order:
        """Read an order.

        Raises:
            InputError: The file is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(file["rows"], file["ends"], int(file["per_step"]))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise InputError(
                f"{path} is not an order of rows: {error}", hint="run medgo train prepare again"
            ) from error

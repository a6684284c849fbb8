"""How many tokens a stage has seen after each step: known from its order before training. Knows no trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from medgo.training.ordering.order import Order

Counts = npt.NDArray[np.int64]
ID_COLUMNS = ("prompt_ids", "answer_ids", "rejected_ids")


@dataclass(frozen=True, slots=True)
class StepTokens:
    """Tokens without padding, over all devices, from the stage's start; a resumed run counts as one that never broke.

    Args:
        seen: Tokens that went through the model by the end of each step, shape [steps].
        learnt: Those of them that carried a loss, shape [steps].
    """

    seen: Counts
    learnt: Counts

    @classmethod
    def of(cls, rows: Any, order: Order) -> Self:
        """Count with a data set of the columns of ``rows/token_file.py``; a pair counts its prompt twice."""
        prompt, answer, rejected = (row_lengths(rows, column) for column in ID_COLUMNS)
        learnt = answer + rejected
        seen = learnt + prompt * np.where(rejected > 0, 2, 1)
        step_ends = order.ends[order.per_step - 1 :: order.per_step] - 1
        return cls(np.cumsum(seen[order.rows])[step_ends], np.cumsum(learnt[order.rows])[step_ends])

    def between(self, before: int, after: int) -> int:
        """Tokens seen from the end of step ``before`` to the end of step ``after``; step 0 is the start."""
        return self.at(after) - self.at(before)

    def at(self, step: int) -> int:
        """Tokens seen by the end of a step, counted from 1."""
        return int(self.seen[step - 1]) if step else 0


def row_lengths(rows: Any, column: str) -> Counts:
    """Tokens of every row's list in a column, shape [rows]."""
    lists = rows.with_format("arrow")[:][column] if len(rows) else None
    if lists is None:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(pc.list_value_length(lists).to_numpy(), dtype=np.int64)

"""How much a stage learnt from: all of its order, or of a stage with probes the steps whose result was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.errors import InputError, RunFolderError
from medgo.training.job import Job
from medgo.training.ordering.order import Order
from medgo.training.rows.token_file import read_token_file
from medgo.training.running.step_tokens import StepTokens

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a stage's weights are the result of.

    Args:
        steps: Optimiser steps.
        planned: Steps of its order.
        rows: Rows of those steps, repeats counted.
        tokens: Of those rows, all.
        loss_tokens: Of those rows, with a loss.
    """

    steps: int
    planned: int
    rows: int
    tokens: int
    loss_tokens: int


def steps_learnt(promotion: Record | None) -> int | None:
    """Steps whose result a stage kept, or did in vain; None where it goes through its whole order."""
    if promotion is None:
        return None
    step = promotion.get("promoted_step")
    return int(promotion["last_step"] if step is None else step)


def learnt_of(job: Job, mix: Record | None, promotion: Record | None) -> Learnt | None:
    """Count what a stage learnt from; None where its mix is not recorded.

    Raises:
        RunFolderError: Its rows or its order are damaged.
    """
    if mix is None:
        return None
    planned, steps = int(mix["steps"]), steps_learnt(promotion)
    if steps is None or steps >= planned:
        tokens, loss_tokens = (sum(part[key] for part in mix["tasks"]) for key in ("tokens", "loss_tokens"))
        return Learnt(planned, planned, mix["rows"], tokens, loss_tokens)
    if not steps:
        return Learnt(0, planned, 0, 0, 0)
    try:
        order = Order.load(job.order_file)
        seen = StepTokens.of(read_token_file(job.rows_file), order)
    except InputError as error:
        raise RunFolderError(f"{job.folder} has no readable rows: {error}", hint="run medgo train prepare") from error
    rows = len(rows_of(order, steps))
    return Learnt(steps, planned, rows, int(seen.seen[steps - 1]), int(seen.learnt[steps - 1]))


def rows_of(order: Order, steps: int | None) -> npt.NDArray[np.int64]:
    """Positions of the rows of the first steps, repeats counted; of all where ``steps`` is None."""
    if steps is None or steps >= order.steps:
        return order.rows
    return order.rows[: int(order.ends[steps * order.per_step - 1])] if steps else order.rows[:0]

"""The order of labelled rows for KTO: both labels everywhere in their proportion. Knows no trainer and no text.

A preference set that is un-paired block by block has stretches of a thousand rows with one label, and KTO then learns
from batches without a contrast. Here every window of an epoch holds the labels in the proportion of the set, to within
one row, and each epoch is shuffled anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from medgo.errors import RecipeError

Positions = npt.NDArray[np.int64]


def interleave(labels: Sequence[bool], rng: np.random.Generator) -> Positions:
    """Shuffle rows so that any run of k of them holds floor(k p) or ceil(k p) wanted ones, p being their share.

    The wanted rows are spread like the points of a straight line on a grid (Bresenham's algorithm, in whole numbers),
    with a random start; which wanted row comes at which of their places is random.

    Args:
        labels: Of each row, shape [n].
        rng: Source of the shuffle.

    Returns:
        Positions of the rows in their new order, shape [n], a permutation.
    """
    wanted = np.asarray(labels, dtype=bool)
    count = len(wanted)
    if not count:
        return np.empty(0, dtype=np.int64)
    line = (int(rng.integers(count)) + int(wanted.sum()) * np.arange(count + 1, dtype=np.int64)) // count
    places = np.diff(line).astype(bool)
    order = np.empty(count, dtype=np.int64)
    order[places] = rng.permutation(np.flatnonzero(wanted))
    order[~places] = rng.permutation(np.flatnonzero(~wanted))
    return order


def label_steps(
    labels: Sequence[bool], rows_per_step: int, micro_rows: int, epochs: float, rng: np.random.Generator
) -> tuple[list[list[list[int]]], int]:
    """Cut epochs of interleaved rows into whole steps of whole micro-batches.

    The epochs follow on one another without a seam, so only the last step can be incomplete: its rows are dropped and
    counted. So no micro-batch is ever smaller than the others, and none of one row is left to be its own mismatch.

    Args:
        labels: Of each row, shape [n].
        rows_per_step: Rows of one optimiser step; a multiple of ``micro_rows``.
        micro_rows: Rows of a micro-batch.
        epochs: Times that the rows are gone through; a broken part takes the beginning of one more shuffle.
        rng: Source of the shuffles.

    Returns:
        Steps of micro-batches of row positions, and how many rows of the last epoch were dropped.

    Raises:
        RecipeError: The rows do not fill a single step, or a step is not made of whole micro-batches.
    """
    if rows_per_step % micro_rows:
        raise RecipeError(
            f"a step of {rows_per_step} rows is not made of whole micro-batches of {micro_rows}",
            hint="make batch.rows a multiple of batch.micro_rows",
        )
    visits = round(len(labels) * epochs)
    if visits < rows_per_step:
        raise RecipeError(
            f"{len(labels)} labelled rows over {epochs:g} epochs do not fill one step of {rows_per_step} rows",
            hint="lower batch.rows, raise epochs, or add rows",
        )
    stream = np.concatenate([interleave(labels, rng) for _ in range(math.ceil(epochs))])[:visits]
    steps = visits // rows_per_step
    shaped = stream[: steps * rows_per_step].reshape(steps, rows_per_step // micro_rows, micro_rows)
    whole: list[list[list[int]]] = shaped.tolist()
    return whole, visits - steps * rows_per_step

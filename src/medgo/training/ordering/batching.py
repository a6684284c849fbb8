"""Rows in their order become steps, and steps become micro-batches of like length. Knows no tokens and no trainer.

Which rows a step learns from does not depend on the size of its micro-batches, so that size changes memory and speed
and nothing else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from medgo.training.ordering.mixing import Draws
from medgo.training.ordering.order import Order
from medgo.training.ordering.sizes import Ints, RowSizes

# A step is made of at least 4 lengths, each of at most a quarter of its rows, so that none is all short or all long.
_LENGTHS = 4
_RUN = 4


def compose(draws: Draws, sizes: RowSizes, per_step: int, window: int, rng: np.random.Generator) -> Ints:
    """Exchange rows between neighbouring steps so that rows of like length meet and every step keeps the mix.

    A window of steps is sorted by length and cut into runs; a stratum is as many runs as there are steps. Every step
    gets one run of each stratum: from the longest stratum down, runs are assigned to steps so that the squares of what
    each step has too much or too little of each group (rows, and tokens with a loss) become least. Rows with another
    label are another group, and wanted rows take the places of wanted ones only, so every run keeps its labels.

    Measured on four tasks of unlike length (32 rows a step, micro-batches of 4): padding falls from 23 % to 2 %, and
    the groups' shares of a step spread no wider than without exchange, half as wide as those of shuffled rows
    (benchmarks/ordering.py).

    Args:
        draws: Rows in the order in which they are learnt, whole steps of them.
        sizes: Of the stage's rows.
        per_step: Rows of a step.
        window: Steps among which rows may be exchanged; 1 leaves every row in its step.
        rng: Order of the steps of a window.

    Returns:
        Positions of rows, shape [steps, per_step].
    """
    if window == 1:
        return draws.rows.reshape(-1, per_step)
    codes, groups = np.unique(2 * draws.groups + sizes.label[draws.rows], return_inverse=True)
    size = window * per_step
    return np.concatenate(
        [
            _window(draws.rows[at : at + size], groups[at : at + size], len(codes), sizes, per_step, rng)
            for at in range(0, len(draws), size)
        ]
    )


def deal(steps: Ints, sizes: RowSizes, micro_rows: int) -> Order:
    """Cut every step into micro-batches of like length, the longest first.

    The places of the labels stay as they are: wanted rows are exchanged with wanted ones of the same step only.

    Args:
        steps: Positions of rows, shape [steps, rows of a step].
        sizes: Of the stage's rows.
        micro_rows: Rows of a micro-batch.
    """
    dealt = np.take_along_axis(steps, _by_length(steps, sizes), axis=1)
    ends = np.arange(micro_rows, dealt.size + 1, micro_rows, dtype=np.int64)
    return Order(dealt.reshape(-1), ends, steps.shape[1] // micro_rows)


def _by_length(rows: Ints, sizes: RowSizes) -> Ints:
    """Which row of its line comes at each place: the longest first, labels where they were, shape [lines, rows]."""
    labels = sizes.label[rows]
    order = np.lexsort((-sizes.tokens[rows], labels), axis=1)
    places = np.argsort(labels, axis=1, kind="stable")
    result = np.empty_like(order)
    np.put_along_axis(result, places, order, axis=1)
    return result


def _window(rows: Ints, groups: Ints, count: int, sizes: RowSizes, per_step: int, rng: np.random.Generator) -> Ints:
    """Steps of one window, shape [steps, per_step]; ``count`` is how many groups there are."""
    by_length = _by_length(rows[None], sizes)[0]
    rows, groups = rows[by_length], groups[by_length]
    steps, run = len(rows) // per_step, _run_length(per_step)
    # [strata, steps, run, 2 * groups] -> [strata, steps, 2 * groups]
    held = _contents(groups, sizes.loss_tokens[rows], count, steps, per_step)
    surplus = held.reshape(per_step // run, steps, run, -1).sum(axis=2)
    surplus -= surplus.mean(axis=1, keepdims=True)
    strata = rows.reshape(per_step // run, steps, run)
    made = np.empty((steps, per_step // run, run), np.int64)
    had = np.zeros((steps, surplus.shape[2]))
    for at, (stratum, adds) in enumerate(zip(strata, surplus, strict=True)):
        cost = np.square(had[:, None] + adds[None]).sum(axis=2)  # [steps, runs]
        _, assigned = linear_sum_assignment(cost)
        had += adds[assigned]
        made[:, at] = stratum[assigned]
    return made.reshape(steps, per_step)[rng.permutation(steps)]


def _contents(groups: Ints, loss_tokens: Ints, count: int, steps: int, per_step: int) -> npt.NDArray[np.float64]:
    """What each row adds to its group's rows and tokens with a loss, in what shuffling would vary them by."""
    member = groups[:, None] == np.arange(count)
    rows = member / np.sqrt(np.maximum(member.sum(axis=0) / steps, 1e-9))
    tokens = member * loss_tokens[:, None] * (steps * np.sqrt(per_step) / loss_tokens.sum())
    return np.concatenate([rows, tokens], axis=1)


def _run_length(per_step: int) -> int:
    """Rows of like length that stay together: an eighth of a step, but 4 where a quarter allows it."""
    most = max(1, min(per_step // _LENGTHS, max(_RUN, per_step // (2 * _LENGTHS))))
    return max(run for run in range(1, most + 1) if per_step % run == 0)

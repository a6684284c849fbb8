"""From rows' sizes and a recipe to the order of a stage: mix, spread, pack or batch. Reads and writes no file."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from medgo.training.ordering.batching import batch
from medgo.training.ordering.mix_report import MixReport, report_of
from medgo.training.ordering.mixing import Draws, Mixture
from medgo.training.ordering.order import Order
from medgo.training.ordering.packing import pack
from medgo.training.ordering.priority import spread
from medgo.training.ordering.sizes import Ints, RowSizes
from medgo.training.recipe import StageRecipe

# Streams of random numbers, so that a change in one place does not move another.
_SPREAD, _PACK = 1, 2
# With a priority schedule, packs are made within stretches of an epoch, so that early rows stay early.
_STRETCHES = 16


def plan_order(sizes: RowSizes, stage: StageRecipe, *, seed: int, packing: bool) -> tuple[Order, MixReport]:
    """Decide what every step of a stage learns from.

    The last step is filled with the rows that would come next, so that no drawn row is lost.

    Args:
        sizes: Of all rows that may be learnt from.
        stage: The stage's recipe.
        seed: Of the stage; with the same sizes and recipe it gives the same order.
        packing: Whether rows are joined to packs of at most ``lengths.max_tokens`` tokens.

    Returns:
        The order, and what mix it realises.

    Raises:
        InputError: There is nothing to learn from, or a row is too long for a pack.
        RecipeError: The recipe's mix does not fit the rows.
    """
    mixture = Mixture(sizes, stage, seed)
    if packing:
        order, filled = _packed(mixture, sizes, stage, seed)
    else:
        order, filled = _padded(mixture, sizes, stage, seed)
    order = _first_steps(order, stage.max_steps)
    return order, report_of(order, sizes, stage, mixture, filled=filled, dropped=0, packed=packing)


def _epochs(mixture: Mixture, stage: StageRecipe, seed: int) -> Iterator[tuple[int, Draws]]:
    """The draws of each epoch in the order in which they are learnt."""
    priorities = np.array([group.priority for group in mixture.groups])
    if stage.mix.schedule == "static":
        priorities = np.ones(len(mixture.groups))
    for epoch in range(math.ceil(stage.epochs)):
        draws = mixture.draw(min(epoch + 1, stage.epochs))
        yield epoch, draws.take(spread(draws.groups, priorities, np.random.default_rng((seed, _SPREAD, epoch))))


def _padded(mixture: Mixture, sizes: RowSizes, stage: StageRecipe, seed: int) -> tuple[Order, int]:
    rows = np.concatenate([draws.rows for _, draws in _epochs(mixture, stage, seed)])
    filled = _missing(len(rows), stage.batch.rows)
    rows = np.concatenate([rows, mixture.draw_rows(filled).rows])
    return batch(rows, sizes.tokens, stage.batch), filled


def _packed(mixture: Mixture, sizes: RowSizes, stage: StageRecipe, seed: int) -> tuple[Order, int]:
    packs: list[Ints] = []
    for epoch, draws in _epochs(mixture, stage, seed):
        rng = np.random.default_rng((seed, _PACK, epoch))
        stretches = 1 if stage.mix.schedule == "static" else _STRETCHES
        for rows in np.array_split(draws.rows, stretches):
            joined, ends = pack(sizes.tokens[rows], stage.lengths.max_tokens, rng)
            found = np.split(rows[joined], ends[:-1])
            packs += [found[at] for at in rng.permutation(len(found))]
    packs, filled = _whole_steps(packs, stage.batch.rows, mixture)
    ends = np.cumsum([len(rows) for rows in packs], dtype=np.int64)
    return Order(np.concatenate(packs), ends, stage.batch.rows), filled


def _whole_steps(packs: list[Ints], per_step: int, mixture: Mixture) -> tuple[list[Ints], int]:
    """Packs of the last step are halved until the step is whole; a pack without padding costs what it holds."""
    last = len(packs) // per_step * per_step
    packs, tail = packs[:last], packs[last:]
    while tail and len(tail) < per_step:
        longest = max(range(len(tail)), key=lambda at: len(tail[at]))
        rows = tail[longest]
        if len(rows) == 1:
            break
        tail[longest : longest + 1] = [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    filled = _missing(last + len(tail), per_step)
    return packs + tail + [np.array([row]) for row in mixture.draw_rows(filled).rows], filled


def _missing(count: int, per_step: int) -> int:
    return max(per_step, -(-count // per_step) * per_step) - count


def _first_steps(order: Order, max_steps: int | None) -> Order:
    if max_steps is None or order.steps <= max_steps:
        return order
    ends = order.ends[: max_steps * order.per_step]
    return Order(order.rows[: ends[-1]], ends, order.per_step)

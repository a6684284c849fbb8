"""From rows' sizes and a recipe to the order of a stage: mix, spread, pack or batch. Reads and writes no file."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from medgo.errors import RecipeError
from medgo.training.ordering.batching import compose, deal
from medgo.training.ordering.labels import interleave
from medgo.training.ordering.mix_report import MixReport, report_of
from medgo.training.ordering.mixing import Draws, Mixture
from medgo.training.ordering.order import Order
from medgo.training.ordering.packing import pack
from medgo.training.ordering.priority import spread
from medgo.training.ordering.sizes import Ints, RowSizes
from medgo.training.recipe import StageRecipe

# Streams of random numbers, so that a change in one place does not move another.
_SPREAD, _PACK, _COMPOSE, _LABELS = range(1, 5)
# Steps among which rows of like length may be exchanged; few under a priority schedule, so that early rows stay early.
_WINDOW = {"static": 16, "priority": 4}
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
    if packing and stage.method != "sft":
        raise RecipeError(f"{stage.name}: {stage.method} compares whole rows, so they cannot share a pack")
    mixture = Mixture(sizes, stage, seed)
    plan = _Plan(mixture, sizes, stage, seed)
    if packing:
        order = plan.packed()
    elif stage.method == "kto":
        order = plan.labelled()
    else:
        order = plan.padded()
    order = _first_steps(order, stage.max_steps)
    return order, report_of(order, sizes, stage, mixture, filled=plan.filled, dropped=plan.dropped, packed=packing)


class _Plan:
    """One order in the making, and what its steps needed beyond the epochs or left out."""

    def __init__(self, mixture: Mixture, sizes: RowSizes, stage: StageRecipe, seed: int) -> None:
        self.mixture, self.sizes, self.stage, self.seed = mixture, sizes, stage, seed
        self.filled = self.dropped = 0

    def padded(self) -> Order:
        """Micro-batches of rows of like length."""
        draws = Draws.join(list(self._epochs()))
        self.filled = _missing(len(draws), self.stage.batch.rows)
        return self._batched(Draws.join([draws, self.mixture.draw_rows(self.filled)]))

    def labelled(self) -> Order:
        """The same with both labels in their proportion everywhere; rows that fill no step are left out.

        Where which label comes is interleaved; in those places the rows of each label keep the order of the schedule.
        """
        epochs = []
        for epoch, draws in enumerate(self._epochs()):
            wanted = self.sizes.label[draws.rows]
            places = wanted[interleave(wanted.tolist(), self._rng(_LABELS, epoch))]
            order = np.empty(len(draws), np.int64)
            order[places], order[~places] = np.flatnonzero(wanted), np.flatnonzero(~wanted)
            epochs.append(draws.take(order))
        draws = Draws.join(epochs)
        self.dropped = len(draws) % self.stage.batch.rows
        if self.dropped == len(draws):
            raise RecipeError(
                f"{self.stage.name}: {len(draws)} rows do not fill one step of {self.stage.batch.rows}",
                hint="lower batch.rows, raise epochs, or add rows",
            )
        return self._batched(draws.take(np.arange(len(draws) - self.dropped)))

    def _batched(self, draws: Draws) -> Order:
        batch, window = self.stage.batch, _WINDOW[self.stage.mix.schedule]
        return deal(compose(draws, self.sizes, batch.rows, window, self._rng(_COMPOSE)), self.sizes, batch.micro_rows)

    def packed(self) -> Order:
        """One pack a micro-batch."""
        packs: list[Ints] = []
        stretches = 1 if self.stage.mix.schedule == "static" else _STRETCHES
        for epoch, draws in enumerate(self._epochs()):
            rng = self._rng(_PACK, epoch)
            for rows in np.array_split(draws.rows, stretches):
                packs += _packs(rows, self.sizes.tokens, self.stage.lengths.max_tokens, rng)
        packs = _halve_last(packs, self.stage.batch.rows)
        self.filled = _missing(len(packs), self.stage.batch.rows)
        packs += [np.array([row]) for row in self.mixture.draw_rows(self.filled).rows]
        ends = np.cumsum([len(rows) for rows in packs], dtype=np.int64)
        return Order(np.concatenate(packs), ends, self.stage.batch.rows)

    def _epochs(self) -> Iterator[Draws]:
        """The draws of each epoch in the order in which they are learnt."""
        groups, static = self.mixture.groups, self.stage.mix.schedule == "static"
        priorities = np.array([1.0 if static else group.priority for group in groups])
        for epoch in range(math.ceil(self.stage.epochs)):
            draws = self.mixture.draw(min(epoch + 1, self.stage.epochs))
            yield draws.take(spread(draws.groups, priorities, self._rng(_SPREAD, epoch)))

    def _rng(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, *stream))


def _packs(rows: Ints, tokens: Ints, capacity: int, rng: np.random.Generator) -> list[Ints]:
    if not len(rows):
        return []
    joined, ends = pack(tokens[rows], capacity, rng)
    found = np.split(rows[joined], ends[:-1])
    return [found[at] for at in rng.permutation(len(found))]


def _halve_last(packs: list[Ints], per_step: int) -> list[Ints]:
    """Halve packs of the last step until it is whole or holds single rows; a pack costs no more than it holds."""
    last = len(packs) // per_step * per_step
    packs, tail = packs[:last], packs[last:]
    while tail and len(tail) < per_step:
        longest = max(range(len(tail)), key=lambda at: len(tail[at]))
        rows = tail[longest]
        if len(rows) == 1:
            break
        tail[longest : longest + 1] = [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    return packs + tail


def _missing(count: int, per_step: int) -> int:
    return max(per_step, -(-count // per_step) * per_step) - count


def _first_steps(order: Order, max_steps: int | None) -> Order:
    if max_steps is None or order.steps <= max_steps:
        return order
    ends = order.ends[: max_steps * order.per_step]
    return Order(order.rows[: ends[-1]], ends, order.per_step)

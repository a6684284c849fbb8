"""How often each row is drawn: shares of tasks and files become draws, epoch by epoch. Knows no order and no batches.

The rows of one task in one entry of the recipe are a group. With S(t) what a task holds in the unit of ``mix.by``,

    share(entry, task) ~ S(t) ** (1 / temperature) * weights[t] * S(entry, task) / S(t) * weight[entry]

over all groups that are not replay; replay groups share ``mix.replay`` of the whole in the same way. An epoch holds as
much as the rows that are not replay hold, and replay on top: with temperature and weights of 1, every one of those rows
comes once. A group draws from an endless row of passes, each a shuffle of all its rows. So a group with a larger share
than it has is repeated evenly, one with a smaller share is sampled without replacement, over epochs too, and no row
comes again before all of its group have come as often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from medgo.errors import InputError, RecipeError
from medgo.training.ordering.sizes import Ints, RowSizes, codes_of
from medgo.training.recipe import Mix, RowFiles, StageRecipe


@dataclass(slots=True)
class Group:
    """Rows of one task in one entry, and how many draws were made from them.

    Args:
        task: Name of the task.
        entry: Position in the stage's data.
        rows: Positions of the rows, shape [rows].
        units: What each holds in the unit of the mix, shape [rows].
        seed: Numbers that seed its passes.
        share: Of the whole mix.
        priority: Of its entry.
        drawn: Draws so far.
        drawn_units: What they hold.
    """

    task: str
    entry: int
    rows: Ints
    units: Ints
    seed: tuple[int, ...]
    share: float = 0.0
    priority: float = 1.0
    drawn: int = 0
    drawn_units: int = 0
    _last_pass: tuple[int, Ints] | None = field(default=None, repr=False)

    @property
    def holds(self) -> int:
        """Units of all rows."""
        return int(self.units.sum())

    def count_for(self, units: float) -> int:
        """Draws from the start whose units come nearest to a number of units."""
        if units <= 0:
            return 0
        whole = int(units // self.holds)
        reached = np.concatenate(([0], np.cumsum(self.units[self._pass(whole)])))
        rest = units - whole * self.holds
        right = min(int(np.searchsorted(reached, rest)), len(self.rows))
        nearest = right - 1 if right and rest - reached[right - 1] <= reached[right] - rest else right
        return whole * len(self.rows) + nearest

    def draw_to(self, count: int) -> Ints:
        """Draw until ``count`` draws were made in all; nothing if they were.

        Returns:
            Positions of the rows, in the order of the draws.
        """
        size, parts = len(self.rows), []
        while self.drawn < count:
            number, start = divmod(self.drawn, size)
            taken = self._pass(number)[start : start + count - self.drawn]
            parts.append(self.rows[taken])
            self.drawn += len(taken)
            self.drawn_units += int(self.units[taken].sum())
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _pass(self, number: int) -> Ints:
        if self._last_pass is None or self._last_pass[0] != number:
            shuffled = np.random.default_rng((*self.seed, number)).permutation(len(self.rows))
            self._last_pass = (number, shuffled)
        return self._last_pass[1]


@dataclass(frozen=True, slots=True)
class Draws:
    """Rows that were drawn.

    Args:
        rows: Positions of rows, shape [draws]; those of one group in the order in which it drew them.
        groups: Which group each is from, shape [draws].
    """

    rows: Ints
    groups: Ints

    def __len__(self) -> int:
        """Draws."""
        return len(self.rows)

    def take(self, order: Ints) -> Draws:
        """The same draws in another order."""
        return Draws(self.rows[order], self.groups[order])

    @classmethod
    def join(cls, parts: Sequence[Draws]) -> Draws:
        """Draws one after the other."""
        return cls(np.concatenate([part.rows for part in parts]), np.concatenate([part.groups for part in parts]))

    @classmethod
    def of(cls, parts: Iterable[tuple[int, Ints]]) -> Draws:
        """From groups' numbers with their rows."""
        listed = [(np.full(len(rows), group, np.int64), rows) for group, rows in parts]
        empty = np.empty(0, np.int64)
        return cls(
            np.concatenate([empty, *(rows for _, rows in listed)]),
            np.concatenate([empty, *(groups for groups, _ in listed)]),
        )


class Mixture:
    """Draws rows by the shares that a recipe asks for.

    Args:
        sizes: Of the stage's rows.
        stage: Its recipe.
        seed: Of the stage.

    Raises:
        InputError: There is no row, or none but replay rows.
        RecipeError: A weight is of an unknown task or not above 0, replay is asked for and no row is marked or the
            other way round, or a priority is given that no schedule reads.
    """

    def __init__(self, sizes: RowSizes, stage: StageRecipe, seed: int) -> None:
        self.groups = _groups(sizes, stage, seed)
        _set_shares(self.groups, stage)
        # Rounding to whole rows is carried from groups of short rows to groups of long ones, never the other way.
        by_size = sorted(range(len(self.groups)), key=lambda at: self.groups[at].units.mean())
        self._main = [at for at in by_size if not stage.data[self.groups[at].entry].replay]
        self._replay = [at for at in by_size if stage.data[self.groups[at].entry].replay]
        self._replay_share = stage.mix.replay
        self.epoch_units = sum(self.groups[at].holds for at in self._main)

    def draw(self, epochs: float) -> Draws:
        """Go on drawing until so many epochs were drawn in all.

        The units of every group come to within one row of its share; those of all replay rows together, too.
        """
        main, replay = 1 - self._replay_share, self._replay_share
        parts = self._draw(self._main, self.epoch_units * epochs / main)
        realised = sum(self.groups[at].drawn_units for at in self._main)
        return Draws.of(parts + (self._draw(self._replay, realised / main) if replay else []))

    def draw_rows(self, count: int) -> Draws:
        """Draw so many rows more, each from the group that is furthest behind its share."""
        parts: list[tuple[int, Ints]] = []
        for _ in range(count):
            whole = sum(group.drawn_units for group in self.groups)
            behind = [group.share * whole - group.drawn_units if group.share else -np.inf for group in self.groups]
            at = int(np.argmax(behind))
            parts.append((at, self.groups[at].draw_to(self.groups[at].drawn + 1)))
        return Draws.of(parts)

    def _draw(self, members: list[int], whole: float) -> list[tuple[int, Ints]]:
        parts: list[tuple[int, Ints]] = []
        carried = 0.0
        for at in members:
            group = self.groups[at]
            target = group.share * whole + carried
            parts.append((at, group.draw_to(group.count_for(target))))
            carried = target - group.drawn_units
        return parts


def _groups(sizes: RowSizes, stage: StageRecipe, seed: int) -> list[Group]:
    if not len(sizes):
        raise InputError(f"{stage.name}: no row is left to learn from", hint="medgo train audit says why")
    units = {"rows": np.ones(len(sizes), np.int64), "tokens": sizes.tokens, "loss_tokens": sizes.loss_tokens}
    codes, tasks = codes_of(sizes.task)
    keys = sizes.entry * len(tasks) + codes
    order = np.argsort(keys, kind="stable")
    found, starts = np.unique(keys[order], return_index=True)
    groups = []
    for key, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        entry, task = divmod(key, len(tasks))
        held = units[stage.mix.by][rows]
        groups.append(Group(tasks[task], entry, rows, held, (seed, entry, task), priority=stage.data[entry].priority))
    return groups


def _set_shares(groups: list[Group], stage: StageRecipe) -> None:
    _check(groups, stage)
    for replay, whole in ((False, 1 - stage.mix.replay), (True, stage.mix.replay)):
        members = [group for group in groups if stage.data[group.entry].replay is replay]
        for group, share in zip(members, _shares(members, stage.mix, stage.data), strict=True):
            group.share = share * whole


def _shares(groups: list[Group], mix: Mix, data: tuple[RowFiles, ...]) -> list[float]:
    held: dict[str, int] = {}
    for group in groups:
        held[group.task] = held.get(group.task, 0) + group.holds
    raw = [
        held[group.task] ** (1 / mix.temperature - 1)
        * mix.weights.get(group.task, 1.0)
        * group.holds
        * data[group.entry].weight
        for group in groups
    ]
    return [value / sum(raw) for value in raw]


def _check(groups: list[Group], stage: StageRecipe) -> None:
    tasks = sorted({group.task for group in groups})
    for task, weight in stage.mix.weights.items():
        if task not in tasks:
            raise RecipeError(
                f"{stage.name}: mix.weights names {task}, but no row is of that task", hint=f"take {', '.join(tasks)}"
            )
        if weight <= 0:
            raise RecipeError(
                f"{stage.name}: mix.weights of {task} is {weight}; it must be above 0",
                hint="to leave a task out, list the others in data[].tasks",
            )
    marked = [stage.data[group.entry].replay for group in groups]
    if all(marked):
        raise InputError(f"{stage.name}: all rows are marked replay, so there is nothing to add them to")
    if stage.mix.replay and not any(marked):
        raise RecipeError(
            f"{stage.name}: mix.replay is {stage.mix.replay}, but no row is marked replay",
            hint="mark an entry of data with replay: true, or set mix.replay to 0",
        )
    if any(marked) and not stage.mix.replay:
        raise RecipeError(
            f"{stage.name}: rows are marked replay and mix.replay is 0, so none of them would be learnt from",
            hint="set mix.replay to their share of the whole, such as 0.1, or take the entry out of data",
        )
    if stage.mix.schedule == "static" and any(entry.priority != 1 for entry in stage.data):
        raise RecipeError(
            f"{stage.name}: data has a priority, which mix.schedule: static does not read",
            hint="set mix.schedule to priority, or leave priority out",
        )

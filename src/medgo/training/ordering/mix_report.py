"""What mix an order realises, beside what was asked for. Changes nothing; shows itself as JSON and as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medgo.training.ordering.mixing import Group, Mixture
from medgo.training.ordering.order import Order
from medgo.training.ordering.sizes import Ints, RowSizes, codes_of
from medgo.training.recipe import StageRecipe

if TYPE_CHECKING:
    from rich.table import Table

# Up to four passes over the same data are nearly as good as new data (https://arxiv.org/abs/2305.16264).
_MANY_REPEATS = 4.0
# More than this is shown in yellow; smaller micro-batches of the same step pad less.
_MUCH_PADDING = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """One task, entry or language of the mix.

    Args:
        name: Of the task or language, or the entry's path.
        available: Rows that may be learnt from.
        rows: Rows that are learnt, repeats counted.
        tokens: Of those rows, all.
        loss_tokens: Of those rows, with a loss.
        asked: Share that was asked for, in the unit of the mix; None where none was (languages).
        realised: Share of the order in that unit.
        repeats: Times that a row comes on average.
        never: Rows that never come.
    """

    name: str
    available: int
    rows: int
    tokens: int
    loss_tokens: int
    asked: float | None
    realised: float
    repeats: float
    never: int


@dataclass(frozen=True, slots=True)
class MixReport:
    """The mix of one stage.

    Args:
        by: Unit of the shares: ``rows``, ``tokens`` or ``loss_tokens``.
        tasks: One for each task.
        entries: One for each entry of the stage's data.
        langs: One for each language.
        replay_asked: Share of rows marked replay.
        replay_realised: The same, as it came out.
        epochs_asked: Of the recipe.
        epochs_realised: Units of rows that are not replay, in multiples of what they hold.
        steps: Optimiser steps.
        micro_batches: In all steps.
        rows: Rows learnt, repeats counted.
        filled: Rows drawn beyond the epochs to make the last step whole.
        dropped: Rows drawn and left out to make steps whole (labelled rows).
        never: Rows that never come.
        padding: Share of padding in what goes through the model.
        pack_fill: Tokens over room of all packs; None without packing.
        step_tokens: Fewest, mean and most tokens of a step.
        micro_batch_tokens: Most tokens of a micro-batch with its padding: what memory must hold.
    """

    by: str
    tasks: tuple[Part, ...]
    entries: tuple[Part, ...]
    langs: tuple[Part, ...]
    replay_asked: float
    replay_realised: float
    epochs_asked: float
    epochs_realised: float
    steps: int
    micro_batches: int
    rows: int
    filled: int
    dropped: int
    never: int
    padding: float
    pack_fill: float | None
    step_tokens: tuple[int, float, int]
    micro_batch_tokens: int

    def to_json(self) -> dict[str, Any]:
        """For ``mix.json``."""
        return asdict(self)

    def tables(self) -> list[Table]:
        """For a terminal: the parts, and the order as a whole."""
        return [_parts_table(self), _order_table(self)]


def report_of(
    order: Order, sizes: RowSizes, stage: StageRecipe, mixture: Mixture, *, filled: int, dropped: int, packed: bool
) -> MixReport:
    """Measure an order.

    Args:
        order: As it will be learnt.
        sizes: Of all rows.
        stage: The stage's recipe.
        mixture: That the order was drawn from, for the shares that were asked.
        filled: Rows drawn beyond the epochs.
        dropped: Rows drawn and left out.
        packed: Whether a micro-batch is one pack.
    """
    drawn = np.bincount(order.rows, minlength=len(sizes))
    measure = _Measure(drawn, sizes, stage.mix.by)
    micro = _micro_batches(order, sizes.tokens, packed)
    replay = np.array([entry.replay for entry in stage.data])[sizes.entry]
    real = np.add.reduceat(sizes.tokens[order.rows], np.concatenate(([0], order.ends[:-1])))
    steps = real.reshape(-1, order.per_step).sum(axis=1)
    main_units = int((measure.units * drawn)[~replay].sum())
    names = [str(at + 1) + " " + entry.path for at, entry in enumerate(stage.data)]
    return MixReport(
        by=stage.mix.by,
        tasks=measure.parts(*codes_of(sizes.task), _asked(mixture.groups, lambda group: group.task)),
        entries=measure.parts(sizes.entry, names, _asked(mixture.groups, lambda group: names[group.entry])),
        langs=measure.parts(*codes_of(sizes.lang), None),
        replay_asked=stage.mix.replay,
        replay_realised=1 - main_units / measure.whole,
        epochs_asked=stage.epochs,
        epochs_realised=main_units / mixture.epoch_units,
        steps=order.steps,
        micro_batches=len(order),
        rows=len(order.rows),
        filled=filled,
        dropped=dropped,
        never=int((drawn == 0).sum()),
        padding=1 - int(real.sum()) / int(micro.sum()),
        pack_fill=int(real.sum()) / (len(order) * stage.lengths.max_tokens) if packed else None,
        step_tokens=(int(steps.min()), float(steps.mean()), int(steps.max())),
        micro_batch_tokens=int(micro.max()),
    )


class _Measure:
    """Sums over rows, weighted with how often each is drawn."""

    def __init__(self, drawn: Ints, sizes: RowSizes, by: str) -> None:
        self.drawn, self.sizes = drawn, sizes
        ones = np.ones(len(sizes), np.int64)
        self.units = {"rows": ones, "tokens": sizes.tokens, "loss_tokens": sizes.loss_tokens}[by]
        self.whole = int((self.units * drawn).sum())

    def parts(self, codes: Ints, names: Iterable[str], asked: dict[str, float] | None) -> tuple[Part, ...]:
        names = list(names)

        def total(weights: npt.NDArray[np.int64 | np.bool_]) -> list[int]:
            return [int(value) for value in np.bincount(codes, weights, minlength=len(names))]

        units = total(self.units * self.drawn)
        columns = zip(
            names,
            total(np.ones_like(self.drawn)),
            total(self.drawn),
            total(self.sizes.tokens * self.drawn),
            total(self.sizes.loss_tokens * self.drawn),
            units,
            total(self.drawn == 0),
            strict=True,
        )
        return tuple(
            Part(
                name,
                available,
                rows,
                tokens,
                loss_tokens,
                None if asked is None else asked.get(name, 0.0),
                held / self.whole,
                rows / available if available else 0.0,
                never,
            )
            for name, available, rows, tokens, loss_tokens, held, never in columns
        )


def _asked(groups: list[Group], name: Callable[[Group], str]) -> dict[str, float]:
    asked: dict[str, float] = {}
    for group in groups:
        asked[name(group)] = asked.get(name(group), 0.0) + group.share
    return asked


def _micro_batches(order: Order, tokens: Ints, packed: bool) -> Ints:
    """Tokens that go through the model in each micro-batch, padding with them, shape [micro-batches]."""
    starts = np.concatenate(([0], order.ends[:-1]))
    lengths = tokens[order.rows]
    if packed:
        return np.add.reduceat(lengths, starts)
    longest: Ints = np.maximum.reduceat(lengths, starts) * (order.ends - starts)
    return longest


def _parts_table(report: MixReport) -> Table:
    from rich.table import Table

    table = Table(title=f"Mix by {report.by}", title_justify="left")
    table.add_column("")
    for column in ("rows", "learnt", "tokens", "loss tokens", "asked", "realised", "repeats", "never"):
        table.add_column(column, justify="right")
    for heading, parts in (("task", report.tasks), ("data", report.entries), ("language", report.langs)):
        table.add_section()
        table.add_row(f"[bold]{heading}[/bold]")
        for part in parts:
            many = part.repeats > _MANY_REPEATS
            table.add_row(
                part.name,
                f"{part.available:,}",
                f"{part.rows:,}",
                f"{part.tokens:,}",
                f"{part.loss_tokens:,}",
                "" if part.asked is None else f"{part.asked:.1%}",
                f"{part.realised:.1%}",
                f"[yellow]{part.repeats:.2f}[/yellow]" if many else f"{part.repeats:.2f}",
                f"[yellow]{part.never:,}[/yellow]" if part.never else "0",
            )
    return table


def _order_table(report: MixReport) -> Table:
    from rich.table import Table

    table = Table(title="Order", title_justify="left", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    fewest, mean, most = report.step_tokens
    rows = {
        "steps": f"{report.steps:,}",
        "micro-batches": f"{report.micro_batches:,}",
        "tokens of a step": f"{fewest:,} / {mean:,.0f} / {most:,}",
        "largest micro-batch, tokens": f"{report.micro_batch_tokens:,}",
        "padding": f"[yellow]{report.padding:.1%}[/yellow]"
        if report.padding > _MUCH_PADDING
        else f"{report.padding:.1%}",
        "pack fill": "no packing" if report.pack_fill is None else f"{report.pack_fill:.1%}",
        "epochs asked, realised": f"{report.epochs_asked:g}, {report.epochs_realised:.3f}",
        "replay asked, realised": f"{report.replay_asked:.1%}, {report.replay_realised:.1%}",
        "rows filled, dropped": f"{report.filled:,}, {report.dropped:,}",
        "rows never learnt": f"{report.never:,}",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table

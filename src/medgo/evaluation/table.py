"""The results table in the card's grouping, beside the card's figures. Pure; knows summaries, no page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Group
from medgo.evaluation.statistics import Estimate, average_interval
from medgo.evaluation.summary import BenchmarkSummary


@dataclass(frozen=True, slots=True)
class TableRow:
    """A benchmark of the table.

    Args:
        benchmark: What it is.
        summary: Our figures; None where it was not measured.
    """

    benchmark: Benchmark
    summary: BenchmarkSummary | None

    @property
    def estimate(self) -> Estimate | None:
        """Our number; None where there is none."""
        return self.summary.headline if self.summary is not None else None


@dataclass(frozen=True, slots=True)
class Average:
    """An unweighted mean over benchmarks.

    Args:
        ours: Over those that were measured; None where none was.
        card: The card's figures over the *same* benchmarks, in percent; None where none was measured.
        card_all: The card's figures over all of them, in percent.
        present: Names of the benchmarks in ``ours``.
        missing: Names of those that are not in it.
    """

    ours: Estimate | None
    card: CardFigures | None
    card_all: CardFigures | None
    present: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableGroup:
    """A group of benchmarks.

    Args:
        name: The card's name of it.
        rows: Those of the card, measured or not, and further ones that were measured.
        average: Over those of the card only; None where the card has none in this group.
    """

    name: Group
    rows: tuple[TableRow, ...]
    average: Average | None


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """All groups, and the mean over the card's benchmarks.

    Args:
        groups: In the card's order; empty groups are left out.
        overall: Over all benchmarks of the card.
    """

    groups: tuple[TableGroup, ...]
    overall: Average | None


def results_table(summaries: Iterable[BenchmarkSummary], benchmarks: Sequence[Benchmark]) -> ResultsTable:
    """Arrange summaries.

    A mean over fewer benchmarks than the card's is a mean over easier or harder ones: it says which are missing, and
    comes with the card's figures over the same ones. Benchmarks are independent samples, so the interval of the mean
    is recovered from theirs (:func:`medgo.evaluation.statistics.average_interval`).

    Args:
        summaries: Of one run, each benchmark once.
        benchmarks: All that are known, in the order of the table.
    """
    by_name = {summary.benchmark: summary for summary in summaries}
    rows = [TableRow(benchmark, by_name.get(benchmark.name)) for benchmark in benchmarks]
    shown = [row for row in rows if row.benchmark.card is not None or row.summary is not None]
    groups = []
    for name in get_args(Group):
        members = tuple(row for row in shown if row.benchmark.group == name)
        if members:
            groups.append(TableGroup(name, members, _average(members)))
    return ResultsTable(tuple(groups), _average(shown))


def _average(rows: Sequence[TableRow]) -> Average | None:
    of_card = [row for row in rows if row.benchmark.card is not None]
    if not of_card:
        return None
    present = [row for row in of_card if row.estimate is not None]
    estimates = [row.estimate for row in present if row.estimate is not None]
    return Average(
        ours=average_interval(estimates) if estimates else None,
        card=_card_mean(present),
        card_all=_card_mean(of_card),
        present=tuple(row.benchmark.name for row in present),
        missing=tuple(row.benchmark.name for row in of_card if row.estimate is None),
    )


def _card_mean(rows: Sequence[TableRow]) -> CardFigures | None:
    cards = [row.benchmark.card for row in rows if row.benchmark.card is not None]
    if not cards:
        return None
    return CardFigures(
        medgo=sum(card.medgo for card in cards) / len(cards),
        lingshu_32b=sum(card.lingshu_32b for card in cards) / len(cards),
        medgemma_27b=sum(card.medgemma_27b for card in cards) / len(cards),
    )

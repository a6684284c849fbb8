"""What a report says, worked out once from run folders; pages, tables and pictures only lay it out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.benchmarks.definition import Benchmark, Group
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from medgo.evaluation.compare import Comparison, compare, mismatches
from medgo.evaluation.results import graded_predictions, summaries_of
from medgo.evaluation.runs import Run
from medgo.evaluation.summary import BenchmarkSummary
from medgo.evaluation.table import Average, ResultsTable, results_table
from medgo.schema import Prediction


@dataclass(frozen=True, slots=True)
class ReportRun:
    """One run.

    Args:
        run: Its folder.
        label: What it is called in this report; unique.
        summaries: Benchmark → figures.
        table: The card's table of it.
        predictions: Benchmark → predictions, with judges' scores.
        judging: Content of ``judging.json``; empty where no judge came.
    """

    run: Run
    label: str
    summaries: Mapping[str, BenchmarkSummary]
    table: ResultsTable
    predictions: Mapping[str, Sequence[Prediction]]
    judging: Mapping[str, Any]

    @property
    def manifest(self) -> dict[str, Any]:
        """Of its folder."""
        return self.run.manifest

    def average(self, group: str) -> Average | None:
        """Mean over a group; None where the card has none in it."""
        return next((each.average for each in self.table.groups if each.name == group), None)


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """A group of the card and its benchmarks: those of the card, measured or not, and others that were measured."""

    name: Group
    benchmarks: tuple[Benchmark, ...]


@dataclass(frozen=True, slots=True)
class ReportComparison:
    """A later run beside the first.

    Args:
        a: Label of the first run.
        b: Label of the later one.
        found: What came out; None where they have nothing that can be compared.
        why: Why not.
    """

    a: str
    b: str
    found: Comparison | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All runs, in one order of benchmarks, and each later one compared with the first."""

    runs: tuple[ReportRun, ...]
    groups: tuple[ReportGroup, ...]
    comparisons: tuple[ReportComparison, ...]

    def lines(self, benchmark: Benchmark) -> list[tuple[str, BenchmarkSummary | None]]:
        """(label, figures) of each run; a single line without a label where no run measured it."""
        lines = [(run.label, run.summaries.get(benchmark.name)) for run in self.runs]
        return lines if any(summary is not None for _, summary in lines) else [("", None)]

    @property
    def is_demonstration(self) -> bool:
        """Whether a run is of the embedded model, which has no medical skill."""
        return any(run.manifest.get("model") == "embedded" for run in self.runs)

    @property
    def measured(self) -> tuple[Benchmark, ...]:
        """Benchmarks that some run has figures of."""
        return tuple(b for g in self.groups for b in g.benchmarks if any(b.name in r.summaries for r in self.runs))


def gather(runs: Sequence[Run]) -> Report:
    """Work out the figures of run folders.

    Raises:
        InputError: There is no run.
        RunFolderError: One is damaged.
    """
    if not runs:
        raise InputError("a report needs at least one run folder")
    labels = _labels(runs)
    known = tuple(_gather_run(run, label) for run, label in zip(runs, labels, strict=True))
    shown = [b for b in BENCHMARKS if b.card is not None or any(b.name in run.summaries for run in known)]
    groups = [ReportGroup(name, tuple(b for b in shown if b.group == name)) for name in get_args(Group)]
    comparisons = tuple(_compared(known[0], later) for later in known[1:])
    return Report(known, tuple(group for group in groups if group.benchmarks), comparisons)


def _compared(first: ReportRun, later: ReportRun) -> ReportComparison:
    try:
        found = compare(
            first.predictions,
            later.predictions,
            benchmarks={each.name: each for each in BENCHMARKS},
            rng=np.random.default_rng(0),
            mismatch=mismatches(first.manifest, later.manifest),
        )
    except InputError as error:
        return ReportComparison(first.label, later.label, None, error.message)
    return ReportComparison(first.label, later.label, found)


def _gather_run(run: Run, label: str) -> ReportRun:
    summaries = {summary.benchmark: summary for summary in summaries_of(run)}
    table = results_table(summaries.values(), BENCHMARKS)
    return ReportRun(run, label, summaries, table, graded_predictions(run), _judging(run))


def _judging(run: Run) -> Mapping[str, Any]:
    path = run.path / "judging.json"
    try:
        document = json.loads(path.read_bytes()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="medgo eval judge writes it again") from error
    return document if isinstance(document, dict) else {}


def _labels(runs: Sequence[Run]) -> list[str]:
    """The model's name; with the folder where two runs are of one model."""
    models = [str(run.manifest.get("model", "?")) for run in runs]
    labels = [m if models.count(m) == 1 else f"{m} ({run.path.name})" for m, run in zip(models, runs, strict=True)]
    seen: dict[str, int] = {}
    for position, label in enumerate(labels):
        seen[label] = seen.get(label, 0) + 1
        if seen[label] > 1:
            labels[position] = f"{label} {seen[label]}"
    return labels

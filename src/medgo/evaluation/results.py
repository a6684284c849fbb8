"""The figures of a run folder: predictions and grades in, ``summary.json`` out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from medgo.errors import RunFolderError
from medgo.evaluation.benchmarks.registry import find
from medgo.evaluation.runs.folder import Run
from medgo.evaluation.summary import BenchmarkSummary, summarise
from medgo.schema import Prediction
from medgo.store import replacing


def graded_predictions(run: Run) -> dict[str, list[Prediction]]:
    """Benchmark → its predictions, with the scores that judges gave to them; the last grade of a key counts.

    Raises:
        RunFolderError: A line is damaged.
    """
    try:
        grades = {(row["benchmark"], row["item"], row["epoch"]): row["scores"] for row in run.grades()}
    except KeyError as error:
        raise RunFolderError(f"{run.path / 'grades.jsonl'}: a line lacks {error}") from error
    grouped: dict[str, list[Prediction]] = {}
    for prediction in run.predictions():
        scores = {**prediction.scores, **grades.get(prediction.key, {})}
        grouped.setdefault(prediction.benchmark, []).append(replace(prediction, scores=scores))
    return grouped


def summaries_of(run: Run, *, seed: int = 0) -> list[BenchmarkSummary]:
    """The figures of every benchmark of a run, in the order of its manifest.

    Args:
        run: The folder.
        seed: Of the resamples: the same run gives the same intervals.

    Raises:
        RunFolderError: A line is damaged.
    """
    grouped = graded_predictions(run)
    return [
        summarise(grouped[name], find(name), rng=np.random.default_rng(seed))
        for name in run.manifest["benchmarks"]
        if name in grouped
    ]


def write_summaries(run: Run) -> list[BenchmarkSummary]:
    """Work out the figures and write ``summary.json``, whole or not at all.

    Raises:
        RunFolderError: A line is damaged.
        StorageError: The disk did not take it.
    """
    summaries = summaries_of(run)
    _write(run.path / "summary.json", summaries)
    return summaries


def _write(path: Path, summaries: Iterable[BenchmarkSummary]) -> None:
    rows = {summary.benchmark: summary.to_row() for summary in summaries}
    with replacing(path) as file:
        file.write(json.dumps(rows, ensure_ascii=False, indent=2).encode() + b"\n")

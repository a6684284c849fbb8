"""Figures on items that a training corpus holds, apart from the rest. Knows no corpus: a list of items comes in.

Whoever has the corpus writes the list, one JSON object a line: ``{"benchmark": "medqa", "item": "…"}``, further fields
are allowed (the text that was found, where). An item stands for its whole question: all its variants count with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.benchmarks.registry import find
from medgo.evaluation.metrics import sample_of
from medgo.evaluation.outcomes import ItemOutcome, headline_worth, in_headline, outcomes
from medgo.evaluation.statistics import Estimate, mean_interval
from medgo.schema import Prediction
from medgo.store import RowFile

Marked = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ContaminationSplit:
    """One benchmark, split.

    Args:
        benchmark: Its name.
        clean: Headline metric on items that the corpus does not hold; None where there are none.
        contaminated: On those that it does.
        unknown: Listed items that the run did not ask.
    """

    benchmark: str
    clean: Estimate | None
    contaminated: Estimate | None
    unknown: int


def read_marked(path: Path) -> Marked:
    """Read a list of items that a corpus holds: benchmark → item ids.

    Raises:
        InputError: It cannot be read, a line does not fit, or it is empty: an empty list would pass everything as
            clean, which is what a search over a wrong folder looks like.
    """
    found: dict[str, set[str]] = {}
    for row in RowFile(path):
        if row.value is None:
            raise InputError(f"{path}, line {row.number}: {row.error}")
        benchmark, item = row.value.get("benchmark"), row.value.get("item")
        if not isinstance(benchmark, str) or not isinstance(item, str):
            raise InputError(f'{path}, line {row.number}: expected {{"benchmark": "…", "item": "…"}}')
        found.setdefault(find(benchmark).name, set()).add(item)
    if not found:
        raise InputError(
            f"{path} lists no items: that would call everything clean",
            hint="if the corpus was searched and really holds none, there is nothing to split",
        )
    return {name: frozenset(items) for name, items in found.items()}


def split_by_contamination(
    predictions: Mapping[str, Sequence[Prediction]], marked: Marked, rng: np.random.Generator
) -> list[ContaminationSplit]:
    """Split every benchmark of a run that the list names.

    Args:
        predictions: Benchmark → predictions.
        marked: What the corpus holds.
        rng: Source of the resamples.
    """
    return [
        _split(name, predictions[name], marked.get(name, frozenset()), rng) for name in predictions if name in marked
    ]


def _split(
    name: str, predictions: Sequence[Prediction], marked: frozenset[str], rng: np.random.Generator
) -> ContaminationSplit:
    benchmark = find(name)
    items = [outcome for outcome in outcomes(predictions) if in_headline(outcome, benchmark)]
    units = {outcome.unit for outcome in items if outcome.item in marked or outcome.unit in marked}
    known = {outcome.item for outcome in items} | {outcome.unit for outcome in items}

    def estimate(part: Sequence[ItemOutcome]) -> Estimate | None:
        sample = sample_of(part, headline_worth(benchmark))
        return None if sample is None else mean_interval(sample, rng)

    return ContaminationSplit(
        benchmark=name,
        clean=estimate([outcome for outcome in items if outcome.unit not in units]),
        contaminated=estimate([outcome for outcome in items if outcome.unit in units]),
        unknown=len(marked - known),
    )

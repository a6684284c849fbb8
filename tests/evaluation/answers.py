"""Invented benchmarks and predictions for the tests of figures, comparisons and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures, Kind, Source
from medgo.schema import Prediction, Status


def benchmark(name: str = "toy", kind: Kind = "choice", **changes: Any) -> Benchmark:
    """A benchmark of a hundred questions that nobody else has."""
    source = Source("example/toy", ("test.jsonl",), "0" * 40, "CC0", "https://example.org/toy")
    plain = Benchmark(
        name=name,
        title=name.title(),
        group="Medical Knowledge",
        kind=kind,
        langs=("en",),
        source=source,
        size=100,
        chance=25.0,
        forms=(),
        paths=(name,),
        card=CardFigures(70.0, 60.0, 50.0),
    )
    return replace(plain, **changes)


def answer(item: str, right: bool = True, *, status: Status = "answered", name: str = "toy", **more: Any) -> Prediction:
    """One prediction with gold A, answered A or B."""
    labels = (("A",) if right else ("B",)) if status == "answered" else ()
    values: dict[str, Any] = {"epoch": 0, "gold": ("A",), "labels": labels, "unit": item} | more
    return Prediction(benchmark=name, item=item, status=status, **values)


def answers(rights: Iterable[bool], **more: Any) -> list[Prediction]:
    """Predictions q0, q1, … that are right or wrong."""
    return [answer(f"q{number}", bool(right), **more) for number, right in enumerate(rights)]


def random_answers(n: int, accuracy: float, seed: int, **more: Any) -> list[Prediction]:
    """Predictions that are right with a probability."""
    return answers(np.random.default_rng(seed).random(n) < accuracy, **more)

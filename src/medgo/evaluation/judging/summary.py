"""What a judged benchmark comes to: scores with their spread, and how much of it was decided, by whom. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.judging.grader import Grade
from medgo.evaluation.judging.panel import Agreement, agreement
from medgo.evaluation.statistics import Estimate, Sample, mean_interval, resampled_totals

# Of the published spread.
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class JudgedSummary:
    """A judged benchmark.

    Args:
        scores: By name, with intervals over items.
        tags: Rubric scores by theme and axis, likewise.
        bootstrap_std: HealthBench's published measure of spread, see :func:`bootstrap_std`; of rubric scores only.
        bounds: What unavailable verdicts could make of the mean ``score`` at worst and at best, where that is known;
            of items whose replies have such bounds, each item once.
        items: Items with at least one graded reply.
        replies: Graded replies; several an item with epochs.
        undefined: Replies without ``score``: left out of it.
        parts: Verdicts needed, over all replies.
        unavailable: How many of them there are not.
        checked: How many a deterministic check decided.
        ties: How many the first judge decided alone.
        agreement: Of the judges; None for a single one.
    """

    scores: Mapping[str, Estimate]
    tags: Mapping[str, Estimate]
    bootstrap_std: float | None
    bounds: tuple[float, float] | None
    items: int
    replies: int
    undefined: int
    parts: int
    unavailable: int
    checked: int
    ties: int
    agreement: Agreement | None = None

    @property
    def coverage(self) -> float:
        """Share of the verdicts that there are."""
        return 1 - self.unavailable / self.parts if self.parts else 1.0

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "coverage": self.coverage}


def bootstrap_std(values: Sequence[float], rng: np.random.Generator, *, resamples: int = RESAMPLES) -> float:
    """HealthBench's spread: standard deviation of the means of bootstrap resamples, each clipped to [0, 1].

    Args:
        values: One an item; may be below 0.
        rng: Source of the resamples.
        resamples: How many.

    Raises:
        InputError: There are no values.

    Source: openai/simple-evals ``healthbench_eval.py`` (which draws without a seed).
    """
    if not values:
        raise InputError("a mean needs at least one graded item")
    rows = np.asarray(values, dtype=np.float64)[:, None]  # [items, 1]
    means = resampled_totals(rows, len(rows), rng, resamples)[:, 0] / len(rows)  # [resamples]
    return float(np.clip(means, 0.0, 1.0).std())


def summarise(
    grades: Iterable[Grade],
    rng: np.random.Generator,
    *,
    judges: Sequence[str] = (),
    mean: bool = False,
    scores: Mapping[str, Estimate] | None = None,
) -> JudgedSummary:
    """Bring the grades of a benchmark together; replies to one item (epochs) are averaged before items are.

    Args:
        grades: All of them.
        rng: Source of the resamples.
        judges: Names of the judges, in their order.
        mean: Verdicts are grades on a scale (``Grader.mean``).
        scores: Estimates by name where they were worked out already: those of the run's own figures.
    """
    grades = list(grades)
    own = _by_name((grade.item, grade.scores) for grade in grades)
    tags = _by_name((grade.item, grade.tags) for grade in grades)
    given = [part.verdicts for grade in grades for part in grade.parts if part.verdicts[0].by != "check"]
    if scores is None:
        scores = {name: _estimate(values, rng, clip=not mean) for name, values in own.items()}
    bounds = _bounds(grades)
    return JudgedSummary(
        scores=scores,
        tags={name: _estimate(values, rng, clip=True) for name, values in sorted(tags.items())},
        bootstrap_std=bootstrap_std(list(own["score"].values()), rng)
        if bounds is not None and "score" in own
        else None,
        bounds=bounds,
        items=len({grade.item for grade in grades}),
        replies=len(grades),
        undefined=sum("score" not in grade.scores for grade in grades),
        parts=sum(len(grade.parts) for grade in grades),
        unavailable=sum(grade.unavailable for grade in grades),
        checked=sum(grade.checked for grade in grades),
        ties=sum(grade.ties for grade in grades),
        agreement=agreement(judges, given, mean=mean) if len(judges) > 1 else None,
    )


def _estimate(values: Mapping[str, float], rng: np.random.Generator, *, clip: bool) -> Estimate:
    sample = Sample.of(list(values.values()), list(values))
    return mean_interval(sample, rng, clip=(0.0, 1.0) if clip else None)


def _bounds(grades: Sequence[Grade]) -> tuple[float, float] | None:
    ends = [(grade.item, {"low": grade.bounds[0], "high": grade.bounds[1]}) for grade in grades if grade.bounds]
    if not ends:
        return None
    by_end = _by_name(ends)
    low, high = (sum(by_end[end].values()) / len(by_end[end]) for end in ("low", "high"))
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


def _by_name(scored: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """Name → item → the mean over its replies."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item, scores in scored:
        for name, score in scores.items():
            values[name][item].append(score)
    return {name: {item: sum(v) / len(v) for item, v in items.items()} for name, items in values.items()}

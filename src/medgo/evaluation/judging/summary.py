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
from medgo.evaluation.statistics.intervals import resampled_totals

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over items.

    Args:
        mean: The mean; clipped to [0, 1] for rubric scores.
        std: Standard deviation of the means of bootstrap resamples, each clipped likewise.
        low: 2.5 % quantile of these means.
        high: 97.5 % quantile.
        n: Items.
    """

    mean: float
    std: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class JudgedSummary:
    """A judged benchmark.

    Args:
        scores: By name.
        tags: Rubric scores by theme and axis.
        bounds: What unavailable verdicts could make of the mean ``score`` at worst and at best, where that is known.
        items: Items with at least one graded reply.
        replies: Graded replies; several an item with epochs.
        undefined: Replies without ``score``: left out of it.
        parts: Verdicts needed, over all replies.
        unavailable: How many of them there are not.
        checked: How many a deterministic check decided.
        ties: How many the first judge decided alone.
        agreement: Of the judges; None for a single one.
    """

    scores: Mapping[str, Spread]
    tags: Mapping[str, Spread]
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


def clipped_mean(
    values: Sequence[float], rng: np.random.Generator, *, clip: bool = True, resamples: int = RESAMPLES
) -> Spread:
    """HealthBench's data set score: the mean clipped to [0, 1], and the bootstrap of clipped means, seeded.

    Args:
        values: One an item; may be below 0.
        rng: Source of the resamples.
        clip: Whether to.
        resamples: How many.

    Raises:
        InputError: There are no values.

    Source: openai/simple-evals ``healthbench_eval.py`` (which draws without a seed).
    """
    if not values:
        raise InputError("a mean needs at least one graded item")
    rows = np.asarray(values, dtype=np.float64)[:, None]  # [items, 1]
    means = resampled_totals(rows, len(rows), rng, resamples)[:, 0] / len(rows)  # [resamples]
    mean = float(rows.mean())
    if clip:
        mean, means = min(max(mean, 0.0), 1.0), np.clip(means, 0.0, 1.0)
    low, high = np.quantile(means, [0.025, 0.975])
    return Spread(mean, float(means.std()), float(low), float(high), len(rows))


def summarise(
    grades: Iterable[Grade], rng: np.random.Generator, *, judges: Sequence[str] = (), mean: bool = False
) -> JudgedSummary:
    """Bring the grades of a benchmark together; replies to one item (epochs) are averaged before items are.

    Args:
        grades: All of them.
        rng: Source of the resamples.
        judges: Names of the judges, in their order.
        mean: Verdicts are grades on a scale (``Grader.mean``).
    """
    grades = list(grades)
    clip = not mean
    scores = _by_name((grade.item, grade.scores) for grade in grades)
    tags = _by_name((grade.item, grade.tags) for grade in grades)
    given = [part.verdicts for grade in grades for part in grade.parts if part.verdicts[0].by != "check"]
    return JudgedSummary(
        scores={name: clipped_mean(values, rng, clip=clip) for name, values in scores.items()},
        tags={name: clipped_mean(values, rng) for name, values in sorted(tags.items())},
        bounds=_bounds(grades),
        items=len({grade.item for grade in grades}),
        replies=len(grades),
        undefined=sum("score" not in grade.scores for grade in grades),
        parts=sum(len(grade.parts) for grade in grades),
        unavailable=sum(grade.unavailable for grade in grades),
        checked=sum(grade.checked for grade in grades),
        ties=sum(grade.ties for grade in grades),
        agreement=agreement(judges, given, mean=mean) if len(judges) > 1 else None,
    )


def _bounds(grades: Sequence[Grade]) -> tuple[float, float] | None:
    found = [grade.bounds for grade in grades if grade.bounds is not None]
    if not found:
        return None
    low, high = (sum(side) / len(found) for side in zip(*found, strict=True))
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


def _by_name(scored: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, list[float]]:
    """Name → one value an item, the mean over its replies."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item, scores in scored:
        for name, score in scores.items():
            values[name][item].append(score)
    return {name: [sum(v) / len(v) for v in items.values()] for name, items in values.items()}

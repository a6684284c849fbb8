"""Whether a model's probabilities mean what they say: expected calibration error, Brier score, reliability table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.statistics.intervals import FloatArray

Binning = Literal["width", "mass"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence.

    Args:
        low: Lower end of the bin: a confidence.
        high: Upper end.
        n: Answers in it.
        confidence: Their mean confidence.
        accuracy: Share of them that is right.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def label_probabilities(logprobs: Mapping[str, float]) -> dict[str, float]:
    """Probabilities of the labels given that the answer is one of them (softmax over the labels alone).

    Raises:
        InputError: There are no labels, or none has a finite log-probability.
    """
    top = max(logprobs.values(), default=-math.inf)
    if not math.isfinite(top):
        raise InputError("probabilities of labels need at least one finite log-probability")
    weights = {label: math.exp(value - top) for label, value in logprobs.items()}
    total = sum(weights.values())
    return {label: weight / total for label, weight in weights.items()}


def brier(probabilities: Mapping[str, float], gold: str) -> float:
    """Squared distance of the probabilities from the truth, summed over labels: 0 is perfect, 2 is surely wrong.

    Source: Brier 1950, "Verification of forecasts expressed in terms of probability", for several classes.
    """
    return sum((p - (label == gold)) ** 2 for label, p in probabilities.items()) + (gold not in probabilities)


def reliability(
    confidence: Sequence[float], correct: Sequence[bool], *, bins: int = 15, by: Binning = "width"
) -> list[Bin]:
    """Group answers by their confidence.

    Args:
        confidence: Probability that the model gave its answer, [items], each in [0, 1].
        correct: Whether the answer is right, [items].
        bins: How many bins; empty ones are left out.
        by: ``width``: bins of equal width over [0, 1]. ``mass``: as many answers in each; answers of the same
            confidence stay together, so that the order of the items does not matter.

    Raises:
        InputError: The lengths differ, there are no answers, or a confidence is no probability.
    """
    p, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if len(p) != len(right) or not len(p) or not ((p >= 0) & (p <= 1 + 1e-9)).all():
        raise InputError("calibration needs one probability for each answer, and at least one answer")
    edges = np.linspace(0.0, 1.0, bins + 1) if by == "width" else np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)))
    # Bins are open below and closed above, the first one closed on both sides.
    index = np.clip(np.searchsorted(edges, p, side="left") - 1, 0, max(len(edges) - 2, 0))
    return [_bin(edges, which, p[index == which], right[index == which]) for which in np.unique(index)]


def _bin(edges: FloatArray, which: int, p: FloatArray, right: FloatArray) -> Bin:
    high = float(edges[min(which + 1, len(edges) - 1)])
    return Bin(float(edges[which]), high, len(p), float(p.mean()), float(right.mean()))


def expected_calibration_error(
    confidence: Sequence[float], correct: Sequence[bool], *, bins: int = 15, by: Binning = "width"
) -> float:
    """Mean distance of accuracy from confidence over the bins of :func:`reliability`, weighted by their answers.

    Source: Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning"; equal mass
    ("adaptive") as in Nguyen and O'Connor 2015. The estimate is biased upward for small samples: compare
    at equal n only.
    """
    table = reliability(confidence, correct, bins=bins, by=by)
    return sum(row.n * abs(row.accuracy - row.confidence) for row in table) / sum(row.n for row in table)

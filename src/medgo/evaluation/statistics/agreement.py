"""How far raters agree (judges among each other and with people): kappa, alpha, balanced F1, bias."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.statistics.intervals import FloatArray

Scale = Literal["nominal", "ordinal", "interval"]


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Agreement of two raters beyond what their own habits would give by chance.

    Returns:
        1 is full agreement, 0 is chance; None where both gave one and the same verdict throughout, so that chance
        alone gives full agreement and kappa is 0 / 0.

    Raises:
        InputError: The lengths differ or there are no ratings.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales".
    """
    _check_pairs(first, second)
    n = len(first)
    values = list(dict.fromkeys([*first, *second]))
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    expected = sum((list(first).count(value) / n) * (list(second).count(value) / n) for value in values)
    return None if expected >= 1.0 else (observed - expected) / (1.0 - expected)


def krippendorff_alpha(ratings: Sequence[Sequence[float | None]], scale: Scale = "nominal") -> float | None:
    """Agreement of any number of raters, some of whom may have left out some units.

    Args:
        ratings: [raters, units]; None is a missing rating. Verdicts are written as numbers.
        scale: How far apart two values are: ``nominal`` (equal or not), ``ordinal`` (by ranks) or ``interval``.

    Returns:
        1 is full agreement, 0 is chance; None where all ratings are the same value, or no unit has two ratings.

    Raises:
        InputError: The raters' lists differ in length.

    Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability".
    """
    if len({len(row) for row in ratings}) > 1:
        raise InputError("every rater needs an entry (or None) for each unit")
    units = [[value for value in column if value is not None] for column in zip(*ratings, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    values = sorted({value for unit in units for value in unit})
    if len(values) < 2:
        return None
    index = {value: i for i, value in enumerate(values)}
    # Coincidences [values, values]: each ordered pair of ratings of a unit, weighted by 1 / (ratings - 1).
    coincidence = np.zeros((len(values), len(values)))
    for unit in units:
        counts = np.bincount([index[value] for value in unit], minlength=len(values)).astype(np.float64)
        coincidence += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals = coincidence.sum(axis=0)
    distance = _distances(np.array(values, dtype=np.float64), totals, scale)
    expected = float((np.outer(totals, totals) * distance).sum()) / (float(totals.sum()) - 1)
    return 1.0 - float((coincidence * distance).sum()) / expected


def _distances(values: FloatArray, totals: FloatArray, scale: Scale) -> FloatArray:
    """Squared distances between values, [values, values]."""
    if scale == "nominal":
        return 1.0 - np.eye(len(values))
    if scale == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2)
    # Ordinal: ratings lying between two values, half of the two values' own ones included.
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


def balanced_f1(truth: Sequence[bool], verdict: Sequence[bool]) -> float:
    """Mean of the F1 of "granted" and the F1 of "not granted", so that granting everything is not rewarded.

    A class that neither has is left out.

    Raises:
        InputError: The lengths differ or there are no verdicts.

    Source: the balanced F1 of HealthBench's meta-evaluation (arXiv:2505.08775).
    """
    _check_pairs(truth, verdict)
    scores = []
    for positive in (True, False):
        hits = sum(t == positive and v == positive for t, v in zip(truth, verdict, strict=True))
        named = sum(t == positive for t in truth) + sum(v == positive for v in verdict)
        if named:
            scores.append(2 * hits / named)
    return sum(scores) / len(scores)


def bias_points(truth: Sequence[float], verdict: Sequence[float]) -> float:
    """Mean of verdict - truth in percentage points: above zero the judge is too generous.

    Raises:
        InputError: The lengths differ or there are no verdicts.
    """
    _check_pairs(truth, verdict)
    return 100.0 * sum(v - t for t, v in zip(truth, verdict, strict=True)) / len(truth)


def _check_pairs(first: Sequence[object], second: Sequence[object]) -> None:
    if len(first) != len(second) or not first:
        raise InputError(f"agreement needs two verdicts on each thing: {len(first)} and {len(second)} given")

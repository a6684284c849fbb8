"""How sure a mean is: Wilson's interval, and the bootstrap over clusters and strata. Knows numbers, no benchmarks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from medgo.errors import InputError

FloatArray = npt.NDArray[np.float64]

RESAMPLES = 10_000
# Below this two sums of the same numbers in another order may differ.
_TIE = 1e-9
# Below this many units Wilson's interval over units, which no scores in [0, 1] can be wider than, is the least claimed.
_FEW_UNITS = 20
# Cells of one block of drawn indices; 16 MiB.
_BLOCK = 1 << 21


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Args:
        value: The point estimate, in the unit of what was measured (accuracies are fractions of 1).
        low: Lower end of the interval.
        high: Upper end.
        n: Independent observations behind it (clusters where items are clustered).
        level: Coverage that the interval aims at.
        method: ``wilson``, ``bootstrap``, ``cluster-bootstrap``, ``stratified-bootstrap``, ``wilson-units`` (all
            units came out the same, so that a bootstrap would claim certainty) or ``mover``.
    """

    value: float
    low: float
    high: float
    n: int
    level: float = 0.95
    method: str = ""

    def to_row(self) -> dict[str, Any]:
        """Return the estimate as a JSON object."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Estimate:
        """Read a JSON object as :meth:`to_row` wrote it.

        Raises:
            InputError: A field is missing or unknown.
        """
        try:
            return cls(**row)
        except TypeError as error:
            raise InputError(f"not an estimate: {error}") from error


@dataclass(frozen=True, slots=True)
class Sample:
    """Values summed over the clusters of each stratum: all that a resampled mean needs.

    Args:
        strata: For each stratum an array [clusters, 2]: the sum of a cluster's values and how many there are.
        binary: Every cluster is a single 0 or 1, so that the mean is a proportion.
    """

    strata: tuple[FloatArray, ...]
    binary: bool

    @classmethod
    def of(
        cls, values: Sequence[float], clusters: Sequence[Hashable], strata: Sequence[Hashable] | None = None
    ) -> Sample:
        """Group values.

        Args:
            values: One for each observation.
            clusters: What each belongs to; observations of one cluster are drawn together.
            strata: The category of each, if the mean is to be the unweighted mean over categories. A cluster that
                reaches into several strata counts as one in each.

        Raises:
            InputError: There are no values, or the lengths differ.
        """
        keys = strata if strata is not None else [""] * len(values)
        if not values or not len(values) == len(clusters) == len(keys):
            raise InputError(
                f"a mean needs values, each with its cluster: {len(values)} values, {len(clusters)} clusters"
            )
        sums: dict[Hashable, dict[Hashable, list[float]]] = {}
        for value, cluster, stratum in zip(values, clusters, keys, strict=True):
            row = sums.setdefault(stratum, {}).setdefault(cluster, [0.0, 0.0])
            row[0] += value
            row[1] += 1.0
        arrays = tuple(np.array(list(rows.values()), dtype=np.float64) for rows in sums.values())
        binary = len(arrays) == 1 and bool((arrays[0][:, 1] == 1).all() and np.isin(arrays[0][:, 0], (0.0, 1.0)).all())
        return cls(arrays, binary)

    @property
    def n(self) -> int:
        """Clusters over all strata."""
        return sum(len(rows) for rows in self.strata)

    @property
    def mean(self) -> float:
        """Mean of the values in each stratum, averaged over strata without weights."""
        return float(np.mean([rows[:, 0].sum() / rows[:, 1].sum() for rows in self.strata]))

    @property
    def constant(self) -> float | None:
        """The mean of every single cluster, where it is the same in all of them."""
        means = np.concatenate([rows[:, 0] / rows[:, 1] for rows in self.strata])
        return float(means[0]) if np.ptp(means) < _TIE else None

    @property
    def method(self) -> str:
        """Name of the bootstrap that fits this sample."""
        if len(self.strata) > 1:
            return "stratified-bootstrap"
        return "bootstrap" if (self.strata[0][:, 1] == 1).all() else "cluster-bootstrap"

    def replicates(self, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
        """Means of resamples of clusters, [resamples].

        In one stratum as many clusters are drawn as there are. In several, one fewer is drawn from each: the variance
        of each stratum's mean is then unbiased, which matters when strata hold a handful of items
        (McCarthy and Snowden 1985, "The bootstrap and finite population sampling"). Strata with a single cluster tell
        nothing about their spread and are drawn from together (collapsed strata; the interval errs to the wide side).
        """
        if len(self.strata) == 1:
            rows = self.strata[0]
            return _ratios(resampled_totals(rows, len(rows), rng, resamples))
        single = [rows for rows in self.strata if len(rows) == 1]
        total = np.zeros(resamples)
        for rows in self.strata:
            if len(rows) > 1:
                total += _ratios(resampled_totals(rows, len(rows) - 1, rng, resamples))
        if single:
            means = np.concatenate([rows[:, :1] / rows[:, 1:] for rows in single])
            pooled = np.concatenate([means, np.ones_like(means)], axis=1)
            total += len(single) * _ratios(resampled_totals(pooled, max(len(pooled) - 1, 1), rng, resamples))
        return total / len(self.strata)


def wilson(successes: float, n: int, level: float = 0.95) -> Estimate:
    """Interval of a proportion that holds its level for small samples and near 0 and 1.

    Args:
        successes: How many of the n, in [0, n].
        n: Independent trials, at least 1.
        level: Coverage.

    Raises:
        InputError: There are no trials, or more successes than trials.

    Source: E. B. Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if n < 1 or not 0 <= successes <= n:
        raise InputError(f"a proportion needs at least one trial and no more successes than these: {successes} of {n}")
    z = float(norm.ppf((1 + level) / 2))
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At the ends the formula gives exactly 0 or 1 but for rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(p, low, high, n, level, "wilson")


def mean_interval(
    sample: Sample,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    clip: tuple[float, float] | None = None,
) -> Estimate:
    """Interval of a mean of scores: Wilson's for plain proportions, else the percentile bootstrap over clusters.

    Args:
        sample: The scores.
        rng: Source of the resamples.
        level: Coverage.
        resamples: How many.
        clip: Bounds that the mean is clipped to, and each resampled mean with it (HealthBench clips to [0, 1]).

    Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", ch. 13; clusters as in Miller 2024,
    "Adding error bars to evals" (arXiv:2411.00640).
    """
    if sample.binary:
        return wilson(float(sample.strata[0][:, 0].sum()), sample.n, level)
    constant = sample.constant
    if constant is not None and 0.0 <= constant <= 1.0:
        # No unit differs from another, which a bootstrap takes for certainty about all that were not drawn.
        sure = wilson(constant * sample.n, sample.n, level)
        return Estimate(constant, sure.low, sure.high, sure.n, level, "wilson-units")
    value, replicates = sample.mean, sample.replicates(rng, resamples)
    if clip is not None:
        value, replicates = float(np.clip(value, *clip)), np.clip(replicates, *clip)
    estimate = percentile_interval(value, replicates, sample.n, level=level, method=sample.method)
    if sample.n < _FEW_UNITS and 0.0 <= value <= 1.0:
        return _no_narrower_than(estimate, wilson(value * sample.n, sample.n, level))
    return estimate


def _no_narrower_than(estimate: Estimate, floor: Estimate) -> Estimate:
    """A bootstrap of a handful of units can only draw what they happened to be, and claims too much."""
    low, high = min(estimate.low, floor.low), max(estimate.high, floor.high)
    return replace(estimate, low=low, high=high, method=f"{estimate.method}, few units")


def percentile_interval(value: float, replicates: FloatArray, n: int, *, level: float, method: str) -> Estimate:
    """Make an estimate of the quantiles of bootstrap replicates, [resamples].

    The spread of the replicates *is* the standard error; dividing it by the root of their number is a known fault
    of other harnesses, which makes errors 32 times too small for 1,000 resamples.
    """
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), n, level, method)


def average_interval(estimates: Sequence[Estimate]) -> Estimate:
    """Unweighted mean of independent estimates of one level, with an interval recovered from theirs.

    Each side's distances from the point are added in quadrature, so that skewed intervals stay skewed.

    Raises:
        InputError: There are none, or their levels differ.

    Source: MOVER, Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach".
    """
    if not estimates or len({estimate.level for estimate in estimates}) != 1:
        raise InputError("an average needs estimates, all with intervals of the same level")
    count = len(estimates)
    value = sum(estimate.value for estimate in estimates) / count
    below = math.sqrt(sum((estimate.value - estimate.low) ** 2 for estimate in estimates)) / count
    above = math.sqrt(sum((estimate.high - estimate.value) ** 2 for estimate in estimates)) / count
    n = sum(estimate.n for estimate in estimates)
    return Estimate(value, value - below, value + above, n, estimates[0].level, "mover")


def resampled_totals(rows: FloatArray, draws: int, rng: np.random.Generator, resamples: int) -> FloatArray:
    """Column sums of resamples of rows with replacement.

    Args:
        rows: [clusters, columns].
        draws: Rows in each resample.
        rng: Source of the draws.
        resamples: How many.

    Returns:
        [resamples, columns]. Equal rows are interchangeable, so only how many of each *distinct* row are drawn is
        sampled (one multinomial draw) where few are distinct, as with right/wrong answers: the same distribution at
        a small part of the cost.
    """
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    if len(distinct) * 16 <= draws:
        drawn = rng.multinomial(draws, counts / counts.sum(), size=resamples).astype(np.float64)
        return np.asarray(drawn @ distinct)
    totals = np.empty((resamples, rows.shape[1]))
    columns = [np.ascontiguousarray(rows[:, column]) for column in range(rows.shape[1])]
    block = max(1, _BLOCK // draws)
    for start in range(0, resamples, block):
        stop = min(start + block, resamples)
        index = rng.integers(0, len(rows), size=(stop - start, draws))
        for column, values in enumerate(columns):
            totals[start:stop, column] = values[index].sum(axis=1)
    return totals


def _ratios(totals: FloatArray) -> FloatArray:
    return np.asarray(totals[:, 0] / totals[:, 1])

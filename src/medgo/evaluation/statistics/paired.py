"""Is B really better than A? Tests on the same items, and what they could have seen. Knows numbers, no models."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm

from medgo.errors import InputError
from medgo.evaluation.statistics.intervals import RESAMPLES, Estimate, Sample, percentile_interval, wilson

# Below this a difference of sums of epochs is rounding, not a difference.
_TIE = 1e-9
# Twice this many standard deviations of the number of discordant pairs leave out less than 1e-14.
_TAIL = 8.0


@dataclass(frozen=True, slots=True)
class Discordance:
    """On how many units two models differ.

    Args:
        units: Independent units: items, or clusters of variants of one question.
        only_a: Units on which A did better (with single right/wrong answers: A right, B wrong).
        only_b: Units on which B did better.
    """

    units: int
    only_a: int
    only_b: int

    @property
    def rate(self) -> float:
        """Share of units on which they differ."""
        return (self.only_a + self.only_b) / self.units

    @property
    def odds(self) -> float | None:
        """Odds that B is the better one where they differ; None where A never is (infinite) or they never differ."""
        return self.only_b / self.only_a if self.only_a else None

    @property
    def p(self) -> float:
        """McNemar's exact two-sided p."""
        return mcnemar_exact(self.only_a, self.only_b)


def discordance(differences: Sequence[float], clusters: Sequence[Hashable]) -> Discordance:
    """Count the units on which B - A, summed over the unit, is below and above zero.

    With one right/wrong answer an item these are McNemar's discordant pairs. With epochs or variants the unit is what
    is independent, and the test on the counts is the sign test over units.
    """
    sums: dict[Hashable, float] = {}
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + difference
    only_a = sum(value < -_TIE for value in sums.values())
    only_b = sum(value > _TIE for value in sums.values())
    return Discordance(len(sums), only_a, only_b)


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided p of as uneven a split of the discordant pairs, if either were as likely to be the better one.

    Returns:
        1 where there are no discordant pairs.

    Source: McNemar 1947; exact binomial form as in ``statsmodels.stats.contingency_tables.mcnemar(exact=True)``.
    """
    if only_a + only_b == 0:
        return 1.0
    return min(1.0, 2.0 * float(binom.cdf(min(only_a, only_b), only_a + only_b, 0.5)))


def paired_bootstrap(
    sample: Sample, rng: np.random.Generator, *, level: float = 0.95, resamples: int = RESAMPLES
) -> tuple[Estimate, float]:
    """Interval and two-sided p of a mean difference.

    Args:
        sample: Differences B - A of the items, grouped into their clusters.
        rng: Source of the resamples.
        level: Coverage.
        resamples: How many; the least p that can come out is 2 / (resamples + 1).

    Returns:
        The percentile interval and twice the smaller share of resamples on either side of zero, so that both say the
        same. Where all units differ by the same, or none differs, a bootstrap would claim certainty; then Wilson's
        interval of "n of n" says how many more might not, and p is that of the sign test.

    Source: Efron and Tibshirani 1993, ch. 13 and 15; p with the correction of Davison and Hinkley 1997, eq. 4.11.
    """
    constant = sample.constant
    if constant is not None:
        least = wilson(sample.n, sample.n, level).low
        if abs(constant) < _TIE:
            return Estimate(0.0, least - 1, 1 - least, sample.n, level, "wilson-units"), 1.0
        low, high = sorted((constant * least, constant))
        return Estimate(constant, low, high, sample.n, level, "wilson-units"), mcnemar_exact(0, sample.n)
    replicates = sample.replicates(rng, resamples)
    below = int((replicates <= _TIE).sum())
    above = int((replicates >= -_TIE).sum())
    p = min(1.0, 2.0 * (min(below, above) + 1) / (resamples + 1))
    return percentile_interval(sample.mean, replicates, sample.n, level=level, method=sample.method), p


def mcnemar_power(n: int, rate: float, difference: float, *, alpha: float = 0.05) -> float:
    """Probability that McNemar's exact test finds a difference.

    Args:
        n: Pairs.
        rate: Probability that a pair is discordant, in (0, 1].
        difference: True difference of the accuracies, in [0, rate].
        alpha: The test rejects at p < alpha.

    Source: exact unconditional power, Duffy 1984, "Asymptotic and exact power for the McNemar test":
    a binomial number of discordant pairs, and a binomial split of each number.
    """
    if not 0 < rate <= 1 or not 0 <= difference <= rate:
        raise InputError(f"a difference of {difference} is not possible with {rate} discordant pairs")
    spread = _TAIL * math.sqrt(n * rate * (1 - rate)) + _TAIL
    discordant = np.arange(max(0, math.floor(n * rate - spread)), min(n, math.ceil(n * rate + spread)) + 1)
    # The largest smaller count that is rejected; -1 where even an entirely uneven split is not.
    critical = binom.ppf(alpha / 2, discordant, 0.5) - 1
    share = (rate + difference) / (2 * rate)
    rejected = binom.cdf(critical, discordant, share) + binom.cdf(critical, discordant, 1 - share)
    return float((binom.pmf(discordant, n, rate) * rejected).sum())


def detectable_difference(n: int, rate: float, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest difference of accuracies that McNemar's exact test would have found.

    Args:
        n: Pairs.
        rate: Share of discordant pairs, usually the observed one. A difference cannot be larger than this share;
            where it has to be, the share is raised to it.
        alpha: Level of the test.
        power: Probability of finding it.

    Returns:
        A fraction of 1; None where not even a difference of 100 points would have been found (fewer than six pairs).
    """

    def found(difference: float) -> bool:
        return mcnemar_power(n, max(rate, difference), difference, alpha=alpha) >= power

    if n < 1 or not found(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def detectable_mean_difference(observed: Estimate, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest mean difference that a two-sided z test would have found.

    For scores that are not right/wrong, clustered items and averages over categories.

    Args:
        observed: An observed difference; the width of its interval, 2 z standard errors, tells the spread.
        alpha: Level of the test.
        power: Probability of finding it.

    Returns:
        In the unit of the difference; None for fewer than two units, which have no spread.
    """
    if observed.n < 2:
        return None
    se = (observed.high - observed.low) / (2 * norm.ppf((1 + observed.level) / 2))
    return float((norm.ppf(1 - alpha / 2) + norm.ppf(power)) * se)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false finding among all of them stays at the level.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted

"""Paired tests against scipy and statsmodels; power and detectable differences against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from medgo.errors import InputError
from medgo.evaluation.statistics import (
    Estimate,
    Sample,
    detectable_difference,
    detectable_mean_difference,
    discordance,
    holm,
    mcnemar_exact,
    mcnemar_power,
    paired_bootstrap,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_scipy_and_statsmodels(only_a: int, only_b: int) -> None:
    p = mcnemar_exact(only_a, only_b)
    if only_a + only_b:
        assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)
        assert p == pytest.approx(mcnemar([[5, only_a], [only_b, 5]], exact=True).pvalue, rel=1e-9)
    else:
        assert p == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]), abs=1e-12)


def test_holm_of_nothing() -> None:
    assert holm([]) == []


def test_discordance_counts_units_not_rows() -> None:
    counted = discordance([1.0, -1.0, 0.5, 0.5, -1.0, 0.0], ["a", "a", "b", "b", "c", "d"])
    assert (counted.units, counted.only_a, counted.only_b) == (4, 1, 1)
    assert counted.odds == 1.0
    assert counted.p == 1.0


def test_sums_that_cancel_but_for_rounding_are_ties() -> None:
    assert discordance([0.1, 0.2, -0.3], ["a"] * 3).only_b == 0


def simulated_power(n: int, rate: float, difference: float, worlds: int = 4000) -> float:
    only_b, only_a = (rate + difference) / 2, (rate - difference) / 2
    drawn = rng(1).multinomial(n, [only_a, only_b, 1 - rate], size=worlds)
    return float(np.mean([mcnemar_exact(a, b) < 0.05 for a, b, _ in drawn]))


@pytest.mark.parametrize(("n", "rate", "difference"), [(300, 0.2, 0.07), (60, 0.5, 0.2), (1000, 0.05, 0.0)])
def test_power_is_what_simulation_finds(n: int, rate: float, difference: float) -> None:
    assert mcnemar_power(n, rate, difference) == pytest.approx(simulated_power(n, rate, difference), abs=0.025)


@pytest.mark.parametrize(("n", "rate"), [(100, 0.3), (500, 0.15), (1273, 0.2), (40, 0.6)])
def test_detectable_difference_is_found_four_times_in_five(n: int, rate: float) -> None:
    difference = detectable_difference(n, rate)
    assert difference is not None
    assert simulated_power(n, rate, difference) == pytest.approx(0.8, abs=0.025)
    # Near the large-sample formula (Connor 1987), and never below it by much: the exact test is conservative.
    root = (1.959964 * np.sqrt(rate) + 0.841621 * np.sqrt(rate - difference**2)) / np.sqrt(n)
    assert root * 0.99 <= difference <= root * 1.25


def test_detectable_difference_when_hardly_any_pair_differs() -> None:
    difference = detectable_difference(500, 0.0)
    assert difference is not None
    assert simulated_power(500, difference, difference) == pytest.approx(0.8, abs=0.03)


def test_five_pairs_can_show_nothing() -> None:
    assert detectable_difference(5, 0.5) is None
    assert detectable_difference(6, 0.5) is not None
    assert detectable_difference(0, 0.5) is None


def test_power_refuses_the_impossible() -> None:
    with pytest.raises(InputError):
        mcnemar_power(10, 0.1, 0.2)


def test_detectable_mean_difference_is_found_four_times_in_five() -> None:
    spread = 0.5
    observed, _ = paired_bootstrap(Sample.of(list(rng(1).normal(0, spread, 800)), range(800)), rng())
    difference = detectable_mean_difference(observed)
    assert difference is not None
    means = rng(2).normal(difference, spread / np.sqrt(800), 20_000)
    assert (np.abs(means) > 1.959964 * spread / np.sqrt(800)).mean() == pytest.approx(0.8, abs=0.05)


def test_one_unit_has_no_spread() -> None:
    assert detectable_mean_difference(Estimate(0.1, 0.0, 0.2, 1)) is None


def test_paired_bootstrap_agrees_with_a_t_test_on_many_items() -> None:
    from scipy.stats import ttest_1samp

    differences = rng(3).normal(0.03, 0.5, 1000)
    interval, p = paired_bootstrap(Sample.of(list(differences), range(1000)), rng())
    theirs = ttest_1samp(differences, 0)
    expected = theirs.confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.003)
    assert p == pytest.approx(theirs.pvalue, abs=0.02)


def test_interval_and_p_say_the_same() -> None:
    for seed in range(20):
        differences = rng(seed).choice([-1.0, 0.0, 1.0], p=[0.1, 0.7, 0.2], size=60)
        interval, p = paired_bootstrap(Sample.of(list(differences), range(60)), rng())
        assert (p < 0.05) == (not interval.low <= 0 <= interval.high)


def test_b_never_worse_does_not_become_a_proportion() -> None:
    """Differences of 0 and 1 look like right and wrong answers; they are not."""
    interval, _ = paired_bootstrap(Sample.of([1.0] * 3 + [0.0] * 97, range(100)), rng())
    assert interval.method == "bootstrap"


def test_equal_answers_leave_room_for_a_difference() -> None:
    interval, p = paired_bootstrap(Sample.of([0.0] * 100, range(100)), rng())
    assert p == 1.0
    assert interval.low == -interval.high < 0


def test_four_equal_differences_are_not_certainty() -> None:
    interval, p = paired_bootstrap(Sample.of([1.0] * 4, range(4)), rng())
    assert p == pytest.approx(0.125)
    assert 0.3 < interval.low < interval.high == 1.0
    worse, _ = paired_bootstrap(Sample.of([-0.2] * 4, range(4)), rng())
    assert worse.low == pytest.approx(-0.2)
    assert worse.high == pytest.approx(-0.2 * interval.low)


@pytest.mark.slow
def test_p_is_not_small_more_often_than_it_says() -> None:
    """Two equal models on clustered items: 5 % of 600 worlds is 30 ± 5."""
    small = 0
    for world in range(600):
        source = rng(world)
        shift = source.normal(0, 0.3, 60).repeat(4)
        differences = shift + source.normal(0, 0.3, 240)
        _, p = paired_bootstrap(Sample.of(list(differences), [i // 4 for i in range(240)]), source, resamples=1000)
        small += p < 0.05
    assert 15 <= small <= 50

"""Intervals against scipy and statsmodels, their coverage, and the faults that other harnesses have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap
from statsmodels.stats.proportion import proportion_confint

from medgo.errors import InputError
from medgo.evaluation.statistics import (
    Estimate,
    Sample,
    average_interval,
    mean_interval,
    resampled_totals,
    wilson,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(n=st.integers(1, 5000), share=st.floats(0, 1), level=st.sampled_from([0.9, 0.95, 0.99]))
def test_wilson_is_statsmodels(n: int, share: float, level: float) -> None:
    successes = round(n * share)
    ours = wilson(successes, n, level)
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)
    assert 0 <= ours.low <= ours.value <= ours.high <= 1


def test_wilson_needs_trials() -> None:
    with pytest.raises(InputError):
        wilson(0, 0)
    with pytest.raises(InputError):
        wilson(3, 2)


def test_right_and_wrong_answers_get_wilson() -> None:
    values = [1.0] * 30 + [0.0] * 10
    assert mean_interval(Sample.of(values, range(40)), rng()) == wilson(30, 40)


@pytest.mark.parametrize("seed", range(3))
def test_bootstrap_of_scores_is_scipy(seed: int) -> None:
    values = rng(seed).beta(2, 5, size=300)
    ours = mean_interval(Sample.of(list(values), range(300)), rng(1))
    theirs = scipy_bootstrap((values,), np.mean, method="percentile", n_resamples=10_000, rng=rng(2))
    assert ours.method == "bootstrap"
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.03 * width)


def test_spread_of_replicates_is_the_standard_error_not_divided_by_their_number() -> None:
    # lighteval's bootstrap_stderr: mean_stderr of the replicates, 0.00041 where 0.0128 is right (n=1273).
    values = np.r_[np.ones(879), np.zeros(394)]
    replicates = Sample.of(list(values), range(1273)).replicates(rng(), 1000)
    closed_form = values.std(ddof=1) / np.sqrt(1273)
    assert replicates.std() == pytest.approx(closed_form, rel=0.1)
    interval = mean_interval(Sample.of(list(values), range(1273)), rng())
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * closed_form, rel=0.02)


def test_drawing_distinct_rows_is_drawing_rows() -> None:
    """The multinomial short-cut and plain index draws give the same distribution of totals."""
    few = np.array([[0.0, 1.0]] * 150 + [[1.0, 1.0]] * 250)
    # A tiny jitter makes all rows distinct, and so takes the other way.
    many = few + np.c_[rng(5).normal(0, 1e-9, 400), np.zeros(400)]
    short, long = (resampled_totals(rows, 400, rng(i), 20_000)[:, 0] for i, rows in enumerate((few, many)))
    assert short.mean() == pytest.approx(long.mean(), abs=0.3)
    assert short.std() == pytest.approx(long.std(), rel=0.03)
    assert np.quantile(short, [0.025, 0.975]) == pytest.approx(np.quantile(long, [0.025, 0.975]), abs=1)


def test_copies_of_items_do_not_make_the_interval_narrower() -> None:
    values = list((rng(3).random(200) < 0.6).astype(float))
    alone = mean_interval(Sample.of(values, range(200)), rng())
    copied = mean_interval(Sample.of(values * 5, list(range(200)) * 5), rng())
    assert copied.method == "cluster-bootstrap"
    assert copied.n == 200
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.05)


def test_epochs_that_all_agree_on_right_are_not_certainty() -> None:
    estimate = mean_interval(Sample.of([1.0] * 20, [i // 2 for i in range(20)]), rng())
    assert (estimate.low, estimate.high) == (wilson(10, 10).low, 1.0)
    assert estimate.method == "wilson-units"


def test_questions_that_all_score_a_third_are_not_certainty() -> None:
    """A model that always says A, asked in all three rotations."""
    estimate = mean_interval(Sample.of([1.0, 0.0, 0.0] * 40, [i // 3 for i in range(120)]), rng())
    assert estimate.value == pytest.approx(1 / 3)
    assert estimate.high - estimate.low > 0.25


def test_macro_average_weighs_strata_equally() -> None:
    sample = Sample.of([1.0] * 90 + [0.0] * 10, range(100), ["a"] * 90 + ["b"] * 10)
    assert sample.mean == 0.5


@pytest.mark.parametrize("sizes", [(400, 40, 40), (5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5)])
def test_stratified_interval_is_as_wide_as_theory_says(sizes: tuple[int, ...]) -> None:
    """Also in strata of five items, where the usual bootstrap is a tenth too narrow."""
    strata = [str(h) for h, size in enumerate(sizes) for _ in range(size)]
    values = list(rng(4).random(len(strata)))
    sample = Sample.of(values, range(len(values)), strata)
    variance = sum(np.var([v for v, s in zip(values, strata, strict=True) if s == str(h)], ddof=1) / size
                   for h, size in enumerate(sizes)) / len(sizes) ** 2  # fmt: skip
    assert sample.replicates(rng(), 20_000).std() == pytest.approx(np.sqrt(variance), rel=0.03)


def test_strata_of_single_items_still_have_an_interval() -> None:
    estimate = mean_interval(Sample.of([1.0, 0.0, 1.0, 1.0], range(4), list("abcd")), rng())
    assert estimate.high - estimate.low > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("stratified", [False, True])
def test_intervals_cover_the_truth_as_often_as_they_say(stratified: bool) -> None:
    """Clusters of four answers that mostly agree; 400 worlds, so 95 % is 380 ± 9."""
    covered = 0
    for world in range(400):
        source = rng(world)
        ability = source.random(120)
        answers = (source.random((120, 4)) < ability[:, None]).astype(float).ravel()
        clusters = [i // 4 for i in range(480)]
        strata = [str(c % 6) for c in clusters] if stratified else None
        estimate = mean_interval(Sample.of(list(answers), clusters, strata), source, resamples=1000)
        covered += estimate.low <= 0.5 <= estimate.high
    assert 360 <= covered <= 395


def test_clipping_clips_the_interval_too() -> None:
    values = list(rng().normal(0.02, 0.5, 60))
    clipped = mean_interval(Sample.of(values, range(60)), rng(), clip=(0.0, 1.0))
    assert clipped.low == 0.0
    assert clipped.high > 0


def test_average_of_independent_estimates_agrees_with_resampling_them_all() -> None:
    shares = [(0.9, 100), (0.3, 1000), (0.66, 300)]
    estimates = [wilson(round(p * n), n) for p, n in shares]
    average = average_interval(estimates)
    draws = np.mean([rng(i).binomial(n, p, 200_000) / n for i, (p, n) in enumerate(shares)], axis=0)
    low, high = np.quantile(draws, [0.025, 0.975])
    assert average.value == pytest.approx(0.62)
    # Wilson's interval is pulled towards one half where it is near an end, the percentile interval is not.
    assert (average.low, average.high) == pytest.approx((low, high), abs=0.006)
    assert average.high - average.low == pytest.approx(high - low, rel=0.05)


def test_average_refuses_mixed_levels_and_nothing() -> None:
    with pytest.raises(InputError):
        average_interval([])
    with pytest.raises(InputError):
        average_interval([wilson(1, 2, 0.9), wilson(1, 2, 0.95)])


def test_estimate_survives_json() -> None:
    estimate = wilson(3, 7)
    assert Estimate.from_row(estimate.to_row()) == estimate
    with pytest.raises(InputError):
        Estimate.from_row({"value": 1.0})


def test_same_generator_same_interval() -> None:
    sample = Sample.of(list(rng().random(50)), range(50))
    assert mean_interval(sample, rng(7)) == mean_interval(sample, rng(7))


def test_a_sample_needs_values_with_clusters() -> None:
    with pytest.raises(InputError):
        Sample.of([], [])
    with pytest.raises(InputError):
        Sample.of([1.0], [])


def test_a_handful_of_clusters_claims_no_more_than_as_many_trials_could() -> None:
    sample = Sample.of([0.1, 0.2, 0.3, 0.2], ["a", "a", "b", "b"])
    estimate, floor = mean_interval(sample, np.random.default_rng(0)), wilson(0.2 * 2, 2)
    assert (estimate.low, estimate.high) == (floor.low, floor.high)
    assert estimate.method == "cluster-bootstrap, few units"
    many = Sample.of([0.1, 0.2, 0.3, 0.2] * 20, [f"{i // 2}" for i in range(80)])
    assert mean_interval(many, np.random.default_rng(0)).method == "cluster-bootstrap"

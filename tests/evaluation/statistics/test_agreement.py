"""Agreement measures on the examples of their authors and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from medgo.errors import InputError
from medgo.evaluation.statistics import balanced_f1, bias_points, cohen_kappa, krippendorff_alpha

N = None
# The worked example of Krippendorff 2011: four observers, twelve units, missing values.
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_its_author(scale: str, alpha: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF, scale) == pytest.approx(alpha, abs=0.0006)  # type: ignore[arg-type]


def test_alpha_at_the_ends() -> None:
    assert krippendorff_alpha([[1, 2, 1, 2], [1, 2, 1, 2]]) == 1.0
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None
    assert krippendorff_alpha([[1, N], [N, 2]]) is None
    source = np.random.default_rng(0)
    assert krippendorff_alpha(source.integers(0, 3, (2, 5000)).tolist()) == pytest.approx(0, abs=0.05)
    with pytest.raises(InputError):
        krippendorff_alpha([[1], [1, 2]])


@pytest.mark.parametrize("seed", range(5))
def test_kappa_is_statsmodels(seed: int) -> None:
    source = np.random.default_rng(seed)
    first = source.integers(0, 4, 80)
    second = np.where(source.random(80) < 0.6, first, source.integers(0, 4, 80))
    table, _ = to_table(np.c_[first, second])
    assert cohen_kappa(list(first), list(second)) == pytest.approx(cohens_kappa(table).kappa)


def test_kappa_of_one_verdict_throughout_is_undefined() -> None:
    assert cohen_kappa(["yes"] * 5, ["yes"] * 5) is None


def test_granting_everything_is_not_rewarded() -> None:
    truth = [True] * 90 + [False] * 10
    assert balanced_f1(truth, [True] * 100) == pytest.approx((2 * 90 / 190) / 2)
    assert balanced_f1(truth, truth) == 1.0
    assert balanced_f1([True], [True]) == 1.0


def test_bias_is_in_points_and_has_a_sign() -> None:
    assert bias_points([0, 0, 1, 1], [1, 0, 1, 1]) == 25.0
    assert bias_points([1.0], [0.5]) == -50.0


def test_unequal_lengths_are_refused() -> None:
    for measure in (cohen_kappa, balanced_f1, bias_points):
        with pytest.raises(InputError):
            measure([True], [])  # type: ignore[operator]
        with pytest.raises(InputError):
            measure([], [])  # type: ignore[operator]

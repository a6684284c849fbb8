"""Calibration: known answers, and probabilities that are true come out calibrated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medgo.errors import InputError
from medgo.evaluation.statistics import brier, expected_calibration_error, label_probabilities, reliability


def test_probabilities_are_relative_to_the_labels() -> None:
    p = label_probabilities({"A": math.log(0.03), "B": math.log(0.01)})
    assert p == pytest.approx({"A": 0.75, "B": 0.25})


def test_very_small_and_impossible_labels() -> None:
    assert label_probabilities({"A": -2000.0, "B": -math.inf}) == {"A": 1.0, "B": 0.0}
    for logprobs in ({}, {"A": -math.inf}):
        with pytest.raises(InputError):
            label_probabilities(logprobs)


def test_brier_by_hand() -> None:
    assert brier({"A": 1.0, "B": 0.0}, "A") == 0.0
    assert brier({"A": 1.0, "B": 0.0}, "B") == 2.0
    assert brier({"A": 0.6, "B": 0.3, "C": 0.1}, "B") == pytest.approx(0.36 + 0.49 + 0.01)
    assert brier({"A": 1.0}, "C") == 2.0


def test_ece_by_hand() -> None:
    # Bins of width 0.5: (0.3: one of two right) and (0.9: all of two right).
    assert expected_calibration_error([0.3, 0.3, 0.9, 0.9], [True, False, True, True], bins=2) == pytest.approx(
        (2 * 0.2 + 2 * 0.1) / 4
    )


@pytest.mark.parametrize("by", ["width", "mass"])
def test_true_probabilities_are_calibrated_and_boasting_is_not(by: str) -> None:
    source = np.random.default_rng(0)
    p = source.random(20_000)
    right = list(source.random(20_000) < p)
    assert expected_calibration_error(list(p), right, by=by) < 0.02  # type: ignore[arg-type]
    boast = list(np.sqrt(p))
    expected = float(np.mean(np.sqrt(p) - p))
    assert expected_calibration_error(boast, right, by=by) == pytest.approx(expected, abs=0.02)  # type: ignore[arg-type]


def test_every_answer_is_in_one_bin() -> None:
    p = [0.0, 1.0, 0.5, 1 / 15, 0.2, 0.2]
    for by in ("width", "mass"):
        table = reliability(p, [True] * 6, by=by)  # type: ignore[arg-type]
        assert sum(row.n for row in table) == 6
        assert all(row.low - 1e-12 <= row.confidence <= row.high + 1e-12 for row in table)


def test_equal_mass_bins_hold_equally_many() -> None:
    table = reliability(list(np.random.default_rng(0).random(1000) ** 4), [True] * 1000, bins=10, by="mass")
    assert {row.n for row in table} <= {99, 100, 101}


def test_all_the_same_confidence() -> None:
    assert expected_calibration_error([0.5] * 4, [True, False, True, True], by="mass") == pytest.approx(0.25)


def test_no_probabilities_no_calibration() -> None:
    for p in ([], [1.5], [-0.1]):
        with pytest.raises(InputError):
            reliability(p, [True] * len(p))

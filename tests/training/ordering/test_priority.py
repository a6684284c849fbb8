"""Even spread, and the priority schedule of HuatuoGPT-II in its expected course."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.training.ordering.priority import spread


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.integers(0, 99))
def test_one_priority_spreads_every_group_to_within_one_row(held: list[int], seed: int) -> None:
    groups = np.repeat(np.arange(len(held)), held)
    order = spread(groups, np.ones(len(held)), np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(len(groups)))
    come = np.cumsum(groups[order][:, None] == np.arange(len(held)), axis=0)
    even = np.arange(1, len(groups) + 1)[:, None] * np.array(held) / len(groups)
    # Each group keeps its place to within a row; ties of the others move it by one place for each of them.
    assert np.abs(come - even).max() <= 1 + len(held) * max(held) / len(groups)


def test_a_window_of_a_shuffled_order_strays_further() -> None:
    groups = np.repeat(np.arange(3), [600, 300, 100])

    def strays(order: np.ndarray) -> float:
        windows = (groups[order][:, None] == np.arange(3)).reshape(-1, 20, 3).sum(axis=1)
        return float(np.abs(windows - [12, 6, 2]).max())

    rng = np.random.default_rng(0)
    assert strays(spread(groups, np.ones(3), rng)) <= 1
    assert strays(rng.permutation(1000)) >= 4


def test_draws_of_a_group_keep_their_order() -> None:
    groups = np.array([0, 1, 0, 1, 1, 0, 0, 1, 1, 1])
    order = spread(groups, np.array([1.0, 4.0]), np.random.default_rng(0))
    for group in (0, 1):
        mine = [at for at in order.tolist() if groups[at] == group]
        assert mine == sorted(mine)


@pytest.mark.parametrize("priority", [2.0, 4.0, 16.0])
def test_a_higher_priority_follows_its_expected_course(priority: float) -> None:
    groups = np.repeat([0, 1], 5000)
    order = spread(groups, np.array([1.0, priority]), np.random.default_rng(0))
    come = np.cumsum(groups[order][:, None] == np.arange(2), axis=0) / 5000
    expected = 1 - (1 - come[:, 0]) ** priority
    assert np.abs(come[:, 1] - expected).max() <= (priority + 1) / 5000  # one row of either


def test_the_share_of_a_high_priority_falls_from_start_to_end() -> None:
    groups = np.repeat([0, 1], 5000)
    order = spread(groups, np.array([1.0, 4.0]), np.random.default_rng(0))
    high = groups[order].reshape(20, -1).mean(axis=1)
    assert high[0] == pytest.approx(0.8, abs=0.03)  # 4 of 5, as at the start as many rows are left in both
    assert (np.diff(high) <= 0.002).all()
    assert high[-1] < 0.01


def test_the_course_is_that_of_drawing_by_what_remains_times_priority() -> None:
    """The sampling process of the paper, simulated row by row, has our course as its mean."""
    rng = np.random.default_rng(0)
    held, priority = np.array([150, 50]), np.array([1.0, 5.0])
    runs = np.zeros(200)
    for _ in range(200):
        remaining = held.astype(float)
        for step in range(200):
            chance = remaining * priority
            group = int(rng.random() < chance[1] / chance.sum())
            remaining[group] -= 1
            runs[step] += held[1] - remaining[1]
    groups = np.repeat([0, 1], held)
    ours = np.cumsum(groups[spread(groups, priority, rng)] == 1)
    assert np.abs(runs / 200 - ours).max() < 1.5  # rows of 50

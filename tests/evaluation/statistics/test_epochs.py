"""Majority vote and pass@k."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.evaluation.statistics import majority, pass_at_k


def test_most_votes_win_and_ties_go_to_the_first() -> None:
    assert majority([("A",), ("B",), ("B",)]) == ("B",)
    assert majority([("C",), ("A",), ("A",), ("C",), ("B",)]) == ("C",)
    assert majority([("A", "B"), ("A",), ("A", "B")]) == ("A", "B")


def test_who_said_nothing_abstains() -> None:
    assert majority([None, None, ("A",)]) == ("A",)
    assert majority([None, None]) is None
    assert majority([]) is None


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_draws_with_a_right_answer(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    draws = list(combinations([True] * right + [False] * (n - right), k))
    assert pass_at_k(n, right, k) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_refuses_more_draws_than_answers() -> None:
    with pytest.raises(InputError):
        pass_at_k(3, 1, 4)
    with pytest.raises(InputError):
        pass_at_k(3, 4, 1)

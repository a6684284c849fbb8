"""The table in the card's grouping: averages over what is there, and what is not there named."""

from __future__ import annotations

import numpy as np
import pytest

from medgo.evaluation.benchmarks.definition import CardFigures
from medgo.evaluation.summary import BenchmarkSummary, summarise
from medgo.evaluation.table import results_table
from tests.evaluation.answers import answer, answers, benchmark

FIRST = benchmark("first", card=CardFigures(80.0, 70.0, 60.0))
SECOND = benchmark("second", card=CardFigures(60.0, 50.0, 40.0))
THIRD = benchmark("third", group="Clinical Reasoning", card=CardFigures(10.0, 20.0, 30.0))
OTHER = benchmark("other", group="Medical Standard", card=None)
UNSEEN = benchmark("unseen", group="Beyond the card", card=None)
ALL = [FIRST, SECOND, THIRD, OTHER, UNSEEN]


def measured(name: str, right: int, of: int) -> BenchmarkSummary:
    predictions = answers([True] * right + [False] * (of - right), name=name)
    return summarise(predictions, benchmark(name), rng=np.random.default_rng(0))


def test_average_is_unweighted_and_only_over_what_is_there() -> None:
    table = results_table([measured("first", 9, 10), measured("third", 100, 400), measured("other", 1, 1)], ALL)
    assert [group.name for group in table.groups] == ["Medical Knowledge", "Clinical Reasoning", "Medical Standard"]
    knowledge = table.groups[0].average
    assert knowledge is not None
    assert knowledge.ours is not None
    assert knowledge.ours.value == pytest.approx(0.9)
    assert knowledge.missing == ("second",)
    overall = table.overall
    assert overall is not None
    assert overall.ours is not None
    assert overall.ours.value == pytest.approx((0.9 + 0.25) / 2)
    assert overall.card == CardFigures(45.0, 45.0, 45.0)
    assert overall.card_all == CardFigures(50.0, pytest.approx(140 / 3), pytest.approx(130 / 3))  # type: ignore[arg-type]
    assert (overall.present, overall.missing) == (("first", "third"), ("second",))
    assert table.groups[2].average is None


def test_unmeasured_benchmarks_of_the_card_stay_in_the_table_and_others_do_not() -> None:
    table = results_table([measured("first", 1, 2)], ALL)
    shown = [(row.benchmark.name, row.summary is not None) for group in table.groups for row in group.rows]
    assert shown == [("first", True), ("second", False), ("third", False)]
    clinical = table.groups[1].average
    assert clinical is not None
    assert clinical.ours is None
    assert clinical.card is None
    assert clinical.card_all == THIRD.card


def test_a_benchmark_where_everything_failed_is_missing_from_the_average() -> None:
    failed = summarise([answer("x", name="first", status="error")], FIRST, rng=np.random.default_rng(0))
    overall = results_table([failed, measured("second", 3, 4)], ALL).overall
    assert overall is not None
    assert overall.present == ("second",)
    assert overall.missing == ("first", "third")


def test_nothing_measured() -> None:
    overall = results_table([], ALL).overall
    assert overall is not None
    assert overall.ours is None
    assert results_table([], [OTHER]).overall is None

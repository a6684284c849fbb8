"""Figures of a benchmark: what counts, what does not, and that neither is hidden."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.statistics import wilson
from medgo.evaluation.summary import BenchmarkSummary, summarise
from medgo.schema import Prediction
from tests.evaluation.answers import answer, answers, benchmark, random_answers


def summary(predictions: list[Prediction], of: Benchmark | None = None) -> BenchmarkSummary:
    return summarise(predictions, of or benchmark(), rng=np.random.default_rng(0))


def test_plain_accuracy_has_wilsons_interval() -> None:
    found = summary(answers([True] * 30 + [False] * 10))
    assert found.headline == wilson(30, 40)
    assert found.metrics["accuracy"] == found.headline
    assert (found.items, found.counted, found.size, found.errors) == (40, 40, 100, 0)
    assert found.bounds == (0.75, 0.75)


def test_unread_cut_off_and_refused_replies_are_wrong_and_shown() -> None:
    lost = [answer(f"x{i}", status=status) for i, status in enumerate(("unparsed", "truncated", "refused"))]
    found = summary([*answers([True] * 7), *lost])
    assert found.headline is not None
    assert found.headline.value == 0.7
    assert (found.rates.unparsed, found.rates.truncated, found.rates.refused) == (0.1, 0.1, 0.1)


def test_an_endpoint_that_fails_two_of_two_thousand_lowers_nothing_and_is_seen() -> None:
    failed = [answer(f"x{i}", status="error", error="endpoint_error: 503") for i in range(2)]
    found = summary([*answers([True] * 999 + [False] * 999), *failed])
    assert found.headline is not None
    assert found.headline.value == 0.5
    assert found.headline.n == found.counted == 1998
    assert (found.items, found.errors, found.rates.error) == (2000, 2, 0.001)
    assert found.bounds == (999 / 2000, 1001 / 2000)


def test_nothing_but_failures_has_no_number() -> None:
    found = summary([answer("x", status="error")])
    assert found.headline is None
    assert found.bounds == (0.0, 1.0)
    assert found.metrics == {}


def test_a_failed_epoch_leaves_the_others_of_its_item() -> None:
    found = summary([answer("x", True), answer("x", status="error", epoch=1), *answers([True, False, True])])
    assert found.headline is not None
    assert found.headline.value == 0.75
    assert found.bounds == (0.625, 0.75)
    assert (found.counted, found.errors, found.epochs) == (4, 1, 2)


def test_epochs_of_an_item_are_one_cluster() -> None:
    once = random_answers(200, 0.6, 1)
    thrice = [replace(p, epoch=epoch) for p in once for epoch in range(3)]
    assert summary(thrice).headline == summary(once).headline
    mixed = [replace(p, epoch=epoch) for epoch in range(2) for p in random_answers(200, 0.6, epoch)]
    headline = summary(mixed).headline
    assert headline is not None
    assert (headline.method, headline.n) == ("bootstrap", 200)


def test_majority_and_pass_at_k() -> None:
    votes = {"p": "AAB", "q": "ABB", "r": "BBB", "s": "ABC"}
    predictions = [
        answer(item, epoch=epoch, labels=(label,))
        for item, labels in votes.items()
        for epoch, label in enumerate(labels)
    ]
    found = summary(predictions)
    assert found.headline is not None
    assert found.headline.value == pytest.approx(4 / 12)
    # p by votes, s because its tie goes to the first.
    assert found.metrics["majority"].value == 0.5
    assert found.metrics["pass@2"].value == pytest.approx((1 + 2 / 3 + 0 + 2 / 3) / 4)
    assert "pass@4" not in found.metrics


def test_multi_answer_metrics_have_names_of_their_own() -> None:
    golds = [("A", "B"), ("A", "B"), ("A", "B"), ("A",)]
    given = [("A", "B"), ("A",), ("A", "C"), ("A",)]
    predictions = [answer(f"q{i}", gold=g, labels=x) for i, (g, x) in enumerate(zip(golds, given, strict=True))]
    found = summary(predictions, benchmark(multiple=True))
    assert found.metric == "exact_match"
    assert found.metrics["exact_match"].value == 0.5
    assert found.metrics["partial_credit"].value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert found.metrics["jaccard"].value == pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4)
    assert "accuracy" not in found.metrics


def test_category_average_weighs_categories_equally() -> None:
    many = answers([True] * 90, category="big")
    few = [answer(f"x{i}", False, category="small") for i in range(10)]
    found = summary([*many, *few], benchmark(average="category"))
    assert found.headline is not None
    assert found.headline.value == 0.5
    assert found.by_category["big"].value == 1.0
    assert found.by_category["small"].value == 0.0
    assert found.headline.low < 0.5 < found.headline.high or found.headline.method == "stratified-bootstrap"


def test_headline_counts_its_variants_only_and_the_gap_is_paired() -> None:
    predictions = []
    for i in range(60):
        for variant, right in (("original", i % 2 == 0), ("rich", True), ("poor", i >= 12)):
            predictions.append(answer(f"q{i}-{variant}", right, variant=variant, unit=f"q{i}"))
    of = benchmark(headline=("original",), gaps=(("rich", "poor"), ("rich", "absent")))
    found = summary(predictions, of)
    assert found.headline is not None
    assert (found.headline.value, found.headline.n, found.items) == (0.5, 60, 180)
    assert found.by_variant["poor"].value == 0.8
    (gap,) = found.gaps
    assert (gap.privileged_value, gap.unprivileged_value) == (1.0, 0.8)
    assert gap.difference.value == pytest.approx(0.2)
    assert (gap.only_privileged, gap.only_unprivileged) == (12, 0)
    assert gap.p == pytest.approx(2 * 0.5**12)


def test_rotations_are_one_question_and_right_means_all_of_them() -> None:
    predictions = []
    for i in range(20):
        for shift in range(4):
            right = i < 10 or shift == 0
            predictions.append(answer(f"q{i}~{shift}", right, variant=f"rotation{shift}", unit=f"q{i}"))
    found = summary(predictions, benchmark(headline=("",)))
    assert found.headline is not None
    assert found.headline.n == 20
    assert found.headline.value == pytest.approx((10 + 10 / 4) / 20)
    assert found.metrics["all_rotations"].value == 0.5


def test_a_question_with_a_failed_rotation_is_neither_right_under_all_of_them_nor_wrong() -> None:
    lost = [answer(f"q~{k}", status="error" if k else "answered", variant=f"rotation{k}", unit="q") for k in range(4)]
    assert "all_rotations" not in summary(lost).metrics
    whole = [answer(f"r~{k}", k < 3, variant=f"rotation{k}", unit="r") for k in range(4)]
    found = summary([*lost, *whole]).metrics["all_rotations"]
    assert (found.value, found.n) == (0.0, 1)


def test_shares_exclude_each_other_and_a_spent_thinking_budget_is_an_ordinary_answer() -> None:
    spent = {"thinking_forced": 1.0}
    predictions = [
        answer("a", scores=spent),
        answer("b", False, scores=spent),
        answer("c", forced=True, rule="forced", scores=spent),
        answer("d", status="truncated", rule="unforced", scores=spent),
        answer("e", status="error", rule="forced-failed", error="endpoint_error: 502"),
        answer("f", status="unparsed"),
        answer("g", status="refused"),
        answer("h"),
    ]
    found = summary(predictions)
    rates = found.rates
    assert (rates.unparsed, rates.truncated, rates.refused, rates.forced, rates.error) == (0.125,) * 5
    assert rates.thinking_forced == 0.5
    assert found.headline is not None
    assert found.headline.value == pytest.approx(3 / 7)  # the one that failed is in no mean; cut off for good is wrong
    assert (found.errors, found.bounds) == (1, (3 / 8, 4 / 8))
    assert set(found.metrics) == {"accuracy"}
    free = [answer("a", gold=(), labels=(), scores={"score": 0.5} | spent)]
    assert set(summary(free, benchmark(kind="rubric")).metrics) == {"score"}


def test_only_a_forced_answer_is_left_out_of_the_calibration() -> None:
    sure = {"A": math.log(0.8), "B": math.log(0.2)}
    ordinary = answer("a", logprobs=sure, scores={"thinking_forced": 1.0, "label_mass": 0.5})
    forced = answer("b", logprobs=sure, forced=True, rule="forced", scores={"label_mass": 0.1})
    found = summary([ordinary, forced])
    assert found.metrics["brier"].n == 1
    assert found.diagnostics["label_mass"] == 0.5


def test_one_number_has_one_interval() -> None:
    scores = np.random.default_rng(0).normal(0.4, 0.3, 40)
    judged = [answer(f"q{i}", gold=(), labels=(), scores={"score": s}) for i, s in enumerate(scores)]
    found = summary(judged, benchmark(kind="rubric"))
    assert found.headline == found.metrics["score"]
    strata = [*random_answers(50, 0.5, 0, category="a"), *(answer(f"z{i}", i < 3, category="b") for i in range(9))]
    found = summary(strata, benchmark(average="category"))
    assert found.headline == found.metrics["accuracy"]


def test_a_summary_written_before_a_field_was_there_is_read() -> None:
    row = summary(answers([True, False])).to_row()
    del row["withheld"], row["rates"]["thinking_forced"]
    assert BenchmarkSummary.from_row(row).withheld == 0


def test_macro_f1_where_a_label_is_a_class() -> None:
    gold, given = "AAAABBBCCC", "AAABBBCAA-"
    predictions = [
        answer(f"q{i}", gold=(g,), labels=(x,), name="pubmedqa")
        if x != "-"
        else answer(f"q{i}", status="unparsed", gold=(g,), name="pubmedqa")
        for i, (g, x) in enumerate(zip(gold, given, strict=True))
    ]
    found = summary(predictions, benchmark("pubmedqa"))
    # A: 3 hits, 4 gold, 5 given. B: 2, 3, 3. C: 0, 3, 1.
    assert found.metrics["macro_f1"].value == pytest.approx((6 / 9 + 4 / 6 + 0) / 3)
    assert found.metrics["macro_f1"].low < found.metrics["macro_f1"].value < found.metrics["macro_f1"].high
    assert "macro_f1" not in summary(answers([True])).metrics


def test_calibration_and_label_mass_come_from_scored_answers_only() -> None:
    sure = {"A": math.log(0.08), "B": math.log(0.02)}
    scored = [replace(p, logprobs=sure, scores={"label_mass": 0.1}) for p in answers([True] * 8 + [False] * 2)]
    scored = [p if p.correct else replace(p, labels=("A",), gold=("B",)) for p in scored]
    forced = answer("z", False, forced=True, logprobs={"A": 0.0, "B": -9.0}, scores={"label_mass": 1.0})
    found = summary([*scored, forced])
    assert found.diagnostics["ece"] == pytest.approx(0.0, abs=1e-9)
    assert found.diagnostics["label_mass"] == pytest.approx(0.1)
    assert found.metrics["brier"].value == pytest.approx(0.8 * 2 * 0.2**2 + 0.2 * 2 * 0.8**2)
    assert found.rates.forced == pytest.approx(1 / 11)


def test_ways_of_comparing_option_texts_are_reported_side_by_side() -> None:
    predictions = [
        replace(p, scores={"accuracy_sum": 1.0, "accuracy_pmi": float(p.correct)}) for p in answers([True, False])
    ]
    found = summary(predictions)
    assert (found.metrics["accuracy_sum"].value, found.metrics["accuracy_pmi"].value) == (1.0, 0.5)


def test_judged_scores_are_clipped_for_the_data_set_not_for_the_item() -> None:
    scores = [0.5, -0.3, 0.9, -0.4]
    predictions = [answer(f"q{i}", gold=(), labels=(), scores={"score": s}) for i, s in enumerate(scores)]
    found = summary(predictions, benchmark(kind="rubric"))
    assert found.headline is not None
    assert found.headline.value == pytest.approx(0.175)
    assert found.headline.low == 0.0
    worst = summary(
        [replace(p, scores={"score": -1.0}) for p in predictions[:2]] + predictions[2:], benchmark(kind="rubric")
    )
    assert worst.headline is not None
    assert worst.headline.value == 0.0


def test_a_missing_judge_is_not_the_models_fault() -> None:
    judged = [answer(f"q{i}", gold=(), labels=(), scores={"score": 1.0, "top5": 1.0}) for i in range(3)]
    cut_off = answer("c", status="truncated", gold=(), scores={"score": 0.0})
    unjudged = answer("u", gold=(), labels=())
    found = summary([*judged, cut_off, unjudged], benchmark(kind="diagnosis"))
    assert found.metric == "score"
    assert found.headline is not None
    assert found.headline.value == 0.75
    assert found.unjudged == 1
    assert found.bounds == (0.6, 0.8)


def test_before_a_judge_came_there_is_no_headline_not_even_of_what_was_cut_off() -> None:
    waiting = [answer("a", gold=(), labels=()), answer("b", status="truncated", gold=())]
    withheld = [replace(p, scores={"unvalidated_score": 0.9, "unvalidated_top5": 1.0}) for p in waiting]
    for predictions, counts in ((waiting, (2, 0)), (withheld, (0, 2)), ([waiting[0], withheld[1]], (1, 1))):
        found = summary(predictions, benchmark(kind="rubric"))
        assert found.headline is None
        assert (found.unjudged, found.withheld) == counts
        assert found.metrics == {}
        assert "unvalidated" not in json.dumps(found.to_row())


def test_summary_survives_json() -> None:
    predictions = [
        answer(f"q{i}-{v}", i % 3 == 0, variant=v, unit=f"q{i}", category=str(i % 2))
        for i in range(12)
        for v in ("x", "y")
    ]
    for found in (summary(predictions, benchmark(gaps=(("x", "y"),))), summary([answer("x", status="error")])):
        assert BenchmarkSummary.from_row(json.loads(json.dumps(found.to_row(), allow_nan=False))) == found
    for row in ({}, {"benchmark": "x"}, {"rates": 3}):
        with pytest.raises(InputError):
            BenchmarkSummary.from_row(row)


def test_same_seed_same_summary() -> None:
    predictions = [*random_answers(50, 0.5, 0, category="a"), answer("z", category="b")]
    of = benchmark(average="category")
    assert summary(predictions, of) == summary(predictions, of)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(InputError, match="no prediction"):
        summary([])
    with pytest.raises(InputError, match="other"):
        summary([answer("x", name="other")])
    with pytest.raises(InputError, match="twice"):
        summary([answer("x"), answer("x")])

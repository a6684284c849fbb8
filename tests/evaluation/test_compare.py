"""Two runs compared: pairing, what is left out, and verdicts that claim no more than was shown."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.compare import Comparison, compare, mismatches
from medgo.schema import Prediction
from tests.evaluation.answers import answer, answers, benchmark, random_answers


def compared(
    a: Mapping[str, Sequence[Prediction]], b: Mapping[str, Sequence[Prediction]], *of: Benchmark, **more: Any
) -> Comparison:
    known = {each.name: each for each in of or [benchmark(name) for name in {*a, *b}]}
    return compare(a, b, benchmarks=known, rng=np.random.default_rng(0), **more)


def pair(both: int, only_a: int, only_b: int, neither: int) -> tuple[list[Prediction], list[Prediction]]:
    a = [True] * both + [True] * only_a + [False] * only_b + [False] * neither
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * neither
    return answers(a), answers(b)


def test_counts_and_exact_p() -> None:
    a, b = pair(60, 8, 25, 7)
    (found,) = compared({"toy": a}, {"toy": b}).benchmarks
    assert (found.pairs, found.units, found.better_a, found.better_b) == (100, 100, 8, 25)
    assert (found.a, found.b) == (0.68, 0.85)
    assert found.difference.value == pytest.approx(0.17)
    assert found.test == "mcnemar"
    assert found.p == found.p_adjusted == pytest.approx(binomtest(8, 33).pvalue)
    assert found.winner == "B"
    assert found.verdict("en") == "B better by 17.0 points"
    assert found.verdict("zh") == "B 更好，高 17.0 分"


def test_pairing_sees_what_two_separate_intervals_do_not() -> None:
    a, b = pair(900, 10, 35, 328)
    (found,) = compared({"toy": a}, {"toy": b}).benchmarks
    assert found.p < 0.001
    unpaired_se = np.sqrt(found.a * (1 - found.a) / 1273 + found.b * (1 - found.b) / 1273)
    assert abs(found.difference.value) < 1.96 * unpaired_se


def test_order_of_lines_does_not_matter_and_the_roles_are_symmetric() -> None:
    a, b = pair(30, 5, 15, 10)
    forth = compared({"toy": a}, {"toy": list(reversed(b))}).benchmarks[0]
    back = compared({"toy": b}, {"toy": a}).benchmarks[0]
    assert forth.difference.value == -back.difference.value
    assert forth.p == back.p
    assert (forth.winner, back.winner) == ("B", "A")


def test_no_difference_says_what_could_have_been_missed() -> None:
    a, b = pair(60, 10, 11, 19)
    (found,) = compared({"toy": a}, {"toy": b}).benchmarks
    assert found.winner == ""
    assert found.detectable is not None
    assert found.detectable > 0.1
    points = f"{100 * found.detectable:.1f}"
    assert found.verdict("en") == f"no difference shown; one under {points} points would probably have been missed"
    assert points in found.verdict("zh")


def test_too_few_items_say_so() -> None:
    (found,) = compared({"toy": answers([True] * 4)}, {"toy": answers([False] * 4)}).benchmarks
    assert found.detectable is None
    assert found.verdict("en") == "too few items to show any difference"


def test_equal_runs_are_not_certainly_equal() -> None:
    same = random_answers(50, 0.7, 0)
    (found,) = compared({"toy": same}, {"toy": same}).benchmarks
    assert found.p == 1.0
    assert found.difference.low < 0 < found.difference.high


def test_items_in_one_run_only_and_failed_ones_are_counted_and_left_out() -> None:
    a = [*answers([True] * 5), answer("only-a"), answer("broken", status="error")]
    b = [*answers([False] * 5), answer("broken"), answer("only-b"), answer("only-b2")]
    (found,) = compared({"toy": a}, {"toy": b}).benchmarks
    assert (found.pairs, found.only_in_a, found.only_in_b, found.failed) == (5, 1, 2, 1)


def test_unread_replies_are_wrong_here_too() -> None:
    a = answers([True] * 10)
    b = [replace(p, status="unparsed", labels=()) for p in a]
    assert compared({"toy": a}, {"toy": b}).benchmarks[0].b == 0.0


def test_epochs_are_averaged_before_pairing() -> None:
    a = [replace(p, epoch=e) for e in range(4) for p in random_answers(80, 0.5, e)]
    b = random_answers(80, 0.5, 9)
    (found,) = compared({"toy": a}, {"toy": b}).benchmarks
    assert found.pairs == found.units == 80
    assert found.test == "bootstrap"
    assert found.better_a + found.better_b <= 80
    assert found.a == pytest.approx(np.mean([p.correct for p in a]))


def test_variants_of_a_question_are_one_unit_and_only_headline_ones_count() -> None:
    def run(seed: int) -> list[Prediction]:
        return [
            replace(p, item=f"{p.item}-{v}", variant=v) for v in ("x", "y", "z") for p in random_answers(40, 0.5, seed)
        ]

    of = benchmark(headline=("x", "y"))
    (found,) = compared({"toy": run(1)}, {"toy": run(2)}, of).benchmarks
    assert (found.pairs, found.units) == (80, 40)
    once = compared({"toy": random_answers(40, 0.5, 1)}, {"toy": random_answers(40, 0.5, 2)}).benchmarks[0]
    assert (found.test, found.p) == ("mcnemar", once.p)
    assert found.difference.low == pytest.approx(once.difference.low, abs=0.03)


def test_category_averages_are_compared_as_such() -> None:
    big, small = ["big"] * 90, ["small"] * 10
    a = [replace(p, category=c) for p, c in zip(answers([True] * 90 + [False] * 10), big + small, strict=True)]
    b = [replace(p, category=c) for p, c in zip(answers([False] * 90 + [True] * 10), big + small, strict=True)]
    (found,) = compared({"toy": a}, {"toy": b}, benchmark(average="category")).benchmarks
    assert found.difference.value == 0.0
    assert found.winner == ""


def test_more_items_for_a_do_not_make_b_the_winner_of_a_category_average() -> None:
    """On 60 of 100 items A is better, yet the mean over categories is higher for B: the test is of that mean."""
    categories = ["big"] * 80 + ["small"] * 20
    rights = [True] * 60 + [False] * 40, [False] * 60 + [False] * 20 + [True] * 20
    a, b = ([replace(p, category=c) for p, c in zip(answers(r), categories, strict=True)] for r in rights)
    (found,) = compared({"toy": a}, {"toy": b}, benchmark(average="category")).benchmarks
    assert found.test == "bootstrap"
    assert found.difference.value == pytest.approx((-0.75 + 1.0) / 2)
    assert (found.winner == "B") == (found.difference.low > 0)


def test_judged_scores_use_the_bootstrap() -> None:
    scores = np.random.default_rng(0).random(60)
    a = [answer(f"q{i}", gold=(), labels=(), scores={"score": float(s)}) for i, s in enumerate(scores)]
    b = [replace(p, scores={"score": p.scores["score"] + 0.05 * (i % 3)}) for i, p in enumerate(a)]
    (found,) = compared({"toy": a}, {"toy": b}, benchmark(kind="rubric")).benchmarks
    assert (found.test, found.metric) == ("bootstrap", "score")
    assert found.difference.value == pytest.approx(0.05)
    assert found.p < 0.01


def test_holm_over_benchmarks() -> None:
    a, b = pair(60, 10, 24, 6)
    alone = compared({"x": a}, {"x": b}).benchmarks[0]
    assert alone.winner == "B"
    many = {f"x{i}": (random_answers(100, 0.5, i), random_answers(100, 0.5, i)) for i in range(9)} | {"x": (a, b)}
    found = compared({k: v for k, (v, _) in many.items()}, {k: v for k, (_, v) in many.items()})
    again = next(each for each in found.benchmarks if each.benchmark == "x")
    assert again.p_adjusted == pytest.approx(10 * again.p)
    assert again.winner == ""
    assert found.overall is not None
    assert found.overall.value == pytest.approx(0.14 / 10)


def manifest(**changes: Any) -> dict[str, Any]:
    each = {"data_sha256": "d", "protocol_sha256": "p", "items": 4} | changes.pop("each", {})
    requested = {"model": "m", "method": "score", "benchmarks": {}} | changes
    return {"benchmarks": {"toy": each}, "requested": requested}


def test_runs_of_other_data_or_another_protocol_are_not_compared_unless_forced() -> None:
    a, b = {"toy": answers([True] * 20)}, {"toy": answers([False] * 20)}
    assert mismatches(manifest(), manifest(model="n")) == mismatches(manifest(), manifest())
    for key, word in (("data_sha256", "data"), ("protocol_sha256", "protocol")):
        found = mismatches(manifest(), manifest(each={key: "other"}))
        with pytest.raises(InputError, match=word) as caught:
            compared(a, b, mismatch=found)
        assert "--force" in caught.value.hint
        forced = compared(a, b, mismatch=found, force=True)
        assert len(forced.benchmarks) == 1
        assert word in forced.warnings[0]


def test_the_benchmarks_that_fit_are_still_compared() -> None:
    found = mismatches(manifest(), manifest(each={"data_sha256": "other"}))
    runs = {"toy": answers([True] * 20), "fine": answers([True] * 20)}
    result = compared(runs, runs, mismatch=found)
    assert [each.benchmark for each in result.benchmarks] == ["fine"]
    assert "data" in result.left_out["toy"]


def test_settings_that_differ_are_told_not_refused() -> None:
    found = mismatches(manifest(), manifest(method="generate"))
    result = compared({"toy": answers([True])}, {"toy": answers([True])}, mismatch=found)
    assert result.warnings == ("method: score in A, generate in B",)


def test_benchmarks_of_one_run_only_are_named() -> None:
    x = answers([True, False])
    result = compared({"toy": x, "a": x}, {"toy": x, "b": x})
    assert set(result.left_out) == {"a", "b"}
    with pytest.raises(InputError, match="only A"):
        compared({"a": x}, {"b": x})
    with pytest.raises(InputError, match="no item"):
        compared({"toy": [answer("p")]}, {"toy": [answer("q")]})


def test_comparison_is_json_with_words_in_both_languages() -> None:
    a, b = pair(30, 5, 15, 10)
    row = json.loads(json.dumps(compared({"toy": a}, {"toy": b}).to_row(), allow_nan=False))
    assert set(row["benchmarks"][0]["verdict"]) == {"en", "zh"}
    assert row["overall"]["method"] == "mover"
    assert row["verdict"]["en"] == "B better on average"


@pytest.mark.slow
def test_twenty_benchmarks_of_two_thousand_items_within_ten_seconds() -> None:
    names = [f"b{i}" for i in range(20)]
    a = {n: [replace(p, benchmark=n) for p in random_answers(2000, 0.7, i)] for i, n in enumerate(names)}
    b = {n: [replace(p, benchmark=n) for p in random_answers(2000, 0.72, 100 + i)] for i, n in enumerate(names)}
    start = time.perf_counter()
    compared(a, b)
    assert time.perf_counter() - start < 10

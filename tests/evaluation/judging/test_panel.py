"""Several judges: majority, ties that the first decides and that are counted, agreement."""

from __future__ import annotations

import numpy as np
import pytest

from medgo.errors import InputError
from medgo.evaluation.judging import Grader, summarise
from medgo.evaluation.judging.panel import agreement, combine
from medgo.evaluation.judging.verdict import Verdict
from tests.evaluation.judging.items import judge, rubric_item
from tests.support.judge_engine import JudgeEngine, by_words


def said(*values: bool | None) -> list[Verdict]:
    return [Verdict(None if value is None else {"criteria_met": value}) for value in values]


@pytest.mark.parametrize(
    ("verdicts", "value", "tie"),
    [
        ([True], True, False),
        ([True, False, False], False, False),
        ([True, False], True, True),
        ([False, True], False, True),
        ([None, True], True, False),  # who gave none has no vote
        ([None, True, False], True, True),
        ([None, None], None, False),
    ],
)
def test_the_majority_decides_and_the_first_judge_at_a_tie(
    verdicts: list[bool | None], value: bool | None, tie: bool
) -> None:
    combined = combine(said(*verdicts))
    assert combined.value == (None if value is None else {"criteria_met": value})
    assert combined.tie is tie


def test_agreement_of_two_and_of_all() -> None:
    rows = [said(True, True, True), said(True, True, False), said(False, False, None), said(False, True, False)]
    found = agreement(["a", "b", "c"], rows)
    rates = {pair.judges: (pair.n, pair.rate) for pair in found.pairs}
    assert rates == {("a", "b"): (4, 0.75), ("a", "c"): (3, 2 / 3), ("b", "c"): (3, 1 / 3)}
    kappas = {pair.judges: pair.kappa for pair in found.pairs}
    assert kappas[("a", "b")] == pytest.approx(0.5)  # observed 3/4, by chance 1/2
    assert found.alpha is not None and found.alpha < 0.75


def test_judges_without_a_common_verdict_have_no_agreement() -> None:
    found = agreement(["a", "b"], [said(True, None), said(None, False)])
    assert (found.alpha, found.pairs) == (None, ())


def test_a_panel_asks_each_judge_everything_and_counts_ties() -> None:
    first, second = JudgeEngine(by_words(calls=True), "m1"), JudgeEngine(by_words(calls=True, aspirin=True), "m2")
    grader = Grader("rubric", [judge(first), judge(second)])
    grades = list(grader.grade([(rubric_item(), "Call.")]))
    assert (len(first.asked), len(second.asked)) == (4, 4)
    assert (grades[0].ties, grades[0].scores["score"]) == (1, 10 / 15)
    summary = summarise(grades, np.random.default_rng(0), judges=["m1", "m2"])
    assert summary.agreement is not None
    assert summary.agreement.pairs[0].rate == 0.75


def test_a_judge_that_fails_costs_no_score_while_another_one_answers() -> None:
    good, silent = JudgeEngine(by_words(calls=True), "m1"), JudgeEngine(lambda request: "hm", "m2")
    grade = next(Grader("rubric", [judge(silent), judge(good)]).grade([(rubric_item(), "Call.")]))
    assert (grade.coverage, grade.scores["score"]) == (1.0, 10 / 15)
    assert [verdict.value is None for verdict in grade.parts[0].verdicts] == [True, False]


def test_one_judge_twice_is_no_panel() -> None:
    for same in ((JudgeEngine(), "", ""), (JudgeEngine(), "a", "b")):
        with pytest.raises(InputError, match="are the same"):
            Grader("rubric", [judge(same[0], name=same[1]), judge(same[0], name=same[2])])
    with pytest.raises(InputError, match="at least one judge"):
        Grader("rubric", [])

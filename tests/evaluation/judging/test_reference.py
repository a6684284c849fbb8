"""Answers against a solution: four grades from 1 to 5, and their mean in [0, 1]."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging import Grader, summarise
from medgo.evaluation.judging.reference import DIMENSIONS
from medgo.schema import EvalItem
from tests.evaluation.judging.items import judge
from tests.support.judge_engine import JudgeEngine


def item(name: str = "1") -> EvalItem:
    return EvalItem(name, "clin", "zh", "诊断依据是什么？", context="患者，男，49岁。", reference="嵌顿性疝，因为……")


def marks(*grades: int) -> JudgeEngine:
    value = dict(zip(DIMENSIONS, grades, strict=True))
    return JudgeEngine(lambda request: json.dumps({"explanation": "", **value}), model=f"judge-{grades}")


@pytest.mark.parametrize(
    ("grades", "score"), [((1, 1, 1, 1), 0.0), ((5, 5, 5, 5), 1.0), ((5, 4, 3, 2), (4 + 3 + 2 + 1) / 16)]
)
def test_the_score_is_the_mean_of_the_normalised_grades(grades: tuple[int, int, int, int], score: float) -> None:
    grade = next(Grader("reference", [judge(marks(*grades))]).grade([(item(), "回答")]))
    assert grade.scores["score"] == pytest.approx(score)
    assert grade.scores["completeness"] == grades[2]


def test_judges_are_averaged_and_their_agreement_is_on_the_scale() -> None:
    judges = [judge(marks(5, 4, 3, 2), name="a"), judge(marks(4, 4, 2, 2), name="b")]
    grader = Grader("reference", judges)
    grades = list(grader.grade([(item(), "回答")]))
    assert grades[0].scores["fluency"] == 4.5
    summary = summarise(grades, np.random.default_rng(0), judges=["a", "b"], mean=grader.mean)
    assert summary.scores["fluency"].value == 4.5  # not clipped to 1
    assert summary.agreement is not None
    assert summary.agreement.pairs[0].rate == 0.5
    assert summary.agreement.alpha is not None and 0.5 < summary.agreement.alpha < 1


def test_the_judge_sees_case_question_solution_and_answer() -> None:
    engine = marks(3, 3, 3, 3)
    next(Grader("reference", [judge(engine)]).grade([(item(), "我的回答")]))
    text = engine.asked[0].messages[-1].content
    assert all(shown in text for shown in ("49岁", "诊断依据是什么", "嵌顿性疝", "我的回答", "参考答案"))


def test_an_empty_reply_needs_no_judge_and_gets_the_lowest_grades() -> None:
    engine = marks(5, 5, 5, 5)
    grade = next(Grader("reference", [judge(engine)]).grade([(item(), " \n")]))
    assert (grade.scores["score"], grade.checked, engine.asked) == (0.0, 1, [])


def test_an_unavailable_verdict_is_no_score() -> None:
    grade = next(Grader("reference", [judge(JudgeEngine(lambda request: "4.5"))]).grade([(item(), "回答")]))
    assert (grade.scores, grade.coverage) == ({}, 0.0)


def test_an_item_without_solution_is_refused() -> None:
    with pytest.raises(BenchmarkDataError, match="x/1"):
        list(Grader("reference", [judge(marks(1, 1, 1, 1))]).grade([(EvalItem("1", "x", "zh", "?"), "回答")]))

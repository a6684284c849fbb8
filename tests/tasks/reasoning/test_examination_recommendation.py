"""Examination recommendation: what is suggested rests on the case, comes once, and in the order of urgency."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.examination_recommendation import EXAMINATION_RECOMMENDATION, ExaminationInput
from tests.tasks.changes import Change, change, change_item, objections

TASK = EXAMINATION_RECOMMENDATION


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("basis_in_case", change_item("examinations", 0, basis=("里急后重",))),
        ("negation_kept", change_item("examinations", 0, basis=("包块",))),
        ("listed_once", change_item("examinations", 0, name="胸腹盆增强CT")),
        ("listed_once", change(not_needed=("结肠镜检查加活检",))),
        ("already_done", change_item("examinations", 1, name="血常规")),
        ("urgent_first", change_item("examinations", 3, timing="immediate")),
        ("no_final_word", change_item("examinations", 0, question="可以确诊肠癌")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_a_repeat_that_says_so_is_no_repetition() -> None:
    assert objections(TASK, "zh", change_item("examinations", 1, name="复查血常规")) == set()


@pytest.mark.parametrize("bad", [{}, {"case": ""}, {"case": "便血2天伴乏力纳差", "done": "血常规"}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExaminationInput.model_validate(bad)

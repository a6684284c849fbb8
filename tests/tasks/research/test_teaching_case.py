"""Teaching case: one right answer among distinct options, not told before it is asked, from the case alone."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.research.teaching_case import TEACHING_CASE, TeachingInput
from tests.tasks.changes import Change, change, change_item, objections

TASK = TEACHING_CASE
_OPTIONS = [option.model_dump() for option in TASK.examples["zh"].output.stages[0].options]


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("answer_among_options", change_item("stages", 0, answer="E")),
        ("options_in_order", change_item("stages", 0, options=list(reversed(_OPTIONS)))),
        ("options_differ", change_item("stages", 0, options=[*_OPTIONS[:3], {"label": "D", "text": "静脉肾盂造影"}])),
        ("numbers_in_case", change_item("stages", 0, story="男性，28岁，血压188/96mmHg。")),
        ("answer_not_told", change_item("stages", 0, story="已查血清补体C3和抗链球菌溶血素O。")),
        ("objective_exists", change_item("stages", 0, objective=3)),
        ("objectives_covered", change_item("stages", 1, objective=1)),
        ("not_echoed", change_item("stages", 0, question="Question:")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_as_many_stages_as_were_asked_for() -> None:
    assert "stages_asked_for" in objections(TASK, "zh", value=change(stages=3))


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"case": "发热"},
        {"case": "发热" * 20, "objectives": []},
        {"case": "发热" * 20, "objectives": ["a"], "stages": 9},
    ],
)
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TeachingInput.model_validate(bad)

"""Consultation: few questions, none twice, help first in danger, no dose and no final word to a patient."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.consultation import CONSULTATION, ConsultationInput
from tests.tasks.changes import Change, change, objections

TASK = CONSULTATION


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("three_questions", change(reply="我明白您的担心。您今年多大年纪？")),
        ("asks_something", change(questions=())),
        ("asked_before", change(questions=("一般什么时候疼，和吃饭有关系吗？",))),
        ("emergency_first", change(purpose="emergency")),
        ("no_waiting", change(purpose="emergency", reply="请立即拨打120。如果好转就先观察。")),
        ("no_dose", change(reply="您可以吃奥美拉唑20mg。")),
        ("no_final_word", change(reply="你得的就是胃溃疡。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_an_emergency_must_be_seen() -> None:
    assert "emergency_seen" in objections(TASK, "en", change(purpose="ask"))
    told = [*TASK.examples["zh"].input.model_dump()["dialogue"], {"speaker": "patient", "text": "刚才还吐血了。"}]
    assert "emergency_seen" in objections(TASK, "zh", value=change(dialogue=told))


def test_a_dose_that_the_patient_named_may_be_repeated() -> None:
    known = change(known="正在服奥美拉唑20mg每日1次")
    assert objections(TASK, "zh", change(reply="您现在服的奥美拉唑20mg先按原来的方法。"), known) == set()


@pytest.mark.parametrize(
    "dialogue", [[], [{"speaker": "doctor", "text": "您好"}], [{"speaker": "nurse", "text": "您好"}], [{"text": "疼"}]]
)
def test_bad_input_is_refused(dialogue: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        ConsultationInput.model_validate({"dialogue": dialogue})

"""Differential diagnosis: what is ranked is distinct, quoted from the case, and leaves the last word to a physician."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.differential_diagnosis import DIFFERENTIAL_DIAGNOSIS, DifferentialInput
from tests.tasks.changes import Change, change, change_item, objections, spans

TASK = DIFFERENTIAL_DIAGNOSIS


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("ranks", change_item("candidates", 1, diagnosis="急性肺栓塞")),
        ("ranks", change_item("candidates", 0, likelihood="low")),
        ("findings_in_case", change_item("candidates", 0, supporting=("咯血",))),
        ("negation_kept", change_item("candidates", 2, supporting=("发热",))),
        ("negation_kept", change_item("candidates", 2, contradicting=("咳痰",))),
        ("for_and_against", change_item("candidates", 1, supporting=("双肺呼吸音清",))),
        ("must_not_miss_listed", change(must_not_miss=("主动脉夹层",))),
        ("urgent_first", change(urgent="患者病情较重。请立即通知抢救团队。")),
        ("no_final_word", change(summary="现确诊为急性肺栓塞。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_a_denied_finding_is_named_in_english() -> None:
    assert "jaundice" in spans(TASK, "en", change_item("candidates", 1, supporting=("jaundice",)))


def test_a_case_that_is_not_urgent_needs_no_call() -> None:
    assert objections(TASK, "en", change(urgent="")) == set()


@pytest.mark.parametrize("bad", [{}, {"case": "发热"}, {"case": "   "}, {"case": "发热3天伴咳嗽咳痰", "age": 3}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DifferentialInput.model_validate(bad)

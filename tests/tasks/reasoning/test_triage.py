"""Triage: danger is never graded low, never told to wait, and begins with what to do."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.triage import TRIAGE, TriageInput, VitalSigns, dangerous_signs
from tests.tasks.changes import Change, change, objections

TASK = TRIAGE


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("level_fits_red_flags", change(level="3")),
        ("emergency_first", change(action="这可能是脑卒中。请拨打120。")),
        ("no_waiting", change(reasons="可以先观察一晚。")),
        ("time_fits_level", change(within_minutes=60)),
        ("place_fits_level", change(destination="outpatient")),
        ("red_flags_in_complaint", change(red_flags=("意识丧失",))),
        ("negation_kept", change(red_flags=("头痛",))),
        ("no_final_word", change(reasons="确诊为脑梗死。")),
        ("not_echoed", change(reasons="理由")),
        ("not_echoed", change(ask=("…",))),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_red_flags_of_the_complaint_count_even_when_none_is_listed() -> None:
    graded = change(level="4", red_flags=(), within_minutes=240, destination="outpatient", action="请择期到门诊就诊。")
    assert objections(TASK, "zh", graded) == {"level_fits_complaint"}


def test_a_dangerous_vital_sign_is_not_level_4() -> None:
    low = change(vital_signs={"oxygen_saturation": 84})
    assert "level_fits_vital_signs" in objections(TASK, "en", value=low)
    child = change(vital_signs={"respiratory_rate": 30}, age="8 months")
    assert objections(TASK, "en", value=child) == set()


def test_the_resuscitation_room_is_for_danger() -> None:
    assert objections(TASK, "en", change(destination="resuscitation", level="3", within_minutes=30)) == {
        "place_fits_level"
    }


def test_a_vital_sign_may_be_a_red_flag() -> None:
    output = change(red_flags=("血氧饱和度84%",))
    assert objections(TASK, "zh", output, change(vital_signs={"oxygen_saturation": 84})) == set()
    assert "red_flags_in_complaint" in objections(TASK, "zh", output)


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({}, []),
        ({"heart_rate": 72, "systolic_bp": 120, "temperature": 36.6}, []),
        ({"heart_rate": 131}, ["heart_rate"]),
        ({"heart_rate": 130, "respiratory_rate": 24, "systolic_bp": 91, "oxygen_saturation": 92}, []),
        ({"systolic_bp": 90, "consciousness": "confused"}, ["systolic_bp", "consciousness"]),
    ],
)
def test_dangerous_signs_are_the_red_scores(signs: dict[str, object], expected: list[str]) -> None:
    assert dangerous_signs(VitalSigns.model_validate(signs)) == expected


def test_the_prompt_shows_the_vital_signs_in_both_languages() -> None:
    value = TriageInput(
        complaint="chest pain 胸痛",
        vital_signs=VitalSigns(temperature=38.5, oxygen_saturation=90, consciousness="pain"),
    )
    assert "体温38.5℃，血氧饱和度90%，意识：刺痛有反应" in TASK.messages(value, "zh")[1].content
    assert "temperature 38.5 °C, SpO2 90%, consciousness: responds to pain" in TASK.messages(value, "en")[1].content


@pytest.mark.parametrize("bad", [{}, {"complaint": ""}, {"complaint": "胸痛", "vital_signs": {"heart_rate": -4}}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TriageInput.model_validate(bad)

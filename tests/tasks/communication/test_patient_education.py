"""Patient education: short sentences in the patient's words, the doctor's doses, every worry answered."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.communication.patient_education import MAX_SENTENCE, PATIENT_EDUCATION, EducationInput
from tests.tasks.changes import Change, change, change_item, objections

TASK = PATIENT_EDUCATION


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("short_sentences", change(what="孩子" + "发热" * 40 + "。")),
        ("plain_words", change(what="孩子这几天纳差。")),
        ("worries_answered", change(answers=())),
        ("worries_answered", change_item("answers", 0, question="要吃药吗？")),
        ("doses_in_plan", change(medicines="布洛芬混悬液每次8ml。")),
        ("no_final_word", change(what="你得的就是热性惊厥。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_english_jargon_and_long_sentences_are_found() -> None:
    words = " ".join(["word"] * (MAX_SENTENCE["en"] + 1))
    assert "short_sentences" in objections(TASK, "en", change(next_visit=f"{words}."))
    assert "plain_words" in objections(TASK, "en", change(what="You have hypertension."))
    assert "doses_in_plan" in objections(TASK, "en", change(medicines="Amlodipine 10 mg each morning."))


def test_a_technical_word_that_is_explained_may_stand() -> None:
    assert objections(TASK, "en", change(what="You have hypertension (high blood pressure).")) == set()
    assert objections(TASK, "zh", change(what="孩子这几天纳差（胃口差）。")) == set()


@pytest.mark.parametrize(
    "bad", [{}, {"topic": ""}, {"topic": "发热", "worries": ["?"] * 6}, {"topic": "x" * 9, "a": 1}]
)
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EducationInput.model_validate(bad)

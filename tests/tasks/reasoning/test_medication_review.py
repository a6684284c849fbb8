"""Medication review: objections concern what is prescribed, rest on what was given, and carry a code that fits."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.medication_review import MEDICATION_REVIEW, TOPICS, ReviewInput, TopicCode
from tests.tasks.changes import Change, change, change_item, objections

TASK = MEDICATION_REVIEW


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("drugs_in_prescription", change_item("objections", 0, drugs=("格列美脲片",))),
        ("basis_in_prescription", change_item("objections", 0, basis=("eGFR 18mL/min",))),
        ("code_fits", change_item("objections", 0, code="1-10")),
        ("code_fits", change_item("objections", 0, code="1-11")),
        ("code_fits", change_item("objections", 0, code="2-7")),
        ("conclusion_follows", change(conclusion="suitable")),
        ("conclusion_follows", change(objections=())),
        ("most_harmful_first", change_item("objections", 0, harm="minor")),
        ("no_final_word", change_item("objections", 0, suggestion="处方已签发。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_what_can_be_counted_must_be_objected_to() -> None:
    assert "code_missing" in objections(TASK, "zh", value=change(diagnoses=()))
    six = [drug.model_dump() for drug in TASK.examples["zh"].input.prescription] * 2
    assert "code_missing" in objections(TASK, "zh", value=change(prescription=six))


def test_a_suitable_prescription_has_no_objections() -> None:
    assert objections(TASK, "zh", change(conclusion="suitable", objections=(), ask=())) == set()


def test_every_code_has_words_in_both_languages() -> None:
    assert list(TOPICS) == list(get_args(TopicCode))
    assert len(TOPICS) == 15 + 9 + 4
    assert all(set(words) == {"zh", "en"} for words in TOPICS.values())


@pytest.mark.parametrize("bad", [{"prescription": ()}, {"patient": ""}, {"prescription": [{"dose": "5 mg"}]}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReviewInput.model_validate(TASK.examples["zh"].input.model_dump() | bad)

"""Terminology normalisation: one of the candidates, whole, in the system asked for; or none and why."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.coding.terminology_normalisation import TERMINOLOGY_NORMALISATION, MentionInput
from tests.tasks.changes import Change, change, change_item, objections

TASK = TERMINOLOGY_NORMALISATION


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("code_in_candidates", change(code="E11.7")),
        ("name_fits_code", change(preferred="2型糖尿病伴有昏迷")),
        ("code_whole", change(preferred="")),
        ("system_asked_for", change(system="SNOMED CT")),
        ("alternatives_are_others", change_item("alternatives", 0, code="E11.1")),
        ("alternatives_are_others", change_item("alternatives", 0, code="E10.1")),
        ("alternatives_are_others", change_item("alternatives", 0, code="Z99.9")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_no_code_is_an_answer() -> None:
    assert objections(TASK, "zh", change(code="", preferred="", system="", reason="候选均不合适。")) == set()


def test_without_candidates_any_code_of_the_system_may_be_given() -> None:
    assert objections(TASK, "zh", change(code="E11.7"), change(candidates=())) == set()


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"mention": "DKA", "context": "患者糖尿病10年。", "system": "ICD-10"},
        {"mention": "DKA", "context": "DKA入院。", "system": ""},
        {"mention": "DKA", "context": "DKA入院。", "system": "ICD-10", "candidates": [{"code": "E11.1"}]},
    ],
)
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MentionInput.model_validate(bad)

"""Treatment suggestion: no dose in the dark, no prescription, nothing suggested that is to be avoided."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from medgo.tasks.reasoning.treatment_suggestion import TREATMENT_SUGGESTION, TreatmentInput, unknown
from tests.tasks.changes import Change, change, change_item, objections, spans

TASK = TREATMENT_SUGGESTION


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("basis_in_case", change_item("suggestions", 0, basis=("咯血",))),
        ("negation_kept", change_item("suggestions", 0, basis=("抗菌药物",))),
        ("avoided_not_suggested", change_item("suggestions", 0, measure="莫西沙星")),
        ("no_final_word", change_item("suggestions", 0, detail="处方已开具，每日2次。")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


@pytest.mark.parametrize("field", ["allergies", "renal_function"])
def test_a_dose_needs_what_it_depends_on(field: str) -> None:
    assert "dose_needs_facts" in objections(TASK, "zh", value=change(**{field: ""}))


def test_a_dose_needs_pregnancy_status_of_a_woman_who_may_be_pregnant() -> None:
    dosed = change_item("suggestions", 0, detail="Oral, 100 mg twice daily for 5 days.")
    assert "100 mg" in spans(TASK, "en", dosed)
    known = change(renal_function="creatinine 62 µmol/L", pregnancy="test negative today")
    assert objections(TASK, "en", dosed, known) == set()


@pytest.mark.parametrize(
    ("sex", "age", "expected"),
    [
        ("male", 40, ["allergies", "renal_function"]),
        ("female", 30, ["allergies", "renal_function", "pregnancy"]),
        ("female", 70, ["allergies", "renal_function"]),
        ("male", 5, ["allergies", "renal_function", "weight"]),
    ],
)
def test_what_a_dose_depends_on(sex: str, age: float, expected: list[str]) -> None:
    value = {"case": "Cough and fever for 3 days.", "diagnosis": "Pneumonia", "sex": sex, "age_years": age}
    assert unknown(TreatmentInput.model_validate(value)) == expected


@pytest.mark.parametrize(
    "bad",
    [{}, {"sex": "other"}, {"age_years": -1}, {"age_years": 200}, {"case": "x"}, {"diagnosis": ""}, {"dose": "5 mg"}],
)
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    good = TASK.examples["zh"].input.model_dump()
    with pytest.raises(ValidationError):
        TreatmentInput.model_validate(good | bad if bad else {})

"""Record quality control: evidence is quoted, contradictions have two sides, the conclusion follows."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from medgo.tasks.coding.quality_rules import FAMILIES, RULES, Family
from medgo.tasks.coding.record_quality_control import RECORD_QUALITY_CONTROL, RecordInput
from tests.tasks.changes import Change, change, change_item, objections

TASK = RECORD_QUALITY_CONTROL


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("evidence_in_record", change_item("defects", 0, evidence=("右膝重度肿胀", "左膝未见异常"))),
        ("evidence_given", change_item("defects", 3, evidence=())),
        ("two_places", change_item("defects", 2, evidence=("否认手术史",))),
        ("place_in_record", change_item("defects", 0, place="手术记录")),
        ("conclusion_follows", change(conclusion="correct")),
        ("conclusion_follows", change(conclusion="pass")),
        ("worst_first", change_item("defects", 3, grade="veto")),
        ("asked_language", lambda output: TASK.examples["en"].output),
    ],
)
def test_each_check_objects(check: str, changed: Change) -> None:
    assert check in objections(TASK, "zh", changed)


def test_a_defect_stands_once() -> None:
    def twice(output: object) -> object:
        defects = TASK.examples["zh"].output.model_dump()["defects"]
        return change(defects=[defects[0], *defects])(output)

    assert "listed_once" in objections(TASK, "zh", twice)


def test_missing_content_has_no_words_to_quote() -> None:
    missing = change_item("defects", 3, family="completeness", place="家族史", evidence=())
    assert objections(TASK, "zh", missing) == set()


def test_a_clean_record_passes() -> None:
    assert objections(TASK, "zh", change(conclusion="pass", defects=())) == set()
    assert "conclusion_follows" in objections(TASK, "zh", change(defects=()))


def test_every_family_has_a_rule_and_words_in_both_languages() -> None:
    assert set(get_args(Family)) == set(FAMILIES) == set(RULES)
    assert all(set(rule) == {"zh", "en"} for rule in RULES.values())


@pytest.mark.parametrize("bad", [{}, {"document": "入院记录", "sections": []}, {"document": "", "sections": [{}]}])
def test_bad_input_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RecordInput.model_validate(bad)

"""Rows come back from a file as they were written, and what is wrong with a line is named by its field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.schema import LabelledRow, Message, PreferenceRow, Provenance, Row, SftRow, SourceRef
from medgo.schema.rows import row_from_dict

COMMON: dict[str, Any] = {
    "prompt": (Message("system", "Be brief."), Message("user", "发热三天？")),
    "task": "triage",
    "stage": "stage1",
    "lang": "zh",
    "provenance": Provenance((SourceRef("HP:1", "hpo", "HPO licence", "2026"),), "g", "1", "7/0", "t", "c"),
}
ANSWER, WORSE = Message("assistant", "看医生。"), Message("assistant", "等等。")
ROWS: tuple[Row, ...] = (
    SftRow(completion=ANSWER, thinking=False, **COMMON),
    SftRow(completion=Message("assistant", "看医生。", "先想。"), thinking=True, **COMMON),
    PreferenceRow(chosen=ANSWER, rejected=WORSE, thinking=False, **COMMON),
    LabelledRow(completion=WORSE, label=False, thinking=False, **COMMON),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_rows_come_back_as_they_were(row: Row) -> None:
    assert row_from_dict(json.loads(json.dumps(row.to_dict()))) == row


def _changed(**changes: Any) -> dict[str, Any]:
    value = copy.deepcopy(ROWS[0].to_dict())
    for name, change in changes.items():
        if change is ...:
            del value[name]
        else:
            value[name] = change
    return value


PROVENANCE = ROWS[0].to_dict()["provenance"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (_changed(chat_template_kwargs=...), "chat_template_kwargs: missing"),
        (_changed(chat_template_kwargs=None), "chat_template_kwargs: expected an object, found NoneType"),
        (_changed(chat_template_kwargs={}), "chat_template_kwargs: expected enable_thinking and nothing else"),
        (
            _changed(chat_template_kwargs={"enable_thinking": False, "tools": []}),
            "chat_template_kwargs: .* found enable_thinking, tools",
        ),
        (_changed(chat_template_kwargs={"enable_thinking": "no"}), "enable_thinking: expected true or false"),
        (_changed(prompt=...), "prompt: missing"),
        (_changed(prompt="text"), "prompt: expected a non-empty list"),
        (_changed(prompt=[{"role": "doctor", "content": "x"}]), r"prompt\[0\].role: expected one of"),
        (_changed(prompt=[{"role": "user"}]), r"prompt\[0\].content: expected text"),
        (_changed(completion=...), "completion: expected it alone .* found neither"),
        (_changed(completion=[]), "completion: expected a non-empty list"),
        (_changed(completion=[{"role": "assistant", "content": "a"}] * 2), "completion: expected one turn .* 2 turns"),
        (_changed(chosen=[{"role": "assistant", "content": "a"}]), "found completion and chosen"),
        (_changed(label="yes"), "label: expected true or false, found str 'yes'"),
        (_changed(label=None), "label: expected true or false"),
        (_changed(labels=False), "labels: no column of a row"),
        (_changed(lang="de"), "lang: expected one of zh, en"),
        (_changed(stage="stage3"), "stage: expected one of"),
        (_changed(task=3), "task: expected text, found int"),
        (_changed(provenance=...), "provenance: missing"),
        (_changed(provenance={**PROVENANCE, "sources": []}), "names no source"),
        (_changed(provenance={**PROVENANCE, "sources": [{"id": "x"}]}), r"provenance.sources\[0\].source: missing"),
        (
            _changed(provenance={**PROVENANCE, "sources": [{"id": "x", "source": "s", "licence": " "}]}),
            r"provenance.sources\[0\].licence: empty",
        ),
        (_changed(provenance={**PROVENANCE, "by": "me"}), "provenance.by: no such field"),
        (_changed(provenance={**PROVENANCE, "certificate": 3}), "provenance.certificate: expected text"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(value: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        row_from_dict(value)


def test_a_misspelt_label_does_not_make_an_unwanted_answer_one_to_learn() -> None:
    value = ROWS[3].to_dict()
    value["labels"] = value.pop("label")
    naive = {name: value[name] for name in ("prompt", "completion")}  # what a reader that takes what it knows would see
    assert "label" not in naive
    with pytest.raises(InputError, match="labels: no column"):
        row_from_dict(value)

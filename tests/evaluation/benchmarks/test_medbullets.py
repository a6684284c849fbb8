"""Medbullets: CSV, its twin by columns, the Hub's and MedAgentsBench's copies are the same items with the same ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.evaluation.benchmarks.medbullets import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, prompts, without
from tests.support.tables import cells, json_columns, jsonl, parquet, put

FIVE, FOUR = BENCHMARKS


def question(number: int, count: int = 5) -> dict[str, Any]:
    texts = {f"op{letter}": f"drug {letter} of {number}" for letter in "abcde"[:count]}
    return {
        "link": f"https://example.org/{number}",
        "question": f"A {number}-year-old comes with a cough.\nWhich is best?",
        **texts,
        "answer_idx": "D",
        "answer": texts["opd"],
        "explanation": "Because.",
    }


def lettered(row: dict[str, Any]) -> dict[str, str | None]:
    return {letter: row.get(f"op{letter.lower()}") for letter in "ABCDE"}


def medagentsbench(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "realidx": 7,
        "question": row["question"],
        "options": {letter: text for letter, text in lettered(row).items() if text},
        "answer_idx": row["answer_idx"],
        "answer": row["answer"],
    }


def hub(row: dict[str, Any]) -> dict[str, Any]:
    """The Hub's copy: the letter stands in ``answer``, and an option that is not there is null."""
    return {"idx": "7", "question": row["question"], "options": lettered(row), "answer": "D", "link": row["link"]}


@pytest.mark.parametrize(("benchmark", "count"), [(FIVE, 5), (FOUR, 4)])
def test_every_form_gives_the_same_items(tmp_path: Path, benchmark: Any, count: int) -> None:
    rows = [question(number, count) for number in (30, 40, 50)]
    name = f"medbullets/medbullets_op{count}"
    put(tmp_path / "csv" / f"{name}.csv", cells(rows))
    put(tmp_path / "columns" / f"{name}.json", json_columns(rows))
    put(tmp_path / "agents/medbullets/test.jsonl", jsonl([medagentsbench(row) for row in rows]))
    put(tmp_path / f"hub/Medbullets/data/op{count}_test-00000.parquet", parquet([hub(row) for row in rows]))
    forms = {}
    items = []
    for folder in ("csv", "columns", "agents", "hub"):
        loaded = load(benchmark, tmp_path / folder)
        forms[folder] = loaded.form
        items.append([(item.id, item.question, dict(item.options), item.answer) for item in loaded.items])
    assert forms == {"csv": "official", "columns": "official", "agents": "medagentsbench", "hub": "hub"}
    assert items[0] == items[1] == items[2] == items[3]
    assert len(items[0]) == 3
    assert items[0][0][2] == {letter: f"drug {letter.lower()} of 30" for letter in "ABCDE"[:count]}


def test_files_of_both_versions_in_one_folder(tmp_path: Path) -> None:
    """CSV and JSON twins merge; the five-option file also has the four-option one's fields."""
    for count in (4, 5):
        rows = [question(number, count) for number in (30, 40)]
        put(tmp_path / f"medbullets/medbullets_op{count}.csv", cells(rows))
        put(tmp_path / f"medbullets/medbullets_op{count}.json", json_columns(rows))
    for benchmark, count in ((FIVE, 5), (FOUR, 4)):
        loaded = load(benchmark, tmp_path)
        assert [len(item.options) for item in loaded.items] == [count, count]
        assert "2 items stand in more than one file and count once" in loaded.notes


def test_empty_fifth_option_of_a_spreadsheet(tmp_path: Path) -> None:
    put(tmp_path / "medbullets.csv", cells([question(30, 4) | {"ope": ""}]))
    (item,) = load(FOUR, tmp_path).items
    assert list(item.options) == ["A", "B", "C", "D"]


def test_the_official_prompt(tmp_path: Path) -> None:
    put(tmp_path / "medbullets.jsonl", jsonl([without(question(30), "link")]))
    (prompt,) = prompts(load(FIVE, tmp_path))
    assert "ANSWER CHOICES: (A) drug a of 30 (B) drug b of 30 (C)" in prompt
    assert prompt.endswith("'Answer:(fill in the letter of the answer)'")

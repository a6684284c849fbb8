"""Medical-Eval-HLE: the subset's rows with up to 22 options, or the parent's with what belongs to medicine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.hle import BENCHMARKS
from medgo.evaluation.benchmarks.row import LETTERS
from tests.evaluation.benchmarks.exam_files import load, prompts
from tests.support.tables import cells, json_columns, jsonl, parquet, put

(HLE,) = BENCHMARKS


def subset(number: int, count: int = 22) -> dict[str, Any]:
    options = {letter: f"animal {letter}{number}" for letter in LETTERS[:count]}
    last = LETTERS[count - 1]
    return {
        "idx": number,
        "question": f"Which invented animal is number {number}?\n\n",
        "options": options,
        "answer": f"{last}. {options[last]}\n",
        "answer_idx": last,
    }


def parent(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{number:024x}",
        "question": f"Which is number {number}?\n\nAnswer Choices:\nA. one\nB. two\nC. three",
        "image": "",
        "answer": "C",
        "answer_type": "multipleChoice",
        "category": "Biology/Medicine",
        "raw_subject": "Genetics",
        **more,
    }


def test_letters_up_to_the_22nd_are_read(tmp_path: Path) -> None:
    rows = [subset(1), subset(2, 5)]
    put(tmp_path / "lines/HLE_biomed.jsonl", jsonl(rows))
    put(tmp_path / "columns/HLE_biomed.json", json_columns(rows))
    put(tmp_path / "hub/HumanityLastExam/data/train-00000.parquet", parquet(rows))
    put(tmp_path / "cells/HLE_biomed.csv", cells([row | {"options": str(row["options"])} for row in rows]))
    loaded = [load(HLE, tmp_path / folder) for folder in ("lines", "columns", "hub", "cells")]
    assert loaded[0].items == loaded[1].items == loaded[2].items == loaded[3].items
    first, second = loaded[0].items
    assert (len(first.options), first.answer) == (22, ("V",))
    assert (len(second.options), second.answer) == (5, ("E",))
    assert first.question == "Which invented animal is number 1?"


def test_the_parent_gives_only_text_questions_on_medicine_with_options(tmp_path: Path) -> None:
    rows = [
        parent(1),
        parent(2, category="Math"),
        parent(3, answer_type="exactMatch", answer="42"),
        parent(4, image="data:image/png;base64,AAAA"),
        parent(5),
    ]
    put(tmp_path / "hle/data/test-00000.parquet", parquet(rows))
    loaded = load(HLE, tmp_path)
    assert (loaded.form, len(loaded.items), loaded.left_out) == ("hub_parent", 2, 3)
    item = loaded.items[0]
    assert item.question == "Which is number 1?"
    assert dict(item.options) == {"A": "one", "B": "two", "C": "three"}
    assert (item.answer, item.category) == (("C",), "Genetics")
    assert loaded.notes == ("2 items, where 103 are published",)


def test_items_are_confidential() -> None:
    assert HLE.confidential


def test_errors_do_not_quote_items(tmp_path: Path) -> None:
    put(tmp_path / "hle.jsonl", jsonl([subset(1, 5) | {"answer_idx": "the secret answer"}]))
    with pytest.raises(BenchmarkDataError, match=r"row 1, field 'answer_idx': expected letters.*withheld") as caught:
        load(HLE, tmp_path)
    assert "secret" not in str(caught.value)


def test_the_official_prompt(tmp_path: Path) -> None:
    put(tmp_path / "hle.jsonl", jsonl([subset(1, 5)]))
    (prompt,) = prompts(load(HLE, tmp_path))
    assert prompt.startswith("Which invented animal is number 1?\n\nAnswer Choices:\nA. animal A1\nB. ")


def test_options_of_the_parent_without_their_heading(tmp_path: Path) -> None:
    row = parent(1, question="A. suum lives where?\n\nA. one\nB. two\nC. three")
    put(tmp_path / "hle/test.jsonl", jsonl([row]))
    (item,) = load(HLE, tmp_path).items
    assert (item.question, item.options) == ("A. suum lives where?", {"A": "one", "B": "two", "C": "three"})

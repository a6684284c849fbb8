"""SuperGPQA: only Medicine counts, and a gold letter and text that disagree are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.supergpqa import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, prompts, without
from tests.support.tables import SHAPES, cells, jsonl, parquet, put

(SUPERGPQA,) = BENCHMARKS


def question(number: int, discipline: str = "Medicine", **more: Any) -> dict[str, Any]:
    return {
        "uuid": f"{number:032x}",
        "question": f"Invented question {number}?",
        "options": [f"option {n} of {number}" for n in range(10)],
        "answer": f"option 9 of {number}",
        "answer_letter": "J",
        "discipline": discipline,
        "field": "Clinical Medicine",
        "subfield": "Surgery",
        "difficulty": "hard",
        "is_calculation": False,
        **more,
    }


@pytest.mark.parametrize("shape", ["lines.jsonl", "array.json", "columns.json", "table.parquet"])
def test_other_disciplines_are_counted(tmp_path: Path, shape: str) -> None:
    rows = [question(1), question(2, "Law"), question(3), question(4, "Science")]
    put(tmp_path / "SuperGPQA" / shape, SHAPES[shape](rows))
    loaded = load(SUPERGPQA, tmp_path)
    assert [item.id for item in loaded.items] == [f"{1:032x}", f"{3:032x}"]
    assert loaded.left_out == 2
    item = loaded.items[0]
    assert (item.answer, len(item.options), item.category) == (("J",), 10, "Clinical Medicine")
    assert item.meta["difficulty"] == "hard"


def test_a_csv_twin_holds_lists_as_pandas_writes_them(tmp_path: Path) -> None:
    """Python's notation, in which an apostrophe changes the quotation marks, or JSON."""
    rows = [question(1), question(2)]
    rows[0]["options"][0] = "Crohn's disease"
    put(tmp_path / "a/supergpqa.jsonl", jsonl(rows))
    put(tmp_path / "b/supergpqa.csv", cells([row | {"options": str(row["options"])} for row in rows]))
    put(tmp_path / "c/supergpqa.csv", cells([row | {"options": json.dumps(row["options"])} for row in rows]))
    first, second, third = ([dict(item.options) for item in load(SUPERGPQA, tmp_path / part).items] for part in "abc")
    assert first == second == third
    assert first[0]["A"] == "Crohn's disease"
    assert not any(item.meta["is_calculation"] for part in "abc" for item in load(SUPERGPQA, tmp_path / part).items)


def test_a_list_as_numpy_prints_it_is_refused(tmp_path: Path) -> None:
    """Without commas it reads as one text; that must not become an item with one option."""
    put(tmp_path / "supergpqa.csv", cells([question(1) | {"options": "['one' 'two']"}]))
    with pytest.raises(BenchmarkDataError, match="row 1, field 'options': expected at least two options"):
        load(SUPERGPQA, tmp_path)


def test_letter_and_text_must_agree(tmp_path: Path) -> None:
    put(tmp_path / "SuperGPQA-all.jsonl", jsonl([question(1), question(2, answer="option 8 of 2")]))
    with pytest.raises(BenchmarkDataError, match="row 2, field 'answer': expected the text of option J"):
        load(SUPERGPQA, tmp_path)


def test_a_file_without_disciplines_is_explained(tmp_path: Path) -> None:
    put(tmp_path / "supergpqa.parquet", parquet([without(question(1), "discipline")]))
    with pytest.raises(BenchmarkDataError, match="row 1, field 'discipline': missing"):
        load(SUPERGPQA, tmp_path)


def test_the_official_prompt(tmp_path: Path) -> None:
    put(tmp_path / "SuperGPQA-all.jsonl", jsonl([question(1)]))
    (prompt,) = prompts(load(SUPERGPQA, tmp_path))
    assert "'Answer: $LETTER' (without quotes)" in prompt
    assert prompt.endswith("I) option 8 of 1\nJ) option 9 of 1")

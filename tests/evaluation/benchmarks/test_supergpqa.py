"""SuperGPQA: only Medicine counts, and a gold letter and text that disagree are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.supergpqa import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, prompts, without
from tests.support.tables import SHAPES, jsonl, parquet, put

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

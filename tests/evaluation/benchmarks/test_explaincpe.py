"""ExplainCPE: options without letters, ids that each split counts from 0, and result files that look like the test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.explaincpe import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, load_real, prompts, without, write

(EXPLAINCPE,) = BENCHMARKS
TYPES = {"type1": "正向", "type2": "常识题", "type3": "其他", "analyse": "本题共被作答1次"}


def exam(number: int, answer: str = "D", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "question": f"虚构的药师题第{number}号",
        "options": ["甲剂", "乙剂", "丙剂", "丁剂", "戊剂"],
        "answer": answer,
        "explanation": "虚构的解析，故本题选D。",
        **more,
    }


def test_test_items_and_examples(tmp_path: Path) -> None:
    write(tmp_path / "ExplainCPE/dataset/test.json", [exam(0, **TYPES), exam(1, "A", **TYPES)])
    write(tmp_path / "ExplainCPE/dataset/dev.json", [exam(0, "B", question="另一题")])
    write(tmp_path / "ExplainCPE/dataset/train.json", [exam(5)])
    answers = {"zero_with_response": "答案：D.丁剂", "zero_with_judge": "正确"}
    write(tmp_path / "ExplainCPE/dataset/results/gpt4_test.json", [exam(0) | answers])
    loaded = load(EXPLAINCPE, tmp_path)
    assert [item.id for item in loaded.items] == ["test-0", "test-1"]
    assert [item.id for item in loaded.dev] == ["dev-0"]
    assert dict(loaded.items[0].options) == {"A": "甲剂", "B": "乙剂", "C": "丙剂", "D": "丁剂", "E": "戊剂"}
    assert loaded.items[0].category == "常识题"
    assert "\nD. 丁剂\n" in prompts(loaded)[0]


def test_a_repeated_question_is_one_cluster(tmp_path: Path) -> None:
    shuffled = ["戊剂", "丁剂", "丙剂", "乙剂", "甲剂"]
    rows = [exam(0), exam(1, "B", question="虚构的药师题第0号", options=shuffled), exam(2)]
    write(tmp_path / "explaincpe/test.json", rows)
    units = [item.unit for item in load(EXPLAINCPE, tmp_path).items]
    assert units[0] == units[1] != units[2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": "F"}, "answer"),
        ({"options": "甲剂"}, "options"),
        ({"id": "a"}, "id"),
        ({"options": ["甲"]}, "options"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "explaincpe/test.json", [exam(0), exam(1) | change])
    with pytest.raises(BenchmarkDataError, match=rf"test\.json, row 2, field '{field}'"):
        load(EXPLAINCPE, tmp_path)


def test_a_file_without_a_field_says_which(tmp_path: Path) -> None:
    write(tmp_path / "explaincpe/test.json", [without(exam(0), "explanation")])
    with pytest.raises(BenchmarkDataError, match="'explanation': missing"):
        load(EXPLAINCPE, tmp_path)


@pytest.mark.data
def test_the_real_files() -> None:
    loaded = load_real(EXPLAINCPE, "explaincpe")
    assert (len(loaded.items), len(loaded.dev), loaded.notes) == (190, 700, ())
    assert Counter("".join(item.answer) for item in loaded.items) == {"A": 49, "B": 44, "D": 42, "C": 40, "E": 15}
    assert len({item.unit for item in loaded.items}) == 189

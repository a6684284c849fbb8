"""AnesBench: two versions, three ways to call the Chinese fields, and tables as wide as their widest row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.anesbench import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, prompts, write

ENGLISH, CHINESE = BENCHMARKS


def version_1(number: int, prefix: str = "zh", **more: Any) -> dict[str, Any]:
    return {
        "id": f"uuid-{number}",
        "choice_num": 3,
        "answer": "B",
        "level": 2,
        "en_question": f"Invented question {number}: which agent?",
        **{f"en_{letter}": f"agent {letter}" for letter in "ABC"},
        f"{prefix}_question": f"虚构题{number}：哪种药？",
        **{f"{prefix}_{letter}": f"药{letter}" for letter in "ABC"},
        **more,
    }


def version_2(number: int, lang: str, **more: Any) -> dict[str, Any]:
    prefix = f"{lang}_" if lang else ""
    return {
        "id": f"uuid-{number}",
        "choice_num": 2,
        "answer": "A",
        "level": 1,
        f"{prefix}question": "虚构题" if lang != "en" else "Invented question",
        f"{prefix}A": "甲",
        f"{prefix}B": "乙",
        **more,
    }


@pytest.mark.parametrize("prefix", ["zh", "cn"])
def test_version_1_holds_both_languages_in_a_row(tmp_path: Path, prefix: str) -> None:
    write(tmp_path / "anesbench/AnesBench.json", [version_1(1, prefix), version_1(2, prefix)])
    english, chinese = load(ENGLISH, tmp_path), load(CHINESE, tmp_path)
    assert english.form == chinese.form == "version 1"
    assert [item.id for item in english.items] == [item.id for item in chinese.items]
    assert dict(english.items[0].options) == {"A": "agent A", "B": "agent B", "C": "agent C"}
    assert dict(chinese.items[0].options) == {"A": "药A", "B": "药B", "C": "药C"}
    assert english.items[0].category == "System 1.x"


@pytest.mark.parametrize("prefix", ["zh", "cn", ""])
def test_version_2_has_a_file_for_each_language(tmp_path: Path, prefix: str) -> None:
    write(tmp_path / "AnesBench/anesbench_en.json", [version_2(1, "en")])
    write(tmp_path / "AnesBench/anesbench_zh.json", [version_2(2, prefix), version_2(3, prefix)])
    assert [item.id for item in load(ENGLISH, tmp_path).items] == ["uuid-1"]
    assert [item.id for item in load(CHINESE, tmp_path).items] == ["uuid-2", "uuid-3"]
    assert {item.lang for item in load(CHINESE, tmp_path).items} == {"zh"}


def test_options_end_where_choice_num_says(tmp_path: Path) -> None:
    """Parquet fills the options that a question lacks with nothing."""
    rows = [version_1(1, en_D=None, zh_D=None), version_1(2, en_D="agent D", zh_D="药D", choice_num=4, answer="D")]
    (tmp_path / "anesbench").mkdir()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "anesbench/train.parquet")
    assert [len(item.options) for item in load(ENGLISH, tmp_path).items] == [3, 4]


def test_a_file_that_does_not_count_its_options(tmp_path: Path) -> None:
    row = {name: value for name, value in version_1(1).items() if name != "choice_num"}
    write(tmp_path / "anesbench/anesbench_en.json", [row])
    assert list(load(ENGLISH, tmp_path).items[0].options) == ["A", "B", "C"]


def test_the_official_prompt_names_the_letters(tmp_path: Path) -> None:
    write(tmp_path / "anesbench/all.json", [version_1(1)])
    assert "one choice from A, B or C as the final answer" in prompts(load(ENGLISH, tmp_path))[0]
    assert "并从A、B或C中选择" in prompts(load(CHINESE, tmp_path))[0]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": "D"}, "answer"),
        ({"choice_num": 4}, "en_D"),
        ({"choice_num": "three"}, "choice_num"),
        ({"en_question": ""}, "en_question"),
        ({"id": None}, "id"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "anesbench/all.json", [version_1(1), version_1(2) | change])
    with pytest.raises(BenchmarkDataError, match=rf"all\.json, row 2, field '{field}'"):
        load(ENGLISH, tmp_path)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("anesbench/en.json", "anesbench/zh.json"),
        ("AnesBench_EN.json", "AMCQA.json"),
        ("exams-en/anesbench/anesbench_en.json", "exams-en/anesbench/anesbench_zh.json"),
        ("AnesBench/en/train.jsonl", "AnesBench/zh/train.jsonl"),
    ],
)
def test_the_languages_of_version_2_are_told_apart_by_their_names(tmp_path: Path, english: str, chinese: str) -> None:
    write(tmp_path / english, [version_2(1, "") | {"question": "Invented question"}])
    write(tmp_path / chinese, [version_2(1, "")])
    assert [item.question for item in load(ENGLISH, tmp_path).items] == ["Invented question"]
    assert [item.question for item in load(CHINESE, tmp_path).items] == ["虚构题"]

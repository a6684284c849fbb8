"""CMExam: options in one cell with two kinds of line end, several right answers, and a row without an answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.cmexam import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, load_real, prompts, write
from tests.evaluation.benchmarks.table_files import write_parquet

(CMEXAM,) = BENCHMARKS


def exam(number: int, answer: str = "B", **more: Any) -> dict[str, Any]:
    return {
        "Question": f"虚构的执业题第{number}号",
        "Options": "A 甲药\nB 乙药\nC 丙药\nD 丁药\nE 戊药",
        "Answer": answer,
        "Explanation": "虚构的解析",
        **more,
    }


def test_the_official_csv_with_its_annotations(tmp_path: Path) -> None:
    notes = {
        "Disease Group": "循环系统疾病",
        "Clinical Department": "内科",
        "Medical Discipline": "临床医学",
        "Medical Competency": "疾病诊断",
        "Difficulty level": "3",
    }
    write(tmp_path / "CMExam/data/test_with_annotations.csv", [exam(1, "E", **notes), exam(2, "ACD", **notes)])
    loaded = load(CMEXAM, tmp_path)
    assert loaded.form == "official"
    assert [item.answer for item in loaded.items] == [("E",), ("A", "C", "D")]
    assert all(item.multiple for item in loaded.items)
    assert loaded.items[0].category == "临床医学"
    assert loaded.items[0].meta["difficulty"] == "3"
    assert dict(loaded.items[0].options)["D"] == "丁药"
    assert prompts(loaded)[0].startswith("问题: 虚构的执业题第1号, \n 选项: A 甲药\nB 乙药")


def test_the_hubs_list_of_key_and_value_is_the_same_item(tmp_path: Path) -> None:
    listed = [{"key": letter, "value": f"{text}药"} for letter, text in zip("ABCDE", "甲乙丙丁戊", strict=True)]
    write(tmp_path / "a/cmexam/test.csv", [exam(1)])
    write(tmp_path / "b/cmexam/test.json", [exam(1, Options=listed)])
    assert load(CMEXAM, tmp_path / "a").items == load(CMEXAM, tmp_path / "b").items


def test_rows_without_an_answer_are_left_out_and_counted(tmp_path: Path) -> None:
    """Pandas wrote a missing answer as the text nan, whose letters no label reader may take."""
    write(tmp_path / "cmexam/test.csv", [exam(1), exam(2, "nan"), exam(3, "")])
    loaded = load(CMEXAM, tmp_path)
    assert (len(loaded.items), loaded.left_out) == (1, 2)


def test_an_excel_copy_writes_line_ends_as_two_characters(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(exam(1)))
    book.active.append(list((exam(1) | {"Options": "A 甲药\\nB 乙药\\nC 丙药\\nD 丁药\\nE 戊药"}).values()))
    (tmp_path / "cmexam").mkdir()
    book.save(tmp_path / "cmexam/val.xlsx")
    write(tmp_path / "b/cmexam/test.csv", [exam(1)])
    loaded = load(CMEXAM, tmp_path / "cmexam")
    assert loaded.form == "validation"
    assert loaded.items == load(CMEXAM, tmp_path / "b").items


def test_the_validation_file_is_asked_only_without_a_test_file(tmp_path: Path) -> None:
    write(tmp_path / "cmexam/val.csv", [exam(1)])
    write(tmp_path / "cmexam/train.csv", [exam(2)])
    assert load(CMEXAM, tmp_path).form == "validation"
    assert [item.question[-2] for item in load(CMEXAM, tmp_path).dev] == ["2"]
    write(tmp_path / "cmexam/test.csv", [exam(3)])
    loaded = load(CMEXAM, tmp_path)
    assert loaded.form == "official"
    assert [item.question[-2] for item in loaded.items] == ["3"]


def test_apollos_multiple_answers_are_not_lost(tmp_path: Path) -> None:
    rows = [
        {"question": "虚构题", "options": "(A) 甲.\n(B) 乙.\n(C) 丙.", "answer": "(ABC)", "source": "cmexam"},
        {"question": "别的题", "options": "(A) 甲.\n(B) 乙.", "answer": "(A)", "source": "cmb-single"},
    ]
    write(tmp_path / "apollo/test_zh.json", rows)
    loaded = load(CMEXAM, tmp_path)
    assert [item.answer for item in loaded.items] == [("A", "B", "C")]
    assert loaded.left_out == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Answer": "F"}, "Answer"),
        ({"Options": "甲乙丙"}, "Options"),
        ({"Options": ""}, "Options"),
        ({"Question": ""}, "Question"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "cmexam/test.csv", [exam(1), exam(2) | change])
    with pytest.raises(BenchmarkDataError, match=rf"test\.csv, row 2, field '{field}'"):
        load(CMEXAM, tmp_path)


@pytest.mark.data
def test_the_real_validation_file() -> None:
    loaded = load_real(CMEXAM, "cmexam")
    assert (loaded.form, len(loaded.items), loaded.left_out) == ("validation", 6810, 1)
    assert Counter(len(item.answer) for item in loaded.items) == {1: 6600, 2: 35, 3: 96, 4: 61, 5: 18}
    assert Counter("".join(item.options) for item in loaded.items) == {"ABCDE": 6605, "ABCD": 202, "BCDE": 2, "ABDE": 1}
    prompts(loaded)


@pytest.mark.data
def test_the_real_apollo_file() -> None:
    loaded = load_real(CMEXAM, "apollo-xmedbench-zh")
    assert (loaded.form, len(loaded.items), loaded.left_out) == ("apollo", 2000, 6759)
    assert sum(len(item.answer) > 1 for item in loaded.items) == 62
    assert Counter(len(item.options) for item in loaded.items) == {5: 1927, 4: 73}


def test_the_hubs_own_parquet_has_folders_for_its_splits(tmp_path: Path) -> None:
    for split, number in (("test", 1), ("train", 2), ("validation", 3)):
        write_parquet(tmp_path / f"fzkuji--CMExam/default/{split}/0000.parquet", [exam(number)])
    loaded = load(CMEXAM, tmp_path)
    assert [item.question for item in loaded.items] == [exam(1)["Question"]]
    assert [item.question for item in loaded.dev] == [exam(2)["Question"]]

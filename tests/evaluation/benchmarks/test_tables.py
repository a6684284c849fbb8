"""Rows of a file are the same whatever its shape, and half a file is never taken for a whole one."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._tables import Table, read_rows
from tests.support import tables
from tests.support.tables import SHAPES, put

ROWS: list[dict[str, Any]] = [
    {"id": "1", "question": 'Which "dose", in mg?\nA second line.', "answer": "A"},
    {"id": "2", "question": "虚构的题目；以下哪项正确", "answer": "B"},
    {"id": "3", "question": "A stem, with commas,\tand a tab", "answer": "C"},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_are_the_same_in_every_shape(tmp_path: Path, shape: str) -> None:
    path = put(tmp_path / shape, SHAPES[shape](ROWS))
    rows = list(read_rows(path))
    assert [dict(row.values) for row in rows] == ROWS
    assert [row.number for row in rows] == [1, 2, 3]


TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"), max_size=12)
ANY_ROW = st.fixed_dictionaries({"id": st.integers(1, 99).map(str), "question": TEXTS, "answer": TEXTS})
TEXT_SHAPES = ("lines.jsonl", "array.json", "columns.json", "cells.csv", "cells.tsv", "table.parquet")


@given(st.lists(ANY_ROW, min_size=1, max_size=4), st.sampled_from(TEXT_SHAPES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_survives_every_shape(tmp_path: Path, rows: list[dict[str, Any]], shape: str) -> None:
    """Quotation marks, separators, line breaks of Unicode (U+2028, U+0085) and control characters are only text."""
    assert [dict(row.values) for row in read_rows(put(tmp_path / shape, SHAPES[shape](rows)))] == rows


def test_rows_can_be_read_twice_and_keep_their_names(tmp_path: Path) -> None:
    named = Table(put(tmp_path / "named.json", tables.json_named(ROWS)), name="folder/named.json")
    assert [row.key for row in named] == [row.key for row in named] == ["row-0", "row-1", "row-2"]
    assert {row.file for row in named} == {"folder/named.json"}
    nested = read_rows(put(tmp_path / "nested.json", tables.json_nested(ROWS)))
    assert [row.key for row in nested] == ["exam/row-0", "exam/row-1", "exam/row-2"]
    columns = read_rows(put(tmp_path / "columns.json", tables.json_columns(ROWS)))
    assert [row.key for row in columns] == ["0", "1", "2"]


def test_rows_named_by_number_are_not_columns(tmp_path: Path) -> None:
    """PubMedQA names its rows by number; a column-oriented file names its cells by number."""
    path = put(tmp_path / "numbered.json", json.dumps({"21645374": ROWS[0], "16418930": ROWS[1]}).encode())
    assert [(row.key, row.text("answer")) for row in read_rows(path)] == [("21645374", "A"), ("16418930", "B")]


def test_lists_of_rows_by_split_are_not_columns(tmp_path: Path) -> None:
    """They are no rows either: which of them are test items nobody can tell."""
    path = put(tmp_path / "splits.json", json.dumps({"train": ROWS[:2], "test": ROWS[1:]}).encode())
    (row,) = read_rows(path)
    assert set(row.values) == {"train", "test"}


def test_one_object_a_file_is_one_row(tmp_path: Path) -> None:
    """HealthBench's samples: fields that are lists of different lengths, objects and null."""
    sample = {"tags": ["a"], "ideal": None, "prompt": [{"role": "user"}], "rubrics": [{"points": 1}, {"points": 2}]}
    path = put(tmp_path / "sample.json", json.dumps(sample, indent=2).encode())
    (row,) = read_rows(path)
    assert dict(row.values) == sample


def test_header_less_cells_take_the_names_they_are_given(tmp_path: Path) -> None:
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        path = put(tmp_path / f"bare{suffix}", tables.cells(ROWS, delimiter, header=False))
        assert [dict(row.values) for row in read_rows(path, ("id", "question", "answer"))] == ROWS


def test_an_index_column_without_a_name_gets_one(tmp_path: Path) -> None:
    path = put(tmp_path / "pandas.csv", tables.cells(ROWS, index=True))
    assert [row.text("answer") for row in read_rows(path)] == ["A", "B", "C"]


def test_quotation_marks_in_a_file_written_without_quoting_are_characters(tmp_path: Path) -> None:
    text = 'question\tanswer\n"Tennis elbow" is\tA\n"Never closed\tB\nplain\tC\n'
    rows = read_rows(put(tmp_path / "plain.tsv", text.encode()))
    assert [row.text("question") for row in rows] == ['"Tennis elbow" is', '"Never closed', "plain"]


def test_gb18030_is_read_and_said(tmp_path: Path) -> None:
    table = Table(put(tmp_path / "excel.csv", "题干,答案\n高血压患者首选,甲\n".encode("gb18030")), name="excel.csv")
    assert [dict(row.values) for row in table] == [{"题干": "高血压患者首选", "答案": "甲"}]
    assert table.notes == ["excel.csv is not UTF-8; read as GB18030"]


def test_missing_cells_are_none(tmp_path: Path) -> None:
    (row,) = read_rows(put(tmp_path / "nan.jsonl", b'{"question": "q", "exp": NaN}\n'))
    assert row.values["exp"] is None
    row, _ = read_rows(put(tmp_path / "null.parquet", tables.parquet([{"a": "x", "b": float("nan")}, {"a": "y"}])))
    assert row.values["b"] is None


IMPOSTORS = {
    "empty.jsonl": (b"", "0 bytes"),
    "pointer.parquet": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"),
    "page.csv": (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page"),
    "page.json": (b"<html><head></head></html>", "HTML page"),
    "refusal.json": (b'{"error": "Access to this dataset is restricted"}', "restricted"),
    "packed.json": (gzip.compress(tables.json_array(ROWS)), "does not end in .gz"),
    "utf16.csv": ("id,question\n1,q\n".encode("utf-16"), "UTF-16"),
    "text.parquet": (tables.jsonl(ROWS), "does not begin like a Parquet file"),
    "text.xlsx": (tables.jsonl(ROWS), "no complete Excel file"),
    "latin.jsonl": ('{"question": "café"}'.encode("latin-1"), "not valid JSON|not UTF-8|cut off"),
    "numbers.json": (b"[1, 2]", "expected an object with fields, found int"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "'a' twice"),
    "short.csv": (b"a,b,c\n1,2,3\n4,5\n6,7,8\n", "row 2: expected 3 cells, found 2"),
    "last.csv": (b"a,b,c\n1,2,3\n4,5\n", "cut off"),
}


@pytest.mark.parametrize("name", IMPOSTORS)
def test_what_is_no_data_is_named(tmp_path: Path, name: str) -> None:
    data, message = IMPOSTORS[name]
    with pytest.raises(BenchmarkDataError, match=message):
        list(read_rows(put(tmp_path / name, data)))


def test_unknown_kinds_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkDataError, match="of this kind"):
        list(read_rows(put(tmp_path / "notes.docx", b"text")))
    with pytest.raises(BenchmarkDataError, match="cannot be read"):
        list(read_rows(tmp_path / "absent.jsonl"))


@pytest.mark.parametrize(
    "shape", ["array.json", "columns.json", "packed.jsonl.gz", "packed.jsonl.zst", "table.parquet", "table.xlsx"]
)
def test_every_cut_of_a_file_is_an_error(tmp_path: Path, shape: str) -> None:
    """Whatever byte a download stopped at, the rest is not taken for the whole."""
    data = SHAPES[shape](ROWS)
    path = tmp_path / shape
    for size in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:size])
        with pytest.raises(BenchmarkDataError):
            list(read_rows(path))


@pytest.mark.parametrize("shape", ["lines.jsonl", "cells.csv"])
def test_a_cut_file_of_lines_never_gives_a_row_that_is_not_there(tmp_path: Path, shape: str) -> None:
    """A cut between two lines cannot be seen here; the number of items shows it later."""
    data = SHAPES[shape](ROWS)
    path = tmp_path / shape
    errors = 0
    for size in range(len(data)):
        path.write_bytes(data[:size])
        try:
            found = [dict(row.values) for row in read_rows(path)]
        except BenchmarkDataError:
            errors += 1
            continue
        assert len(found) <= len(ROWS)
        assert found[:-1] == ROWS[: max(0, len(found) - 1)]
    assert errors > len(data) / 2


def test_lines_named_json_are_said_to_be_cut_off_too(tmp_path: Path) -> None:
    """MedMCQA's own files are lines and end in .json."""
    data = tables.jsonl(ROWS)
    rows_of_the_cut = re.escape(f"ends in the middle of row {len(ROWS)}: the download was cut off")
    with pytest.raises(BenchmarkDataError, match=rows_of_the_cut):
        list(read_rows(put(tmp_path / "dev.json", data[:-9])))
    broken = data.splitlines(keepends=True)
    broken.insert(1, b'{"id": \n')
    with pytest.raises(BenchmarkDataError, match=r"dev\.json, row 2: not valid JSON"):
        list(read_rows(put(tmp_path / "dev.json", b"".join(broken))))


@pytest.mark.parametrize("shape", ["lines.jsonl", "lines.json", "array.json", "named.json"])
def test_half_of_a_surrogate_pair_names_row_and_field(tmp_path: Path, shape: str) -> None:
    rows = [{"id": "1", "question": "whole \\ud83d\\ude00"}, {"id": "2", "question": "half \\ud83d"}]
    lines = [f'{{"id": "{row["id"]}", "question": "{row["question"]}"}}' for row in rows]
    text = {"array.json": f"[{', '.join(lines)}]", "named.json": f'{{"a": {lines[0]}, "b": {lines[1]}}}'}
    path = put(tmp_path / shape, text.get(shape, "\n".join(lines)).encode())
    with pytest.raises(BenchmarkDataError, match=rf"{re.escape(shape)}, row 2, field 'question': .*surrogate pair"):
        list(read_rows(path))
    put(path, path.read_bytes().replace(b"half \\ud83d", b"half"))
    assert [row.text("question") for row in read_rows(path)] == ["whole 😀", "half"]


def test_empty_cells_behind_the_last_column_are_no_cells(tmp_path: Path) -> None:
    """An edition of Medbullets has five in every row but the header."""
    path = put(tmp_path / "wide.csv", b"a,b\n1,2,,,\n3,4\n")
    assert [dict(row.values) for row in read_rows(path)] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    path = put(tmp_path / "shifted.csv", b"a,b\n1,2,,5\n")
    with pytest.raises(BenchmarkDataError, match="row 1: expected 2 cells, found 4"):
        list(read_rows(path))

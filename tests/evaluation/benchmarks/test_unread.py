"""Files that no benchmark can read are seen, and nothing else is called so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.load import DataSources, load_benchmark
from medgo.evaluation.benchmarks.unread import unread_files
from tests.evaluation.benchmarks.toy import TOY, exam, question
from tests.support.tables import jsonl, parquet, put


def unread(folder: Path) -> dict[str, str]:
    found = unread_files(DataSources(folders=(folder, folder)), [TOY])
    return {file.path.relative_to(folder).as_posix(): file.why for file in found}


def test_what_no_form_fits_is_listed_once_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path / "toyexam/part.parquet", parquet([question(1)])[:-20])
    put(tmp_path / "toyexam/about.json", b'{"question": "Is this an exam?", "by": "us"}')
    exam(tmp_path, "elsewhere/test.jsonl")
    why = unread(tmp_path)
    assert list(why) == ["elsewhere/test.jsonl", "toyexam/about.json", "toyexam/part.parquet"]
    assert "names no benchmark (--data NAME=PATH" in why["elsewhere/test.jsonl"]
    assert why["toyexam/about.json"].startswith("row 1, field ")
    assert "cut off" in why["toyexam/part.parquet"]


def test_training_files_second_copies_and_what_was_read_are_not(tmp_path: Path) -> None:
    exam(tmp_path)
    exam(tmp_path, "toy-exam/dev.jsonl", (7, 8))
    exam(tmp_path, "toy-exam/copy/test.jsonl")
    assert unread(tmp_path) == {}
    (tmp_path / "toy-exam/test.jsonl").write_bytes(b"")
    sources = DataSources(folders=(tmp_path,))
    assert unread_files(sources, [TOY], [tmp_path / "toy-exam/test.jsonl"]) == []


def test_a_missing_benchmark_says_which_files_were_seen(tmp_path: Path) -> None:
    """A renamed field, in a path that no form has or one has: the file is spoken of, not ignored."""
    row = question(1)
    row["solution"] = row.pop("answer")
    put(tmp_path / "toyexam/train/rows.jsonl", jsonl([row]))
    with pytest.raises(BenchmarkDataError, match=r"rows\.jsonl, row 1, field 'answer': missing.*found .*solution"):
        load_benchmark(TOY, DataSources(folders=(tmp_path,)))
    elsewhere = replace(TOY, forms=(replace(TOY.forms[0], path="official/"),))
    expected = r"its data is not in .*; one file there has its name, but none of its forms .* field 'answer': missing"
    with pytest.raises(BenchmarkDataError, match=expected):
        load_benchmark(elsewhere, DataSources(folders=(tmp_path,)))
    put(tmp_path / "toyexam/train/rows.parquet", parquet([question(1)])[:-20])
    with pytest.raises(BenchmarkDataError, match=r"rows\.parquet is not usable.*cut off"):
        load_benchmark(elsewhere, DataSources(folders=(tmp_path,)))

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import InputError
from medgo.inference.batch.index import InputIndex, open_source
from medgo.inference.batch.inputs import RowDefaults
from medgo.store import RowFile


def write(path: Path, *rows: dict[str, Any] | str) -> RowFile:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return RowFile(path)


def index_of(path: Path, *rows: dict[str, Any] | str) -> InputIndex:
    return InputIndex(write(path, *rows), RowDefaults())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "in.jsonl"


def test_rows_without_an_id_are_called_by_their_line(path: Path) -> None:
    index = index_of(path, {"prompt": "a"}, "", {"prompt": "b", "id": "x"}, "{bad", {"prompt": "c"})
    assert [(row.position, row.row_id) for row in index.rows()] == [(0, 1), (1, "x"), (2, 4), (3, 5)]
    assert index.position_of("x") == 1 and index.position_of(4) == 2 and index.position_of(2) is None
    assert (len(index), index.blank_lines, index.bad_positions) == (4, 1, {2})


def test_a_bad_line_takes_no_other_rows_id(path: Path) -> None:
    index = index_of(path, {"idx": 1, "prompt": "a"}, {"idx": 3, "prompt": "b"}, "{bad")
    assert [row.row_id for row in index.rows()] == [1, 3, "line-3"]
    assert [index.position_of(row.row_id) for row in index.rows()] == [0, 1, 2]


def test_duplicates_are_refused_with_both_lines(path: Path) -> None:
    with pytest.raises(InputError, match=r"'1' on line 1 and line 3; 'b' on line 2 and line 4"):
        index_of(
            path, {"id": 1, "prompt": "x"}, {"id": "b", "prompt": "x"}, {"idx": "1", "prompt": "x"}, {"custom_id": "b"}
        )


def test_duplicates_are_not_all_listed(path: Path) -> None:
    with pytest.raises(InputError, match="and 94 more"):
        index_of(path, *[{"id": 1, "prompt": "x"}] * 100)


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file_is_an_error(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(InputError, match="has no rows"):
        InputIndex(RowFile(path), RowDefaults())


@pytest.mark.parametrize(("name", "content"), [("a.csv", "id,prompt\n"), ("a.json", "[]")])
def test_no_rows_in_other_forms(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="has no rows"):
        InputIndex(RowFile(tmp_path / name), RowDefaults())


def test_errors_name_the_line(path: Path) -> None:
    (row,) = index_of(path, {"id": "a", "text": "x"}).rows()
    assert row.request is None and row.value == {"id": "a", "text": "x"} and row.row_id == "a"
    assert str(row.error).startswith("line 1: nothing to answer")


def test_an_id_of_the_wrong_kind_fails_its_row_only(path: Path) -> None:
    index = index_of(path, {"id": 1.5, "prompt": "x"}, {"id": "b", "prompt": "x"})
    first, second = index.rows()
    assert first.row_id == 1 and second.error is None
    assert index.bad_positions == {0} and "whole number" in str(first.error)


def test_an_input_that_changes_is_noticed(path: Path) -> None:
    index = index_of(path, {"id": "a", "prompt": "x"}, {"id": "b", "prompt": "x"})
    write(path, {"id": "a", "prompt": "x"}, {"id": "c", "prompt": "x"})
    with pytest.raises(InputError, match="changed while"):
        list(index.rows())


def test_standard_input_can_be_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'[{"prompt": "x"}, {"prompt": "y"}]')))
    with open_source("-") as source:
        index = InputIndex(source, RowDefaults())
        assert [row.row_id for row in index.rows()] == [1, 2] == [row.row_id for row in index.rows()]
        assert source.name == "standard input"
        spool = source.path
    assert not spool.exists()

"""Files of rows: which are read, what fits a method, and how a bad row is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from medgo.errors import InputError, RecipeError
from medgo.schema import LabelledRow, Row
from medgo.training.recipe import Method, RowFiles
from medgo.training.rows.reading import read_stage_rows, row_files
from tests.training.rows.made_rows import labelled, pair, sft, write_rows


def read(path: Path, method: Method = "sft", **entry: Any) -> list[Row]:
    return [taken.row for taken in read_stage_rows([RowFiles(path=str(path), **entry)], method)]


def test_a_folder_is_read_in_the_order_of_names_without_evidence(tmp_path: Path) -> None:
    first, second = sft("a?", "a"), sft("b?", "b")
    write_rows(tmp_path / "2.jsonl", [second])
    write_rows(tmp_path / "1.jsonl", [first])
    write_rows(tmp_path / "1.evidence.jsonl", [{"row_id": "x"}])
    assert read(tmp_path) == [first, second]
    assert [path.name for path in row_files(RowFiles(path=str(tmp_path)))] == ["1.jsonl", "2.jsonl"]


def test_rows_say_which_entry_they_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_DATA", str(tmp_path))
    write_rows(tmp_path / "one.jsonl", [sft("a?", "a"), sft("b?", "b", task="other")])
    data = [RowFiles(path="${MEDGO_DATA}/one.jsonl", tasks=("other",)), RowFiles(path=str(tmp_path), weight=2)]
    assert [(taken.entry, taken.row.task) for taken in read_stage_rows(data, "sft")] == [
        (0, "other"),
        (1, "questions"),
        (1, "other"),
    ]


def test_a_bad_row_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    rows = [sft(f"{i}?", "a").to_dict() for i in range(3)]
    del rows[2]["chat_template_kwargs"]
    with pytest.raises(InputError, match=r"rows\.jsonl, line 3: chat_template_kwargs: missing") as error:
        read(write_rows(tmp_path / "rows.jsonl", rows))
    assert "enable_thinking" in error.value.hint
    # The naive way reads the file without a word: the column is there, and empty for that row.
    assert Dataset.from_list(rows)[2]["chat_template_kwargs"] is None


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.jsonl", [sft("a?", "a")])
    path.write_bytes(path.read_bytes() + b'{"prompt": [\n')
    with pytest.raises(InputError, match=r"rows\.jsonl, line 2: the line is not valid JSON"):
        read(path)


@pytest.mark.parametrize(
    ("row", "method", "kind"),
    [
        (sft("a?", "a"), "dpo", "dpo learns from preference rows, and this is one of kind sft"),
        (sft("a?", "a"), "kto", "kto learns from labelled or preference rows"),
        (labelled("a?", "a", True), "sft", "sft learns from sft rows, and this is one of kind labelled"),
        (labelled("a?", "a", True), "dpo", "kind labelled"),
        (pair("a?", "a", "b"), "sft", "kind preference"),
    ],
)
def test_rows_of_another_kind_are_refused(tmp_path: Path, row: Row, method: Method, kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        read(write_rows(tmp_path / "rows.jsonl", [row]), method)


def test_pairs_are_taken_apart_for_kto_with_all_that_they_have(tmp_path: Path) -> None:
    row = pair("a?", "good", "bad")
    good, bad = read(write_rows(tmp_path / "rows.jsonl", [row]), "kto")
    assert isinstance(good, LabelledRow)
    assert isinstance(bad, LabelledRow)
    assert (good.completion, good.label, bad.completion, bad.label) == (row.chosen, True, row.rejected, False)
    assert good.provenance == bad.provenance == row.provenance
    assert good.row_id != bad.row_id


def test_a_pair_with_the_same_text_on_both_sides_is_refused(tmp_path: Path) -> None:
    value = pair("a?", "same", "other").to_dict()
    value["rejected"] = value["chosen"]
    del value["row_id"]
    with pytest.raises(InputError, match=r"line 1: .* the same text on both sides"):
        read(write_rows(tmp_path / "rows.jsonl", [value]), "dpo")


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is not there"):
        read(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match="holds no file of rows"):
        read(tmp_path)
    path = write_rows(tmp_path / "rows.jsonl", [sft("a?", "a")])
    with pytest.raises(InputError, match=r"data\.0: .* holds no rows of the tasks other"):
        read(path, tasks=("other",))
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    with pytest.raises(RecipeError, match="MEDGO_DATA is not set"):
        read(Path("${MEDGO_DATA}/rows.jsonl"))

"""Every reader on small files of our own making: good ones, and every way in which a download can be bad."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from medgo.errors import InputError, RecipeError
from medgo.schema import ClinicalRecord, Document
from medgo.synthesis.datasets import DATASETS, find_dataset
from tests.synthesis.datasets.files import REAL, SAMPLES, Sample, sample

EACH = pytest.mark.parametrize("each", SAMPLES, ids=lambda each: each.name)
LINES = pytest.mark.parametrize("each", [s for s in SAMPLES if s.file.endswith(".jsonl")], ids=lambda each: each.name)


def read(name: str, path: Path) -> list[Document | ClinicalRecord]:
    # A reader of records is given the file itself: its certificate lies beside it.
    return list(find_dataset(name).read(path / "records.jsonl" if name == "records" else path))


def documents(name: str, path: Path) -> list[Document]:
    return [item for item in read(name, path) if isinstance(item, Document)]


def test_every_reader_is_tested_here() -> None:
    of_many_collections = {"curated"}  # see test_curated.py
    assert {each.name for each in SAMPLES} == {dataset.name for dataset in DATASETS} - of_many_collections


@EACH
def test_good_rows_give_a_document_each_in_their_order(each: Sample, tmp_path: Path) -> None:
    items = read(each.name, each.below(tmp_path))
    dataset = find_dataset(each.name)
    assert len(items) == len(each.rows)
    assert len({item.ref.id for item in items}) == len(items)
    assert {item.ref.source for item in items} == {dataset.name}
    assert {item.lang for item in items} <= set(dataset.langs)
    assert read(each.name, tmp_path) == items
    if dataset.holds == "documents":
        assert {item.ref.licence for item in items} == {dataset.licence}
        assert all(isinstance(item, Document) and item.text.strip() for item in items)


@EACH
def test_a_file_without_a_column_is_named_with_the_column(each: Sample, tmp_path: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != each.column} for row in each.rows]
    each.below(tmp_path, rows)
    with pytest.raises(InputError) as error:
        read(each.name, tmp_path)
    assert each.column in str(error.value)
    assert Path(each.file).name in str(error.value)


@pytest.mark.parametrize(
    "each", [s for s in SAMPLES if Path(s.file).suffix in (".jsonl", ".json", ".xlsx")], ids=lambda each: each.name
)
def test_a_value_of_another_type_is_named_with_its_row(each: Sample, tmp_path: Path) -> None:
    rows = [*each.rows, {**each.rows[-1], each.column: 17}]
    each.below(tmp_path, rows)
    with pytest.raises(InputError, match=f"row {len(rows)}\\b") as error:
        read(each.name, tmp_path)
    assert each.column in str(error.value)


@LINES
def test_a_broken_line_is_named_with_its_number(each: Sample, tmp_path: Path) -> None:
    path = each.below(tmp_path) / each.file
    path.write_bytes(path.read_bytes() + b"{\n")
    with pytest.raises(InputError, match=f"row {len(each.rows) + 1}: .*not valid JSON"):
        read(each.name, tmp_path)


@EACH
def test_another_encoding_is_said(each: Sample, tmp_path: Path) -> None:
    path = each.below(tmp_path) / each.file
    if path.suffix == ".xlsx":
        pytest.skip("a workbook has no encoding")
    # No text in UTF-8, and the first byte of a character that never ends in GB 18030.
    path.write_bytes(path.read_bytes().rstrip() + "é".encode("latin-1") + b"\xff\n")
    with pytest.raises(InputError) as error:
        read(each.name, tmp_path)
    assert path.name in str(error.value)


@EACH
@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_an_error_and_not_an_empty_data_set(each: Sample, content: bytes, tmp_path: Path) -> None:
    path = each.below(tmp_path) / each.file
    path.write_bytes(content)
    with pytest.raises(InputError, match=path.name):
        read(each.name, tmp_path)


@EACH
def test_a_folder_without_the_file_says_which_file(each: Sample, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(each.name, tmp_path)
    assert Path(each.file).suffix in str(error.value)


@pytest.mark.parametrize("each", [s for s in SAMPLES if s.file.endswith(".csv")], ids=lambda each: each.name)
def test_a_csv_file_of_another_table_is_refused(each: Sample, tmp_path: Path) -> None:
    path = each.below(tmp_path) / each.file
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=path.name):
        read(each.name, tmp_path)


@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_half_a_workbook_is_no_workbook(keep: float, tmp_path: Path) -> None:
    path = sample("meqsum").below(tmp_path) / sample("meqsum").file
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(InputError, match="is no xlsx workbook"):
        read("meqsum", tmp_path)


def test_a_workbook_whose_parts_are_damaged_is_refused(tmp_path: Path) -> None:
    """The archive opens, and what is in it is not what it should be."""
    good = sample("meqsum").below(tmp_path / "good") / sample("meqsum").file
    for damaged in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        for content in (b"", b"<worksheet><sheetData><row", None):
            path = tmp_path / sample("meqsum").file
            with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
                for name in source.namelist():
                    if name != damaged:
                        target.writestr(name, source.read(name))
                    elif content is not None:
                        target.writestr(name, content)
            with pytest.raises(InputError, match=r"MeQSum.*workbook"):
                read("meqsum", tmp_path)


def test_a_file_that_is_no_workbook_by_its_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("File,CHQ,Summary\n")
    with pytest.raises(InputError, match="no xlsx workbook"):
        list(find_dataset("meqsum").read(tmp_path / "questions.txt"))


def test_a_workbook_may_end_rows_early_and_hold_empty_ones(tmp_path: Path) -> None:
    each = sample("meqsum")
    rows = [each.rows[0], dict.fromkeys(each.rows[0]), {**each.rows[1], "Summary": None}, each.rows[1]]
    each.below(tmp_path, rows)
    assert [item.ref.id for item in read("meqsum", tmp_path)] == ["1.xml", "2.xml"]


def test_dialogues_are_cut_after_the_last_answer_and_must_alternate(tmp_path: Path) -> None:
    each = sample("disc_med")
    talk = each.rows[0]["conversation"]
    rows = [
        {"_id": "open end", "conversation": [*talk, {"role": "user", "content": "谢谢"}]},
        {"_id": "begins with the doctor", "conversation": talk[::-1]},
        {"_id": "says nothing", "conversation": [talk[0], {"role": "assistant", "content": " "}]},
        {"_id": "nobody speaks", "conversation": []},
    ]
    each.below(tmp_path, rows)
    (kept,) = documents("disc_med", tmp_path)
    assert kept.ref.id == "open end"
    assert [role for role, _ in kept.meta["turns"]] == ["user", "assistant"]


@pytest.mark.parametrize("turn", ["谢谢", None, {"role": "user"}, {"role": "user", "content": 3}])
def test_a_turn_that_is_no_turn_is_named(turn: object, tmp_path: Path) -> None:
    each = sample("disc_med")
    each.below(tmp_path, [{**each.rows[0], "conversation": [turn]}])
    with pytest.raises(InputError, match="row 1: expected"):
        read("disc_med", tmp_path)


@pytest.mark.parametrize("history", ["[['a', 'b'", "[['a', 'b', 'c']]", "17", "__import__('os').getcwd()", "[" * 5000])
def test_a_history_is_a_list_of_pairs_and_is_never_run(history: str, tmp_path: Path) -> None:
    each = sample("cmtmedqa")
    each.below(tmp_path, [{**each.rows[0], "history": history}])
    with pytest.raises(InputError, match="row 1: history is no list of pairs"):
        read("cmtmedqa", tmp_path)


def test_a_history_stands_before_the_last_question(tmp_path: Path) -> None:
    dialogue, safety = documents("cmtmedqa", sample("cmtmedqa").below(tmp_path))
    assert [role for role, _ in dialogue.meta["turns"]] == ["user", "assistant"] * 2
    assert dialogue.meta["turns"][2][1] == "需要拍片吗？"
    assert safety.meta["safety"] is True


def test_questions_are_tidied(tmp_path: Path) -> None:
    first = documents("medquad", sample("medquad").below(tmp_path))[0]
    assert first.meta["question"] == "What is Stair knee?"
    assert first.text == "Stair knee is a disease\nof our own making."


def test_where_nothing_is_asked_the_title_asks(tmp_path: Path) -> None:
    asked = [document.meta["question"] for document in documents("toyhom", sample("toyhom").below(tmp_path))]
    assert asked == ["医生，我爬楼梯时左膝疼，怎么办？", "颈部酸痛怎么办"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lang": "fr"}, "lang is zh or en"),
        ({"synthetic": "yes"}, "synthetic is true or false"),
        ({"sections": {"a": 1}}, "sections is an object of texts"),
        ({"id": None}, "'id'"),
    ],
)
def test_own_records_say_what_they_are(change: dict[str, object], says: str, tmp_path: Path) -> None:
    each = sample("records")
    each.below(tmp_path, [*each.rows, {**each.rows[0], **change}])
    with pytest.raises(InputError, match=f"row 2.*{says}"):
        read("records", tmp_path)


def test_own_records_are_internal_and_not_synthetic_unless_they_say_so(tmp_path: Path) -> None:
    row = {key: value for key, value in sample("records").rows[0].items() if key not in ("synthetic", "licence")}
    (record,) = read("records", sample("records").below(tmp_path, [row]))
    assert isinstance(record, ClinicalRecord)
    assert not record.synthetic
    assert record.ref.licence == "internal"


def test_an_unknown_data_set_is_answered_with_a_near_one() -> None:
    with pytest.raises(RecipeError) as error:
        find_dataset("medquat")
    assert "medquad" in error.value.hint


REAL_ONES = pytest.mark.parametrize("each", [s for s in SAMPLES if s.real], ids=lambda each: each.name)


def real_folder(each: Sample) -> tuple[Path, int]:
    assert each.real is not None
    folder, count = each.real
    if not (REAL / folder).is_dir():
        pytest.skip(f"no {folder}: set MEDGO_DATA to the folder with training/{folder}")
    return REAL / folder, count


@pytest.mark.data
@REAL_ONES
def test_the_real_files(each: Sample) -> None:
    folder, count = real_folder(each)
    items = documents(each.name, folder)
    assert len(items) == count
    assert len({item.ref.id for item in items}) == count
    for item in items:
        assert item.text.strip()
        assert all(text.strip() for _, text in item.meta.get("turns", ()))
        assert item.meta.get("question", "?").strip()
        assert item.meta.get("dialogue", "?").strip()
        assert item.meta.get("rejected", "?").strip()


@pytest.mark.data
def test_a_relative_data_folder_is_read() -> None:
    folder, count = real_folder(sample("meqsum"))
    relative = os.path.relpath(folder.parents[1])
    code = (
        "from medgo.store.recipes import expand_path; from medgo.synthesis.datasets import find_dataset;"
        "print(sum(1 for _ in find_dataset('meqsum').read(expand_path('${MEDGO_DATA}/training/meqsum'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "MEDGO_DATA": relative}, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(count), done.stderr

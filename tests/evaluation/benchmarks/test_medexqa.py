"""MedExQA: files without a header, a copy that lost their first rows, and specialties that are file names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.medexqa import MEDEXQA, SPECIALTIES
from tests.evaluation.benchmarks.exam_files import load, prompts, write
from tests.evaluation.benchmarks.table_files import write_parquet, write_tsv


def cells(number: int, gold: str = "C") -> list[str]:
    options = [f"invented option {letter}{number}" for letter in "ABCD"]
    return [f"Invented question {number}?", *options, 'It is "so".', "The secret reason.", gold]


def packed(number: int, specialty: str, gold: str = "C") -> dict[str, Any]:
    """The row as MedAgentsBench has it: it counts from the second row of the official file."""
    question, *options, _, _, _ = cells(number)
    texts = dict(zip("ABCD", options, strict=True))
    return {
        "realidx": f"{number - 1}_{specialty}",
        "question": question,
        "options": texts,
        "answer_idx": gold,
        "answer": texts[gold],
    }


def official_files(folder: Path) -> None:
    for specialty in SPECIALTIES:
        write_tsv(folder / f"MedExQA/test/{specialty}_test.tsv", [cells(number) for number in range(3)])
        write_tsv(folder / f"MedExQA/dev/{specialty}_dev.tsv", [cells(9)])


def test_five_files_without_a_header_are_one_benchmark(tmp_path: Path) -> None:
    official_files(tmp_path)
    loaded = load(MEDEXQA, tmp_path)
    assert Counter(item.category for item in loaded.items) == {name.replace("_", " "): 3 for name in SPECIALTIES}
    assert (len(loaded.items), len(loaded.dev)) == (15, 5)
    first = loaded.items[0]
    assert first.id == "0_biomedical_engineer"
    assert (first.question, first.answer, first.options["D"]) == ("Invented question 0?", ("C",), "invented option D0")
    assert "secret" not in str(loaded.items)


def test_the_copy_that_lost_first_rows_gives_its_items_the_official_ids(tmp_path: Path) -> None:
    official_files(tmp_path / "a")
    rows = [packed(number, specialty) for specialty in SPECIALTIES for number in (1, 2)]
    write(tmp_path / "b/medexqa/test.jsonl", rows)
    whole = {item.id: item for item in load(MEDEXQA, tmp_path / "a").items}
    copy = load(MEDEXQA, tmp_path / "b")
    assert len(copy.items) == 10
    assert {item.id: item for item in copy.items}.items() <= whole.items()


def test_a_header_is_no_question(tmp_path: Path) -> None:
    header = ["question", "A", "B", "C", "D", "exp0", "exp1", "answer"]
    write_tsv(tmp_path / "medexqa/test/clinical_psychologist_test.tsv", [header, cells(1)])
    loaded = load(MEDEXQA, tmp_path)
    assert (loaded.form, [item.id for item in loaded.items]) == ("with header", ["0_clinical_psychologist"])


def test_tables_with_names_and_files_in_one_folder(tmp_path: Path) -> None:
    """Parquet made of the files, and the official files without the folder that names the set."""
    names = ["question", "A", "B", "C", "D", "exp0", "exp1", "answer"]
    for split, number in (("test", 1), ("dev", 2)):
        write_tsv(tmp_path / f"flat/speech_pathologist_{split}.tsv", [cells(number)])
        row = dict(zip(names, cells(number), strict=True))
        write_parquet(tmp_path / f"b/medexqa/speech_pathologist/{split}-00000-of-00001.parquet", [row])
    bare, named = load(MEDEXQA, tmp_path / "flat"), load(MEDEXQA, tmp_path / "b")
    assert (bare.form, named.form) == ("official", "with header")
    assert (bare.items, bare.dev) == (named.items, named.dev)
    assert len(bare.items) == len(bare.dev) == 1


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("speech_pathologist_test", cells(2, "E"), "row 2, field 'answer': expected letters among A, B, C, D"),
        ("speech_pathologist_test", cells(2)[:6], r"row \d: expected 8 cells, found 6"),
        ("dentist_test", cells(2), r"field '\(file name\)': expected one of biomedical_engineer"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, name: str, row: list[str], message: str) -> None:
    write_tsv(tmp_path / f"medexqa/test/{name}.tsv", [cells(1), row, cells(3)])
    with pytest.raises(BenchmarkDataError, match=message):
        load(MEDEXQA, tmp_path)


def test_a_copys_row_without_its_specialty_is_named(tmp_path: Path) -> None:
    write(tmp_path / "medexqa/test.jsonl", [{**packed(1, SPECIALTIES[0]), "realidx": "17"}])
    with pytest.raises(BenchmarkDataError, match="field 'realidx': expected a number, '_' and a specialty"):
        load(MEDEXQA, tmp_path)


def test_the_prompt_is_the_publishers(tmp_path: Path) -> None:
    official_files(tmp_path)
    first = prompts(load(MEDEXQA, tmp_path))[0]
    assert first.startswith("The following is a multiple-choice question. Please choose the most suitable one among")
    assert first.endswith("\n\nInvented question 0?\n" + "".join(f"{x}. invented option {x}0\n" for x in "ABCD"))

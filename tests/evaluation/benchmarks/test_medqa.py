"""MedQA-USMLE in its six shapes: the same question is the same item in all, and 4 options are never taken for 5."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.medqa import MEDQA, MEDQA_5
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts, without, write
from tests.evaluation.benchmarks.table_files import write_parquet

TEXTS = ("Rest", "Splinting", "Surgery", "Amputation", "Prayer")


def vignette(number: int, options: int = 4, gold: str = "B") -> dict[str, Any]:
    texts = dict(zip("ABCDE", TEXTS[:options], strict=False))
    return {
        "question": f"An invented patient number {number} broke a finger. Next step?",
        "answer": texts[gold],
        "options": texts,
        "meta_info": "step2&3",
        "answer_idx": gold,
    }


def in_every_shape(folder: Path, row: dict[str, Any]) -> dict[str, Path]:
    """The same row as each publisher packs it, one folder each."""
    listed = [{"key": key, "value": value} for key, value in row["options"].items()]
    endings = {f"ending{place}": text for place, text in enumerate(row["options"].values())}
    nested = {
        "Question": row["question"],
        "Options": row["options"],
        "Correct Option": row["answer_idx"],
        "Correct Answer": row["answer"],
    }
    mirage = {"question": row["question"], "options": row["options"], "answer": row["answer_idx"]}
    write(folder / "official/medqa/test.jsonl", [{**row, "metamap_phrases": ["finger"]}])
    write_parquet(folder / "bigbio/med_qa/test.parquet", [{**row, "options": listed}])
    write(
        folder / "hf/medqa-hf/test.json", [{"id": "t0", "sent1": row["question"], "sent2": "", "label": 1, **endings}]
    )
    write_parquet(folder / "life/medqa/test-0.parquet", [{"id": "u-1", "data": nested, "subject_name": None}])
    write(folder / "mirage/mirage/benchmark.json", {"medqa": {"0000": mirage}, "bioasq": {"x": {**mirage}}})
    write(folder / "agents/medqa/test.jsonl", [{**without(row, "meta_info"), "realidx": "0"}])
    return {path.name: path for path in folder.iterdir()}


def test_all_shapes_give_the_same_item(tmp_path: Path) -> None:
    items = {name: load(MEDQA, folder).items for name, folder in in_every_shape(tmp_path, vignette(1)).items()}
    assert {name: len(found) for name, found in items.items()} == dict.fromkeys(items, 1)
    seen = {(item.id, item.question, tuple(item.options.items()), item.answer) for (item,) in items.values()}
    assert len(seen) == 1
    assert items["official"][0].category == "step2&3"
    assert items["official"][0].answer == ("B",)


def test_four_and_five_options_are_two_benchmarks(tmp_path: Path) -> None:
    write(tmp_path / "medqa/US/4_options/phrases_no_exclude_test.jsonl", [vignette(1), vignette(2)])
    write(tmp_path / "medqa/US/test.jsonl", [vignette(1, 5), vignette(2, 5, "E"), vignette(3, 5)])
    four, five = load(MEDQA, tmp_path), load(MEDQA_5, tmp_path)
    assert (len(four.items), four.left_out) == (2, 3)
    assert (len(five.items), five.left_out) == (3, 2)
    assert [item.answer for item in five.items] == [("B",), ("E",), ("B",)]
    assert not {item.id for item in four.items} & {item.id for item in five.items}
    assert {item.benchmark for item in five.items} == {"medqa_5"}


def test_the_chinese_exams_of_the_archive_are_not_it(tmp_path: Path) -> None:
    write(tmp_path / "medqa/questions/Mainland/4_options/test.jsonl", [vignette(1)])
    with pytest.raises(BenchmarkDataError, match="its path does not match"):
        load(MEDQA, tmp_path)


def test_training_questions_are_examples_only_even_those_that_stand_twice(tmp_path: Path) -> None:
    write(tmp_path / "medqa/phrases_no_exclude_test.jsonl", [vignette(1)])
    write(tmp_path / "medqa/phrases_no_exclude_train.jsonl", [vignette(8), vignette(9), vignette(8)])
    loaded = load(MEDQA, tmp_path)
    assert [item.question for item in loaded.items] == [vignette(1)["question"]]
    assert len({item.id for item in loaded.dev}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "Rest"}, r"row 2, field 'answer': expected the text of the gold option \('Splinting'\)"),
        ({"answer_idx": "E"}, r"row 2, field 'answer_idx': expected letters among A, B, C, D, found str 'E'"),
        ({"answer_idx": "AB"}, "row 2, field 'answer_idx': expected one letter"),
        ({"options": "none"}, "row 2, field 'options': expected options as an object or a list"),
        ({"question": " "}, "row 2, field 'question': expected text"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "medqa/test.jsonl", [vignette(1), {**vignette(2), **change}])
    with pytest.raises(BenchmarkDataError, match=r"medqa/test\.jsonl, " + message):
        load(MEDQA, tmp_path)


def test_another_schema_says_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path / "medqa/test.jsonl", [without(vignette(1), "options")])
    with pytest.raises(BenchmarkDataError, match=r"medqa/test\.jsonl, row 1, field 'options': missing; the form"):
        load(MEDQA, tmp_path)


def test_the_prompt_lists_the_options(tmp_path: Path) -> None:
    write(tmp_path / "medqa/test.jsonl", [vignette(1)])
    (prompt,) = prompts(load(MEDQA, tmp_path))
    assert prompt.endswith("Next step?\nA. Rest\nB. Splinting\nC. Surgery\nD. Amputation\nAnswer:")


@pytest.mark.data
def test_real_files_have_the_published_counts() -> None:
    four = load_real(MEDQA, "medqa-usmle")
    assert len(four.items) == 1273
    assert Counter(item.answer[0] for item in four.items) == {"A": 353, "B": 309, "C": 346, "D": 265}
    assert Counter(item.category for item in four.items) == {"step1": 679, "step2&3": 594}


@pytest.mark.data
def test_real_versions_ask_the_same_questions_with_the_same_gold() -> None:
    """Both copies of the five-option version agree item by item, and the four-option one drops a distractor only."""
    four, five = load_real(MEDQA, "medqa-usmle"), load_real(MEDQA_5, "medqa-usmle")
    assert (REAL / "medqa-usmle").is_dir()
    assert len(five.items) == 1273
    assert any("1273 items stand in more than one file" in note for note in five.notes)
    pairs = {item.question: item for item in five.items}
    assert pairs.keys() == {item.question for item in four.items}
    for item in four.items:
        twin = pairs[item.question]
        assert set(item.options.values()) < set(twin.options.values())
        assert item.options[item.answer[0]] == twin.options[twin.answer[0]]


@pytest.mark.parametrize("folder", ["afrimedqa", "Afri-Med-QA", "pub_med_qa", "fairmedqa", "cMedQA2"])
def test_sets_whose_names_end_alike_are_not_medqa(tmp_path: Path, folder: str) -> None:
    """MedAgentsBench packs AfriMed-QA in the same fields."""
    write(tmp_path / folder / "test.jsonl", [{**vignette(1, options=5), "realidx": "a"}])
    with pytest.raises(BenchmarkDataError, match=r"its data is not in|its path does not match"):
        load(MEDQA_5, tmp_path)
    write(tmp_path / "medqa_5options/test.jsonl", [vignette(2, options=5)])
    assert len(load(MEDQA_5, tmp_path).items) == 1

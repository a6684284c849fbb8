"""MedMCQA: a gold column that counts from 1 or from 0, a hidden test part, and the single-choice subset."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.medmcqa import MEDMCQA, MEDMCQA_SINGLE
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, without, write
from tests.evaluation.benchmarks.table_files import write_parquet


def question(number: int, cop: int, kind: str = "single") -> dict[str, Any]:
    return {
        "question": f"The invented sign number {number} is seen in:",
        "exp": None,
        "cop": cop,
        **{f"op{letter}": f"disease {letter}{number}" for letter in "abcd"},
        "subject_name": "Surgery",
        "topic_name": None,
        "id": f"uuid-{number}",
        "choice_type": kind,
    }


def test_the_original_counts_from_1_and_the_hub_from_0(tmp_path: Path) -> None:
    write(tmp_path / "a/medmcqa/dev.json", [question(number, number) for number in (1, 2, 3, 4)])
    write_parquet(
        tmp_path / "b/medmcqa/data/validation-00000-of-00001.parquet",
        [question(number, number - 1) for number in (1, 2, 3, 4)],
    )
    original, hub = load(MEDMCQA, tmp_path / "a"), load(MEDMCQA, tmp_path / "b")
    assert (original.form, hub.form) == ("official", "hub")
    assert [item.answer[0] for item in original.items] == ["A", "B", "C", "D"]
    assert original.items == hub.items
    assert original.items[0].category == "Surgery"


def test_json_lines_under_the_name_json_are_read(tmp_path: Path) -> None:
    file = write(tmp_path / "medmcqa/dev.jsonl", [question(1, 1), question(2, 4)])
    file.rename(file.with_suffix(".json"))
    assert [item.answer[0] for item in load(MEDMCQA, tmp_path).items] == ["A", "D"]


def test_a_gold_counted_from_the_other_end_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a/medmcqa/dev.json", [question(1, 1), question(2, 0)])
    with pytest.raises(BenchmarkDataError, match=r"dev\.json, row 2, field 'cop': expected a number from 1 to 4"):
        load(MEDMCQA, tmp_path / "a")
    write_parquet(tmp_path / "b/medmcqa/validation-0.parquet", [question(1, 1), question(2, 4)])
    with pytest.raises(BenchmarkDataError, match=r"row 2, field 'cop': expected a number from 0 to 3"):
        load(MEDMCQA, tmp_path / "b")


def test_the_test_part_has_no_gold_and_is_never_read_beside_the_validation_part(tmp_path: Path) -> None:
    hidden = [question(9, -1)]
    write_parquet(tmp_path / "a/medmcqa/data/test-00000-of-00001.parquet", hidden)
    with pytest.raises(BenchmarkDataError, match=r"expected a gold option \(the test part's are hidden"):
        load(MEDMCQA, tmp_path / "a")
    write(tmp_path / "b/medmcqa/test.json", [without(question(9, -1), "cop")])
    with pytest.raises(BenchmarkDataError, match="the validation part is reported"):
        load(MEDMCQA, tmp_path / "b")
    write_parquet(tmp_path / "c/medmcqa/data/test-00000-of-00001.parquet", hidden)
    write_parquet(tmp_path / "c/medmcqa/data/train-00000-of-00001.parquet", [question(5, 2)])
    write_parquet(tmp_path / "c/medmcqa/data/validation-00000-of-00001.parquet", [question(1, 0)])
    loaded = load(MEDMCQA, tmp_path / "c")
    assert [item.id for item in loaded.items] == ["uuid-1"]
    assert [item.id for item in loaded.dev] == ["uuid-5"]
    assert loaded.dev[0].answer == ("C",)


def test_the_single_choice_subset_is_the_same_from_either_file(tmp_path: Path) -> None:
    write(tmp_path / "a/medmcqa/dev.json", [question(1, 2), question(2, 1, "multi"), question(3, 4)])
    packed = [
        {
            "realidx": f"uuid-{number}",
            "question": f"The invented sign number {number} is seen in:",
            "options": {letter.upper(): f"disease {letter}{number}" for letter in "abcd"},
            "answer_idx": gold,
            "answer": f"disease {gold.lower()}{number}",
        }
        for number, gold in ((1, "B"), (3, "D"))
    ]
    write(tmp_path / "b/medmcqa/test.jsonl", packed)
    official, agents = load(MEDMCQA_SINGLE, tmp_path / "a"), load(MEDMCQA_SINGLE, tmp_path / "b")
    assert official.left_out == 1
    assert agents.form == "medagentsbench"
    assert [(i.key, i.question, i.options, i.answer) for i in official.items] == [
        (i.key, i.question, i.options, i.answer) for i in agents.items
    ]


def test_mirages_file_of_five_benchmarks(tmp_path: Path) -> None:
    write(tmp_path / "a/medmcqa/dev.json", [question(1, 2)])
    row = question(1, 2)
    texts = {letter.upper(): row[f"op{letter}"] for letter in "abcd"}
    mirage = {"question": row["question"], "options": texts, "answer": "B"}
    write(tmp_path / "b/MIRAGE/benchmark.json", {"medqa": {"0000": mirage}, "medmcqa": {"uuid-1": mirage}})
    (one,), other = load(MEDMCQA, tmp_path / "a").items, load(MEDMCQA, tmp_path / "b")
    assert (other.form, other.left_out) == ("mirage", 1)
    (two,) = other.items
    assert (one.id, one.question, one.options, one.answer) == (two.id, two.question, two.options, two.answer)
    with pytest.raises(BenchmarkDataError, match="no items"):  # it does not say which are single choice
        load(MEDMCQA_SINGLE, tmp_path / "b")


@pytest.mark.parametrize(
    ("change", "message"),
    [({"cop": "two"}, "'cop': expected a whole number"), ({"opa": "", "opb": "", "opc": ""}, "'opa': expected at")],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "medmcqa/dev.json", [question(1, 1), {**question(2, 1), **change}])
    with pytest.raises(BenchmarkDataError, match=rf"medmcqa/dev\.json, row 2, field {message}"):
        load(MEDMCQA, tmp_path)


@pytest.mark.data
def test_real_files_have_the_published_counts() -> None:
    loaded = load_real(MEDMCQA, "medmcqa")
    assert len(loaded.items) == 4183
    assert Counter(item.answer[0] for item in loaded.items) == {"A": 1348, "B": 1085, "C": 925, "D": 825}
    assert Counter(item.meta["choice_type"] for item in loaded.items) == {"single": 2816, "multi": 1367}


@pytest.mark.data
def test_real_files_agree_on_the_single_choice_items(tmp_path: Path) -> None:
    official = load_real(MEDMCQA_SINGLE, "medmcqa")
    (tmp_path / "medmcqa").mkdir()
    (tmp_path / "medmcqa/test.jsonl").symlink_to(REAL / "medmcqa/medagentsbench_single_2816.jsonl")
    agents = {item.id: item for item in load(MEDMCQA_SINGLE, tmp_path).items}
    assert len(official.items) == 2816
    assert agents.keys() == {item.id for item in official.items}
    for item in official.items:
        twin = agents[item.id]
        assert (item.question, item.options, item.answer) == (twin.question, twin.options, twin.answer)

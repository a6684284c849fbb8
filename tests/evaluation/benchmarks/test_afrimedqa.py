"""AfriMed-QA: fillers among the options, several right ones, broken rows, and what is no exam question at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.afrimedqa import AFRIMEDQA
from tests.evaluation.benchmarks.exam_files import load, prompts, write


def official(number: int, texts: str = "v w x y z", gold: str = "option2", **changes: Any) -> dict[str, Any]:
    options = {f"option{place}": text for place, text in enumerate(texts.split(" "), 1)}
    return {
        "sample_id": f"s{number}",
        "split": "test",
        "country": "KE",
        "question_type": "mcq",
        "question": f"raw  question {number}",
        "question_clean": f"Invented question {number}?",
        "answer_options": json.dumps(options),
        "correct_answer": gold,
        "specialty": "General_Surgery",
        "tier": "expert",
        **changes,
    }


def test_the_official_file(tmp_path: Path) -> None:
    write(tmp_path / "afrimedqa/afri_med_qa.csv", [official(1)])
    (item,) = load(AFRIMEDQA, tmp_path).items
    assert (item.id, item.question, item.answer) == ("s1", "Invented question 1?", ("B",))
    assert list(item.options) == list("ABCDE")
    assert item.category == "General Surgery"


def test_fillers_are_no_options(tmp_path: Path) -> None:
    write(tmp_path / "afrimedqa/x.csv", [official(1, "v w x y n/a"), official(2, "v w n/a N/A n/a")])
    assert [list(item.options) for item in load(AFRIMEDQA, tmp_path).items] == [list("ABCD"), list("AB")]


def test_of_several_right_options_the_first_counts_and_the_others_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "afrimedqa/x.csv", [official(1, gold="option3,option1, option5")])
    (item,) = load(AFRIMEDQA, tmp_path).items
    assert item.answer == ("C",)
    assert item.meta["also_right"] == ["A", "E"]


def test_broken_rows_and_other_tasks_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        official(1),
        official(2, "v w x y n/a", "option5"),  # the gold option does not exist
        official(3, "essay"),  # an essay question among the choices
        official(4, gold=""),
        official(5, question_type="saq", answer_options="", correct_answer=""),
        official(6, question_type="consumer_queries", answer_options="", correct_answer=""),
        official(7, tier="crowdsourced"),
    ]
    write(tmp_path / "afrimedqa/x.csv", rows)
    loaded = load(AFRIMEDQA, tmp_path)
    assert ([item.id for item in loaded.items], loaded.left_out) == (["s1"], 6)


def test_published_results_hold_the_same_items(tmp_path: Path) -> None:
    write(tmp_path / "a/afrimedqa/x.csv", [official(1), official(2, "v w x y n/a", "option4")])
    rows = [
        {"sample_id": f"s{number}", "question": f"Invented question {number}?", "rationale": "", "options_len": 5}
        | dict(zip("ABCDE", texts.split(" "), strict=True))
        | {"answer": gold, "outputs": "A", "preds": "A", "correct": 0}
        for number, texts, gold in ((1, "v w x y z", "B"), (2, "v w x y n/a", "D"))
    ]
    write(tmp_path / "b/afrimedqa/model_3910.csv", rows)
    one, other = load(AFRIMEDQA, tmp_path / "a"), load(AFRIMEDQA, tmp_path / "b")
    assert other.form == "results"
    assert [(i.id, i.question, i.options, i.answer) for i in one.items] == [
        (i.id, i.question, i.options, i.answer) for i in other.items
    ]


def test_the_174_of_medagentsbench_say_how_many_are_missing(tmp_path: Path) -> None:
    row = {
        "realidx": "s1",
        "question": "Invented question 1?",
        "options": dict(zip("ABCDE", ["v", "w", "x", "y", "n/a"], strict=True)),
        "answer_idx": "B",
        "answer": "w",
    }
    write(tmp_path / "afrimedqa/test.jsonl", [row])
    write(tmp_path / "afrimedqa/train.jsonl", [{**row, "realidx": "s9"}])
    loaded = load(AFRIMEDQA, tmp_path)
    assert ([item.id for item in loaded.items], [item.id for item in loaded.dev]) == (["s1"], ["s9"])
    assert list(loaded.items[0].options) == list("ABCD")
    assert any("3910 are published" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"correct_answer": "second"},
            r"'correct_answer': expected option1, option2 … or A, B … \(several with commas\), found str 'second'",
        ),
        ({"answer_options": '{"A": "v", "B": "w"}'}, "'answer_options': expected an object with option1"),
        ({"answer_options": "v; w; x"}, "'answer_options': expected an object"),
        ({"sample_id": ""}, "'sample_id': expected text"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "afrimedqa/x.csv", [official(1), official(2, **change)])
    with pytest.raises(BenchmarkDataError, match=rf"afrimedqa/x\.csv, row 2, field {message}"):
        load(AFRIMEDQA, tmp_path)


def repository(number: int, gold: str = "B") -> dict[str, Any]:
    """A row of the repository's own table, in whose columns an option that reads "None" is empty."""
    listed = "\nA. v,w, \nB. w\nw, \nC. B. x, \nD. None, \nE. n/a"
    return official(number, answer_options=listed, correct_answer=gold) | dict(
        zip("ABCDE", (*"vwx", "", ""), strict=True)
    )


def test_the_repositorys_table_has_letters_and_its_options_in_one_text(tmp_path: Path) -> None:
    write(tmp_path / "AfriMed-QA/data/expert_questions.csv", [repository(1), repository(2, "D,A")])
    write(tmp_path / "AfriMed-QA/data/sample_10.csv", [official(1)])  # another edition of the same question
    loaded = load(AFRIMEDQA, tmp_path)
    first, second = loaded.items
    assert loaded.form == "repository"
    assert (first.options, first.answer) == ({"A": "v,w", "B": "w\nw", "C": "B. x", "D": "None"}, ("B",))
    assert (second.answer, second.meta["also_right"]) == (("D",), ["A"])
    write(tmp_path / "b/afrimedqa.csv", [repository(1), repository(2, "D,A")])
    assert load(AFRIMEDQA, tmp_path / "b").items == loaded.items


def test_results_on_medqa_beside_its_own_are_not_read(tmp_path: Path) -> None:
    row = {"sample_id": "s1", "question": "Invented?", "answer": "A", **dict(zip("ABCDE", "vwxyz", strict=True))}
    write(tmp_path / "AfriMed-QA/results/m/afrimed-qa-v2_m_mcq_score_0.5_3910.csv", [row])
    write(tmp_path / "AfriMed-QA/results/m/medqa_m_mcq_score_0.5_1273.csv", [{**row, "sample_id": "s2"}])
    assert [item.id for item in load(AFRIMEDQA, tmp_path).items] == ["s1"]


def test_the_prompt_is_the_publishers(tmp_path: Path) -> None:
    write(tmp_path / "afrimedqa/x.csv", [official(1, "v w n/a n/a n/a")])
    (prompt,) = prompts(load(AFRIMEDQA, tmp_path))
    assert prompt.endswith("###Question: Invented question 1?\n###Options: \nA.  v\nB.  w\n###Answer:")

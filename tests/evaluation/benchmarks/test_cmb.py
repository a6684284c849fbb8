"""CMB: one or several right answers, four forms of the file, and the answer key that alone is no benchmark."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.cmb import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts, without, write
from tests.evaluation.benchmarks.table_files import write_parquet

CMB, CMB_ALL = BENCHMARKS


def exam(number: int, answer: str = "B", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "exam_type": "医师考试",
        "exam_class": "执业医师",
        "exam_subject": "内科",
        "question": f"虚构题目第{number}号，应当选择的是",
        "question_type": "单项选择题" if len(answer) == 1 else "多项选择题",
        "answer": answer,
        "option": {"A": "甲", "B": "乙丙", "C": "丁戊", "D": "己", "E": ""},
        **more,
    }


APOLLO = [
    {"question": "虚构的单选题", "options": "(A) 甲药.\n(B) 乙药.\n(C) .", "answer": "(B)", "source": "cmb-single"},
    {"question": "虚构的另一题", "options": "(A) 甲.\n(B) 乙.", "answer": "(ABCDE)", "source": "cmexam"},
]


def test_the_card_counts_questions_with_one_right_answer(tmp_path: Path) -> None:
    write(tmp_path / "cmb/CMB-test-choice-question-merge.json", [exam(1), exam(2, "AC"), exam(3, "D")])
    loaded = load(CMB, tmp_path)
    assert [item.answer for item in loaded.items] == [("B",), ("D",)]
    assert loaded.left_out == 1
    assert not any(item.multiple for item in loaded.items)
    everything = load(CMB_ALL, tmp_path)
    assert [item.answer for item in everything.items] == [("B",), ("A", "C"), ("D",)]
    assert [item.multiple for item in everything.items] == [False, True, False]


def test_multiple_comes_from_the_exam_and_not_from_the_gold(tmp_path: Path) -> None:
    write(tmp_path / "cmb/test.json", [exam(1, "A", question_type="多项选择题")])
    (item,) = load(CMB_ALL, tmp_path).items
    assert item.multiple
    assert item.answer == ("A",)


def test_options_as_object_and_as_list_are_the_same_items(tmp_path: Path) -> None:
    """The Hub's older revisions hold a list of key and value; one-character and empty options are told apart."""
    listed = [{"key": key, "value": value} for key, value in exam(1)["option"].items()]
    write(tmp_path / "a/cmb/test.json", [exam(1)])
    write(tmp_path / "b/cmb/test.jsonl", [exam(1, option=listed)])
    first, second = load(CMB, tmp_path / "a").items, load(CMB, tmp_path / "b").items
    assert first == second
    assert dict(first[0].options) == {"A": "甲", "B": "乙丙", "C": "丁戊", "D": "己"}


def test_the_official_prompt_names_the_exam(tmp_path: Path) -> None:
    write(tmp_path / "cmb/test.json", [exam(1)])
    (prompt,) = prompts(load(CMB, tmp_path))
    assert prompt.startswith(
        "以下是中国医师考试中执业医师考试的一道单项选择题，不需要做任何分析和解释，直接输出答案选项。\n虚构题目"
    )
    assert prompt.endswith("\nA. 甲\nB. 乙丙\nC. 丁戊\nD. 己")


def test_apollo_holds_other_benchmarks_and_an_empty_option(tmp_path: Path) -> None:
    write(tmp_path / "apollo/test_zh.json", APOLLO)
    write(tmp_path / "apollo/dev_zh.json", APOLLO[:1])
    loaded = load(CMB, tmp_path)
    assert (loaded.form, loaded.left_out, len(loaded.dev)) == ("apollo", 1, 0)
    assert dict(loaded.items[0].options) == {"A": "甲药", "B": "乙药"}
    assert loaded.items[0].answer == ("B",)
    assert "考试的一道单项选择题" in prompts(loaded)[0]


def test_a_question_has_the_same_id_in_the_official_and_in_apollos_file(tmp_path: Path) -> None:
    same = exam(9, question="虚构的单选题", option={"A": "甲药", "B": "乙药"})
    write(tmp_path / "a/cmb/test.json", [same])
    write(tmp_path / "b/apollo/test_zh.json", APOLLO)
    assert load(CMB, tmp_path / "a").items[0].id == load(CMB, tmp_path / "b").items[0].id


def test_validation_questions_are_only_examples_and_training_ones_nothing(tmp_path: Path) -> None:
    write(tmp_path / "cmb/CMB-test/CMB-test-choice-question-merge.json", [exam(1)])
    write(tmp_path / "cmb/CMB-val/CMB-val-merge.json", [exam(2, "C", explanation="因为")])
    write(tmp_path / "cmb/CMB-train/CMB-train-merge.json", [exam(3)])
    loaded = load(CMB, tmp_path)
    assert [item.question[5] for item in loaded.items] == ["1"]
    assert [item.question[5] for item in loaded.dev] == ["2"]


def test_an_answer_key_alone_says_that_the_questions_are_missing(tmp_path: Path) -> None:
    write(tmp_path / "cmb/CMB-test-choice-answer.json", [without(exam(1), "question", "option")])
    with pytest.raises(BenchmarkDataError, match=r"CMB-test-choice-answer\.json, row 1, field 'question'.*answer key"):
        load(CMB, tmp_path)


def test_questions_without_answers_say_where_these_are(tmp_path: Path) -> None:
    write(tmp_path / "cmb/test.json", [without(exam(1), "answer")])
    with pytest.raises(BenchmarkDataError, match=r"test\.json, row 1, field 'answer'.*CMB-test-choice-answer\.json"):
        load(CMB, tmp_path)


def test_questions_and_their_key_are_joined_by_id(tmp_path: Path) -> None:
    """The official files: the order may differ, and ids are numbers in one and texts in the other."""
    folder = tmp_path / "CMB"
    questions = [without(exam(1), "answer") | {"id": "1"}, exam(2, "AC") | {"answer": "", "id": "2"}]
    write(folder / "CMB-Exam/CMB-test/CMB-test-choice-question-merge.json", questions)
    write(
        folder / "CMB-test-choice-answer.json",
        [without(exam(n, a), "question", "option") for n, a in ((2, "AC"), (1, "D"))],
    )
    loaded = load(CMB_ALL, tmp_path)
    assert [item.answer for item in loaded.items] == [("D",), ("A", "C")]
    assert {file.path.name for file in loaded.files} == {
        "CMB-test-choice-question-merge.json",
        "CMB-test-choice-answer.json",
    }


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ([(1, "D"), (1, "D")], "a name of its own"),
        ([(2, "D")], r"row 1, field 'answer'"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(tmp_path: Path, key: list[tuple[int, str]], message: str) -> None:
    write(tmp_path / "cmb/test.json", [without(exam(1), "answer")])
    write(tmp_path / "cmb/answer.json", [without(exam(n, a), "question", "option") for n, a in key])
    with pytest.raises(BenchmarkDataError, match=message):
        load(CMB, tmp_path)


def test_a_key_of_another_edition_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "cmb/test.json", [without(exam(1), "answer")])
    write(tmp_path / "cmb/answer.json", [without(exam(1), "question", "option") | {"exam_class": "护师执业资格"}])
    with pytest.raises(BenchmarkDataError, match=r"field 'exam_class'.*护师执业资格"):
        load(CMB, tmp_path)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": "G"}, "answer"),
        ({"answer": 2}, "answer"),
        ({"option": {"A": "甲"}}, "option"),
        ({"option": {"甲": "一", "乙": "二"}}, "option"),
        ({"question_type": "判断题"}, "question_type"),
        ({"question": " "}, "question"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "cmb/test.json", [exam(1), exam(2) | change])
    with pytest.raises(BenchmarkDataError, match=rf"test\.json, row 2, field '{field}'"):
        load(CMB, tmp_path)


@pytest.mark.data
def test_the_real_apollo_file() -> None:
    loaded = load_real(CMB, "apollo-xmedbench-zh")
    assert (len(loaded.items), loaded.left_out) == (2000, 6759)
    assert Counter(len(item.options) for item in loaded.items) == {5: 1878, 4: 122}
    assert Counter(item.answer for item in loaded.items)[("D",)] == 453
    assert len({item.unit for item in loaded.items}) == 1997  # three questions stand twice
    prompts(loaded)


@pytest.mark.data
def test_the_real_answer_key_is_refused() -> None:
    with pytest.raises(BenchmarkDataError, match="answer key"):
        load_real(CMB_ALL, "cmb")


@pytest.mark.data
def test_the_real_answer_key_completes_invented_questions(tmp_path: Path) -> None:
    path = REAL / "cmb" / "CMB-test-choice-answer.json"
    if not path.is_file():
        pytest.skip(f"no {path}: set MEDGO_DATA")
    key = json.loads(path.read_text(encoding="utf-8"))
    options = {letter: f"虚构{letter}" for letter in "ABCDEFG"}
    questions = [without(row, "answer") | {"question": f"虚构题{row['id']}", "option": options} for row in key]
    write(tmp_path / "cmb/CMB-test-choice-question-merge.json", questions)
    write(tmp_path / "cmb/CMB-test-choice-answer.json", key)
    everything = load(CMB_ALL, tmp_path)
    assert (len(everything.items), everything.notes) == (11200, ())
    assert Counter(len(item.answer) for item in everything.items) == {1: 10035, 2: 272, 3: 441, 4: 338, 5: 113, 6: 1}
    single = load(CMB, tmp_path)
    assert (len(single.items), single.left_out) == (10010, 1190)


def test_the_hubs_own_parquet_has_folders_for_its_splits(tmp_path: Path) -> None:
    for split, number in (("test", 1), ("train", 2), ("val", 3)):
        write_parquet(tmp_path / f"FreedomIntelligence--CMB/exam/{split}/0000.parquet", [exam(number)])
    loaded = load(CMB, tmp_path)
    assert [item.question for item in loaded.items] == [exam(1)["question"]]
    assert [item.question for item in loaded.dev] == [exam(3)["question"]]


@pytest.mark.parametrize("name", ["cmb_test.json", "cmb-exam-test.json", "CMB-test-choice-question-merge.json"])
def test_a_test_file_without_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, [exam(1)])
    write(tmp_path / name.replace("test", "train"), [exam(2)])
    assert len(load(CMB, tmp_path).items) == 1

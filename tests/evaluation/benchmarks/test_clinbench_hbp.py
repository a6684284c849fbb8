"""ClinBench-HBP: two languages in two files, golds that are sentences, options in one line, and cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.clinbench_hbp import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, prompts, write

QUESTIONS, CASES = BENCHMARKS


def chinese(number: int, answer: str = "B", **more: Any) -> dict[str, Any]:
    return {
        "question": f"虚构的肝胆题第{number}号？",
        "options": "A. 甲\nB. 乙\nC. 丙\nD. 丁",
        "answer": answer,
        "answer_format": "SingleChoice" if len(answer) == 1 else "MultipleChoice",
        "disease_domain": "LiverDisease",
        "inquiry_type": "KnowledgeQA",
        **more,
    }


def english(number: int, **more: Any) -> dict[str, Any]:
    return {"question": f"Invented question {number}?", "options": "A. one B. two C. three", "answer": "C", **more}


def case(number: int, **more: Any) -> dict[str, Any]:
    return {
        "patient_id": number,
        "patient_info": "虚构的患者，腹痛三天。",
        "laboratory_tests": "白细胞升高",
        "imaging_studies": "胆囊壁增厚",
        "diagnosis": "虚构病甲\n 虚构病乙 \n",
        **more,
    }


def test_both_languages_are_one_benchmark_and_subsets_are_not_read_twice(tmp_path: Path) -> None:
    write(tmp_path / "clinbench_hpb/cnqa.json", [chinese(1), chinese(2, "ACD")])
    write(tmp_path / "clinbench_hpb/enqa.json", [english(1)])
    write(tmp_path / "clinbench_hpb/cnqa-subset-200.json", [chinese(1)])
    loaded = load(QUESTIONS, tmp_path)
    assert [item.lang for item in loaded.items] == ["zh", "zh", "en"]
    assert [item.answer for item in loaded.items] == [("B",), ("A", "C", "D"), ("C",)]
    assert [item.multiple for item in loaded.items] == [False, True, False]
    assert [item.category for item in loaded.items] == ["zh KnowledgeQA", "zh KnowledgeQA", "en KnowledgeQA"]
    assert [file.path.name for file in loaded.files] == ["cnqa.json", "enqa.json"]


def test_a_gold_that_is_a_sentence_means_its_first_letter(tmp_path: Path) -> None:
    """A reader that takes every letter finds A, B and C in this one."""
    write(tmp_path / "clinbench/enqa.json", [english(1, answer="C. The correct answer is C because A and B are not.")])
    assert load(QUESTIONS, tmp_path).items[0].answer == ("C",)


def test_an_option_that_is_named_like_a_letter(tmp_path: Path) -> None:
    options = "A. E. coli\nB. Klebsiella\nC. Candida\nD. Ascaris"
    write(tmp_path / "clinbench/enqa.json", [english(1, options=options, answer="A")])
    assert dict(load(QUESTIONS, tmp_path).items[0].options) == {
        "A": "E. coli",
        "B": "Klebsiella",
        "C": "Candida",
        "D": "Ascaris",
    }


def test_the_official_prompts(tmp_path: Path) -> None:
    write(tmp_path / "clinbench/cnqa.json", [chinese(1)])
    write(tmp_path / "clinbench/enqa.json", [english(1)])
    first, second = prompts(load(QUESTIONS, tmp_path))
    assert first.endswith("Answer: ABC。\n问题：虚构的肝胆题第1号？\n选项：A. 甲\nB. 乙\nC. 丙\nD. 丁")
    assert second.endswith("Question: Invented question 1?\nOptions: A. one\nB. two\nC. three")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": "The answer is unknown"}, "answer"),
        ({"answer": "E"}, "answer"),
        ({"answer": "Dunno"}, "answer"),
        ({"answer_format": "Essay"}, "answer_format"),
        ({"options": "甲乙丙"}, "options"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "clinbench/cnqa.json", [chinese(1), chinese(2) | change])
    with pytest.raises(BenchmarkDataError, match=rf"cnqa\.json, row 2, field '{field}'"):
        load(QUESTIONS, tmp_path)


@pytest.mark.parametrize("name", ["cnqa.json", "clinbench/cnqa.jsonl", "ClinBench-HPB/clinbench_hpb/cnqa/train.json"])
def test_questions_are_found_and_subsets_are_not_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, [chinese(1), chinese(2)])
    write(tmp_path / name.replace("cnqa", "cnqa-subset-200"), [chinese(3)])
    write(tmp_path / "clinbench/openqa.json", [chinese(4)])
    assert [item.question for item in load(QUESTIONS, tmp_path).items] == [chinese(n)["question"] for n in (1, 2)]


def test_cases_without_a_folder_of_their_own_and_a_patient_who_comes_twice(tmp_path: Path) -> None:
    write(tmp_path / "Website.json", [case(1), case(1, patient_info="虚构的患者，又来了。"), case(1)])
    write(tmp_path / "Journal_part1.json", [case(1)])
    ids = [item.id for item in load(CASES, tmp_path).items]
    assert len(set(ids)) == len(ids) == 4


def test_cases_have_their_diagnoses_one_a_line(tmp_path: Path) -> None:
    write(tmp_path / "clinbench/Hospital.json", [case(1, imaging_impression="考虑胆囊炎"), case(2)])
    asked = case(3, patient_info="Female, invented.", question="WHAT WOULD YOU DO NEXT?", diagnosis="Order a test")
    del asked["patient_id"]
    write(tmp_path / "clinbench/Journal_part3.json", [asked])
    loaded = load(CASES, tmp_path)
    assert [item.id.partition("-")[0] for item in loaded.items] == ["hospital", "hospital", "journal_part3"]
    assert [item.meta["patient_id"] for item in loaded.items] == ["1", "2", ""]
    assert len({item.id for item in loaded.items}) == 3
    assert loaded.items[0].reference == "虚构病甲\n虚构病乙"
    first, _, third = prompts(loaded)
    assert first.startswith("根据提供的病人信息进行诊断")
    assert "实验室检查：白细胞升高" in first
    assert "影像学分析：考虑胆囊炎" in first
    assert "虚构病甲" not in first
    assert third.startswith("Based on the provided patient information answer the question")
    assert "Question: WHAT WOULD YOU DO NEXT?" in third


def test_a_case_without_diagnosis_is_named(tmp_path: Path) -> None:
    write(tmp_path / "clinbench/Hospital.json", [case(1), case(2, diagnosis=" ")])
    with pytest.raises(BenchmarkDataError, match=r"Hospital\.json, row 2, field 'diagnosis'"):
        load(CASES, tmp_path)

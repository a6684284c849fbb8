"""PubMedQA: which 500 of 1,000 are the test, the abstract without its conclusion, five shapes of one item."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.pubmedqa import LABELED, PUBMEDQA
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts, write
from tests.evaluation.benchmarks.table_files import write_parquet

CONTEXTS = ["Background of an invented trial.", "Its results were invented too."]
SECRET = "The conclusion gives the answer away."


def paper(decision: str = "no") -> dict[str, Any]:
    return {
        "QUESTION": "Do invented trials work?",
        "CONTEXTS": CONTEXTS,
        "LABELS": ["BACKGROUND", "RESULTS"],
        "MESHES": ["Fiction"],
        "YEAR": "2011",
        "reasoning_required_pred": "yes",
        "reasoning_free_pred": "yes",
        "final_decision": decision,
        "LONG_ANSWER": SECRET,
    }


def packed(ident: str, decision: str = "no") -> dict[str, Any]:
    return {
        "realidx": ident,
        "question": "\n".join([*CONTEXTS, "Do invented trials work?"]),
        "answer": decision,
        "answer_rationale": SECRET,
        "options": {"A": "yes", "B": "no", "C": "maybe"},
        "answer_idx": {"yes": "A", "no": "B", "maybe": "C"}[decision],
    }


def hub(ident: int, decision: str = "no") -> dict[str, Any]:
    context = {"contexts": CONTEXTS, "labels": ["A", "B"], "meshes": ["Fiction"]}
    return {
        "pubid": ident,
        "question": "Do invented trials work?",
        "context": context,
        "long_answer": SECRET,
        "final_decision": decision,
    }


def test_shapes_with_pubmed_ids_give_the_same_item(tmp_path: Path) -> None:
    write(tmp_path / "a/pubmedqa/data/test_set.json", {"101": paper(), "102": paper("maybe")})
    write(tmp_path / "b/pubmedqa/test.jsonl", [packed("101"), packed("102", "maybe")])
    official, agents = load(PUBMEDQA, tmp_path / "a"), load(PUBMEDQA, tmp_path / "b")
    assert official.items == agents.items
    first, second = official.items
    assert (first.id, first.answer, second.answer) == ("101", ("B",), ("C",))
    assert first.context == "\n".join(CONTEXTS)


def test_shapes_without_pubmed_ids_agree_in_everything_else(tmp_path: Path) -> None:
    data = {
        "Context": CONTEXTS,
        "Question": "Do invented trials work?",
        "Options": {"A": "yes", "B": "no", "C": "maybe"},
        "Correct Option": "B",
        "Correct Answer": "no",
        "Long Answer": SECRET,
    }
    write_parquet(tmp_path / "a/pubmedqa/data/test-0.parquet", [{"id": "uuid", "data": data}])
    write(tmp_path / "b/bigbio_pubmed_qa/fold0_source/test.jsonl", [paper()])
    write(tmp_path / "c/pubmedqa/test_set.json", {"101": paper()})
    life, bigbio, official = (load(PUBMEDQA, tmp_path / name).items[0] for name in "abc")
    assert life == bigbio
    assert (life.question, life.context, life.answer) == (official.question, official.context, official.answer)


def test_bigbios_own_schema(tmp_path: Path) -> None:
    row = {
        "id": "101",
        "question_id": "101",
        "document_id": "101",
        "question": "Do invented trials work?",
        "type": "yesno",
        "choices": ["yes", "no", "maybe"],
        "context": " ".join(CONTEXTS),
        "answer": ["maybe"],
    }
    write_parquet(tmp_path / "pubmedqa/test-0.parquet", [row])
    (item,) = load(PUBMEDQA, tmp_path).items
    assert (item.id, item.answer) == ("101", ("C",))


def test_the_conclusion_is_nowhere_in_the_item_or_prompt(tmp_path: Path) -> None:
    write(tmp_path / "a/pubmedqa/test_set.json", {"101": paper()})
    write(tmp_path / "b/pubmedqa/test.jsonl", [packed("101")])
    write_parquet(tmp_path / "c/pubmedqa/pqa_labeled/train-0.parquet", [hub(101)])
    for benchmark, name in ((PUBMEDQA, "a"), (PUBMEDQA, "b"), (LABELED, "c")):
        loaded = load(benchmark, tmp_path / name)
        assert SECRET not in str(loaded.items)
        (prompt,) = prompts(loaded)
        assert prompt.index(CONTEXTS[1]) < prompt.index("Do invented trials work?")


def test_all_labelled_questions_are_not_passed_off_as_the_test(tmp_path: Path) -> None:
    """Neither ori_pqal.json nor the Hub's pqa_labeled says which questions are the test."""
    write(tmp_path / "a/pubmedqa/ori_pqal.json", {"101": paper(), "102": paper("yes")})
    write(tmp_path / "a/pubmedqa/test_ground_truth.json", {"101": "no"})
    write_parquet(tmp_path / "b/pubmedqa/pqa_labeled/train-0.parquet", [hub(101), hub(102, "yes")])
    for name in "ab":
        with pytest.raises(BenchmarkDataError) as caught:
            load(PUBMEDQA, tmp_path / name)
        assert "split_dataset.py" in caught.value.hint
    assert load(LABELED, tmp_path / "a").items == load(LABELED, tmp_path / "b").items


def test_folds_and_training_files_are_examples(tmp_path: Path) -> None:
    write(tmp_path / "pubmedqa/test_set.json", {"101": paper()})
    for fold in (0, 1):
        write(tmp_path / f"pubmedqa/pqal_fold{fold}/dev_set.json", {"7": paper("yes")})
        write(tmp_path / f"pubmedqa/pqal_fold{fold}/train_set.json", {"8": paper("yes"), "9": paper()})
    loaded = load(PUBMEDQA, tmp_path)
    assert [item.id for item in loaded.items] == ["101"]
    assert sorted(item.id for item in loaded.dev) == ["7", "8", "9"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (paper("perhaps"), r"row 1 \(101\), field 'final_decision': expected yes, no or maybe, found str 'perhaps'"),
        ({**paper(), "CONTEXTS": "one text"}, "field 'CONTEXTS': expected a list of texts"),
        ({**paper(), "CONTEXTS": []}, "field 'CONTEXTS': expected a list of texts"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    write(tmp_path / "pubmedqa/test_set.json", {"101": row})
    with pytest.raises(BenchmarkDataError, match=message):
        load(PUBMEDQA, tmp_path)


def test_a_question_without_an_abstract_is_refused(tmp_path: Path) -> None:
    """MIRAGE's task, which drops the abstract, is another one."""
    write(tmp_path / "pubmedqa/test.jsonl", [{**packed("101"), "question": "Do invented trials work?"}])
    with pytest.raises(BenchmarkDataError, match="expected the abstract, a line break and the question"):
        load(PUBMEDQA, tmp_path)


@pytest.mark.data
def test_real_files_have_the_published_counts() -> None:
    test, labeled = load_real(PUBMEDQA, "pubmedqa"), load_real(LABELED, "pubmedqa")
    assert (len(test.items), len(test.dev), len(labeled.items)) == (500, 450, 1000)
    assert Counter(item.answer[0] for item in test.items) == {"A": 276, "B": 169, "C": 55}
    assert Counter(item.answer[0] for item in labeled.items) == {"A": 552, "B": 338, "C": 110}
    assert not {item.id for item in test.items} & {item.id for item in test.dev}


@pytest.mark.data
def test_real_files_agree_item_by_item(tmp_path: Path) -> None:
    official = load_real(PUBMEDQA, "pubmedqa")
    (tmp_path / "pubmedqa").mkdir()
    (tmp_path / "pubmedqa/test.jsonl").symlink_to(REAL / "pubmedqa/medagentsbench_test.jsonl")
    agents = load(PUBMEDQA, tmp_path)
    assert (official.form, agents.form) == ("official", "medagentsbench")
    assert {item.id: item for item in official.items} == {item.id: item for item in agents.items}
    labeled = {item.id: item for item in load_real(LABELED, "pubmedqa").items}
    assert all(labeled[item.id].answer == item.answer for item in official.items)


def test_the_hubs_artificial_part_is_not_labelled(tmp_path: Path) -> None:
    for part, number in (("pqa_labeled", 101), ("pqa_artificial", 102)):
        write_parquet(tmp_path / f"qiaojin/PubMedQA/{part}/train-00000-of-00001.parquet", [hub(number)])
    assert [item.id for item in load(LABELED, tmp_path).items] == ["101"]

"""MMLU-Pro: health or all, from the Hub's files or MedAgentsBench's, with what the publisher's scorer drops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.evaluation.benchmarks.load import DataSources, load_benchmark
from medgo.evaluation.benchmarks.mmlu_pro import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import REAL, load, load_real, prompts
from tests.support.tables import jsonl, parquet, put

HEALTH, ALL = BENCHMARKS


def question(number: int, category: str = "health", **more: Any) -> dict[str, Any]:
    return {
        "question_id": number,
        "question": f"Invented question {number}?",
        "options": ["this", "that", "neither", "N/A"],
        "answer": "C",
        "answer_index": 2,
        "cot_content": "",
        "category": category,
        "src": "ori_mmlu-anatomy",
        **more,
    }


def medagentsbench(row: dict[str, Any]) -> dict[str, Any]:
    options = {letter: text for letter, text in zip("ABCD", row["options"], strict=True) if text != "N/A"}
    return {
        "realidx": row["question_id"],
        "question": row["question"],
        "options": options,
        "answer_idx": row["answer"],
        "category": row["category"],
        "src": row["src"],
        "answer": options[row["answer"]],
    }


def test_health_is_chosen_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [question(1), question(2, "law"), question(3)]
    put(tmp_path / "MMLU-Pro/data/test-00000-of-00001.parquet", parquet(rows))
    loaded = load(HEALTH, tmp_path)
    assert [item.id for item in loaded.items] == ["1", "3"]
    assert loaded.left_out == 1
    assert dict(loaded.items[0].options) == {"A": "this", "B": "that", "C": "neither"}
    assert [item.category for item in load(ALL, tmp_path).items] == ["health", "law", "health"]


def test_medagentsbench_gives_the_same_items(tmp_path: Path) -> None:
    rows = [question(1), question(3)]
    put(tmp_path / "a/mmlu_pro/test.jsonl", jsonl(rows))
    put(tmp_path / "b/mmlu-pro/test.jsonl", jsonl([medagentsbench(row) for row in rows]))
    assert load(HEALTH, tmp_path / "a").items == load(HEALTH, tmp_path / "b").items
    assert load(HEALTH, tmp_path / "b").form == "medagentsbench"


def test_validation_items_are_examples(tmp_path: Path) -> None:
    put(tmp_path / "mmlu-pro/data/test-00000.parquet", parquet([question(1)]))
    put(tmp_path / "mmlu-pro/data/validation-00000.parquet", parquet([question(70), question(71, "law")]))
    loaded = load(HEALTH, tmp_path)
    assert [item.id for item in loaded.items] == ["1"]
    assert [item.id for item in loaded.dev] == ["70"]


def test_the_letter_counts_where_it_and_the_index_differ(tmp_path: Path) -> None:
    """As for the publisher's scorer; one question of the real file is so."""
    put(tmp_path / "mmlu-pro/test.jsonl", jsonl([question(1, answer_index=1)]))
    assert load(HEALTH, tmp_path).items[0].answer == ("C",)


def test_the_official_prompt(tmp_path: Path) -> None:
    put(tmp_path / "mmlu-pro/test.jsonl", jsonl([question(1)]))
    (prompt,) = prompts(load(HEALTH, tmp_path))
    assert "about health. Think step by step" in prompt
    assert prompt.endswith("Options:\nA. this\nB. that\nC. neither\nAnswer: Let's think step by step.")


@pytest.mark.data
def test_real_files() -> None:
    loaded = load_real(ALL, "mmlu-pro")
    assert (len(loaded.items), loaded.notes) == (12032, ())
    health = load_real(HEALTH, "mmlu-pro")
    assert (len(health.items), health.left_out) == (818, 12032 - 818)
    chance = sum(100 / len(item.options) for item in health.items) / 818
    assert chance == pytest.approx(HEALTH.chance, abs=0.05)
    copy = REAL / "mmlu-pro" / "medagentsbench_health_818.jsonl"
    other = {item.id: item for item in load_benchmark(HEALTH, DataSources(named={"mmlu_pro": copy})).items}
    assert [item.id for item in health.items if other[item.id] != item] == ["6047"]

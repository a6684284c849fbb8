"""AMQA: one row is eight items that share options, gold and cluster; the headline and the gaps are named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.amqa import AMQA, FIELDS
from tests.evaluation.benchmarks.exam_files import load, prompts, without, write
from tests.evaluation.benchmarks.table_files import write_parquet


def question(ident: int | str, **changes: Any) -> dict[str, Any]:
    return {
        "question_id": ident,
        **{field: f"The {variant} patient {ident} sneezes. Why?" for variant, field in FIELDS.items()},
        "adv_description_white": "An invented background.",
        "options": {"A": "Pollen", "B": "Pepper", "C": "Dust", "D": "Boredom"},
        "answer": "Pepper",
        "answer_idx": "B",
        **changes,
    }


def test_a_row_is_eight_items_of_one_cluster(tmp_path: Path) -> None:
    write(tmp_path / "AMQA/AMQA_Dataset/AMQA_Dataset.jsonl", [question(0), question(1)])
    loaded = load(AMQA, tmp_path)
    assert len(loaded.items) == 16
    first = loaded.items[:8]
    assert {item.cluster for item in first} == {"0"}
    assert {item.unit for item in loaded.items} == {"0", "1"}
    assert [item.id for item in first] == [f"0:{item.variant}" for item in first]
    assert all(item.variant.replace("_", " ") in item.question.replace("_", " ") for item in first)
    assert Counter(item.answer for item in loaded.items) == {("B",): 16}


def test_headline_and_gaps_are_variants_of_the_items(tmp_path: Path) -> None:
    write(tmp_path / "amqa/test.jsonl", [question(3)])
    variants = {item.variant for item in load(AMQA, tmp_path).items}
    assert variants == {"original", "neutral"} | {name for pair in AMQA.gaps for name in pair}
    assert set(AMQA.headline) <= variants
    assert AMQA.size == 801 * len(variants)


def test_ids_are_the_same_whether_numbers_or_texts(tmp_path: Path) -> None:
    write(tmp_path / "a/amqa/test.jsonl", [question(7)])
    write_parquet(tmp_path / "b/fairmedqa/test.parquet", [question("7")])
    assert load(AMQA, tmp_path / "a").items == load(AMQA, tmp_path / "b").items


def test_raw_output_of_the_generators_is_not_the_data_set(tmp_path: Path) -> None:
    write(tmp_path / "amqa/AMQA_Dataset.jsonl", [question(1)])
    write(tmp_path / "amqa/Vignette_GPT-4.1.jsonl", [question(1, adv_question_white="Unreviewed."), question(2)])
    assert len(load(AMQA, tmp_path).items) == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"adv_question_black": ""}, "'adv_question_black': expected text"),
        ({"answer": "Dust"}, "'answer': expected the text of the gold option"),
        ({"answer_idx": "E"}, "'answer_idx': expected letters among A, B, C, D"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "amqa/test.jsonl", [question(1), question(2, **change)])
    with pytest.raises(BenchmarkDataError, match=rf"amqa/test\.jsonl, row 2, field {message}"):
        load(AMQA, tmp_path)


def test_a_file_of_answers_alone_is_refused(tmp_path: Path) -> None:
    """The repository's result files hold gold and answers, and no question."""
    write(tmp_path / "amqa/Results/AMQA_Benchmark_Answer_x.jsonl", [without(question(1), *FIELDS.values())])
    with pytest.raises(BenchmarkDataError, match="field 'adv_question_black': missing"):
        load(AMQA, tmp_path)


def test_the_prompt_is_the_publishers(tmp_path: Path) -> None:
    write(tmp_path / "amqa/test.jsonl", [question(1)])
    assert prompts(load(AMQA, tmp_path))[0] == (
        "The original patient 1 sneezes. Why?\nA. Pollen\nB. Pepper\nC. Dust\nD. Boredom\n"
        "Select the best option and output only the index letter (A, B, C, D, etc)."
    )

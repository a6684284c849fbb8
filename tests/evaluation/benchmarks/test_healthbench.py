"""HealthBench: one file of lines or one for each item, and rubrics that a missing text or a wrong type would bend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.healthbench import BENCHMARKS
from medgo.evaluation.prompting import choose_protocol, render
from tests.evaluation.benchmarks.exam_files import load, load_real, write

HEALTHBENCH, HARD = BENCHMARKS


def item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "prompt_id": f"id-{number}",
        "example_tags": ["theme:hedging", "physician_agreed_category:simple"],
        "ideal_completions_data": None,
        "prompt": [
            {"role": "user", "content": "An invented complaint."},
            {"role": "assistant", "content": "Since when?"},
            {"role": "user", "content": "Since Monday."},
        ],
        "rubrics": [
            {"criterion": "Asks about fever.", "points": 7, "tags": ["axis:completeness", "level:example"]},
            {"criterion": "Recommends an invented drug.", "points": -10, "tags": []},
        ],
        "canary": "healthbench:invented",
        **more,
    }


def test_lines_and_single_objects_are_the_same_items(tmp_path: Path) -> None:
    write(tmp_path / "a/healthbench/2025-05-07-06-14-12_oss_eval.jsonl", [item(1), item(2)])
    write(tmp_path / "b/healthbench/oss_eval_example_1.json", item(1))
    write(tmp_path / "b/healthbench/oss_eval_example_2.json", item(2))
    lines = load(HEALTHBENCH, tmp_path / "a").items
    assert lines == load(HEALTHBENCH, tmp_path / "b").items
    assert [criterion.points for criterion in lines[0].rubric] == [7.0, -10.0]
    assert lines[0].rubric[0].tags == ("axis:completeness", "level:example")
    assert lines[0].category == "hedging"


def test_the_whole_conversation_is_asked(tmp_path: Path) -> None:
    write(tmp_path / "healthbench/oss_eval.jsonl", [item(1)])
    loaded = load(HEALTHBENCH, tmp_path)
    messages = render(loaded.items[0], choose_protocol(HEALTHBENCH, "card", reasoning=None, cloze=False))
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert "fever" not in " ".join(message.content for message in messages)


def test_the_hard_subset_is_a_benchmark_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "healthbench/oss_eval.jsonl", [item(1), item(2)])
    write(tmp_path / "healthbench/hard_2025-05-08-21-00-10.jsonl", [item(2)])
    write(tmp_path / "healthbench/2025-05-07-06-14-12_oss_meta_eval.jsonl", [item(3)])
    assert [found.id for found in load(HEALTHBENCH, tmp_path).items] == ["id-1", "id-2"]
    assert [found.id for found in load(HARD, tmp_path).items] == ["id-2"]


def test_the_language_is_the_last_turns(tmp_path: Path) -> None:
    write(
        tmp_path / "healthbench/oss_eval.jsonl", [item(1), item(2, prompt=[{"role": "user", "content": "头痛怎么办"}])]
    )
    assert [found.lang for found in load(HEALTHBENCH, tmp_path).items] == ["en", "zh"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": "text"}, "prompt"),
        ({"prompt": [{"role": "nurse", "content": "?"}]}, "prompt"),
        ({"prompt": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}, "prompt"),
        ({"rubrics": []}, "rubrics"),
        ({"rubrics": [{"criterion": "x", "points": -1}]}, "rubrics"),
        ({"rubrics": [{"criterion": "x", "points": "5"}]}, r"rubrics\[0\]\.points"),
        ({"rubrics": [{"criterion": "x", "points": True}]}, r"rubrics\[0\]\.points"),
        ({"rubrics": [{"criterion": " ", "points": 5}]}, r"rubrics\[0\]\.criterion"),
        ({"rubrics": [{"criterion": "x", "points": 5, "tags": "axis"}]}, r"rubrics\[0\]\.tags"),
        ({"rubrics": ["x"]}, r"rubrics\[0\]"),
        ({"example_tags": "theme"}, "example_tags"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "healthbench/oss_eval.jsonl", [item(1), item(2) | change])
    with pytest.raises(BenchmarkDataError, match=rf"oss_eval\.jsonl, row 2, field '{field}'"):
        load(HEALTHBENCH, tmp_path)


@pytest.mark.data
def test_the_real_items() -> None:
    loaded = load_real(HEALTHBENCH, "healthbench-sample")
    criteria = [criterion for found in loaded.items for criterion in found.rubric]
    assert (len(loaded.items), len(criteria)) == (30, 352)
    assert sum(criterion.points < 0 for criterion in criteria) == 102

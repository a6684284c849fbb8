"""DiagnosisArena: one file, two tasks; options are never shown to the open one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.diagnosisarena import CHOICE, OPEN
from tests.evaluation.benchmarks.exam_files import load, load_real, prompts, without, write
from tests.evaluation.benchmarks.table_files import write_parquet


def case(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "Case Information": "An invented sailor felt seasick.",
        "Physical Examination": "Green in the face.",
        "Diagnostic Tests": "The ship's {barometer} fell.",
        "Final Diagnosis": "Seasickness",
        "Options": {"A": "Scurvy", "B": "Homesickness", "C": "Seasickness", "D": "Boredom"},
        "Right Option": "C",
        **changes,
    }


def test_parquet_and_lines_give_the_same_items(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a/DiagnosisArena/data/test-00000-of-00001.parquet", [case(1), case(2)])
    write(tmp_path / "b/diagnosisarena/test.jsonl", [case(1), case(2)])
    for benchmark in (CHOICE, OPEN):
        assert load(benchmark, tmp_path / "a").items == load(benchmark, tmp_path / "b").items
    assert [item.id for item in load(CHOICE, tmp_path / "a").items] == ["1", "2"]


def test_the_open_task_shows_the_case_and_no_option(tmp_path: Path) -> None:
    write(tmp_path / "diagnosisarena/test.jsonl", [case(1)])
    (item,) = load(OPEN, tmp_path).items
    assert (item.reference, dict(item.options), item.answer) == ("Seasickness", {}, ())
    (prompt,) = prompts(load(OPEN, tmp_path))
    assert "Green in the face." in prompt
    assert "The ship's {barometer} fell." in prompt
    assert not any(word in prompt for word in ("Scurvy", "Homesickness", "Seasickness", "Boredom"))


def test_the_choice_asks_for_a_box_around_the_letter(tmp_path: Path) -> None:
    write(tmp_path / "diagnosisarena/test.jsonl", [case(1)])
    loaded = load(CHOICE, tmp_path)
    (prompt,) = prompts(loaded)
    assert "Diagnostic Tests:\nThe ship's {barometer} fell.\n\nHere are the four options: \nA. Scurvy\nB." in prompt
    assert prompt.endswith("\\boxed{Correct Option Letter}")
    (card,) = prompts(loaded, "card")
    assert card.index("Green in the face.") < card.index("C. Seasickness")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Final Diagnosis": "Scurvy"}, "'Final Diagnosis': expected the text of the gold option"),
        ({"Right Option": "E"}, "'Right Option': expected letters among A, B, C, D"),
        ({"Options": None}, "'Options': expected options"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "diagnosisarena/test.jsonl", [case(1), case(2, **change)])
    with pytest.raises(BenchmarkDataError, match=rf"diagnosisarena/test\.jsonl, row 2, field {message}"):
        load(CHOICE, tmp_path)


def test_a_file_without_diagnoses_is_none(tmp_path: Path) -> None:
    write(tmp_path / "diagnosisarena/test.jsonl", [without(case(1), "Final Diagnosis")])
    with pytest.raises(BenchmarkDataError, match="row 1, field 'Final Diagnosis': missing"):
        load(OPEN, tmp_path)


@pytest.mark.data
def test_real_file_has_the_published_counts() -> None:
    loaded, unaided = load_real(CHOICE, "diagnosisarena"), load_real(OPEN, "diagnosisarena")
    assert Counter(item.answer[0] for item in loaded.items) == {"A": 217, "B": 227, "C": 223, "D": 248}
    assert {item.id for item in loaded.items} == {str(number) for number in range(1, 916)}
    references = {item.id: item.reference for item in unaided.items}
    assert len(references) == 915
    assert all(" ".join(references[i.id].split()) == " ".join(i.options[i.answer[0]].split()) for i in loaded.items)
    assert len(prompts(loaded)) == len(prompts(unaided)) == 915

"""CMB-Clin: one item for each question of a case, and two names of the field with the solution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks.cmb_clin import BENCHMARKS
from tests.evaluation.benchmarks.exam_files import load, load_real, prompts, write

(CMB_CLIN,) = BENCHMARKS


def case(number: int, field: str = "answer", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "title": "案例分析-虚构病",
        "description": f"虚构的第{number}位病人，腹痛。",
        "QA_pairs": [{"question": "诊断？", field: "虚构病。"}, {"question": "治疗？", field: "休息。"}],
        **more,
    }


@pytest.mark.parametrize("field", ["answer", "solution"])
def test_each_question_of_a_case_is_an_item(tmp_path: Path, field: str) -> None:
    write(tmp_path / "CMB/CMB-Clin/CMB-Clin-qa.json", [case(0, field), case(1, field)])
    loaded = load(CMB_CLIN, tmp_path)
    assert [item.id for item in loaded.items] == ["0-1", "0-2", "1-1", "1-2"]
    assert [item.unit for item in loaded.items] == ["0", "0", "1", "1"]
    assert [item.reference for item in loaded.items[:2]] == ["虚构病。", "休息。"]
    assert "虚构的第0位病人" in prompts(loaded)[1]
    assert "虚构病" not in prompts(loaded)[1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"QA_pairs": []}, "QA_pairs"),
        ({"QA_pairs": [{"question": "诊断？"}]}, r"QA_pairs\[1\]\.answer"),
        ({"QA_pairs": [{"answer": "虚构病。"}]}, r"QA_pairs\[1\]\.question"),
        ({"description": ""}, "description"),
    ],
)
def test_what_does_not_fit_is_named_with_file_row_and_field(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    write(tmp_path / "cmb/CMB-Clin-qa.json", [case(0), case(1) | change])
    with pytest.raises(BenchmarkDataError, match=rf"CMB-Clin-qa\.json, row 2, field '{field}'"):
        load(CMB_CLIN, tmp_path)


@pytest.mark.data
def test_the_real_file() -> None:
    loaded = load_real(CMB_CLIN, "cmb")
    assert (len(loaded.items), len({item.unit for item in loaded.items})) == (208, 74)
    assert all(item.reference and item.context for item in loaded.items)

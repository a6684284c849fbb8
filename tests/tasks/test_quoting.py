"""Words and numbers of an output are found in its input, whatever their width and case, and with their negation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.tasks.quoting import cut_off, missing_numbers, missing_quotes, numbers, occurs


def test_width_case_and_spaces_do_not_matter() -> None:
    assert occurs("ＨｂＡ１ｃ 7.2%", "复查hba1c7.2%。")
    assert occurs("BP 120 / 80", "bp 120/80 mmHg")
    assert not occurs("", "anything")
    assert not occurs("   ", "anything")


def test_only_what_is_missing_is_named() -> None:
    assert missing_quotes(["咳嗽", "咯血"], "患者咳嗽3天") == ["咯血"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,412 residents", ["3412"]),
        ("HR 0·62 (0.50–1.10)", ["0.62", "0.5", "1.1"]),
        ("B12、HbA1c", []),
        ("共１２０例，占6.0%。", ["120", "6"]),
    ],
)
def test_numbers_are_written_one_way(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


@given(st.integers(0, 10**7))
def test_thousands_separators_do_not_change_a_number(number: int) -> None:
    assert missing_numbers(f"n = {number}", f"n = {number:,}") == []


def test_a_changed_number_is_missing() -> None:
    assert missing_numbers("OR 1.25", "OR 1.24") == ["1.25"]


def test_a_quote_without_its_negation_is_cut_off() -> None:
    case = "患者气促，无胸痛、咯血。母亲患糖尿病。"
    assert cut_off(["胸痛", "咯血", "糖尿病"], case, "zh") == ["胸痛", "咯血", "糖尿病"]
    assert cut_off(["用抗菌药物"], "近3个月未用抗菌药物。", "zh") == ["用抗菌药物"]
    assert cut_off(["无胸痛", "气促", "不在文中"], case, "zh") == []
    assert cut_off(["chest pain"], "No chest pain at rest.", "en") == ["chest pain"]


def test_what_also_stands_as_present_is_no_cut() -> None:
    assert cut_off(["胸痛"], "昨日无胸痛。今晨出现胸痛。", "zh") == []

"""Numbers with units, as both languages write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.text import ages, normalise_unit, quantities, same_amount


def _read(text: str) -> list[str]:
    """Short form: comparator, value or range, unit."""
    return [
        f"{q.comparator}{q.value}{'' if q.high is None else f'..{q.high}'}{' ' + q.unit if q.unit else ''}"
        for q in quantities(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("体温３８．５℃", ["38.5 °C"]),
        ("血压 150/95mmHg", ["150 mmHg", "95 mmHg"]),
        ("BP 120/80 mmHg", ["120 mmHg", "80 mmHg"]),
        ("脉搏102次/分", ["102 /min"]),
        ("heart rate 88 beats/min", ["88 /min"]),
        ("白细胞12.3×10⁹/L", ["12.3 10^9/L"]),
        ("WBC 12.3 x10^9/L", ["12.3 10^9/L"]),
        ("血钾6.2 mmol/L", ["6.2 mmol/L"]),
        ("血肌酐 120微摩尔/升", ["120 μmol/L"]),
        ("咳嗽三天", ["3 day"]),
        ("半月前", ["0.5 month"]),
        ("一个半月", ["1.5 month"]),
        ("两年半", ["2.5 year"]),
        ("3岁半", ["3.5 year"]),
        ("十二岁", ["12 year"]),
        ("10–20 mg", ["10..20 mg"]),
        ("20 to 30 mg", ["20..30 mg"]),
        ("90～139mmHg", ["90..139 mmHg"]),
        ("约10余天", ["~10 day"]),
        ("more than 3 weeks", [">3 week"]),
        ("不超过4克", ["≤4 g"]),
        ("至少 2 周", ["≥2 week"]),
        ("p<0.05", ["<0.05"]),
        ("HbA1c 7.5%", ["7.5 %"]),
        ("二甲双胍0.5g，每日3次", ["0.5 g", "3 times/day"]),
        ("metformin 500 mg twice daily", ["500 mg", "2 times/day"]),
        ("每8小时一次", ["3 times/day"]),
        ("amoxicillin q8h", ["3 times/day"]),
        ("tid", ["3 times/day"]),
        ("100ug 100 μg 100 mcg 100微克", ["100 μg"] * 4),
        ("eGFR 45 mL/min/1.73m2", ["45 mL/minute/1.73m²"]),
        ("5mg/kg/d", ["5 mg/kg/day"]),
        ("forty-five years old", ["45 year"]),
        ("a three-day history", ["3 day"]),
        ("half a month", ["0.5 month"]),
        ("1,200 mL", ["1200 mL"]),
        ("2024年3月5日 14:30", ["20240305 date", "1430 date"]),
    ],
)
def test_amounts(text: str, expected: list[str]) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "vitamin B12",
        "COVID-19",
        "5-HT",
        "HbA1c",
        "E11.9",
        "CA19-9",
        "二尖瓣",
        "十二指肠",
        "一般情况",
        "四肢",
        "SpO2",
        "L4-5",
    ],
)
def test_numbers_inside_names_are_not_quantities(text: str) -> None:
    assert quantities(text) == []


def test_numbers_of_list_items_are_told_apart() -> None:
    assert [q.kind for q in quantities("1. 发热3天\n2、咳嗽\n（3）头痛")] == ["listing", "amount", "listing", "listing"]


def test_ages() -> None:
    assert [str(q.value) + q.unit for q in ages("男，45岁；3月龄；6个月大；a 45-year-old; aged 67; 30 yo")] == [
        "45year",
        "3month",
        "6month",
        "45year",
        "67",
        "30year",
    ]


def test_positions_are_those_of_the_text() -> None:
    text = "患者\u200b体温３８．５℃，心率102次/分"
    assert [text[q.start : q.end] for q in quantities(text)] == ["３８．５℃", "102次/分"]


@pytest.mark.parametrize(
    ("value", "unit", "other", "other_unit", "same"),
    [
        ("0.5", "g", "500", "mg", True),
        ("2", "week", "14", "day", True),
        ("0.5", "month", "2", "week", True),
        ("1", "month", "30", "day", False),
        ("5", "mg", "5", "μg", False),
        ("10", "g/L", "1000", "mg/dL", True),
        ("5", "mmol/L", "5", "mg/dL", False),
        ("3", "", "3", "day", True),
    ],
)
def test_same_amount(value: str, unit: str, other: str, other_unit: str, same: bool) -> None:
    assert same_amount(Decimal(value), unit, Decimal(other), other_unit) is same


def test_units_nobody_knows_are_comparable_with_themselves() -> None:
    assert normalise_unit("Foo/L") == "foo/l"
    assert same_amount(Decimal(1), "foo/l", Decimal(1), "Foo/L")


@given(
    st.decimals(min_value=0, max_value=9999, places=1),
    st.sampled_from(["mg", "mmol/L", "%", "mmHg", "次/分", "℃", "天", "×10⁹/L", "g/L", "U/L", "days", "mL"]),
    st.sampled_from(["", " "]),
)
def test_what_is_written_is_read(value: Decimal, unit: str, space: str) -> None:
    (found,) = quantities(f"测得{value}{space}{unit}。")
    assert found.value == value
    assert found.unit == normalise_unit(unit)


@pytest.mark.parametrize("text", ["20 mg每日1次", "20mg每天两次", "20 mg每晚1次", "20 mg每周1次"])
def test_a_frequency_behind_a_dose_is_no_part_of_its_unit(text: str) -> None:
    dose, frequency = quantities(text)
    assert (dose.value, dose.unit, dose.kind, frequency.kind) == (20, "mg", "amount", "frequency")

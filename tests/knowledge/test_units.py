"""Conversion is exact or refused: known clinical values, spellings, and properties over all units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.knowledge import units


@pytest.mark.parametrize(
    ("value", "start", "end", "analyte", "decimals", "expected"),
    [
        ("5.5", "mmol/L", "mg/dL", "fasting_glucose", 0, "99"),
        ("1.0", "mg/dL", "µmol/L", "creatinine", 1, "88.4"),
        ("200", "mg/dL", "mmol/L", "total_cholesterol", 2, "5.17"),
        ("150", "mg/dL", "mmol/L", "triglycerides", 2, "1.69"),
        ("17.1", "µmol/L", "mg/dL", "bilirubin_total", 1, "1.0"),
        ("140", "mEq/L", "mmol/L", "LAB:sodium", 0, "140"),
        ("5", "mEq/L", "mmol/L", "calcium", 1, "2.5"),
        ("5", "mEq/L", "mg/dL", "calcium", 1, "10.0"),
        ("48", "mmol/mol", "%", "hba1c", 1, "6.5"),
        ("6.5", "%", "mmol/mol", "hba1c", 0, "48"),
        ("36.6", "°C", "°F", "", 1, "97.9"),
        ("98.6", "℉", "℃", "", 1, "37.0"),
        ("120", "mmHg", "kPa", "", 1, "16.0"),
        ("100", "U/L", "µkat/L", "", 2, "1.67"),
        ("13.5", "g/dL", "g/L", "", 0, "135"),
        ("2.5", "mIU/L", "u[IU]/mL", "", 1, "2.5"),
        ("3", "g/24h", "mg/d", "", 0, "3000"),
        ("0", "mg/dL", "mmol/L", "urea", 1, "0.0"),
    ],
)
def test_clinical_values(value: str, start: str, end: str, analyte: str, decimals: int, expected: str) -> None:
    assert units.rounded(units.convert(value, start, end, analyte), decimals) == Decimal(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("µmol/L", "μmol/l"),
        ("umol/L", "ｕｍｏｌ／Ｌ"),
        ("×10⁹/L", "10*3/uL"),
        ("x10^9/L", "K/µL"),
        ("10^9/L", "10*9/L"),
        ("mmHg", "mm[Hg]"),
        ("mmHg", "毫米汞柱"),
        ("bpm", "次/分"),
        ("breaths/min", "/min"),
        ("℃", "Cel"),
        ("mL/min/1.73m^2", "mL/min/{1.73_m2}"),
        ("mL/min/1.73m²", "ml/min/1.73 m2"),
        ("mcg", "µg"),
    ],
)
def test_spellings_of_one_unit(one: str, other: str) -> None:
    assert units.same(one, other)
    assert units.convert("7.25", one, other) == Decimal("7.25")


@pytest.mark.parametrize(
    ("start", "end", "analyte"),
    [
        ("mg/dL", "mmol/L", ""),
        ("mg/dL", "mmol/L", "crp"),
        ("mg/dL", "mmHg", "glucose"),
        ("mEq/L", "mmol/L", "glucose"),
        ("°C", "mmol/L", ""),
        ("mL/min/1.73m^2", "mL/min", "egfr"),
        ("foo/L", "mg/L", ""),
        ("%", "mmol/L", "hba1c"),
    ],
)
def test_what_has_no_factor_is_refused(start: str, end: str, analyte: str) -> None:
    with pytest.raises(InputError):
        units.convert("1", start, end, analyte)


@pytest.mark.parametrize("value", ["", "abc", "1,2", "nan", "Infinity", "<5"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="no number"):
        units.convert(value, "mg", "g")


_CONCENTRATIONS = ["mg/dL", "g/L", "ng/mL", "µg/L", "mmol/L", "µmol/L", "pmol/dL"]


@given(
    st.decimals(min_value="0.001", max_value="100000", places=3),
    st.sampled_from(_CONCENTRATIONS),
    st.sampled_from(_CONCENTRATIONS),
    st.sampled_from(sorted(units.MOLAR_MASS)),
)
def test_there_and_back_is_the_same_value(value: Decimal, start: str, end: str, analyte: str) -> None:
    there = units.convert(value, start, end, analyte)
    back = units.convert(there, end, start, analyte)
    assert abs(back - value) <= value * Decimal("1e-10")


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    try:
        units.convert("1", text, "mmol/L", "glucose")
    except InputError:
        return
    assert units.normalise(text)

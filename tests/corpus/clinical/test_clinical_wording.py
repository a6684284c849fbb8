"""Names, numbers and units as clinicians write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.corpus.clinical.wording import amount_of, is_computed, number_of, result, unit_of, with_details, without_tag


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("mm[Hg]", "mmHg"), ("10*3/uL", "10³/uL"), ("10*12/L", "10¹²/L"), ("10^9/L", "10⁹/L"), ("{score}", ""),
        ("mL/min/{1.73_m2}", "mL/min/1.73m²"), ("kg/m2", "kg/m²"), ("Cel", "°C"), ("[degF]", "°F"),
        ("m[IU]/L", "mIU/L"),
        ("{beats}/min", "/min"), ("mmol/L", "mmol/L"), ("1", ""), ("%", "%"), ("/1.73_m2", "/1.73m²"),
        ("MilliLiter [SI Volume Units]", "MilliLiter [SI Volume Units]"), ("mg/100mL", "mg/100mL"), ("", ""),
    ],
)  # fmt: skip
def test_units(code: str, shown: str) -> None:
    assert unit_of(code) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("182.31415926535898", "182.3"), ("0.21000271828182846", "0.2100"), ("2718.2818284590", "2718"),
        ("3.141592653589793", "3.142"), ("-0.0000001234567", "-1.235E-7"), ("0.0000000", "0"),
        ("1.10", "1.10"), ("0.123456", "0.123456"), ("123456789", "123456789"), ("1.2345678 or so", "1.2345678 or so"),
    ],
)  # fmt: skip
def test_numbers(number: str, shown: str) -> None:
    assert number_of(number) == shown


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**6), max_value=10**6))
def test_a_rounded_number_is_off_by_less_than_a_thousandth(number: Decimal) -> None:
    text = f"{number:f}"
    assert is_computed(text)
    assert abs(Decimal(number_of(text)) - number) <= abs(number) / 1000


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_what_was_measured_keeps_its_digits(number: Decimal) -> None:
    assert number_of(f"{number:f}") == f"{number:f}"


def test_lines() -> None:
    assert result("血红蛋白", "95", "g/L", "130-175", ("L",)) == "血红蛋白 95 g/L (130-175) L"
    assert result("White cells", "15.2", "10*9/L") == "White cells 15.2×10⁹/L"
    assert result("HBsAg", "negative") == "HBsAg: negative" and result("乙肝表面抗原", "阴性") == "乙肝表面抗原：阴性"
    assert result("Troponin", "<0.01", "ng/mL") == "Troponin <0.01 ng/mL" and result("Glucose", "", "mmol/L") == ""
    assert amount_of("5.8", "%") == "5.8%" and amount_of("10", "10") == "10 10"
    assert with_details("Angina", ("", "active", "active", "Angina")) == "Angina (active)"


def test_tags_of_concepts() -> None:
    assert without_tag("Chronic gastritis (disorder)") == "Chronic gastritis"
    assert without_tag("Lobar pneumonia(disorder)") == "Lobar pneumonia"
    assert without_tag("Influenza (seasonal)") == "Influenza (seasonal)"
    assert without_tag("(disorder)") == "(disorder)"

"""Checksums take published examples and refuse their neighbours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.numbers.checks import credit_code, dea, iban, luhn, npi, old_resident_id, resident_id, vin
from tests.deid.numbers.support import cards, resident_ids


def test_published_examples() -> None:
    assert resident_id("11010519491231002X") > 0.95  # GB 11643-1999, annex
    assert old_resident_id("110105491231002")
    assert luhn("4111111111111111")
    assert npi("1234567893")  # CMS, NPI check digit calculation
    assert dea("AB1234563")
    assert iban("GB82WEST12345698765432")  # ISO 13616
    assert credit_code("91350100M000100Y43")
    assert vin("1M8GDM9AXKP042788")


@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_a_changed_digit_is_no_longer_certain(number: str, place: int, more: int) -> None:
    changed = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert resident_id(number) > 0.95
    assert resident_id(changed) <= 0.95


@given(cards(), st.integers(0, 15), st.integers(1, 9))
def test_luhn_sees_every_single_slip(number: str, place: int, more: int) -> None:
    assert luhn(number)
    assert not luhn(number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :])


@pytest.mark.parametrize(
    "number", ["330106197013011234", "33010619700230123X", "3301061970010112", "330106A97001011234"]
)
def test_no_resident_number_without_a_birth_date(number: str) -> None:
    assert resident_id(number) == 0


def test_npi_and_codes_refuse_others() -> None:
    assert not npi("5234567893")
    assert not npi("123456789")
    assert not iban("GB82WEST12345698765433")
    assert not credit_code("91350100M000100Y44")
    assert not credit_code("9135010IM000100Y43")
    assert not vin("1M8GDM9A1KP042788")
    assert not dea("AB1234564")

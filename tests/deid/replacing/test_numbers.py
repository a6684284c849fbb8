from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgo.deid.replacing.checksums import (
    credit_code_check,
    dea_check,
    iban,
    luhn_check,
    resident_id_check,
    vin_with_check,
)
from tests.deid.replacing.marked import new, news, surrogates

PATIENTS = st.text(min_size=1, max_size=8)
DAYS = st.dates(date(1930, 1, 1), date(2023, 12, 31))


def shape(value: str) -> str:
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", value)))


@given(DAYS, st.integers(0, 999), PATIENTS)
def test_identity_numbers_are_valid_and_nobodys(birth: date, order: int, patient: str) -> None:
    body = f"330106{birth:%Y%m%d}{order:03d}"
    number, moved = news(f"{{id_card:{body}{resident_id_check(body)}}} {{date:{birth:%Y-%m-%d}}}", patient=patient)
    assert number[-1] == resident_id_check(number[:17])
    assert number[2:6] == "0000", "a province's code is no person's"
    assert number[6:14] == moved.replace("-", ""), "the birthday moves as the patient's dates do"
    assert int(number[16]) % 2 == order % 2, "the sex stays"


def test_checksums_of_published_numbers() -> None:
    assert resident_id_check("11010519491231002") == "X"  # GB 11643-1999
    assert luhn_check("7992739871") == "3"
    assert credit_code_check("91350100M000100Y4") == "3"  # GB 32100-2015
    assert iban("GB", "WEST12345698765432") == "GB82WEST12345698765432"
    assert dea_check("123456") == "3"
    assert vin_with_check("1M8GDM9A0KP042788") == "1M8GDM9AXKP042788"


@given(st.text("0123456789", min_size=12, max_size=18), PATIENTS)
def test_cards_are_valid_and_of_a_test_range(digits: str, patient: str) -> None:
    card = "6" + digits
    number = new("bank_account", card, patient=patient)
    assert len(number) == len(card)
    assert number.startswith("620000")
    assert number[-1] == luhn_check(number[:-1])


@pytest.mark.parametrize(
    ("phone", "pattern"),
    [
        ("13790017788", r"19999\d{6}"),
        ("137 9001 7788", r"199 99\d\d \d{4}"),
        ("+86-137-9001-7788", r"\+86-199-99\d\d-\d{4}"),
        ("8613790017788", r"8619999\d{6}"),
        ("0571-87654321", r"0\d{3}-5550\d{4}"),
        ("(0571)87654321转802", r"\(0\d{3}\)5550\d{4}转\d{3}"),
        ("400-617-8899", r"400-555-01\d\d"),
        ("(617) 495-1088", r"\(\d{3}\) 555-01\d\d"),
        ("1-617-495-1088 ext. 12", r"1-\d{3}-555-01\d\d ext\. \d\d"),
        ("617.495.1088x123", r"\d{3}\.555\.01\d\dx\d{3}"),
        ("495-1088", r"555-01\d\d"),
        ("+44 7911 123456", r"\+44 7700 900\d{3}"),
        ("一三七九〇〇一七七八八", r"一九九九九[〇一二三四五六七八九]{6}"),
    ],
)
@pytest.mark.parametrize("patient", ["a", "b"])
def test_telephones_stay_in_form_and_ring_nowhere(phone: str, pattern: str, patient: str) -> None:
    assert re.fullmatch(pattern, new("phone", phone, patient=patient))


def test_spellings_of_a_telephone_agree() -> None:
    plain, spaced, country, full = news(
        "{phone:13790017788} {phone:137-9001-7788} {phone:+86 13790017788} {phone:１３７９００１７７８８}"
    )
    assert spaced.replace("-", "") == plain == full
    assert country == f"+86 {plain}"


@pytest.mark.parametrize("ssn", ["219-09-9999", "219099999", "219 09 9999"])
def test_social_security_numbers_are_of_no_issued_range(ssn: str) -> None:
    number = new("ssn", ssn, lang="en")
    assert shape(number) == shape(ssn)
    digits = re.sub(r"\D", "", number)
    assert digits[0] == "9"
    assert 1 <= int(digits[3:5]) < 50


def test_other_check_digits() -> None:
    for patient in "abcdef":
        npi = new("licence", "1234567893", patient=patient)
        assert luhn_check("80840" + npi[:9]) == npi[9]
        dea = new("licence", "BQ1234563", patient=patient)
        assert dea_check(dea[2:8]) == dea[8]
        code = new("organisation_code", "91350100M000100Y43", patient=patient)
        assert code[17] == credit_code_check(code[:17])
        vin = new("vehicle", "1M8GDM9AXKP042788", patient=patient)
        assert vin_with_check(vin) == vin
        account = new("bank_account", "DE89 3704 0044 0532 0130 00", patient=patient)
        plain = account.replace(" ", "")
        assert iban("DE", plain[4:]) == plain
        assert [len(part) for part in account.split()] == [4, 4, 4, 4, 4, 2]


@pytest.mark.parametrize(
    ("label", "value", "stays"),
    [
        ("medical_record_number", "ZY010000123456", "ZY"),
        ("medical_record_number", "MRN: 12-34-567", "MRN: "),
        ("medical_record_number", "17床", ""),
        ("passport", "E51236789", "E"),
        ("device", "SN-44A9X01", "SN-"),
        ("insurance_number", "1EG4-TE5-MK73", ""),
        ("other_id", "a7-B9-11", ""),
        ("vehicle", "粤B77301", ""),
        ("vehicle", "皖AD12367", ""),
    ],
)
@pytest.mark.parametrize("patient", ["a", "b", "c"])
def test_codes_keep_their_shape(label: str, value: str, stays: str, patient: str) -> None:
    number = new(label, value, patient=patient)
    assert shape(number)[1:] == shape(value)[1:]
    assert number.startswith(stays)
    assert number != value


@pytest.mark.parametrize(
    "label", ["phone", "id_card", "ssn", "bank_account", "licence", "vehicle", "organisation_code", "other_id", "fax"]
)
@given(value=st.text(min_size=1, max_size=24), patient=PATIENTS)
def test_any_text_may_be_called_a_number(label: str, value: str, patient: str) -> None:
    value = value.replace("}", "").replace("{", "")
    if value:
        assert len(news(f"{{{label}:{value}}}", patient=patient)) == 1


@given(st.from_regex(r"[A-Z]{0,3}[0-9]{6,14}", fullmatch=True), PATIENTS)
def test_numbers_are_consistent_and_new(value: str, patient: str) -> None:
    first, second = news(f"{{medical_record_number:{value}}} {{medical_record_number:{value}}}", patient=patient)
    assert first == second
    assert value not in first


def test_a_moved_birthday_is_a_day_that_exists() -> None:
    for day in (date(2000, 2, 29), date(1999, 12, 31)):
        number = new("id_card", f"330106{day:%Y%m%d}001" + resident_id_check(f"330106{day:%Y%m%d}001"))
        moved = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        assert timedelta(0) < day - moved <= timedelta(364)


@given(st.text("零一二三四五六七八九", min_size=4, max_size=12), PATIENTS)
def test_numerals_stay_of_one_kind(value: str, patient: str) -> None:
    assert set(new("phone", value, patient=patient)) <= set("零一二三四五六七八九")


def test_a_telephone_whose_range_is_taken_keeps_its_shape() -> None:
    by = surrogates(avoid=lambda value: value.startswith("55501"))
    assert re.fullmatch(r"\d{3}-\d{4}", news("{phone:677-3842}", by=by)[0])

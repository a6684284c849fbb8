"""Surrogates of numbers: valid by their check digits, of the same shape, and in ranges that nobody is given.

Mobiles begin with 199 99, US numbers are 555-01xx (kept for fiction), identity numbers carry a province's code in the
place of a district's (PP0000), social security numbers begin with 9, card numbers with a test prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from medgo.deid.classes import IdentifierClass
from medgo.deid.replacing.checksums import (
    CREDIT_LETTERS,
    VIN_LETTERS,
    credit_code_check,
    dea_check,
    iban,
    luhn_check,
    resident_id_check,
    vin_with_check,
)
from medgo.deid.replacing.chinese_regions import ChineseRegions
from medgo.deid.replacing.draws import Draws, digits_of, normal, refilled, shaped
from medgo.deid.replacing.pools import pool

_PLATE = re.compile(r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])(.+?)([警学使领挂港澳试超]?)")
_EXTENSION = re.compile(r"(?:\s*(?:ext|extension|x|分机|转|#)[\s.:：]*|(?<=\d{7})-)\d{1,6}$", re.IGNORECASE)
_COUNTRY = re.compile(
    r"\s*[(（]?(?:\+|00)\s?(86|1(?=\D|\d{10})|44|\d{2})|\s*(1)(?=[-.\s(]+\d{3}\)?[-.\s]*\d{3}[-.\s]?\d{4}$)"
)
_TEST_PREFIXES = {"3": "378282", "4": "411111", "5": "555555", "6": "620000"}
_FICTION = "5550"


@dataclass(frozen=True)
class Numbers:
    """Numbers of one patient.

    Args:
        draws: Of the patient.
        regions: Of the same patient.
        shift: Days by which the patient's dates move.
    """

    draws: Draws
    regions: ChineseRegions
    shift: int

    def written(self, label: IdentifierClass, value: str, attempt: int) -> str:
        """Another number of the same class and form."""
        if label in ("phone", "fax"):
            return self.phone(value, attempt)
        special = {
            "id_card": self._id_card,
            "ssn": self._ssn,
            "bank_account": self._account,
            "licence": self._licence,
            "organisation_code": self._credit_code,
            "vehicle": self._vehicle,
        }.get(label)
        return (special(value, attempt) if special else "") or self.same_shape(value, attempt)

    def phone(self, value: str, attempt: int) -> str:
        """Another telephone number; country code, separators and length stay."""
        extension = _EXTENSION.search(value)
        main = value[: extension.start()] if extension else value
        digits = digits_of(main)
        prefix = ""
        country = _COUNTRY.match(main)
        if country:
            prefix = digits[: len(digits_of(country[0]))]
        elif len(digits) == 13 and digits.startswith("86"):
            prefix = "86"
        key = normal(digits[len(prefix) :])
        code = (country[1] or country[2]) if country else ""
        national = self._national(digits[len(prefix) :], code, key, attempt)
        tail = shaped(extension[0], self.draws, "extension", key, attempt) if extension else ""
        if extension:  # the word in front of the extension has letters that are no part of a number
            tail = refilled(extension[0], digits_of(tail))
        return refilled(main, prefix + national) + tail

    def _national(self, digits: str, country: str, key: str, attempt: int) -> str:
        def drawn(count: int) -> str:
            return self.draws.digits(max(count, 0), "phone", key, attempt)

        count = len(digits)
        if country == "44" and count in (10, 11):  # numbers that Ofcom keeps for drama
            mobile = digits.lstrip("0").startswith("7")
            return digits[: count - 10] + ("7700900" if mobile else "2079460") + drawn(3)
        if count == 11 and re.match("1[3-9]", digits) and country in ("", "86"):
            return "19999" + drawn(6)
        if count == 10 and re.match("[48]00", digits) and country != "1":
            return digits[:3] + "555" + "01" + drawn(2)
        if digits.startswith("0") and count in (10, 11, 12) and country in ("", "86"):
            area = 3 if re.match("0(?:10|2)", digits) else 4
            code = self.draws.pick(
                ("021", "022", "023", "024") if area == 3 else ("0551", "0791", "0731", "0371"), "area", key
            )
            return code + (_FICTION + drawn(8))[: count - area]
        if count in (10, 11) and (count == 10 or digits.startswith("1")) and country in ("", "1"):
            area_code: str = self.draws.pick(pool("english_places")["area_codes"], "area", key, attempt)
            return digits[:-10] + area_code + "55501" + drawn(2)
        if count == 7:
            return "55501" + drawn(2)
        if count < 7:
            return shaped(digits, self.draws, "phone", key, attempt)
        head = "0" if digits.startswith("0") else ""
        return (head + _FICTION + drawn(count))[:count]

    def _id_card(self, value: str, attempt: int) -> str:
        digits = re.sub(r"[^\dXx]", "", value)
        key = digits.upper()
        if re.fullmatch(r"\d{17}[\dXx]", digits):
            birth, parity = digits[6:14], int(digits[16]) % 2
        elif re.fullmatch(r"\d{15}", digits):
            birth, parity = "19" + digits[6:12], int(digits[14]) % 2
        else:
            return ""
        region = self.regions.code(digits[:2]) + "0000"
        order = self.draws.number(500, "id", key, attempt) * 2 + parity
        moved = self._birth(birth, key)
        if len(digits) == 15:
            return _refilled_text(value, region + moved[2:] + f"{order:03d}")
        body = region + moved + f"{order:03d}"
        check = resident_id_check(body)
        return _refilled_text(value, body + (check.lower() if digits[-1] == "x" else check))

    def _birth(self, birth: str, key: str) -> str:
        try:
            day = date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
        except ValueError:  # a slip of the pen; any birthday of a grown-up will do
            day = date(1950, 1, 1) + timedelta(days=self.draws.number(15000, "birth", key))
        return f"{day + timedelta(days=self.shift):%Y%m%d}"

    def _ssn(self, value: str, attempt: int) -> str:
        digits = digits_of(value)
        key = digits
        if len(digits) != 9:
            return ""
        group = 1 + self.draws.number(49, "ssn", key, attempt)  # later groups are taxpayers' numbers
        return refilled(
            value, "9" + self.draws.digits(2, "a", key, attempt) + f"{group:02d}" + self.draws.digits(4, key, attempt)
        )

    def _account(self, value: str, attempt: int) -> str:
        plain = re.sub(r"[\s-]", "", value)
        if re.fullmatch(r"[A-Za-z]{2}\d{2}[A-Za-z\d]{11,30}", plain):
            account = shaped(plain[4:].upper(), self.draws, "iban", plain.upper(), attempt)
            return _refilled_text(value, iban(plain[:2].upper(), account))
        if re.fullmatch(r"\d{13,19}", plain):
            prefix = _TEST_PREFIXES.get(plain[0], "999999")
            body = prefix + self.draws.digits(len(plain) - 7, "card", plain, attempt)
            return refilled(value, body + luhn_check(body))
        return ""

    def _licence(self, value: str, attempt: int) -> str:
        if re.fullmatch(r"[12]\d{9}", value) and luhn_check("80840" + value[:9]) == value[9]:
            body = value[0] + self.draws.digits(8, "npi", value, attempt)
            return body + luhn_check("80840" + body)
        if re.fullmatch(r"[A-Za-z][A-Za-z9]\d{7}", value) and dea_check(value[2:8]) == value[8]:
            digits = self.draws.digits(6, "dea", value, attempt)
            return shaped(value[:2], self.draws, "dea", value, attempt) + digits + dea_check(digits)
        return self._id_card(value, attempt)

    def _credit_code(self, value: str, attempt: int) -> str:
        code = value.upper()
        if len(code) != 18 or not set(code) <= set(CREDIT_LETTERS) or not code[2:8].isdigit():
            return ""
        letters = "".join(self.draws.pick(CREDIT_LETTERS, "credit", code, attempt, at) for at in range(9))
        body = code[:2] + self.regions.code(code[2:4]) + "0000" + letters
        return body + credit_code_check(body)

    def _vehicle(self, value: str, attempt: int) -> str:
        key = normal(value)
        if plate := _PLATE.fullmatch(value):
            rest = "".join(self._plate_letter(letter, at, key, attempt) for at, letter in enumerate(plate[2]))
            return self.regions.short(plate[1]) + rest + plate[3]
        vin = value.upper()
        if len(vin) == 17 and set(vin) <= set(VIN_LETTERS + "0123456789"):
            new = "".join(self._plate_letter(letter, at, key, attempt) for at, letter in enumerate(vin))
            return vin_with_check(new)
        return ""

    def _plate_letter(self, letter: str, at: int, key: str, attempt: int) -> str:
        if letter.isascii() and letter.isalpha():
            return self.draws.pick(VIN_LETTERS, "plate", key, attempt, at)
        return shaped(letter, self.draws, "plate", key, attempt, at)

    def same_shape(self, value: str, attempt: int) -> str:
        """Digit for digit and letter for letter, but the letters that a hospital puts in front of its numbers stay."""
        prefix = re.match(r"[^\W\d_]{1,3}(?=[\s:：#.-]|\d)", value)
        at = prefix.end() if prefix else 0
        return value[:at] + shaped(value[at:], self.draws, "code", normal(value), attempt)


def _refilled_text(value: str, new: str) -> str:
    """A value whose letters and digits are replaced one by one; separators stay."""
    rest = iter(new)
    return "".join(next(rest) if letter.isalnum() else letter for letter in value)

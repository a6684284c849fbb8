"""Checksums and plausibility of numbers given to people and things. Pure functions on bare strings, no separators."""

from __future__ import annotations

from calendar import monthrange

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
# First two digits of a resident identity number: provinces, then Taiwan, Hong Kong, Macao, and foreigners' cards.
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_date(digits: str) -> bool:
    """Whether ``YYYYMMDD`` is a day between 1850 and 2099."""
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1850 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def resident_id(number: str) -> float:
    """How surely 18 characters are a resident identity number (GB 11643): 0, or 0.6 to 0.99.

    A wrong check digit or an unknown province is more often a slip of the pen, or a made-up number, than something
    else with a birth date at this place.
    """
    if len(number) != 18 or not number[:17].isdigit() or not is_date(number[6:14]):
        return 0.0
    known = number[:2] in _PROVINCES
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    valid = _ID_CHECK[total % 11] == number[17].upper()
    return 0.99 if valid and known else 0.9 if valid or known else 0.6


def old_resident_id(number: str) -> bool:
    """Whether 15 digits are a resident identity number of the form before 1999, with a birth date of the 1900s."""
    return len(number) == 15 and number.isdigit() and number[:2] in _PROVINCES and is_date("19" + number[6:12])


def luhn(digits: str) -> bool:
    """The check of bank cards, ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def npi(digits: str) -> bool:
    """The check of a US National Provider Identifier, 10 digits: Luhn with the prefix 80840."""
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def dea(code: str) -> bool:
    """The check of a US Drug Enforcement Administration number: two letters and seven digits."""
    digits = [int(digit) for digit in code[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def iban(code: str) -> bool:
    """The check of an IBAN, ISO 13616: modulo 97."""
    turned = (code[4:] + code[:4]).upper()
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def credit_code(code: str) -> bool:
    """The check of a unified social credit code, GB 32100: modulo 31."""
    try:
        values = [_CREDIT_LETTERS.index(letter) for letter in code]
    except ValueError:
        return False
    total = sum(value * weight for value, weight in zip(values, _CREDIT_WEIGHTS, strict=False))
    return len(values) == 18 and (31 - total % 31) % 31 == values[17]


def vin(code: str) -> bool:
    """The check of a chassis number, ISO 3779 as used in China and North America."""
    total = sum(_VIN_VALUES.get(letter, 0) * weight for letter, weight in zip(code, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == code[8]

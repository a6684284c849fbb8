"""Check digits of numbers that people and bodies are given."""

from __future__ import annotations

from functools import reduce

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def resident_id_check(body: str) -> str:
    """Last character of a resident identity number, of its first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    rest = (12 - reduce(lambda total, digit: (total + int(digit)) * 2 % 11, body, 0)) % 11
    return "X" if rest == 10 else str(rest)


def luhn_check(body: str) -> str:
    """Check digit behind some digits (ISO/IEC 7812-1)."""
    total = 0
    for at, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def credit_code_check(body: str) -> str:
    """Last character of a unified social credit code, of its first 17 (GB 32100-2015)."""
    total = sum(_CREDIT.index(letter) * pow(3, at, 31) for at, letter in enumerate(body))
    return _CREDIT[-total % 31]


def iban(country: str, account: str) -> str:
    """An IBAN with its check digits (ISO 13616), of a country's letters and an account of digits and letters."""
    number = "".join(str(int(letter, 36)) for letter in account + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def dea_check(digits: str) -> str:
    """Last digit of a DEA number, of its first six digits."""
    return str((sum(map(int, digits[::2])) + 2 * sum(map(int, digits[1::2]))) % 10)


def vin_with_check(vin: str) -> str:
    """A chassis number with the check digit of 49 CFR 565.15 in its ninth place."""
    total = sum(
        (int(letter) if letter.isdigit() else _VIN[letter]) * weight
        for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)
    )
    return vin[:8] + ("X" if total % 11 == 10 else str(total % 11)) + vin[9:]


CREDIT_LETTERS = _CREDIT
VIN_LETTERS = "".join(_VIN)

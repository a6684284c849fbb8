"""Converts laboratory values between units, exactly, or refuses. Knows units and molar masses; no vocabulary, no file.

A unit is read as a product of prefixed base units (``mmol/L``, ``10^9/L``, ``mL/min/1.73m²``). Two units of the same
dimension differ by a factor that follows from the prefixes; between mass and amount of substance the analyte's molar
mass is needed, between equivalents and moles its charge. Nothing is guessed: without a factor there is no value.

Sources of the constants: molar masses from the standard atomic weights (IUPAC 2021); HbA1c by the NGSP/IFCC master
equation, NGSP % = 0.09148 × IFCC mmol/mol + 2.152 (Hoelzel et al., Clin Chem 2004;50:166–174); 1 U of an enzyme is
1 µmol of substrate a minute, so 1 µkat = 60 U (IUPAC/IUB 1978).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from medgo.errors import InputError

_PREFIXES = {
    "": Fraction(1),
    "f": Fraction(1, 10**15),
    "p": Fraction(1, 10**12),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 10**3),
    "c": Fraction(1, 100),
    "d": Fraction(1, 10),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
}
# Symbol → dimension and factor to that dimension's base unit. Prefixes may stand before those marked so.
_PREFIXED = {
    "g": ("mass", Fraction(1)),
    "mol": ("amount", Fraction(1)),
    "eq": ("charge", Fraction(1)),
    "L": ("volume", Fraction(1)),
    "m": ("length", Fraction(1)),
    "U": ("activity", Fraction(1)),
    "IU": ("activity", Fraction(1)),
    "kat": ("activity", Fraction(60 * 10**6)),
    "osm": ("osmole", Fraction(1)),
    "Pa": ("pressure", Fraction(1)),
}
_PLAIN = {
    "mmHg": ("pressure", Fraction(133322387415, 10**9)),
    "s": ("time", Fraction(1, 60)),
    "min": ("time", Fraction(1)),
    "h": ("time", Fraction(60)),
    "d": ("time", Fraction(24 * 60)),
    "%": ("", Fraction(1, 100)),
    "ratio": ("", Fraction(1)),
    "1": ("", Fraction(1)),
}
# Spellings that the pattern of prefix and symbol does not cover; what is counted has no dimension.
_SPELLINGS = {
    "mcg": "ug", "mcmol": "umol", "cc": "mL", "l": "L", "ml": "mL", "dl": "dL", "ul": "uL", "fl": "fL", "mmhg": "mmHg",
    "mm[hg]": "mmHg", "u": "U", "iu": "IU", "[iu]": "IU", "u[iu]": "uIU", "m[iu]": "mIU", "k[iu]": "kIU", "gm": "g",
    "hr": "h", "hour": "h", "day": "d", "24h": "d", "24hr": "d", "sec": "s", "mins": "min", "ph": "1", "bpm": "1/min",
    "天": "d", "小时": "h", "分": "min", "分钟": "min", "升": "L", "秒": "s", "次": "1", "个": "1", "分数": "ratio",
    "breaths": "1", "beats": "1", "cells": "1", "inr": "ratio", "{ratio}": "ratio",
}  # fmt: skip
_CELSIUS = frozenset({"degc", "°c", "℃", "cel", "摄氏度"})
_FAHRENHEIT = frozenset({"degf", "°f", "℉", "[degf]", "华氏度"})

# Molar masses in g/mol, by the keys of the laboratory values (LAB:…) and by other names they go under.
MOLAR_MASS = {
    "bicarbonate": Decimal("61.017"),
    "bilirubin_total": Decimal("584.66"),
    "calcium": Decimal("40.078"),
    "chloride": Decimal("35.45"),
    "creatinine": Decimal("113.12"),
    "fasting_glucose": Decimal("180.156"),
    "free_t4": Decimal("776.87"),
    "glucose": Decimal("180.156"),
    "hdl": Decimal("386.65"),
    "iron": Decimal("55.845"),
    "lactate": Decimal("90.08"),
    "ldl": Decimal("386.65"),
    "magnesium": Decimal("24.305"),
    "phosphate": Decimal("30.974"),  # reported as phosphorus
    "potassium": Decimal("39.098"),
    "sodium": Decimal("22.990"),
    "total_cholesterol": Decimal("386.65"),
    "triglycerides": Decimal("885.4"),  # as triolein
    "urea": Decimal("60.056"),
    "uric_acid": Decimal("168.11"),
}
CHARGE = {"sodium": 1, "potassium": 1, "chloride": 1, "bicarbonate": 1, "calcium": 2, "magnesium": 2}
_HBA1C = "hba1c"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit as dimensions with exponents, and the factor to their base units."""

    dimensions: frozenset[tuple[str, int]]
    factor: Fraction


def normalise(unit: str) -> str:
    """One spelling of a unit: ASCII where there is one, ``u`` for micro, ``10^9/L`` for powers.

    Full-width letters, ``µ`` and ``μ``, superscripts, ``×10⁹/L``, ``10*9/L``, ``K/uL`` and ``mm[Hg]`` are all read.
    """
    text = unit.strip().translate(_SUPERSCRIPTS)
    text = unicodedata.normalize("NFKC", text).replace("μ", "u").replace("·", ".").replace(" ", "")
    text = re.sub(r"^[x×X*✕]?10(?:\^|\*\*?|e|E)?(\d{1,2})(?=/|$)", r"10^\1", text)
    text = re.sub(r"^(?:K|千)/(?=[uμ])", "10^3/", text)
    text = re.sub(r"(?i)/\{?1\.73_?m\^?2\}?|/1\.73平方米", "/1.73m^2", text)
    return re.sub(r"(?i)mm\[hg\]|mmhg|毫米汞柱", "mmHg", text)


# Superscript digits would become plain digits in NFKC: 10⁹ would be read as 109.
_SUPERSCRIPTS = {ord(char): f"^{digit}" for digit, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


def convert(value: Decimal | str, from_unit: str, to_unit: str, analyte: str = "") -> Decimal:
    """A value in another unit.

    Args:
        value: As a Decimal or as written (``"6.2"``); not a float, which would not be what was written.
        from_unit: Its unit, in any usual spelling.
        to_unit: The unit that is wanted.
        analyte: Key of the laboratory value (``creatinine``, ``LAB:creatinine``); needed between mass and amount,
            between equivalents and moles, and for HbA1c.

    Returns:
        The value with 12 significant digits; round it to the decimals of the laboratory value with :func:`rounded`.

    Raises:
        InputError: The value is no number, a unit is not known, or there is no factor between the two.
    """
    number = _number(value)
    key = analyte.removeprefix("LAB:").lower()
    start, end = normalise(from_unit), normalise(to_unit)
    if start == end:
        return number
    if _is_temperature(start) or _is_temperature(end):
        return _temperature(number, start, end)
    source, target = _parse(start), _parse(end)
    if key == _HBA1C and (turned := _hba1c(Fraction(number), source, target)) is not None:
        return _decimal(turned)
    return _decimal(
        Fraction(number) * source.factor * _bridge(source, target, key, (from_unit, to_unit)) / target.factor
    )


def rounded(value: Decimal, decimals: int) -> Decimal:
    """A value with a laboratory's number of decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def molar_mass(factor: Decimal, mass_unit: str, amount_unit: str) -> Decimal | None:
    """The molar mass (g/mol) that a factor from a mass unit to a unit of amount of substance implies.

    Args:
        factor: ``value in amount_unit = factor × value in mass_unit``.
        mass_unit: ``mg/dL``, ``µg/24 h`` …
        amount_unit: ``mmol/L``, ``nmol/day`` …

    Returns:
        None where the two units differ in more than mass against amount.

    Raises:
        InputError: A unit is not known.
    """
    source, target = _parse(normalise(mass_unit)), _parse(normalise(amount_unit))
    before, after = dict(source.dimensions), dict(target.dimensions)
    if before.pop("mass", 0) != 1 or after.pop("amount", 0) != 1 or before != after:
        return None
    return _decimal(source.factor / target.factor / Fraction(factor))


def same(unit: str, other: str) -> bool:
    """Whether two spellings are the same unit (``µmol/L`` and ``umol/l``; ``10^9/L`` and ``K/uL``).

    Raises:
        InputError: A unit is not known.
    """
    first, second = normalise(unit), normalise(other)
    if first == second:
        return True
    if _is_temperature(first) or _is_temperature(second):
        return (
            _is_temperature(first)
            and _is_temperature(second)
            and ((first.lower() in _CELSIUS) == (second.lower() in _CELSIUS))
        )
    return _parse(first) == _parse(second)


def _number(value: Decimal | str) -> Decimal:
    try:
        number = Decimal(unicodedata.normalize("NFKC", value).strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation as error:
        raise InputError(f"{value!r} is no number") from error
    if not number.is_finite():
        raise InputError(f"{value!r} is no number")
    return number


def _decimal(value: Fraction) -> Decimal:
    """12 significant digits, without a tail of zeros."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    short = Decimal(f"{exact:.11e}")
    return Decimal(format(short.normalize(), "f"))


def _is_temperature(unit: str) -> bool:
    return unit.lower() in _CELSIUS | _FAHRENHEIT


def _temperature(value: Decimal, start: str, end: str) -> Decimal:
    if not (_is_temperature(start) and _is_temperature(end)):
        raise InputError(f"{start} and {end} measure different things")
    if (start.lower() in _CELSIUS) == (end.lower() in _CELSIUS):
        return value
    if start.lower() in _CELSIUS:
        return _decimal(Fraction(value) * 9 / 5 + 32)
    return _decimal((Fraction(value) - 32) * 5 / 9)


_PROPORTION = frozenset[tuple[str, int]]()


def _hba1c(value: Fraction, source: _Unit, target: _Unit) -> Fraction | None:
    """Between % (NGSP) and mmol/mol (IFCC), which are both proportions but not of the same thing."""
    percent, permille = Fraction(1, 100), Fraction(1, 1000)
    if source.dimensions or target.dimensions or source.factor == target.factor:
        return None
    slope, offset = Fraction("0.09148"), Fraction("2.152")
    if (source.factor, target.factor) == (permille, percent):
        return slope * value + offset
    if (source.factor, target.factor) == (percent, permille):
        return (value - offset) / slope
    return None


def _bridge(source: _Unit, target: _Unit, analyte: str, spelled: tuple[str, str]) -> Fraction:
    """The factor between base units of different dimensions.

    Raises:
        InputError: They measure different things, or nothing is known about the analyte.
    """
    if source.dimensions == target.dimensions:
        return Fraction(1)
    before, after = dict(source.dimensions), dict(target.dimensions)
    changed = {name for name in before.keys() | after.keys() if before.get(name, 0) != after.get(name, 0)}
    mass, charge = MOLAR_MASS.get(analyte), CHARGE.get(analyte)
    factors = {
        ("mass", "amount"): None if mass is None else 1 / Fraction(mass),
        ("amount", "mass"): None if mass is None else Fraction(mass),
        ("charge", "amount"): None if charge is None else Fraction(1, charge),
        ("amount", "charge"): None if charge is None else Fraction(charge),
        ("charge", "mass"): None if mass is None or charge is None else Fraction(mass) / charge,
        ("mass", "charge"): None if mass is None or charge is None else charge / Fraction(mass),
        ("osmole", "amount"): Fraction(1),
        ("amount", "osmole"): Fraction(1),
    }
    for (old, new), factor in factors.items():
        if changed == {old, new} and (before.get(old), after.get(new)) == (1, 1):
            if factor is not None:
                return factor
            raise InputError(
                f"{spelled[0]} cannot be turned into {spelled[1]} without knowing what is measured"
                + (f": nothing is known about {analyte!r}" if analyte else ""),
                hint=f"name one of: {', '.join(sorted(MOLAR_MASS))}",
            )
    raise InputError(f"{spelled[0]} and {spelled[1]} measure different things")


@lru_cache(maxsize=1024)
def _parse(unit: str) -> _Unit:
    """Read a normalised unit.

    Raises:
        InputError: A part of it is not known.
    """
    factor = Fraction(1)
    dimensions: Counter[str] = Counter()
    parts = unit.split("/")
    for place, part in enumerate(parts):
        sign = 1 if place == 0 else -1
        for symbol in _expanded(part):
            power = re.fullmatch(r"10\^(\d+)", symbol)
            scale, name, exponent = _symbol(symbol, unit) if power is None else (Fraction(10 ** int(power[1])), "", 1)
            factor *= scale ** (sign * exponent)
            if name:
                dimensions[name] += sign * exponent
    return _Unit(frozenset((name, power) for name, power in dimensions.items() if power), factor)


def _expanded(part: str) -> list[str]:
    """The symbols of one side of a fraction bar."""
    part = part.strip("()")
    if part in ("", "1"):
        return []
    if part.lower() == "1.73m^2":
        return ["1.73m^2"]
    return [symbol for symbol in part.split(".") if symbol]


def _symbol(symbol: str, unit: str) -> tuple[Fraction, str, int]:
    """Factor, dimension and exponent of one symbol.

    Raises:
        InputError: It is not known.
    """
    if symbol == "1.73m^2":
        # Body surface normalised to 1.73 m² is a convention of its own: it converts to nothing but itself.
        return Fraction(1), "1.73m2", 1
    text, _, exponent = symbol.partition("^")
    text = _SPELLINGS.get(text.lower(), text)
    power = int(exponent) if exponent.isdigit() else 1
    if text == "1/min":
        return Fraction(1), "time", -1
    if text in _PLAIN:
        dimension, factor = _PLAIN[text]
        return factor, dimension, power
    for base, (dimension, factor) in sorted(_PREFIXED.items(), key=lambda item: -len(item[0])):
        prefix = text[: len(text) - len(base)]
        if text.lower().endswith(base.lower()) and prefix in _PREFIXES and _case_agrees(text, base):
            return _PREFIXES[prefix] * factor, dimension, power
    raise InputError(f"{unit!r} is no unit that is known here ({symbol!r})", hint="write it as mmol/L, mg/dL, 10^9/L …")


def _case_agrees(text: str, base: str) -> bool:
    """Letters of the base in the usual case; ``l`` for litre and ``Eq``, ``Osm`` are usual too."""
    ending = text[len(text) - len(base) :]
    return ending == base or (base in ("L", "eq", "osm") and ending.lower() == base.lower())

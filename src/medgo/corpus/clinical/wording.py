"""Names, numbers and units of coded entries as clinicians write them. Knows no standard of records.

Sources: SNOMED CT (semantic tags of fully specified names), UCUM 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|situation|regime/therapy|observable entity|event|substance|product|organism"
    r"|medicinal product(?: form)?|clinical drug|body structure|morphologic abnormality|physical object|person"
    r"|qualifier value|context-dependent category|occupation|environment(?: / location)?|record artifact|specimen"
    r"|social concept|staging scale|assessment scale|tumor staging|attribute|physical force|cell(?: structure)?)\)$"
)
_HAN = re.compile("[\u3400-\u9fff]")
_NUMERIC = re.compile(r"[<>≤≥=~±+\-]{0,2}\s?\d")
_DIGITS_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = str.maketrans("0123456789", _DIGITS_RAISED)
_UNITS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\{1\.73[ _]?m2\}|1\.73[ _]m2"), "1.73m²"),
    (re.compile(r"\{[^{}]*\}"), ""),  # UCUM's annotations
    (re.compile(r"\b10(?:\*\*?|\^|E\+?)(\d{1,2})(?!\d)"), lambda match: f"10{match[1].translate(_RAISED)}"),
    (re.compile(r"(?<![A-Za-z])m2(?!\d)"), "m²"),
)
_NAMED_UNITS = {
    "[Hg]": "Hg", "[H2O]": "H2O", "[IU]": "IU", "[iU]": "IU", "[arb'U]": "U", "[degF]": "°F", "[lb_av]": "lb",
    "[oz_av]": "oz", "[in_i]": "in", "[in_us]": "in", "[ft_i]": "ft", "[pH]": "", "[drp]": "drops", "[foz_us]": "fl oz",
}  # fmt: skip
_CELSIUS = ("Cel", "degC")
# No measurement has more decimals; what has was computed, and its further digits say nothing.
_MOST_DECIMALS = 6
_DIGITS = 4


def without_tag(name: str) -> str:
    """A name of SNOMED CT without what kind of concept it is: ``Asthma (disorder)``."""
    return _TAG.sub("", name) or name


@lru_cache(maxsize=4096)
def unit_of(code: str) -> str:
    """A unit of UCUM as people write it: ``mmHg`` for ``mm[Hg]``, ``10³/uL`` for ``10*3/uL``, none for ``{score}``."""
    if code.isalpha() or " " in code:
        return "°C" if code in _CELSIUS else code
    for pattern, instead in _UNITS:
        code = pattern.sub(instead, code)
    for name, shown in _NAMED_UNITS.items():
        code = code.replace(name, shown)
    return "" if code in ("1", "/") else code


def is_computed(number: str) -> bool:
    """Whether a number has more decimals than anything that was measured."""
    return len(number.partition(".")[2]) > _MOST_DECIMALS


def number_of(text: str) -> str:
    """A number with the digits that it has; a computed one (see :func:`is_computed`) with four."""
    if not is_computed(text):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return str(round(number, max(0, _DIGITS - 1 - number.adjusted()))) if number else "0"


def amount_of(number: str, unit: str) -> str:
    """Number and unit: ``15.2×10⁹/L``, ``5.8%``, ``13.2 g/dL``."""
    unit = unit_of(unit)
    is_power = unit.startswith("10") and len(unit) > 2 and unit[2] in _DIGITS_RAISED
    between = "×" if is_power else "" if unit.startswith("%") else " "
    return f"{number}{between}{unit}" if unit and number else number


def told(name: str, value: str) -> str:
    """Name and value: a number behind a space, words behind a colon."""
    if not name or not value:
        return value
    if _NUMERIC.match(value):
        return f"{name} {value}"
    return f"{name}{'：' if _HAN.search(name) else ': '}{value}"


def result(name: str, value: str, unit: str = "", span: str = "", flags: Iterable[str] = ()) -> str:
    """A line of a laboratory report: ``name value unit (reference range) flags``; empty without a value."""
    if not value:
        return ""
    beside = f"({span})" if span else ""
    return " ".join(one for one in (told(name, amount_of(value, unit)), beside, *flags) if one)


def word_of(meanings: Mapping[str, tuple[str, str]], code: str, beside: str) -> str:
    """What a code means, in the language of what stands beside it; the code where it is not known.

    Args:
        meanings: Code → English, Chinese.
        code: The code.
        beside: A text.
    """
    return meanings[code][_HAN.search(beside) is not None] if code in meanings else code


def with_details(what: str, details: Iterable[str]) -> str:
    """``what (detail; detail)``."""
    known = "; ".join(dict.fromkeys(one for one in details if one and one != what))
    return f"{what} ({known})" if what and known else what

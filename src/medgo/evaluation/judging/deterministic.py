"""Checks that need no judge: pattern, term, code, quantity and length, written as tags of a criterion. Pure.

A criterion with such tags is met when all of them hold, and no judge is asked about it. Text of a criterion is never
interpreted: only a person who writes the tag decides that the check says the same.

    check:regex:PATTERN         the pattern occurs (case does not matter)
    check:no-regex:PATTERN      it does not
    check:term:A|B              one of the terms occurs, as whole words where they are Latin
    check:no-term:A|B           none does
    check:code:I21.4            the code occurs, and not as part of a longer one
    check:number:300 mg         a quantity of that size occurs; 0.3 g and 300毫克 are the same size
    check:number:38.5 °C +-0.2  … within a tolerance, in the unit given or in percent (``+-10%``)
    check:length:<=120 words    at most (``>=``: at least) so many words or characters; a Chinese character is a word
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from medgo.errors import BenchmarkDataError
from medgo.schema import Criterion

PREFIX = "check:"
# Factor to the base unit of its dimension. A unit that is not listed is only equal to itself.
_UNITS: dict[str, tuple[str, float]] = {
    "kg": ("g", 1e3),
    "g": ("g", 1.0),
    "mg": ("g", 1e-3),
    "µg": ("g", 1e-6),
    "ng": ("g", 1e-9),
    "l": ("l", 1.0),
    "dl": ("l", 0.1),
    "ml": ("l", 1e-3),
    "mol": ("mol", 1.0),
    "mmol": ("mol", 1e-3),
    "µmol": ("mol", 1e-6),
    "d": ("h", 24.0),
    "h": ("h", 1.0),
    "min": ("h", 1 / 60),
}
_ALSO = {
    "mg": "毫克 milligram milligrams",
    "kg": "千克 公斤",
    "g": "克 gram grams",
    "µg": "微克 mcg ug μg microgram micrograms",
    "ng": "纳克",
    "l": "升 litre litres liter liters",
    "dl": "分升",
    "ml": "毫升 cc millilitre millilitres milliliter milliliters",
    "mmol": "毫摩尔",
    "µmol": "微摩尔 umol μmol",
    "d": "天 日 day days",
    "h": "小时 hour hours hr",
    "min": "分钟 minute minutes",
    "u": "单位 unit units iu",
    "%": "percent",
    "c": "°c ℃ 摄氏度",
    "mmhg": "毫米汞柱",
}
_SPELLINGS = {spelling: unit for unit, spellings in _ALSO.items() for spelling in spellings.split()}
# Not in the middle of another number or of a name such as b12; Chinese writes no space before numbers.
_NUMBER = r"(?<![a-z0-9_])(?<!\d[.,])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_NAMES = sorted({*_SPELLINGS, *_UNITS, "u", "c", "%", "mmhg", "bpm", "mosm", "meq", "eq", "kcal", "kg"}, key=len)
_NAME = "(?:" + "|".join(re.escape(name) for name in reversed(_NAMES)) + ")"
# A unit ends where letters do: "5 mg" is not in "5 mgs…"; what follows a slash belongs to it: 5 mg/kg is not 5 mg.
_UNIT = rf"({_NAME}(?:\s*(?:/|每|per )\s*{_NAME})*)(?![a-z/])"
_QUANTITY = re.compile(rf"{_NUMBER}(?:\s*(?:-|~|–|to|至|到)\s*(\d+(?:\.\d+)?))?\s*{_UNIT}")
_WANTED = re.compile(r"(\d+(?:\.\d+)?)\s*(\S+?)?(?:\s*(?:\+-|±)\s*(\d+(?:\.\d+)?)(%?))?")
_LENGTH = re.compile(r"(<=|>=)\s*(\d+)\s*(words|characters)")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’-][^\W\u3400-\u9fff]+)*")


class Check(Protocol):
    """Decides about a reply without a judge."""

    def __call__(self, reply: str) -> bool:
        """Whether it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that has to occur, or must not."""

    pattern: re.Pattern[str]
    wanted: bool = True

    def __call__(self, reply: str) -> bool:
        """Whether it holds."""
        return (self.pattern.search(_plain(reply)) is not None) == self.wanted


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, within a tolerance in the same unit.

    Args:
        value: Size in ``unit``'s base unit.
        tolerance: Likewise.
        unit: Base unit; compound units keep what follows the slash. Empty: the bare number.
    """

    value: float
    tolerance: float
    unit: str = ""

    def __call__(self, reply: str) -> bool:
        """Whether such a quantity occurs; of a range ("250 to 500 mg"), both ends count."""
        return any(
            math.isclose(size, self.value, rel_tol=1e-9) or abs(size - self.value) <= self.tolerance * (1 + 1e-9)
            for size in self._sizes(_plain(reply))
        )

    def _sizes(self, text: str) -> list[float]:
        if not self.unit:
            return [_float(number) for number in re.findall(_NUMBER, text)]
        sizes = []
        for first, second, unit in _QUANTITY.findall(text):
            base, factor = _base(unit)
            if base == self.unit:
                sizes += [_float(number) * factor for number in (first, second) if number]
        return sizes


@dataclass(frozen=True, slots=True)
class Length:
    """How long the reply may or must be."""

    limit: int
    at_most: bool
    words: bool

    def __call__(self, reply: str) -> bool:
        """Whether it holds."""
        length = len(_WORD.findall(reply)) if self.words else len(reply.strip())
        return length <= self.limit if self.at_most else length >= self.limit


def checks_of(criterion: Criterion) -> tuple[Check, ...]:
    """The checks that a criterion's tags spell; none means that a judge decides.

    Raises:
        BenchmarkDataError: A tag begins with ``check:`` and is none of the forms above.
    """
    return tuple(parse_check(tag.removeprefix(PREFIX)) for tag in criterion.tags if tag.startswith(PREFIX))


def parse_check(text: str) -> Check:
    """Read ``kind:argument``.

    Raises:
        BenchmarkDataError: It is no check.
    """
    kind, _, argument = text.partition(":")
    maker = _MAKERS.get(kind)
    if maker is None or not argument.strip():
        raise _malformed(text, f"one of {', '.join(_MAKERS)} and an argument")
    return maker(argument.strip())


def _regex(argument: str, *, wanted: bool = True) -> Check:
    try:
        return Pattern(re.compile(argument, re.IGNORECASE), wanted)
    except re.error as error:
        raise _malformed(argument, f"a regular expression ({error})") from error


def _term(argument: str, *, wanted: bool = True) -> Check:
    terms = "|".join(_bounded(_plain(term)) for term in argument.split("|") if term.strip())
    return Pattern(re.compile(terms), wanted)


def _bounded(term: str) -> str:
    """A Latin term ends where its letters do; a Chinese one has no borders."""
    before = r"(?<![a-z0-9])" if term[0].isascii() else ""
    after = r"(?![a-z0-9])" if term[-1].isascii() else ""
    return before + r"\s+".join(re.escape(word) for word in term.split()) + after


def _code(argument: str) -> Check:
    return Pattern(re.compile(rf"(?<![a-z0-9.]){re.escape(_plain(argument))}(?![a-z0-9]|\.[a-z0-9])"))


def _number(argument: str) -> Check:
    match = _WANTED.fullmatch(_plain(argument))
    if match is None:
        raise _malformed(argument, "a number, a unit and perhaps +- a tolerance")
    if match[2] and not re.fullmatch(_UNIT, match[2]):
        raise _malformed(argument, "a unit that is known (compound ones with a slash)")
    unit, factor = _base(match[2]) if match[2] else ("", 1.0)
    value = float(match[1]) * factor
    spread = float(match[3] or 0)
    return Quantity(value, value * spread / 100 if match[4] else spread * factor, unit)


def _length(argument: str) -> Check:
    match = _LENGTH.fullmatch(argument)
    if match is None:
        raise _malformed(argument, "<= or >=, a number, and words or characters")
    return Length(int(match[2]), match[1] == "<=", match[3] == "words")


_MAKERS: Mapping[str, Callable[[str], Check]] = {
    "regex": _regex,
    "no-regex": lambda argument: _regex(argument, wanted=False),
    "term": _term,
    "no-term": lambda argument: _term(argument, wanted=False),
    "code": _code,
    "number": _number,
    "length": _length,
}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _float(number: str) -> float:
    return float(number.replace(",", ""))


def _base(unit: str) -> tuple[str, float]:
    """Base unit and factor: ``mg/kg`` is ``g/kg`` and 0.001; only what stands first is converted."""
    first, *rest = (part.strip() for part in re.split(r"/|每|per ", unit))
    first = _SPELLINGS.get(first, first)
    base, factor = _UNITS.get(first, (first, 1.0))
    return "/".join([base, *(_SPELLINGS.get(part, part) for part in rest)]), factor


def _malformed(text: str, expected: str) -> BenchmarkDataError:
    return BenchmarkDataError(f"the check {text!r} of a criterion cannot be read: expected {expected}")

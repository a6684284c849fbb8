"""Finds ages of people from 0 to 89 years, and the five years that an age lies in. Knows no policy.

Ages of months, weeks and days are left: a child's dose and development hang on them. So are ages that are coarse
already ("in her sixties"), limits of studies (18-65岁, over 60) and ages of bones, teeth and pregnancies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, NamedTuple

from medgo.deid.dates import words
from medgo.deid.protocol import CERTAIN, Finding, Note

BAND_YEARS = 5
OLDEST = 89

_NUMBER = r"[1-8]?\d"
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty")
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_WORDS = {
    **{word: at for at, word in enumerate((*_ONES, *_TEENS), 1)},
    **{word: at * 10 for at, word in enumerate(_TENS, 2)},
}
_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES)}))?|{'|'.join(_TEENS)}|{'|'.join(_ONES)})"
_HAN = "[一二三四五六七八九十两]{1,3}"
_YEARS = r"(?:years?|yrs?\.?)"
_OF_AGE = (
    rf"(?:[- ]{{0,2}}{_YEARS}[- ]{{1,2}}(?:old|of\sage|young)|[- ]{{0,2}}y\.?\s?/?\s?o\.?(?![a-z])|"
    rf"[- ]?yo[mf]?(?![a-z]))"
)
# What is no person's age: a limit ("60 years or older"), a number with a unit.
_LIMIT = r"(?!\s?(?:and|or|to|&)\s(?:over|older|above|up|under|younger|below|more|less)|\s?\+)"
_NO_UNIT = (
    r"(?!\s?/\s?\d|\d|\.\d|[%+:°-]|\s?(?:mg|mcg|ml|mm|cm|kg|g|%|degrees?|times|days?|weeks?|wks?|months?|mos?|"
    r"hours?|hrs?|min|minutes|"
    r"and\sup|or\s(?:over|older|under|younger))(?![a-z]))"
)
_SEXED = r"(?:male|female|man|woman|gentleman|lady|boy|girl)(?![a-z])"
_ENGLISH = re.compile(
    rf"(?<![\d.,/<>=≥≤-])(?P<a>{_NUMBER}){_OF_AGE}{_LIMIT}"
    rf"|(?<![a-z-])(?P<b>{_WORD})[- ]{{1,2}}{_YEARS}[- ]{{1,2}}(?:old|of\sage|young){_LIMIT}"
    rf"|(?<![a-z])(?:aged?(?:\s?[(\[](?:in\s)?(?:years|yrs?|y)[)\]])?|turn(?:s|ed|ing)?|age\sof|"
    rf"age\sat\s[a-z]{{4,10}}|(?:age\s?/\s?sex|sex\s?/\s?age)"
    rf"\s?[:=]?\s?(?:[mf]\s?/)?)\s?[:=]?\s{{0,2}}(?P<c>{_NUMBER}|{_WORD}){_NO_UNIT}(?![a-z])"
    rf"|(?<![a-z])(?:i'?m|i\sam|(?:he|she|(?:the\s)?(?:patient|pt))(?:'s|\sis|\swas))\s(?P<d>{_NUMBER}|{_WORD})"
    r"(?=\s?(?:[.,;!?)]|$)(?!\d)|\s(?:and|but|now|when|with|years?)(?![a-z]))"
    rf"|(?<![\d.,/-])(?P<e>{_NUMBER})\s?-?\s?(?:y\s?/?\s?)?(?:[mf](?=\s(?:with|w/|who|presenting|presents?|"
    rf"admitted|pt|patient|c/o|s/p|hx|"
    rf"h/o|brought|here|from|found|p/w|status))|{_SEXED})"
    rf"|(?<![a-z\d])[mf]\s?/\s?(?P<f>[1-8]\d)(?![\d.%/])|(?<![\d./])(?P<g>[1-8]\d)\s?y?\s?/\s?[mf](?![a-z\d])"
    rf"|(?<![a-z])(?:died|passed\saway|expired|deceased|diagnosed)\sat\s(?:the\sage\sof\s)?(?P<h>{_NUMBER}|"
    rf"{_WORD})(?![\d:]|\s?[ap]m){_NO_UNIT}(?![a-z])"
    rf"|(?<![a-z\d.])(?P<i>{_NUMBER})(?:st|nd|rd|th)\s(?:birthday|year\sof\slife)"
    r"|(?<![a-z])(?:wife|husband|spouse|mother|father|son|daughter|brother|sister|partner|uncle|aunt|cousin|"
    r"twin|child|patient)"
    rf"(?:\s[a-z'-]{{2,20}}){{0,2}}(?:,\s|\s?\()(?:age[d]?\s)?(?P<j>{_NUMBER})(?=[,)])(?!,\s?\d)",
    re.IGNORECASE,
)
_ASCII_STEMS = re.compile(
    r"old|of age|young|y\.?\s?/?o|age|turn|i'?m |i am|(?:is|was|'s) [\dtefsno]|male|man|lady|boy|girl|"
    r"\d ?[mf]\b|[mf] ?/ ?\d|/ ?[mf]\b| at |birthday|year of|(?:,|\() ?\d|woman"
)
# "60多岁" and "六十余岁" are coarse already.
_RANGE_ZH = r"(?!\s?(?:[-~～至到]\s?\d|以上|以下|以内|以后|及以上|及以下|或以上|\+|组|段|龄?[的]?[骨牙智]))"
_CHINESE = re.compile(
    rf"(?<![\d.~～至到<>=≥≤＜＞-])(?P<a>{_NUMBER}(?:\s?岁(?:半|零?\d{{1,2}}个?月))?)(?:(?<=[半月])|"
    rf"\s{{0,2}}周?岁{_RANGE_ZH})"
    rf"|(?<![一二三四五六七八九十百两])(?P<b>{_HAN}(?:岁半)?)(?:(?<=半)|周?岁{_RANGE_ZH})"
    rf"|(?:年\s?龄|现年|时年|享年|终年|卒年|年仅|高龄|虚岁|年方|"
    rf"周岁)\s?[:=为]?\s{{0,2}}(?P<c>{_NUMBER})(?![\d.%+~～-]|\s?(?:个?月|天|日|周|小时|岁))"
    rf"|(?:奶|公|爷|婆|姥|妈|爸|母|父|妻|夫|子|女|老人|太太|今年|我)(?:都|已经|快|也|刚|才|"
    rf"今年)?\s?(?P<d>[1-8]\d)(?=了(?![\d次])|\s?[,，。;；!！]|$)"
    rf"|(?:男性?|女性?)\s{{0,2}}[,/、|]?\s{{0,3}}(?P<e>[1-8]?\d)(?![\d.%+/:~～-])(?=\s{{0,2}}(?:[,;。/|、)]|$|"
    rf"\n|床|于|因|患))"
)
_HAN_STEMS = re.compile(
    "岁|年\\s?龄|现年|时年|享年|终年|卒年|年仅|今年|年方|[男女].{0,6}\\d|[奶公爷婆姥妈爸母父妻夫子我人太].{0,4}\\d"
)
# Ages of parts of a body, of a pregnancy, of a drawing: "bone age of 7 years", 骨龄相当于5岁.
_OTHER_AGES = re.compile(
    r"(?:(?:bone|skeletal|dental|height|mental|gestational|menstrual|developmental|reading|vascular|heart|biological|"
    r"graft|ovarian|lung|brain|equivalent|metabolic)[ -]age[^.;\n]{0,20}|(?:over|above|under|below|than|least|between|"
    r"greater|[<>≥≤=]|reference|normal|per|every|children|adults|patients|women|men|people|those|aged \d\d and)\s?)$"
    r"|(?:骨龄|智龄|牙龄|肺龄|心理年龄|发育年龄|血管年龄|骨骼年龄|皮肤年龄|胎龄|孕龄|月龄|发育商)[^,，。;；\n]{0,8}$"
    r"|(?:大于|小于|超过|不满|未满|低于|高于|至少|满|以|每|≥|≤|>|<)\s?$",
    re.IGNORECASE,
)
_LOOKED_BACK = 40
_DIGITS = re.compile(r"\d+")


class Age(NamedTuple):
    """Where the number of an age stands (without its unit), and how many years it says."""

    start: int
    end: int
    years: int


class YoungerAgeDetector:
    """Ages of 0 to 89 years, in digits and in words; the number alone is the finding, its unit stays."""

    name: ClassVar[str] = "younger_ages"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        """Ages of a note's people; linear in its length."""
        for age in ages_of_people(note.view.text):
            yield Finding(age.start, age.end, "age", CERTAIN, self.name)


def ages_of_people(text: str) -> Iterator[Age]:
    """Ages from 0 to 89 years as a text states them.

    Args:
        text: Of a view (:func:`medgo.deid.view.view_of`).
    """
    if _HAN_STEMS.search(text):
        yield from _ages(_CHINESE, text)
    if _ASCII_STEMS.search(text.lower()):
        yield from _ages(_ENGLISH, text)


def _ages(pattern: re.Pattern[str], text: str) -> Iterator[Age]:
    for match in pattern.finditer(text):
        start, end = match.span(match.lastgroup or 0)
        years = years_of(text[start:end])
        before = text[max(0, start - _LOOKED_BACK) : start]
        if years is not None and years <= OLDEST and not _OTHER_AGES.search(before):
            yield Age(start, end, years)


def years_of(value: str) -> int | None:
    """The years of an age in digits, in English words or in Chinese characters; None where there are none."""
    digits = _DIGITS.search(value)
    if digits:
        return int(digits[0])
    parts = re.findall("[a-z]+", value.lower())
    if any(part in _WORDS for part in parts):
        return sum(_WORDS.get(part, 0) for part in parts)
    han = re.search(_HAN, value)
    return words.han_number(han[0].replace("两", "二")) if han else None


def band_of(years: int) -> str:
    """The five years in which an age lies: ``45-49``."""
    low = years // BAND_YEARS * BAND_YEARS
    return f"{low}-{low + BAND_YEARS - 1}"

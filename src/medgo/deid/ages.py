"""Finds ages over 89 and years of birth that give one, and writes them coarser. Younger ages are no identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from medgo.deid.dates import read_date, words
from medgo.deid.dates.reading import read_at
from medgo.deid.protocol import CERTAIN, Finding, Note
from medgo.deid.searching import places_of_any
from medgo.deid.view import lowered, view_of
from medgo.schema import Lang

# The first age that Safe Harbor wants aggregated: 45 CFR 164.514(b)(2)(i)(C).
OLDEST = 90
# For a note that gives no year but the birth's: a later one flags more births than an earlier one.
_YEAR_OF_NO_NOTE = 2030
# Later years in a note are no years.
_LATEST_YEAR = 2060

_OLD = r"(?:9\d|1[01]\d|12[0-5])"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_OLD_WORD = (
    rf"(?:ninety(?:[- ](?:{_ONES}))?|(?:one|a)\shundred"
    rf"(?:\s(?:and\s)?(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_ONES}|ten|eleven|twelve|\w{{3,7}}teen))?)"
)
_OLD_HAN = r"(?:九十[一二三四五六七八九]?|一百(?:零[一二三四五六七八九]|[一二]?十[一二三四五六七八九]?)?|百)"
# What makes an age no age of a person's: it is aggregated already, or the limit of a study.
_AGGREGATED_ZH = r"(?!\s{0,2}(?:[(（]?(?:及|或)?以上|\+|[-~至到]))"

_CHINESE = re.compile(
    rf"(?<![\d.≥>＞])(?P<a>{_OLD}\s{{0,2}}(?:多|余|来)?\s?周?岁(?:半|余|多)?){_AGGREGATED_ZH}"
    rf"|(?P<b>{_OLD_HAN}(?:多|余|来)?周?岁(?:半|余|多)?){_AGGREGATED_ZH}"
    r"|(?P<c>(?:年(?:近|逾|过|届|满)?|已|近)?九旬|九十高龄|百岁|期颐)"
    rf"|年龄\s?[:=]?\s?(?P<d>{_OLD})(?![\d.%+])|(?:享年|终年|卒年|高龄|现年|时年)\s?(?P<e>{_OLD}|{_OLD_HAN})(?![\d.%+岁一二三四五六七八九十])"
    rf"|(?:奶|公|爷|婆|姥|妈|爸|母|父|老人|太太|今年)(?:都|已经|快|也|今年)?\s?(?P<g>(?:{_OLD}|{_OLD_HAN})(?:多|几)?)(?=了|\s?[,，。;；]|$)"
    rf"|(?:男性?|女性?)\s{{0,2}}[,/、|]?\s{{0,3}}(?P<f>{_OLD})(?![\d.%+/:-])(?=\s{{0,2}}(?:[,;。/|、)]|$|\n|床|于|因|患))"
)
_UNIT_EN = r"(?:years?|yrs?\.?)"
_AGGREGATED = r"(?!\s(?:and|or)\s(?:over|older|above|up))"
_OF_AGE = (
    rf"(?:[- ]{{0,2}}{_UNIT_EN}[- ]{{1,2}}(?:old|of\sage|young)|[- ]{{0,2}}y\.?\s?/?\s?o\.?(?![a-z])"
    r"|[- ]?yo[mf]?(?![a-z]))"
    rf"{_AGGREGATED}"
)
_ENGLISH = re.compile(
    rf"(?<![\d.,/>≥-])(?P<a>{_OLD}{_OF_AGE})"
    rf"|(?<![a-z-])(?P<b>{_OLD_WORD}[- ]{{1,2}}{_UNIT_EN}[- ]{{1,2}}(?:old|of\sage|young))"
    rf"|(?<![a-z])(?:aged?|turn(?:s|ed|ing)|age\sof|age\sat\s\w{{4,10}})\s?[:=]?\s{{0,2}}(?P<c>{_OLD}|{_OLD_WORD}){_AGGREGATED}"
    r"(?![\d.%+:/-]|\s?(?:mg|ml|%))(?:\s?(?:years?|yrs?|y)(?![a-z]))?"
    r"|(?<![a-z])in\s(?:his|her|their|(?:the\s)?(?:patient|pt)'?s?)\s(?:early[- ]|mid[- ]?|late[- ]|middle\s)?"
    r"(?P<d>nineties|(?:19)?90'?s|hundreds)(?![a-z\d])"
    r"|(?<![a-z])(?P<e>non[ao]genarian|centenarian|supercentenarian)s?(?![a-z])"
    rf"|(?<![a-z\d.])(?P<f>{_OLD}(?:st|nd|rd|th))\s(?:birthday|year\sof\slife)"
    rf"|(?<![\d.,/-])(?P<g>{_OLD})\s?-?\s?(?:y\s?/?\s?)?(?:[mf](?=\s(?:with|w/|who|presenting|presents?|admitted|pt|patient|c/o|s/p|hx|h/o|brought|here|from|found|p/w|status))|(?:male|female|man|woman|gentleman|lady)(?![a-z]|\s(?:patients|subjects|participants|cases|adults)))"
    rf"|(?<![a-z])(?:age\s?/\s?sex|sex\s?/\s?age)\s?[:=]?\s?(?:[mf]\s?/\s?)?(?P<h>{_OLD})(?![\d.%])"
    rf"|(?<![a-z\d])[mf]\s?/\s?(?P<i>{_OLD})(?![\d.%/])|(?<![\d./])(?P<j>{_OLD})\s?y?\s?/\s?[mf](?![a-z\d])"
    rf"|(?<![a-z])(?:died|passed\saway|expired|deceased)\sat\s(?:the\sage\sof\s)?(?P<k>{_OLD}|{_OLD_WORD})(?![\d:]|\s?[ap]m)",
    re.IGNORECASE,
)
_HAN_STEMS = re.compile(
    r"[岁旬]|[奶公爷婆姥妈爸母父年](?:都|已经|快|也|今年)?\s?(?:9|1[012])\d|九十|一百|[老太]人|年龄|享年|终年|卒年|高龄|现年|时年|期颐|[男女]性?\s{0,2}[,/、|]?\s{0,3}(?:9|1[012])\d"
)
# Every English form has one of these in it; forms reach no further to either side.
_OLD_NUMBER = re.compile(r"[91](?<!\d.)(?:(?<=9)|[012])\d(?!\d)")
_OLD_STEMS = ("ninet", "hundred", "enarian", "90's")
_FORM_BEFORE, _FORM_BEHIND = 48, 72

_BIRTH = re.compile(
    r"(?:出生(?:日期|年月日?|年份|时间)?\s{0,2}(?:[:=为是于])?|生于|生日\s?[:=为是]?|(?<![a-z])(?:d\.?o\.?b\.?|date\sof\sbirth|birth\s?(?:date|day|year)|year\sof\sbirth|born)"
    r"\s?[:=]?(?:\s?(?:is|was|in|on|around|circa))?)\s{0,3}(?P<date>[^\n;。；,，]{4,28})|(?P<before>(?:(?:18|19)\d\d\s?年?|一[八九][〇零○一二三四五六七八九]{2}年)\s?(?:出生|(?<=年)生(?=人|[^\u4e00-\u9fff]|$)|生(?=人)))",
    re.IGNORECASE,
)
_BIRTH_STEMS = ("生", "birth", "born", "dob", "d.o.b")
_YEAR = re.compile(r"[12](?<![\d.-].)(?:(?<=1)9|(?<=2)0)\d\d(?!\d|\.\d)")
_BIRTH_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)(?:\s?年)?|[一二][八九〇零○][〇零○一二三四五六七八九]{2}年")
# Ages as notes state them, of whomever.
_HAN_AGE = "[一二三四五六七八九十百零]{2,6}"
_STATED = re.compile(
    rf"(?<![\d.])(?P<a>\d{{2,3}})\s{{0,2}}周?岁|(?P<b>{_HAN_AGE})周?岁"
    rf"|(?:年\s{{0,4}}龄|现年|时年|享年|终年|卒年|高龄)\s?:?\s{{0,2}}(?:(?P<c>\d{{2,3}})(?![\d.%])|(?P<d>{_HAN_AGE}))"
    rf"|(?<![\d./-])(?P<e>\d{{2,3}}){_OF_AGE}|(?<![a-z])aged?\s?[:=]?\s{{0,2}}(?P<f>\d{{2,3}})(?![\d.%/-])"
    r"|(?<![\d./-])(?P<g>\d{2,3})\s?-?\s?(?:y\s?/?\s?)?(?:[mf](?![a-z\d])|(?:fe)?male(?![a-z]))",
    re.IGNORECASE,
)
# How far a stated age may be from the one that the latest year of a note gives: that year may be long before the note.
_BELOW, _ABOVE = 1, 12
_EARLIEST_NOTE = 1975


class AgeDetector:
    """Ages of 90 and more, in digits and in words, and dates or years of birth that give one.

    Args:
        year: The year to reckon from. Without one it is the latest that the note writes, or, where a note writes none
            but the birth's, a year that errs on flagging.
    """

    name: ClassVar[str] = "ages"
    version: ClassVar[str] = "1"

    def __init__(self, year: int | None = None) -> None:
        self._reckoned_from = year

    def find(self, note: Note) -> Iterable[Finding]:
        """Ages over 89 of a note; linear in its length."""
        text = note.view.text
        low = lowered(text)
        if _HAN_STEMS.search(text):
            for match in _CHINESE.finditer(text):
                yield self._finding(match)
        for start, end in _old_places(low):
            for match in _ENGLISH.finditer(text, start, end):
                yield self._finding(match)
        births = list(_BIRTH.finditer(text)) if any(stem in low for stem in _BIRTH_STEMS) else []
        yield from self._births(text, births)

    def _births(self, text: str, births: Sequence[re.Match[str]]) -> Iterator[Finding]:
        known, looked = self._reckoned_from, False
        stated: list[int] | None = None
        for match in births:
            group = "date" if match["date"] else "before"
            born = _BIRTH_YEAR.search(match[group])
            if born is None:
                continue
            if known is None and not looked:
                known, looked = _latest_year(text, births), True
            year = _year(born[0])
            # No age that is stated makes somebody so much younger old.
            if (known or _YEAR_OF_NO_NOTE) - year < OLDEST - _ABOVE:
                continue
            if stated is None:
                stated = _stated_ages(text) if self._reckoned_from is None else []
            if not _is_old(year, known, stated):
                continue
            start = match.start(group)
            whole = _leading_date(match[group])
            end = match.end(group) if group == "before" else start + max(whole, born.end())
            first = start if whole else start + born.start()
            yield Finding(first, end, "age_over_89", 0.99, self.name)

    def _finding(self, match: re.Match[str]) -> Finding:
        start, end = match.span(match.lastgroup or 0)
        return Finding(start, end, "age_over_89", CERTAIN, self.name)


def _old_places(low: str) -> Iterator[tuple[int, int]]:
    """Stretches of a text in lower case that may hold an English age over 89, in order, without overlaps."""
    places = {match.start() for match in _OLD_NUMBER.finditer(low)} | set(places_of_any(low, _OLD_STEMS))
    first = end = 0
    for at in sorted(places):
        if at - _FORM_BEFORE > end:
            if end:
                yield first, end
            first = max(0, at - _FORM_BEFORE)
        end = at + _FORM_BEHIND
    if end:
        yield first, end


def generalised_age(text: str, lang: Lang | None = None) -> str:
    """An age over 89 in the same form without saying which: ``90岁以上``, ``90+-year-old``, ``aged 90+``.

    Args:
        text: What :class:`AgeDetector` found: an age, or a date or year of birth.
        lang: Language around it; where it is None, Chinese characters in the text tell.
    """
    view = view_of(text).text
    chinese = lang == "zh" if lang else bool(re.search(r"[\u4e00-\u9fff]", view))
    if _BIRTH_YEAR.search(view) or _is_date(view):
        verb = re.search("(?:出生|生)$", view)
        return f"90余年前{verb[0] if verb else ''}" if chinese else "90+ years ago"
    if re.search("岁", view):
        return "90岁以上"
    if re.search("[旬龄颐]", view):
        return "九旬以上"
    if re.search(r"90'?s|nineties|hundreds", view, re.IGNORECASE):
        return "90s or older" if not chinese else "90岁以上"
    if re.search("enarian", view, re.IGNORECASE):
        return words.cased("person aged 90+", view[0])
    number = re.match(rf"(?:{_OLD_WORD}|\d{{2,3}}|{_OLD_HAN})(?P<rest>.*)", view, re.IGNORECASE | re.DOTALL)
    rest = re.sub(r"^(?:st|nd|rd|th)\b", "", number["rest"]) if number else ""
    return f"90+{rest}"


def _is_date(text: str) -> bool:
    found = read_date(text)
    return found is not None and found.year is not None


def _is_old(born: int, year: int | None, stated: Sequence[int]) -> bool:
    """Whether somebody born in a year is over 89 by the age that the note states for them, else by its latest year."""
    if year is None:
        fitting = [age for age in stated if _EARLIEST_NOTE <= born + age <= _YEAR_OF_NO_NOTE]
        return max(fitting, default=_YEAR_OF_NO_NOTE - born) >= OLDEST
    reckoned = year - born
    fitting = [age for age in stated if -_BELOW <= age - reckoned <= _ABOVE]
    return min(fitting, key=lambda age: abs(age - reckoned), default=reckoned) >= OLDEST


def _stated_ages(text: str) -> list[int]:
    """Ages that a note states, of whomever."""
    numbers = {number for match in _STATED.finditer(text) if (number := match[match.lastgroup or 0])}
    ages = {int(one) if one.isdigit() else words.han_number(one) for one in numbers}
    return sorted(age for age in ages if age is not None)


def _year(text: str) -> int:
    """A year in digits of either kind."""
    digits = text.rstrip("年 ")
    return int(digits) if digits.isdecimal() else words.han_digits(digits)


def _latest_year(text: str, births: Sequence[re.Match[str]]) -> int | None:
    """The latest year that a note writes; a birth's own year alone tells nothing."""
    years = {int(year) for year in _YEAR.findall(text)}
    born = {_year(one[0]) for match in births if (one := _BIRTH_YEAR.search(match[0]))}
    return max((year for year in years - born if year <= _LATEST_YEAR), default=None)


def _leading_date(text: str) -> int:
    """Length of the date that a text begins with, 0 where it begins with none."""
    found = read_at(text, 0)
    return found.end if found is not None and found.year is not None else 0

"""Finds dates: looks at numbers, Chinese numerals and month names, reads what stands there, asks the context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from medgo.deid.dates import contexts, holidays, words
from medgo.deid.dates.reading import read_at
from medgo.deid.protocol import CERTAIN, Finding, Note
from medgo.deid.searching import places, places_of_any
from medgo.deid.view import lowered

_NUMBER = re.compile(r"[0-9]{1,15}")
# Most numbers of a clinical text are neither of a day nor of a month, and are told sooner than read: a year alone, and
# a decimal, which is a day only among Chinese words, or in front of a bracket or an examination.
_YEAR_ALONE = re.compile(
    rf"(?:18|19|20)\d\d(?!\d|[-/._、,\s]{{0,5}}(?:\d|[年月日号闰]|{words.MONTH_STEMS}))", re.IGNORECASE
)
_DECIMAL = re.compile(r"\d{1,2}\.\d{1,2}(?!\d|\s{0,2}[-./:]\s{0,2}'?\d|\s?(?:[:(]|CT|MR|DR|PET|ECG|ICU|US|X))")
_AROUND_DECIMAL = 24
_HAN_NUMERAL = re.compile(r"[〇零○一二三四五六七八九十百正元冬腊闰]{1,6}\s{0,2}[年月]")
_HAN_PREFIX = re.compile(r"(?:农历|阴历|旧历|夏历|公历|阳历|新历|民国)\s?$")
_HAS_HAN = re.compile(r"[年月日号周]|星期|礼拜|节|除夕|大年|元旦")
_MONTH_STEMS = tuple({name[:3] for name in words.MONTHS})
_DAY_STEMS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_RELATIVE_DAY = re.compile(
    r"(?:last|next|this|every|each|alternate|other|past|previous|following|coming|good|black|ash|palm|easter)\s$"
)
_SCHEDULE = re.compile(
    r"\s?(?:,|/|&|-|to\s|and\s|or\s|through\s|thru\s){1,2}\s?(?:mon|tue|wed|thu|fri|sat|sun|weekend|holiday)",
    re.IGNORECASE,
)
_SCHEDULE_BEFORE = re.compile(r"(?:day|mon|tue|wed|thu|fri|sat|sun)\.?\s?(?:,|/|&|-|to|and|or|through|thru){1,2}\s?$")
_ORDINAL_BEFORE = re.compile(
    rf"(?<![a-z-])(?:{'|'.join(word.replace('-', '[- ]') for word in reversed(words.ORDINALS))})\s(?:(?:day\s)?of\s)?$"
)
_WEEKDAY_ZH = re.compile(
    r"(?P<word>星期|礼拜|周)[一二三四五六日天](?!\s?[-~、,，/至到和及]\s?(?:周|星期|礼拜|[一二三四五六日天](?![^\s。，,;；）)])))"
)
_COUNTED_WEEK = frozenset("每上下本这隔逢前一二两三四五六七八九十几半数个第孕外四单双围0123456789")
_AFTER_ZHOU = re.compile(
    r"[\s,，。;；:()（）、]|$|上午|下午|早|晚|中午|凌晨|清晨|入院|出院|复诊|复查|手术|门诊|来院|就诊|住院|做|行|查房"
)
_BIRTH = re.compile(
    r"(?:(?:出生(?:日期|年月日?|时间)|生日|日期|birthday|date\sof\sbirth|birth\s?date|D\.?O\.?B\.?)\s{0,3}[:=]?|born\son|出生\s?[:=])"
    r"\s{0,3}(?:is\s|was\s|为|是|于)?\s?(?P<value>[0-9](?:[0-9 ./年月日号-]{1,14})[0-9日号月])(?![0-9A-Za-z%公千克小])",
    re.IGNORECASE,
)
_BIRTH_STEMS = ("birth", "dob", "d.o.b", "born on", "生日", "出生", "日期")
_YEAR_ONLY = re.compile(r"(?:18|19|20)\d\d\s?年?")


class DateDetector:
    """Every part of a date more exact than its year. Relative dates, times of day and durations are none."""

    name: ClassVar[str] = "dates"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        """Dates of a note; linear in its length."""
        text = note.view.text
        low = lowered(text)
        taken = list(self._numbers(text))
        if _HAS_HAN.search(text):
            taken += self._chinese(text)
        free = _Free(taken)
        taken += [one for one in self._months(text, low) if free(one)]
        taken += [one for one in self._birth(text, low) if free(one)]
        taken += [one for one in self._weekdays(text, low) if free(one)]
        taken += [one for one in self._holidays(text, low) if free(one)]
        return taken

    def _numbers(self, text: str) -> Iterator[Finding]:
        done = 0
        for match in _NUMBER.finditer(text):
            at, end = match.span()
            following = text[end : end + 1]
            if at < done or not following:
                if at >= done and end - at >= 8:
                    yield from self._read(text, at)
                continue
            if _YEAR_ALONE.match(text, at) if end - at == 4 else following == "." and _is_decimal(text, at):
                continue
            # Most numbers are followed by something that follows no date's number.
            if end - at > 6 or following in _AFTER_NUMBER or following.isspace():
                for finding in self._read(text, _with_prefix(text, at)):
                    done = finding.end
                    yield finding

    def _chinese(self, text: str) -> Iterator[Finding]:
        done = 0
        for match in _HAN_NUMERAL.finditer(text):
            if match.start() < done or text[match.start() - 1 : match.start()].isdigit():
                continue
            for finding in self._read(text, _with_prefix(text, match.start())):
                done = finding.end
                yield finding

    def _months(self, text: str, low: str) -> Iterator[Finding]:
        for stem in _MONTH_STEMS:
            for at in places(low, stem):
                if at and text[at - 1].isalpha() and text[at - 1].isascii():
                    continue
                before = _ORDINAL_BEFORE.search(low, max(0, at - 30), at) if low[at - 1 : at] == " " else None
                yield from self._read(text, before.start() if before else at)

    def _read(self, text: str, at: int) -> Iterator[Finding]:
        found = read_at(text, at)
        if found is None:
            return
        score = contexts.score(text, found)
        if score:
            yield self._finding(found.start, found.end, score)

    def _birth(self, text: str, low: str) -> Iterator[Finding]:
        """What stands after a label of a birth date is one, however it is written: 030561."""
        for stem in _BIRTH_STEMS:
            for at in places(low, stem):
                match = _BIRTH.search(text, max(0, at - 8), at + 48)
                if match is None or _YEAR_ONLY.fullmatch(match["value"].strip()):
                    continue
                yield self._finding(*match.span("value"), CERTAIN)

    def _weekdays(self, text: str, low: str) -> Iterator[Finding]:
        for at in places(low, "day"):
            stem = next((one for one in _DAY_STEMS if low.endswith(one, max(0, at - 6), at)), None)
            if stem is None:
                continue
            start, end = at - len(stem), at + 3
            around = low[start - 1 : start] + low[end : end + 1]
            if any(letter.isalpha() and letter.isascii() for letter in around):
                continue
            window = low[max(0, start - 12) : start]
            if not (_RELATIVE_DAY.search(window) or _SCHEDULE.match(text, end) or _SCHEDULE_BEFORE.search(window)):
                yield self._finding(start, end, contexts.POSSIBLE)
        for stem in ("星期", "礼拜", "周"):
            for at in places(text, stem):
                match = _WEEKDAY_ZH.match(text, at)
                before = text[at - 1 : at]
                if match is None or (before and before in _COUNTED_WEEK):
                    continue
                if stem == "周" and not _alone(text, at, match.end()):
                    continue
                yield self._finding(at, match.end(), contexts.POSSIBLE)

    def _holidays(self, text: str, low: str) -> Iterator[Finding]:
        for at in places_of_any(low, holidays.STEMS):
            match = holidays.NAME.match(text, at)
            if match is not None:
                yield self._finding(*match.span(), contexts.POSSIBLE)

    def _finding(self, start: int, end: int, score: float) -> Finding:
        return Finding(start, end, "date", score, self.name)


_AFTER_NUMBER = frozenset("-/._、年月日号闰, JFMASONDjfmasondRrTt'")


class _Free:
    """Whether a finding overlaps none of those there already; of one length of search whatever their number."""

    def __init__(self, taken: Iterable[Finding]) -> None:
        self._taken = {at for one in taken for at in range(one.start, one.end)}

    def __call__(self, finding: Finding) -> bool:
        places = range(finding.start, finding.end)
        free = self._taken.isdisjoint(places)
        self._taken.update(places)
        return free


def _is_decimal(text: str, at: int) -> bool:
    """Whether a number with a point is no day of a month."""
    decimal = _DECIMAL.match(text, at)
    return decimal is not None and text[max(0, at - _AROUND_DECIMAL) : decimal.end() + _AROUND_DECIMAL].isascii()


def _with_prefix(text: str, at: int) -> int:
    """Where a word before the number begins that says by which calendar it counts."""
    if not at or text[at - 1] not in "历国 ":
        return at
    prefix = _HAN_PREFIX.search(text, max(0, at - 4), at)
    return prefix.start() if prefix else at


def _alone(text: str, start: int, end: int) -> bool:
    """Whether 周三 is a day and no piece of a name or a count."""
    before = text[start - 1 : start]
    return (not before or before in "于在至到的是者(（,，。;；:、 \n") and _AFTER_ZHOU.match(text, end) is not None

"""Dates of one patient, all moved by the same whole weeks, so that intervals, ages and weekdays stay true."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from medgo.deid.dates.reading import read_date
from medgo.deid.dates.shifting import shifted
from medgo.deid.protocol import Finding
from medgo.deid.replacing.draws import Draws

_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*([-/.年])\s*(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"((?:18|19|20)\d\d)(?:0[1-9]|1[0-2])(?:[0-3]\d)?")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_PAIR = f"([{_STEMS}])([{_BRANCHES}])年"
_CYCLIC = re.compile(rf"(?:农历)?{_PAIR}\s?(?:农历)?")
_CYCLIC_END = re.compile(rf"(?:农历)?{_PAIR}\s?(?:农历)?$")
_LUNAR = re.compile(r"农历(\d{4})年(.+)")
_YEAR_OF_NO_NOTE = 2020
_LUNAR_DAY = re.compile("(?:农历)?闰?[正一二三四五六七八九十冬腊]{1,2}月")
# Weeks enough for a month without a day to move as well.
_LEAST_WEEKS = 3


def shift_of(draws: Draws, most: int) -> int:
    """Days by which a patient's dates move: whole weeks, backwards, so that no date lies in the future.

    Args:
        draws: Of the patient.
        most: Most days, 7 at least.

    Returns:
        From ``-most`` to -21, or to -7 where ``most`` is less than that.
    """
    weeks = most // 7
    least = min(_LEAST_WEEKS, weeks)
    return -7 * (least + draws.number(weeks - least + 1, "shift"))


@dataclass(frozen=True)
class Times:
    """Dates of one note.

    Args:
        shift: Days by which they move.
        around: A date of the note that gives years to dates without one; None where no date is whole.
    """

    shift: int
    around: date | None = None

    def moved(self, value: str) -> str | None:
        """The date in the same form; None where nobody can write it so."""
        if cyclic := _CYCLIC.match(value):
            return self._cyclic(cyclic, value[cyclic.end() :])
        return shifted(value, self.shift, around=self.around)

    def _cyclic(self, year: re.Match[str], rest: str) -> str | None:
        """甲辰年正月初五: the cyclic year moves with the day; where it cannot, it goes."""
        number = next(at for at in range(60) if _STEMS[at % 10] + _BRANCHES[at % 12] == year[1] + year[2])
        middle = self.around.year if self.around else _YEAR_OF_NO_NOTE
        old = min(range(middle - 30, middle + 30), key=lambda one: ((one - 4 - number) % 60, abs(one - middle)))
        new = shifted(f"农历{old}年{rest}", self.shift, around=self.around)
        moved = _LUNAR.fullmatch(new) if new else None
        if moved is None:
            return shifted(rest, self.shift, around=self.around) if rest else None
        place = (int(moved[1]) - 4) % 60
        return f"{_STEMS[place % 10]}{_BRANCHES[place % 12]}年{moved[2]}"

    def month(self, value: str) -> str | None:
        """The month that a date moves to, or its year where it names no month."""
        new = self.moved(value)
        if new and _COMPACT.fullmatch(new):
            return new[:6]
        found = _MONTH.search(new) if new else None
        if not found:
            return self.year(value)
        return f"{found[1]}年{int(found[3])}月" if found[2] == "年" else f"{found[1]}{found[2]}{found[3]}"

    def year(self, value: str) -> str | None:
        """The year that a date moves to; None where it has none."""
        new = self.moved(value) or value
        found = _COMPACT.fullmatch(new) or _YEAR.search(new)
        if found and found.re is _COMPACT:
            return found[1]
        return None if found is None else found[0] + ("年" if "年" in value else "")


def with_cyclic_year(text: str, finding: Finding) -> Finding:
    """A lunar date with the cyclic year in front of it (甲辰年正月初五), which tells the year as a number does."""
    if finding.label != "date" or not _LUNAR_DAY.match(text, finding.start):
        return finding
    found = _CYCLIC_END.search(text, max(0, finding.start - 8), finding.start)
    return replace(finding, start=found.start()) if found else finding


def first_whole(values: Iterable[str]) -> date | None:
    """The first of some dates that has year, month and day."""
    for value in values:
        found = read_date(value)
        if found and found.year and found.month and found.day and not found.lunar:
            return date(found.year, found.month, found.day)
    return None

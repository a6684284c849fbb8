"""A known day in all written forms. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from medgo.deid.known.spelling import Spelling, word

_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = _MONTH_NAMES.split()
_YEAR_FIRST = re.compile(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_DIGITS = "〇一二三四五六七八九"


def spellings(value: str) -> Iterator[Spelling]:
    """All written forms of a day; nothing where ``value`` is not a whole date.

    Args:
        value: ISO, compact, Chinese or American form.
    """
    day = _read(value)
    if day is None:
        return
    year, month, dom = f"{day.year:04}", f"0?{day.month}", f"0?{day.day}"
    short = f"(?:{year}|'?{year[2:]})"
    name = (
        rf"{word(_MONTHS[day.month - 1][:3])}(?:{word(_MONTHS[day.month - 1][3:])})?\.?"
        if day.month != 5
        else word("may")
    )
    ordinal = rf"{dom}(?:st|nd|rd|th)?"
    chinese_year = "".join(f"[{_DIGITS[int(one)]}{'零○O' if one == '0' else ''}]" for one in year)
    forms = [
        rf"{year} ?[-/.年] ?{month} ?[-/.月] ?{dom}(?:日|号)?",
        f"{year}{day.month:02}{day.day:02}",
        rf"{month}[/.\-]{dom}[/.\-]{short}",
        rf"{dom}[/.\-]{month}[/.\-]{short}",
        rf"{year[2:]}[-/.]{month}[-/.]{dom}",
        rf"{name} {{0,2}}{ordinal}(?:,? {{0,2}}{short})?",
        rf"{ordinal}(?: of)?[ \-]{{0,2}}{name}(?:,?[ \-]{{0,2}}{short})?",
        rf"(?:{chinese_year}年)?{_chinese(day.month)}月{_chinese(day.day)}[日号]",
        rf"{day.month}月{day.day}[日号]",
    ]
    yield Spelling(re.compile(rf"(?<![\dA-Za-z一二三十])(?:{'|'.join(forms)})(?!\d)"), "date")


def _read(value: str) -> date | None:
    if match := _YEAR_FIRST.search(value):
        year, month, day = map(int, match.groups())
    elif match := _YEAR_LAST.search(value):
        month, day, year = map(int, match.groups())
        if month > 12:
            month, day = day, month
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (
        "" if not tens else "十" if tens == 1 else f"(?:{_DIGITS[tens]}十|廿)" if tens == 2 else f"{_DIGITS[tens]}十"
    ) + (_DIGITS[ones] if ones else "")

"""Moves a written date by days and writes it as it was written. The caller says by how much, and keeps to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from medgo.deid.dates import holidays, lunar, words
from medgo.deid.dates.parts import Field, PartialDate
from medgo.deid.dates.reading import read_date
from medgo.deid.view import View, view_of

DAYS_A_MONTH = 365.2425 / 12
# A year that is none: what a month and a day without any are moved in.
_COMMON_YEAR, _LEAP_YEAR = 2001, 2000
# The same for the Chinese calendar: twelve months, the years beside it too.
_LUNAR_YEAR = 2002
_WIDE = {ord("0") + digit: ord("０") + digit for digit in range(10)}
_WEEKDAY_ZH = re.compile(r"(星期|周|礼拜)([一二三四五六日天])")


def shifted(text: str, days: int, *, around: date | None = None, day_first: bool = False) -> str | None:
    """The same written form, ``days`` later.

    Full dates keep their intervals exactly, and their weekdays where ``days`` is a multiple of 7. A month without a
    day moves by whole months (``days`` / 30.44, rounded); a year alone stays, as Safe Harbor leaves it; times of day
    stay; a holiday becomes the day that it would be on.

    Args:
        text: One date as it stands in a note, with its time and further days (3月5日至8日), or a weekday.
        days: By how much; negative for earlier.
        around: A day near it, which gives a month and a day the year they lack. Without one they are moved in a
            common year, and a day without a month not at all.
        day_first: Read ``3/5/2024`` as the third of May.

    Returns:
        None where it cannot be read, or cannot be written in the same form: the caller writes something coarser.
    """
    view = view_of(text)
    weekday = _shifted_weekday(text, view.text.strip(), days)
    if weekday is not None:
        return weekday
    if holidays.is_holiday(view.text.strip()):
        return _shifted_holiday(view.text.strip(), days, around)
    found = read_date(text, day_first=day_first)
    if found is None:
        return None
    new = _moved(found, days, around)
    return None if new is None else _written(text, view, new)


Edits = list[tuple[int, int, str]]


def _moved(found: PartialDate, days: int, around: date | None) -> Edits | None:
    """What to write where, in positions of the view."""
    try:
        if found.lunar:
            return _moved_lunar(found, days, around)
        if found.day is None:
            return _moved_months(found, days)
        return _moved_days(found, days, around)
    except (OverflowError, ValueError):  # before year 1, after 9999
        return None


def _moved_lunar(found: PartialDate, days: int, around: date | None) -> Edits | None:
    """The same for dates of the Chinese calendar; a month without a day moves as its middle does."""
    if found.month is None or sum(one.kind == "day" for one in found.fields) > 1:
        return None
    years = [found.year] if found.year else [around.year - 1, around.year, around.year + 1] if around else [_LUNAR_YEAR]
    olds = [lunar.common_of(lunar.LunarDate(year, found.month, found.day or 15, found.leap)) for year in years]
    possible = [one for one in olds if one is not None]
    if not possible:
        return None
    old = min(possible, key=lambda one: abs(one - around)) if around else possible[0]
    new = lunar.lunar_of(old + timedelta(days=days))
    if new is None:
        return None
    edits: Edits = []
    for one in found.fields:
        if one.kind == "month":
            edits.append((one.start, one.end, _lunar_month(one, new)))
        else:
            edits.append(_edit(one, new.year if one.kind == "year" else new.day))
            if one.kind == "day" and one.style in ("han", "lunar"):
                edits[-1] = (one.start, one.end, words.to_lunar_day(new.day))
    return edits


def _lunar_month(field: Field, new: lunar.LunarDate) -> str:
    written = _value(field, new.month)
    if field.style == "han" and new.month == 1:
        written = "正"
    return f"闰{written}" if new.leap else written


def _moved_months(found: PartialDate, days: int) -> Edits:
    if found.month is None:
        return []
    months = round(days / DAYS_A_MONTH)
    year = ((found.year or _COMMON_YEAR) * 12 + found.month - 1 + months) // 12
    return [_edit(one, year if one.kind == "year" else (one.value - 1 + months) % 12 + 1) for one in found.fields]


def _moved_days(found: PartialDate, days: int, around: date | None) -> Edits | None:
    parts = [one for one in found.fields if one.kind == "day"]
    old = _days(found, parts, around)
    if old is None:
        return None
    new = [one + timedelta(days=days) for one in old]
    # In "5-8 March" the month belongs to the last day, elsewhere to the first.
    owner = len(new) - 1 if found.form == "day_mon" else 0
    year = next((one for one in found.fields if one.kind == "year"), None)
    if year is not None and any(one.year != new[owner].year for one in new):
        return None
    edits: Edits = [_edit(year, new[owner].year)] if year else []
    months = [one for one in found.fields if one.kind == "month"]
    for at, month in enumerate(months):
        following = next((n for n, part in enumerate(parts) if part.start > month.start), owner) if at else owner
        edits.append(_edit(month, new[following].month))
    for at, part in enumerate(parts):
        start, end, written = _edit(part, new[at].day)
        if months and _month_unsaid(found, parts, months, at, new):
            written = _with_month(found, months[0], written, new[at].month)
        edits.append((start, end, written))
    return sorted(edits)


def _days(found: PartialDate, parts: Sequence[Field], around: date | None) -> list[date] | None:
    """Every day of the list or the range, in order."""
    months = [one for one in found.fields if one.kind == "month"]
    if not months:
        return None if around is None else [_near(around, part.value) for part in parts]
    year = found.year or _year_near(months[0].value, parts[0].value, around)
    out: list[date] = []
    for part in parts:
        month = next((one for one in reversed(months) if one.start < part.start), months[0]).value
        after = bool(out) and month < months[0].value
        out.append(date(year + after, month, part.value))
    return out


def _year_near(month: int, day: int, around: date | None) -> int:
    if around is None:
        return _LEAP_YEAR if (month, day) == (2, 29) else _COMMON_YEAR
    possible = [year for year in range(around.year - 4, around.year + 5) if year > 0 and _exists(year, month, day)]
    return min(possible, key=lambda year: abs(date(year, month, day) - around))


def _exists(year: int, month: int, day: int) -> bool:
    return (month, day) != (2, 29) or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _near(around: date, day: int) -> date:
    """The nearest day with that number."""
    return min(
        (one for n in range(-62, 63) if (one := around + timedelta(days=n)).day == day), key=lambda d: abs(d - around)
    )


def _month_unsaid(
    found: PartialDate, parts: Sequence[Field], months: Sequence[Field], at: int, new: Sequence[date]
) -> bool:
    """Whether a day of a list would be read in the wrong month, as it leaves its own out."""
    if found.form == "day_mon":
        return at < len(parts) - 1 and new[at].month != new[-1].month
    if at == 0 or any(parts[at - 1].start < month.start < parts[at].start for month in months):
        return False
    return new[at].month != new[at - 1].month


def _with_month(found: PartialDate, month: Field, day: str, value: int) -> str:
    written = _value(month, value)
    if found.form == "day_mon":
        return f"{day} {written}"
    if found.form == "mon_day":
        return f"{written} {day}"
    return f"{written}月{day}" if found.form.startswith("zh") else f"{written}-{day}"


def _edit(field: Field, value: int) -> tuple[int, int, str]:
    return field.start, field.end, _value(field, value)


def _value(field: Field, value: int) -> str:
    """A value in the style of a field; the case of words follows in :func:`_written`."""
    match field.style:
        case "padded":
            return f"{value:02d}"
        case "short":
            return f"{value % 100:02d}"
        case "roc":
            return str(value - 1911)
        case "roc_han":
            return words.to_han_number(value - 1911)
        case "han" if field.kind == "year":
            return words.to_han_digits(value if field.end - field.start == 4 else value % 100)
        case "han":
            return words.to_han_number(value)
        case "lunar":
            return words.to_lunar_day(value) if field.kind == "day" else words.to_lunar_month(value)
        case "name":
            return words.MONTHS[value - 1]
        case "abbreviation":
            return words.MONTHS[value - 1][:3]
        case "ordinal":
            return f"{value}{words.ordinal(value)}"
        case "word":
            return words.ORDINALS[value - 1]
        case _:
            return str(value)


def _written(text: str, view: View, edits: Edits) -> str:
    """Put the edits into the original, in its case and width, between what it had there."""
    out, done = [], 0
    for start, end, new in edits:
        first, last = view.start(start), view.end(end)
        old = text[first:last]
        letters = "".join(letter for letter in old if letter.isalpha() and letter.isascii())
        if letters and not old[0].isdigit():
            new = words.cased(new, letters)
        elif letters.isupper():
            new = new.upper()
        elif not letters and re.search(r"[A-Za-z]{3}", new):  # a month put in beside a day
            new = re.sub(r"[a-z]{3,}", lambda word: word[0].capitalize(), new)
        if "零" in old:
            new = new.replace("〇", "零")
        if re.search("[０-９]", old):
            new = new.translate(_WIDE)
        out += [text[done:first], new]
        done = last
    return "".join([*out, text[done:]])


def _shifted_weekday(text: str, folded: str, days: int) -> str | None:
    chinese = _WEEKDAY_ZH.fullmatch(folded)
    if chinese:
        old = "一二三四五六日".index(chinese[2].replace("天", "日"))
        new = "一二三四五六日"[(old + days) % 7]
        return text if days % 7 == 0 else chinese[1] + ("天" if new == "日" and chinese[1] == "礼拜" else new)
    name = folded.lower().rstrip(".")
    if name not in words.WEEKDAY_OF:
        return None
    if days % 7 == 0:
        return text
    word = words.WEEKDAYS[(words.WEEKDAY_OF[name] + days) % 7]
    return words.cased(word if name in words.WEEKDAYS else word[:3], folded.rstrip("."))


def _shifted_holiday(name: str, days: int, around: date | None) -> str | None:
    festival = holidays.lunar_holiday(name)
    if festival:
        written = f"{words.to_lunar_month(festival[0])}月{words.to_lunar_day(festival[1])}"
        return None if name.isascii() else shifted(f"农历{written}", days, around=around)
    year = around.year if around else _COMMON_YEAR
    days_of = [day for near in (year - 1, year, year + 1) if near > 0 and (day := holidays.holiday_in(name, near))]
    if not days_of:
        return None
    day = min(days_of, key=lambda one: abs(one - around)) if around else days_of[len(days_of) // 2]
    new = day + timedelta(days=days)
    if name.isascii():
        return f"{words.MONTHS[new.month - 1].capitalize()} {new.day}"
    return f"{new.month}月{new.day}日"

"""Reads one written date into its parts, each with how it is written, so that it can be written again. No context."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator

from medgo.deid.dates import grammar, words
from medgo.deid.dates.parts import Field, Form, Kind, PartialDate, Style
from medgo.deid.view import view_of

# Two digits up to here are years of this century.
_PIVOT = 40


def read_date(text: str, *, day_first: bool = False) -> PartialDate | None:
    """Read a text that is one date and nothing else.

    Args:
        text: Such as ``2024年3月5日 10:30``, ``March 5th``, ``腊月二十三``.
        day_first: Read ``3/5/2024`` as the third of May. Where one reading only is possible, it is taken anyhow.

    Returns:
        None where it is no date, or goes on after it.
    """
    text = view_of(text).text
    found = read_at(text, len(text) - len(text.lstrip()), day_first=day_first)
    return found if found and not text[found.end :].strip(" .,，。;；") else None


def read_at(text: str, at: int, *, day_first: bool = False) -> PartialDate | None:
    """Read the longest date that starts here; the time of day that touches it belongs to it.

    Args:
        text: As detectors see it.
        at: Where it starts.
        day_first: See :func:`read_date`.
    """
    prefix = grammar.PREFIX.match(text, at) if text[at : at + 1] in _PREFIXES else None
    lunar, roc = bool(prefix and prefix["lunar"]), bool(prefix and prefix["roc"])
    for form, pattern in _forms(text, prefix.end() if prefix else at):
        match = pattern.match(text, prefix.end() if prefix else at)
        if match is None:
            continue
        found = _read(form, match, at, lunar=lunar, roc=roc, day_first=day_first)
        if found is not None and _possible(found):
            return _with_more(found, match, text)
    return None


_PREFIXES = frozenset("农阴旧夏公阳新民")
_AFTER_NUMBER = re.compile(r"(\d{1,15})\s{0,2}(\D?)")
_CENTURIES = frozenset({"18", "19", "20"})
# What may follow a day that stands before its month: most numbers of a clinical text have a unit there.
_DAY_GOES_ON = re.compile(
    rf"(?:st|nd|rd|th)|\s?(?:[~&]|to|and)|,?\s(?:day\s)?of\s|\s{{0,2}}(?:{words.MONTH_STEMS})",
    re.IGNORECASE,
)
_ORDINAL_STARTS = frozenset(word[0] for word in words.ORDINALS)


def _forms(text: str, at: int) -> Iterator[tuple[Form, re.Pattern[str]]]:
    """The forms that may start here, longest first, told by what stands here and what follows a number."""
    number = _AFTER_NUMBER.match(text, at)
    if number is None:
        if text[at : at + 1].isascii():
            yield from _ENGLISH
            if text[at : at + 1].lower() in _ORDINAL_STARTS:
                yield "day_mon", grammar.WORD_MON
        else:
            yield from _CHINESE
        return
    digits, after = len(number[1]), number[2]
    if after in "年月日号闰" and after:
        yield from _CHINESE
    elif digits == 4:
        if number[1][:2] in _CENTURIES:
            yield from _YEAR_FIRST
    elif digits <= 3:
        if after and after in "-/.":
            yield from _NUMERIC
        elif _DAY_GOES_ON.match(text, number.end(1)):
            yield from _DAY_FIRST
    else:
        yield "compact", grammar.COMPACT
        yield "compact_month", grammar.COMPACT_MONTH
    if digits in (5, 6):
        yield "day_mon", grammar.DAY_MON


_CHINESE: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("zh_ymd", grammar.YMD_ZH),
    ("zh_ym", grammar.YM_ZH),
    ("year", grammar.Y_ZH),
    ("zh_md", grammar.MD_ZH),
    ("zh_m", grammar.M_ZH),
    ("zh_d", grammar.D_ZH),
)
_YEAR_FIRST: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("iso", grammar.ISO),
    ("iso", grammar.YEAR_MON_DAY),
    ("year_month", grammar.YEAR_MONTH),
    ("year", grammar.YEAR),
)
_NUMERIC: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("triple", grammar.TRIPLE),
    ("roc", grammar.ROC),
    ("month_year", grammar.MONTH_YEAR),
    ("day_mon", grammar.DAY_MON),
    ("month_day", grammar.MONTH_DAY),
)
_DAY_FIRST: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("day_mon", grammar.DAY_MON),
    ("en_d", grammar.D_EN),
)
_ENGLISH: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("mon_day", grammar.MON_DAY),
    ("mon_year", grammar.MON_YEAR),
    ("mon", grammar.MON_ALONE),
)


def _read(
    form: Form, match: re.Match[str], start: int, *, lunar: bool, roc: bool, day_first: bool
) -> PartialDate | None:
    if form == "triple":
        fields = _triple(match, day_first=day_first)
        return PartialDate(start, match.end(), form, fields) if fields else None
    groups = match.groupdict()
    if form == "mon_day" and groups["d"] and not groups["y"] and not groups["yy"] and _is_month_year(match):
        return None  # Mar-24 is a month
    fields = tuple(
        sorted(
            (_field(name, match, form, roc=roc or form == "roc") for name in _GROUPS if groups.get(name)),
            key=lambda one: one.start,
        )
    )
    if any(one.value < 0 for one in fields):
        return None
    chinese_month = next((one.style == "lunar" for one in fields if one.kind == "month"), False)
    lunar = lunar or bool(groups.get("leap")) or chinese_month or any(one.style == "lunar" for one in fields)
    if form in ("zh_md", "zh_ymd") and not lunar and not match[0].endswith(("日", "号")):
        # 八月十五 counts by the Chinese calendar, as no 日 follows; 三月五 may be anything.
        day = next(one for one in fields if one.kind == "day")
        if day.style == "han":
            if "十" not in match["d"]:
                return None
            lunar = form == "zh_md"
    return PartialDate(start, match.end(), form, fields, lunar, bool(groups.get("leap")), bool(groups.get("t")))


def _is_month_year(match: re.Match[str]) -> bool:
    return (
        match.group("mon").isalpha()
        and match.string[match.end("mon") : match.start("d")] in ("-", "/", "'")
        and (len(match["d"]) == 2 and not match["d2"])
    )


_GROUPS: dict[str, Kind] = {
    "y": "year", "yy": "year", "yy2": "year", "m0": "month", "m": "month", "m1": "month", "mon": "month",
    "d0": "day", "d": "day", "d2": "day", "word": "day",
}  # fmt: skip


def _field(name: str, match: re.Match[str], form: Form, *, roc: bool) -> Field:
    text, (start, end) = match[name], match.span(name)
    kind = _GROUPS[name]
    start -= name == "m" and match.string[start - 1 : start] == "闰"
    if kind == "year":
        return Field(kind, start, end, *_year(text, roc=roc))
    if name == "mon":
        lowered = text.lower()
        glued = lowered == "may" and match.string[end : end + 1] in ("-", "2", "1")
        short = (len(lowered) < 5 and lowered not in ("june", "july", "may")) or glued
        return Field(kind, start, end, words.MONTH_OF[lowered], "abbreviation" if short else "name")
    if name == "word":
        return Field(kind, start, end, words.ORDINAL_OF[text.lower().replace("-", " ")], "word")
    if text.isdigit():
        if name != "m" and match.string[end : end + 2].lower() in ("st", "nd", "rd", "th"):
            return Field(kind, start, end + 2, int(text), "ordinal")
        return Field(kind, start, end, int(text), _padding(match, form))
    if kind == "month":
        return Field(kind, start, end, words.han_month(text) or -1, "lunar" if text in "正元冬腊" else "han")
    value = words.han_number(text.removeprefix("初"))
    return Field(kind, start, end, value or -1, "lunar" if text[0] in "初廿卅" else "han")


def _year(text: str, *, roc: bool) -> tuple[int, Style]:
    if not text.isdigit():
        if roc or "百" in text:
            return 1911 + (words.han_number(text) or 0), "roc_han"
        value = words.han_digits(text)
        return (value, "han") if len(text) == 4 else (_century(value), "han")
    value = int(text)
    if roc or len(text) == 3:
        return 1911 + value, "roc"
    return (value, "digits") if len(text) == 4 else (_century(value), "short")


def _century(value: int) -> int:
    return value + (2000 if value <= _PIVOT else 1900)


_PADDED = frozenset({"m0", "m", "m1", "d", "a", "b", "d0", "d2"})


def _padding(match: re.Match[str], form: Form) -> Style:
    """Whether 5 would be written 05 here: told by the other part where this one has two digits anyhow."""
    if form in ("compact", "compact_month"):
        return "padded"
    parts = [
        part for name, part in match.groupdict().items() if part and name in ("m", "m1", "d", "a", "b", "d0", "d2")
    ]
    if any(part.startswith("0") for part in parts):
        return "padded"
    if any(len(part) == 1 for part in parts):
        return "digits"
    groups = match.groupdict()
    glued = form == "day_mon" and match.string[match.end("d") : match.start("mon")] in ("-", "")  # 10-Mar-24
    return "padded" if groups.get("m1") or glued or (form == "iso" and groups.get("s") == "-") else "digits"


def _triple(match: re.Match[str], *, day_first: bool) -> tuple[Field, ...]:
    """Which of three numbers is the year, the month and the day; empty where no reading is a date."""
    a, c = int(match["a"]), match["c4"] or match["c"]
    month_first = (("a", "month"), ("b", "day"), ("c", "year"))
    day_before = (("a", "day"), ("b", "month"), ("c", "year"))
    year_before = (("a", "year"), ("b", "month"), ("c", "day"))
    order = [day_before, month_first] if day_first or match["s"] == "." else [month_first, day_before]
    if not match["c4"]:
        if len(c) == 1:
            order = []
        if len(match["a"]) == 2:
            # Years come first where no slash stands between: 24-03-05, 24.3.5.
            order = [year_before, *order] if match["s"] != "/" and a > 12 else [*order, year_before]
    for reading in order:
        fields = []
        for name, kind in reading:
            group = "c4" if name == "c" and match["c4"] else name
            start, end = match.span(group)
            text = match[group]
            value, style = _year(text, roc=False) if kind == "year" else (int(text), _padding(match, "triple"))
            fields.append(Field(kind, start, end, value, style))  # type: ignore[arg-type]
        if _possible_fields(tuple(fields), lunar=False):
            return tuple(fields)
    return ()


def _possible(found: PartialDate) -> bool:
    return _possible_fields(found.fields, lunar=found.lunar)


def _possible_fields(fields: tuple[Field, ...], *, lunar: bool) -> bool:
    """Whether every day exists in its month (of a leap year, where none is given)."""
    year, month = 2000, 1
    for one in fields:
        year = one.value if one.kind == "year" else year
        month = one.value if one.kind == "month" else month
    if not (1000 <= year <= 2999 and 1 <= month <= 12):
        return False
    if len([one for one in fields if one.kind == "month"]) > 1:
        return all(1 <= one.value <= 31 for one in fields if one.kind == "day")
    last = 30 if lunar else monthrange(year, month)[1] if any(one.kind == "month" for one in fields) else 31
    return all(1 <= one.value <= last for one in fields if one.kind == "day")


def _with_more(found: PartialDate, match: re.Match[str], text: str) -> PartialDate:
    """Add the time of day, or the further days that leave out what they share with the first."""
    fields, end = list(found.fields), found.end
    if found.form in ("zh_ymd", "zh_md"):
        for _ in range(8):
            more = grammar.MORE_ZH.match(text, end)
            if more is None:
                break
            fields += _more_fields(more, "zh_md")
            end = more.end()
    elif found.form in ("iso", "month_day") and match.groupdict().get("s"):
        more = grammar.MORE_DIGITS[match["s"]].match(text, end)
        if more is not None:
            fields += _more_fields(more, "iso")
            end = more.end()
    if end != found.end and not _possible_fields(tuple(fields), lunar=found.lunar):
        fields, end = list(found.fields), found.end
    time = None if found.timed or found.form in ("year", "mon", "zh_m") else grammar.TIME.match(text, end)
    end = time.end() if time else end
    end -= text[end - 1] == "."  # of "Mar.", or of the sentence
    return PartialDate(found.start, end, found.form, tuple(fields), found.lunar, found.leap, found.timed or bool(time))


def _more_fields(match: re.Match[str], form: Form) -> list[Field]:
    return [_field(name, match, form, roc=False) for name in ("m", "d") if match[name]]

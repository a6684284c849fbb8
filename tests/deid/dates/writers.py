"""Ways to write a day, independent of the ones that are tested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

_HAN = "〇一二三四五六七八九"
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]


def _han(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ["", "十", "二十", "三十"][tens] + (_HAN[ones] if ones else "")


def _han_year(year: int) -> str:
    return "".join(_HAN[int(digit)] for digit in str(year))


def _th(day: int) -> str:
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


FULL: dict[str, Callable[[date], str]] = {
    "iso": lambda d: d.isoformat(),
    "slashes": lambda d: f"{d.year}/{d.month:02d}/{d.day:02d}",
    "compact": lambda d: f"{d.year}{d.month:02d}{d.day:02d}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "chinese spoken": lambda d: f"{d.year}年{d.month}月{d.day}号",
    "chinese spaced": lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    "chinese padded": lambda d: f"{d.year}年{d.month:02d}月{d.day:02d}日",
    "numerals": lambda d: f"{_han_year(d.year)}年{_han(d.month)}月{_han(d.day)}日",
    "republic": lambda d: f"民国{d.year - 1911}年{d.month}月{d.day}日",
    "american": lambda d: f"{d.month:02d}/{d.day:02d}/{d.year}",
    "european": lambda d: f"{d.day:02d}.{d.month:02d}.{d.year}",
    "hl7": lambda d: f"{d.year}{d.month:02d}{d.day:02d}1030",
    "timed": lambda d: f"{d.isoformat()} 09:00:27",
    "english": lambda d: f"{_MONTHS[d.month - 1]} {d.day}, {d.year}",
    "english ordinal": lambda d: f"{_MONTHS[d.month - 1]} {_th(d.day)}, {d.year}",
    "capitals": lambda d: f"{_MONTHS[d.month - 1].upper()} {d.day} {d.year}",
    "day first": lambda d: f"{d.day} {_MONTHS[d.month - 1]} {d.year}",
    "day of": lambda d: f"{_th(d.day)} of {_MONTHS[d.month - 1]} {d.year}",
    "abbreviated": lambda d: f"{d.day:02d}-{_MONTHS[d.month - 1][:3]}-{d.year}",
}
PARTIAL: dict[str, Callable[[date], str]] = {
    "chinese": lambda d: f"{d.month}月{d.day}日",
    "chinese spoken": lambda d: f"{d.month}月{d.day}号",
    "numerals": lambda d: f"{_han(d.month)}月{_han(d.day)}日",
    "english": lambda d: f"{_MONTHS[d.month - 1]} {d.day}",
    "english ordinal": lambda d: f"{_MONTHS[d.month - 1]} {_th(d.day)}",
    "day first": lambda d: f"{d.day} {_MONTHS[d.month - 1]}",
}

"""Holidays as dates: how they are named, and when they are. Lunar ones are left to :mod:`medgo.deid.dates.lunar`."""

from __future__ import annotations

import re
from datetime import date, timedelta

# (month, day) of the common calendar; (month, weekday, which) with -1 for the last; or days after Easter.
_FIXED: dict[str, tuple[int, int]] = {
    "元旦": (1, 1), "元旦节": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八节": (3, 8), "植树节": (3, 12),
    "愚人节": (4, 1), "清明节": (4, 4), "五一节": (5, 1), "劳动节": (5, 1), "五一": (5, 1), "青年节": (5, 4),
    "五四": (5, 4), "护士节": (5, 12), "儿童节": (6, 1), "六一": (6, 1), "建党节": (7, 1), "建军节": (8, 1),
    "医师节": (8, 19), "教师节": (9, 10), "国庆节": (10, 1), "国庆": (10, 1), "十一": (10, 1), "万圣节": (10, 31),
    "光棍节": (11, 11), "双十一": (11, 11), "平安夜": (12, 24), "圣诞节": (12, 25), "圣诞": (12, 25),
    "new year's day": (1, 1), "new year's eve": (12, 31), "new years day": (1, 1), "new years eve": (12, 31),
    "valentine's day": (2, 14), "valentines day": (2, 14), "st. patrick's day": (3, 17), "st patrick's day": (3, 17),
    "april fools' day": (4, 1), "cinco de mayo": (5, 5), "juneteenth": (6, 19), "independence day": (7, 4),
    "fourth of july": (7, 4), "canada day": (7, 1), "halloween": (10, 31), "guy fawkes night": (11, 5),
    "veterans day": (11, 11), "veteran's day": (11, 11), "remembrance day": (11, 11), "christmas eve": (12, 24),
    "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25), "boxing day": (12, 26),
}  # fmt: skip
_NTH: dict[str, tuple[int, int, int]] = {
    "mlk day": (1, 0, 3), "martin luther king day": (1, 0, 3), "presidents' day": (2, 0, 3),
    "presidents day": (2, 0, 3), "mother's day": (5, 6, 2), "mothers day": (5, 6, 2), "memorial day": (5, 0, -1),
    "father's day": (6, 6, 3), "fathers day": (6, 6, 3), "labor day": (9, 0, 1), "columbus day": (10, 0, 2),
    "thanksgiving": (11, 3, 4), "thanksgiving day": (11, 3, 4), "black friday": (11, 4, 4),
    "母亲节": (5, 6, 2), "父亲节": (6, 6, 3), "感恩节": (11, 3, 4),
}  # fmt: skip
_AFTER_EASTER: dict[str, int] = {
    "mardi gras": -47, "ash wednesday": -46, "palm sunday": -7, "good friday": -2, "easter": 0, "easter sunday": 0,
    "easter monday": 1, "复活节": 0,
}  # fmt: skip
LUNAR: dict[str, tuple[int, int]] = {
    "春节": (1, 1), "大年初一": (1, 1), "大年初二": (1, 2), "大年初三": (1, 3), "大年初四": (1, 4),
    "大年初五": (1, 5), "大年初六": (1, 6), "大年初七": (1, 7), "元宵节": (1, 15), "端午节": (5, 5), "端午": (5, 5),
    "七夕节": (7, 7), "七夕": (7, 7), "中元节": (7, 15), "中秋节": (8, 15), "中秋": (8, 15), "重阳节": (9, 9),
    "腊八节": (12, 8), "大年三十": (12, 30), "年三十": (12, 30), "除夕夜": (12, 30), "除夕": (12, 30),
    "lunar new year": (1, 1), "chinese new year": (1, 1), "spring festival": (1, 1), "dragon boat festival": (5, 5),
    "mid-autumn festival": (8, 15),
}  # fmt: skip
_UNKNOWN = ("ramadan", "eid al-fitr", "eid al-adha", "diwali", "hanukkah", "passover", "yom kippur", "rosh hashanah")
_NAMES = sorted({*_FIXED, *_NTH, *_AFTER_EASTER, *LUNAR, *_UNKNOWN}, key=len, reverse=True)
# Words that are holidays only beside 期间 and the like: 十一 is a number, 五一 a road, 国庆 a name, 中秋 and 端午 too.
_AMBIGUOUS = frozenset({"五一", "五四", "六一", "十一", "国庆", "圣诞", "中秋", "端午", "七夕", "年三十"})
_BESIDE = r"(?=期间|假期|长假|小长假|放假|前后|当天|当日|前夕|前一|后一|这天|那天|黄金周|劳动节|儿童节|青年节|前夜)"
# Christmas disease is haemophilia B, a Christmas tree a pattern of pityriasis rosea.
_NOT = r"(?!\s(?:disease|factor|tree|seals?|lily|eggs?))"
# Or after a year: 2023年中秋, but not 2023年十一月.
_AFTER_YEAR = rf"(?<=年)(?:{'|'.join(sorted(_AMBIGUOUS))})(?![月日点时岁个号])"
_HAN_NAMES = [name + (_BESIDE if name in _AMBIGUOUS else "") for name in _NAMES if not name.isascii()] + [_AFTER_YEAR]
_ASCII_NAMES = [re.escape(name) for name in _NAMES if name.isascii()]
NAME = re.compile(
    rf"(?:{'|'.join(_HAN_NAMES)})|(?<![A-Za-z])(?:{'|'.join(_ASCII_NAMES)})(?![A-Za-z]){_NOT}", re.IGNORECASE
)
# Looked for first, with str.find; a longer name that begins with a shorter one is found by it.
STEMS = tuple(name for name in _NAMES if not any(name != one and name.startswith(one) for one in _NAMES))


def is_holiday(text: str) -> bool:
    """Whether a text is the name of a holiday and nothing else."""
    return _key(text) in _KEYS


def holiday_in(text: str, year: int) -> date | None:
    """The day of a holiday in a year; None where its calendar is not the common one."""
    name = _key(text)
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _NTH:
        month, weekday, which = _NTH[name]
        if which < 0:
            last = date(year, month + 1, 1) - timedelta(days=1)
            return last - timedelta(days=(last.weekday() - weekday) % 7)
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    if name in _AFTER_EASTER:
        return _easter(year) + timedelta(days=_AFTER_EASTER[name])
    return None


def lunar_holiday(text: str) -> tuple[int, int] | None:
    """Month and day of a holiday of the Chinese calendar; day 30 of month 12 is the last of the year."""
    return LUNAR.get(_key(text))


_KEYS = frozenset(_NAMES)


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: Anonymous, Nature 13 (1876) 487, as in Meeus."""
    century = year // 100
    golden = year % 19
    leap = century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15
    epact = leap % 30
    epact -= (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    offset = epact - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))

"""The written forms of dates as regular expressions with named groups. Every repeat is bounded. Knows no context.

Groups: ``y`` year, ``m`` month in digits or Chinese, ``mon`` month in English, ``d`` day, ``d0`` first day of a range,
``word`` day as an English word, ``s`` separator.
"""

from __future__ import annotations

import re

from medgo.deid.dates.words import HAN_DIGIT, MONTHS, ORDINALS

S = r"\s{0,2}"
_M = r"(?P<m>1[0-2]|0?[1-9])(?!\d)"
_D = r"(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)"
_Y = r"(?P<y>(?:18|19|20)\d\d)"
MON = rf"(?P<mon>{'|'.join(f'{name[:3]}(?:{name[3:]})?' if name != 'may' else name for name in MONTHS)}|sept)(?![a-z])"
_SUFFIX = r"(?:st|nd|rd|th)(?![a-z])"
_WORD = rf"(?P<word>{'|'.join(word.replace('-', '[- ]') for word in reversed(ORDINALS))})(?![a-z])"
# What follows a number that counts or measures: "Mar 5 mg", 3月5次.
_UNIT = (
    r"(?:mg|mcg|ug|μg|g|kg|ml|l|cc|iu|units?|mmol|mm|cm|h|hrs?|hours?|min|minutes?|days?|d|weeks?|wks?|months?|mos?|years?"
    r"|yrs?|yo|y/o|tabs?|tablets?|pills?|doses?|puffs?|patients?|times?|am|pm)(?![a-z])"
)
_COUNTED = rf"(?!\d|[:.]\d|%|\s?{_UNIT})"
_COUNTED_ZH = rf"(?!{S}(?:[\d个天周岁次年时小点分秒月级型例粒片袋支包步层度米毫克%:/]|\.\d|[A-Za-z]))"
_YEAR_EN = (
    rf"(?:(?:\s?,?\s{{1,2}}|[-/.,]\s?|,?\sof\s)?{_Y}(?!\d|\.\d|\s?(?:ml|mg|cc|kcal|units?|iu)(?![a-z]))"
    r"|(?:\s?,?\s?'|[-/]|(?<=\d[a-z]{3}))(?P<yy>\d\d)(?!\d|[:/]\d))"
)
_YEAR_ONLY = r"(?:18|19|20)\d\d(?!\d)"
_SHORT_YEAR = rf"|\s(?P<yy2>\d\d)(?![\d:.%/-]|\s?{_UNIT})"

_YZH = (
    rf"(?P<y>\d{{2,4}}|[{HAN_DIGIT}]{{4}}|[一二三四五六七八九][〇零○一二三四五六七八九]"
    r"|一百(?:零[一二三四五六七八九]|一?十[一二三四五六七八九]?|二十[一二三四五六七八九]?))"
)
_MZH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九正元冬腊])"
_LUNAR_DAY = r"初[一二三四五六七八九十]|廿[一二三四五六七八九]?|卅一?"
# Atomic: 正月十五次 must not be read as 正月十.
_DZH = rf"(?P<d>(?>(?:3[01]|[12]\d|0?[1-9])(?!\d)|{_LUNAR_DAY}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]))"
_DAY_OR_BARE = rf"{_DZH}(?:{S}[日号]|{_COUNTED_ZH})"
_PREFIX = rf"(?:(?P<lunar>农历|阴历|旧历|夏历)|公历|阳历|新历|(?P<roc>民国)(?:前)?){S}"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


PREFIX = _compiled(_PREFIX)
# The second way to write the day is one that a time touches: 2024-03-0508:00.
ISO = _compiled(
    rf"{_Y}{S}(?P<s>[-/._、]| (?=(?:0[1-9]|1[0-2]) [0-3]\d(?!\d))){S}{_M}{S}(?P=s){S}"
    r"(?P<d>(?:3[01]|[12]\d|0?[1-9])(?=[0-2]\d:[0-5]\d)|(?:3[01]|[12]\d|0?[1-9])(?!\d))(?!\.\d)"
)
# A sentence ends behind a number (418.437.1949. October 16), and the month begins the next.
YEAR_MON_DAY = _compiled(rf"(?<!\d[-./]){_Y}(?!\.\s)[-/. ,]{{0,2}}{MON}\.?[-/. ,]{{0,2}}{_D}(?![:.]\d)")
# 2093-3 is a LOINC code, 2024-03 a month.
YEAR_MONTH = _compiled(
    rf"{_Y}{S}(?:(?P<s>[/.]){S}(?P<m>1[0-2]|0?[1-9])|-{S}(?P<m1>1[0-2]|0[1-9]|[1-9](?=月)))(?!\d|[%年])(?!{S}(?(s)(?P=s)|-){S}\d)"
)
ROC = _compiled(rf"(?P<y>(?:0?[5-9]\d|1[0-2]\d))(?P<s>[-/.]){_M}(?P=s){_D}(?![-/.]\d)")
TRIPLE = _compiled(
    rf"(?P<a>\d{{1,2}}){S}(?P<s>[-/.]){S}(?P<b>\d{{1,2}}){S}(?P=s){S}'?"
    r"(?:(?P<c4>(?:18|19|20)\d\d)(?!\d|\.\d|-\d\d-\d)|(?P<c>\d{1,2})(?!(?P=s)?\d|[.:]\d|%))"
)
MONTH_YEAR = _compiled(
    rf"{_M}{S}(?:(?P<s>[-/.]){S}(?P<y>(?:19|20)\d\d)|/(?P<yy>3[2-9]|[4-9]\d))(?!\d|%)(?!{S}(?(s)(?P=s)|/){S}\d)"
)
MONTH_DAY = _compiled(rf"{_M}(?P<s>[-/.]){_D}(?!(?P=s)\d|[.:/]\d|%)")
COMPACT = _compiled(
    r"(?P<y>(?:18|19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?P<t>T?(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?)?(?:Z|[+-]\d{4})?)?(?![\dA-Za-z]|\.\d)"
)
COMPACT_MONTH = _compiled(r"(?P<y>(?:18|19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)")
DAY_MON = _compiled(
    rf"(?:(?P<d0>3[01]|[12]\d|0?[1-9])(?:{_SUFFIX})?\s?(?:-|~|to|and|&)\s?)?"
    rf"{_D}(?:{_SUFFIX})?(?:(?P<stop>\.\s)|(?!\.\s)[-/. ]{{0,2}}|,?\s(?:day\s)?of\s){MON}(?!\.?\s\d{{1,2}},\s\d{{4}})"
    rf"(?(stop)(?=\.?,?\s?{_YEAR_ONLY}))\.?"
    rf"(?:{_YEAR_EN}{_SHORT_YEAR})?"
)
WORD_MON = _compiled(rf"{_WORD}(?:\s|\sday\sof\s|\sof\s){MON}\.?(?:{_YEAR_EN})?")
MON_DAY = _compiled(
    rf"{MON}\.?(?:\s{{1,2}}|[-/]|\s?the\s)?(?:the\s)?(?:{_D}(?:{_SUFFIX}|{_COUNTED}(?!/\d))|{_WORD})"
    rf"(?:\s?(?:-|~|to|through|thru|&|and(?=\s?\d{{1,2}}(?:[a-z]{{2}})?(?:\s?[.,;)]|\s?$|,?\s\d{{4}})))"
    rf"\s?(?P<d2>3[01]|[12]\d|0?[1-9])(?!\d)(?:{_SUFFIX}|{_COUNTED}(?!/\d)))?(?:{_YEAR_EN})?"
)
MON_YEAR = _compiled(rf"{MON}\.?(?:(?:,?\s{{1,2}}|[-/.]|\s?of\s)\s?{_Y}|(?:[-/]|\s?')(?P<yy>\d\d))(?!\d|[-/.:]\d)")
MON_ALONE = _compiled(MON)
YMD_ZH = _compiled(rf"{_YZH}{S}年{S}(?P<leap>闰)?{_MZH}(?!\d){S}(?:月份?|[-/.]){S}{_DAY_OR_BARE}")
YM_ZH = _compiled(rf"{_YZH}{S}年{S}(?:(?P<m0>1[0-2]|0?[1-9]){S}月?[-~至到、]{S})?(?P<leap>闰)?{_MZH}{S}月份?")
Y_ZH = _compiled(rf"{_YZH}{S}年")
MD_ZH = _compiled(rf"(?P<leap>闰)?{_MZH}{S}月份?{S}{_DAY_OR_BARE}")
M_ZH = _compiled(rf"(?P<leap>闰)?{_MZH}{S}月份?")
D_ZH = _compiled(rf"{_DZH}{S}[日号]")
D_EN = _compiled(rf"(?P<d>3[01]|[12]\d|[1-9]){_SUFFIX}")
YEAR = _compiled(_Y)

# Further days after a date, which leave out what they share with it: 3月5日至8日, 2024.3.5-3.8.
MORE_ZH = _compiled(
    rf"{S}(?:[-~、,，及和与至到]|——){S}(?:{_MZH}{S}月{S})?{_DZH}(?:{S}[日号]|(?={S}[-~、至到]{S}(?:3[01]|[12]\d|[1-9]){S}日))"
)
MORE_DIGITS = {
    separator: _compiled(
        rf"\s?(?:[~至到]|{'-' if separator != '-' else ' - '})\s?(?:{_M}{re.escape(separator)})?{_D}"
        rf"(?![{re.escape(separator)}.:%]\d|%)"
    )
    for separator in "-/._ 、"
}

_ZONE = r"(?:\s?(?:Z|UTC|GMT|[ECMP][SD]T)(?![A-Za-z])|[+-]\d\d:?\d\d(?!\d))"
_DAYPART = r"(?:凌晨|清晨|早晨|早上|晨起|早|晨|上午|中午|午后|下午|傍晚|晚上|晚间|晚|夜间|夜里|深夜|夜)"
TIME = _compiled(
    rf"(?:T|\s{{0,2}}[,，]?\s?(?:at\s|@\s?|约)?){_DAYPART}?{S}"
    r"(?:(?:[01]?\d|2[0-4])(?!\d)(?::[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?!\d)|时(?:[0-5]?\d分?)?|点(?:半|整|[一三]刻|[0-5]?\d分?)?)"
    r"(?:\s?[ap]\.?m\.?(?![a-z]))?|(?:1[0-2]|0?[1-9])\s?[ap]\.?m\.?(?![a-z])|(?:[01]\d|2[0-3])[0-5]\d\s?(?:hrs?|h|hours)(?![a-z]))"
    rf"{_ZONE}?(?:许|左右)?"
)

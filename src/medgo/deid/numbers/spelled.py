"""Numbers written digit by digit in Chinese numerals or English words, numbers with stars in them, beds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.numbers.checks import resident_id
from medgo.deid.numbers.hits import Hit, Reading

_NUMERALS = {
    "〇零○洞": "0",
    "一幺壹": "1",
    "二贰两": "2",
    "三叁": "3",
    "四肆": "4",
    "五伍": "5",
    "六陆": "6",
    "七柒拐": "7",
    "八捌": "8",
    "九玖": "9",
}
_VALUE = {ord(letter): digit for letters, digit in _NUMERALS.items() for letter in letters}
_CHINESE = "".join(_NUMERALS)
# At least seven, the first and one more Chinese: 一三八零零…, and 幺38零零… with plain digits among them.
_RUN_ZH = re.compile(rf"[{_CHINESE}](?:[ ,、-]?[0-9{_CHINESE}]){{6,40}}+[xX]?")
_RUN_MIXED = re.compile(
    rf"(?<!\d)\d{{1,10}}+(?=[ -]?[{_CHINESE}][ -]?[0-9{_CHINESE}])(?:[ -]?[0-9{_CHINESE}]){{6,30}}+"
)
_WORDS = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|niner"
_RUN_EN = re.compile(rf"(?<![a-z])(?:{_WORDS})(?:[ ,-]{{1,2}}(?:{_WORDS}|o|\d)(?![a-z0-9])){{5,40}}+")
# 330106********9416, 138****8000, xxx-xx-1234, *1234: what is left still tells people apart.
_MASKED = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]?\d{1,8}[*•×]{3,16}[0-9A-Za-z]{1,6}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9*])[*x]{3}-[*x]{2}-\d{4}(?!\d)"
    r"|(?<![A-Za-z0-9*])(?:[*x]{4}[- ]){1,3}\d{4}(?!\d)|(?<![A-Za-z0-9*])\*{3,12}\d{3,4}(?!\d)",
    re.IGNORECASE,
)
_LAST_FOUR = re.compile(
    r"last (?:4|four)(?: digits?)?"
    r"(?: (?:of|are|is|ssn|social|security|number|the|his|her|their|card|mrn|phone|account|acct|ending))*+"
    r"[ :=#-]{1,3}(?:in )?[*x]{0,12}(\d{4})(?!\d)"
)
# 12床, +5床, 加5床, 监护3床, 3-12床; not 500张床 and not 1床被子.
_BED = re.compile(
    r"(?<![\d.A-Za-z共])(?:[+加A-Z]{1,2}-?)?\d{1,4}(?:-\d{1,3}|[A-Z])?[ ]?号?床(?![旁位垫边头单被沿上数铺尾])"
)
_BEFORE_BED = re.compile(r"(?:共|设|有|开放|编制|增加|扩至|达|约|余|近|病床|床位)\s?$")


def spelled(reading: Reading) -> Iterator[Hit]:
    """Numbers that are not written in digits alone, and beds."""
    text = reading.text
    if reading.has_han:
        yield from _chinese(text)
        for match in _BED.finditer(text):
            if not _BEFORE_BED.search(reading.before(match.start(), 6)):
                yield Hit(match.start(), match.end(), "medical_record_number", 0.8)
    if "e" in reading.lowered:
        for match in _RUN_EN.finditer(reading.lowered):
            yield Hit(match.start(), match.end(), _class(_english_digits(match[0])), 0.7)
        if "last " in reading.lowered:
            for match in _LAST_FOUR.finditer(reading.lowered):
                yield Hit(match.start(1), match.end(1), "ssn", 0.9)
    if "*" in text or "×" in text or "xx" in reading.lowered:
        for match in _MASKED.finditer(text):
            social = match[0][3] == "-" and not match[0][:3].isdigit()
            yield Hit(match.start(), match.end(), "ssn" if social else _class(re.sub(r"\D", "0", match[0])), 0.8)


def _chinese(text: str) -> Iterator[Hit]:
    for pattern in (_RUN_ZH, _RUN_MIXED):
        for match in pattern.finditer(text):
            digits = re.sub(r"[ ,、-]", "", match[0].translate(_VALUE))
            # 一二三四五六七八 counts, and 10460一11715 has a dash: nobody's numbers.
            if sum(letter in _CHINESE for letter in match[0]) >= 3 and digits not in "123456789012345678901234567890":
                yield Hit(match.start(), match.end(), _class(digits), 0.85)


def _english_digits(words: str) -> str:
    """As many digits as the words say, each a zero: only their number counts."""
    parts = re.findall(r"[a-z]+|\d", words)
    return "0" * sum({"double": 1, "triple": 2}.get(part, 1) for part in parts)


def _class(digits: str) -> IdentifierClass:
    if len(digits) == 18:
        return "id_card" if resident_id(digits) or digits.count("0") > 8 else "bank_account"
    if len(digits) in {16, 19}:
        return "bank_account"
    if len(digits) == 9 and digits.count("0") == 9:
        return "ssn"
    return "phone" if 7 <= len(digits) <= 13 else "other_id"

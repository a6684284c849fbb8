"""Numbers with their units in clinical text, Chinese and English. Knows no analyte and no drug."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from medgo.text.folding import fold, latin_words
from medgo.text.numerals import CHINESE, ENGLISH, chinese_number, decimal_number, english_number
from medgo.text.units import normalise_unit, same_amount, spellings

Comparator = Literal["", "<", ">", "≤", "≥", "~"]
# listing: the number of a list item or reference. ordinal: day 3, 第3天. frequency: times per day.
QuantityKind = Literal["amount", "age", "frequency", "date", "ordinal", "listing"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that a text states.

    Args:
        start: First character in the text.
        end: After the last one, unit included.
        value: The number; the lower end of a range.
        unit: Canonical unit (:func:`~medgo.text.units.normalise_unit`); empty for none.
        raw: As it is written.
        high: Upper end of a range.
        comparator: ``~`` for about.
        kind: What sort of number it is.
    """

    start: int
    end: int
    value: Decimal
    unit: str
    raw: str
    high: Decimal | None = None
    comparator: Comparator = ""
    kind: QuantityKind = "amount"

    def same(self, other: Quantity) -> bool:
        """Whether both state the same amount, whatever the spelling; comparators are not compared."""
        if not same_amount(self.value, self.unit, other.value, other.unit):
            return False
        if self.high is None or other.high is None:
            return self.high is other.high
        return same_amount(self.high, self.unit, other.high, other.unit)


def _alternatives(latin: bool) -> str:
    return "|".join(re.escape(word) for word in spellings() if word.isascii() is latin)


_LATIN = _alternatives(latin=True)
_OTHER = _alternatives(latin=False)
_ATOM = rf"(?:10\s?(?:\^|\*\*?|e)\s?\d{{1,2}}|10[⁰¹²³⁴-⁹]+|(?:{_OTHER})|(?:{_LATIN})(?![a-z]))"
_POWER = r"(?:[x×*]\s?10\s?(?:\^|\*\*?|e)?\s?\d{1,2}|[x×*]\s?10[⁰¹²³⁴-⁹]+)"
# "20 mg每日1次" is 20 mg once a day, and not 20 mg/day.
_UNIT = rf"(?:次/分钟?|次/min(?![a-z])|(?:beats|breaths)(?: per |/)min(?:ute)?(?![a-z])|bpm(?![a-z])|(?:{_POWER}|{_ATOM})(?:\s?(?:/|每(?![日天晚晨早周]\s?[\d{CHINESE}]{{0,2}}次)| per )\s?(?:1\.73\s?(?:m2|m²|㎡)|{_ATOM})){{0,2}}|/\s?{_ATOM})"  # noqa: E501
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DATE = re.compile(
    r"(?<!\d)(?:(?P<y>(?:19|20)\d\d)(?:-|/|\.|年)\s?(?P<m>\d{1,2})(?:(?:-|/|\.|月)\s?(?P<d>\d{1,2})日?|月)"
    r"|(?P<year>(?:19|20)\d\d)年|(?P<hour>\d{1,2})[:](?P<minute>\d\d)(?!\d))"
)
_AMOUNT = re.compile(
    rf"(?<![a-z\d.])(?<![a-z\d]-)(?P<value>{_NUMBER})"
    rf"(?:\s?/\s?(?P<diastolic>\d{{2,3}}(?:\.\d+)?)(?=\s?(?:mmhg|kpa|毫米汞柱))"
    rf"|(?:\s?(?P<unit1>{_UNIT}))?\s?(?:-|~|至|到| to )\s?(?P<high>{_NUMBER})(?!\d|[-.]\d))?"
    rf"(?P<more>[余多])?\s?-?\s?(?P<unit>个?半(?:月|年|天|小时)|{_UNIT})?(?P<half>半)?"
    rf"(?P<age>(?:[ -]?olds?(?![a-z])|大(?!小)|龄))?"
)
_CLASSIFIER = "天|日|周岁|周|星期|个星期|个月|月龄|月|年|岁|个小时|小时|个钟头|钟头|分钟|秒|次|片|粒|滴|支|倍"
_CHINESE = re.compile(
    rf"(?P<value>[{CHINESE}]{{1,7}})(?P<more>多|余|来)?(?:(?P<half1>个半)(?P<half_unit>月|小时)|(?P<unit>{_CLASSIFIER})(?P<half>半(?!夜|身|卧))?)"
)
_WORDS = "|".join(sorted(ENGLISH, key=len, reverse=True))
_ENGLISH = re.compile(
    rf"\b(?P<value>(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?(?:{_WORDS})|half an?|(?<=for )an?|(?<=past )an?|(?<=lasting )an?)"  # noqa: E501
    r"(?P<and> and a half)?[ -](?P<unit>(?:second|minute|hour|day|week|month|year|tablet|capsule|drop|puff|time|kilogram)s?)\b(?P<age>[ -]old)?"  # noqa: E501
)
_COUNT = rf"(?:[{CHINESE}]|\d{{1,2}})"
_FREQUENCY = re.compile(
    rf"每(?:[日天晚晨早]|(?P<zh_every>{_COUNT}{{0,2}})(?:个?小时|h))(?P<zh_times>{_COUNT})?(?(zh_times)次)"
    rf"|(?:一|1)[日天](?P<zh_times2>{_COUNT})次|(?P<zh_times3>{_COUNT})次/[日天d](?![a-z])|每周(?P<zh_weekly>{_COUNT})次|隔日(?:一|1)?次?"
    r"|\b(?P<en_times>once|twice|thrice|(?:one|two|three|four|five|six|\d{1,2}) times)(?: an?| per| each| every)? ?(?P<en_unit>day|daily|week|weekly|nightly|night|month)\b"  # noqa: E501
    r"|\b(?:every|q) ?(?P<en_every>\d{1,2}|four|six|eight|twelve) ?(?:-?hours?|-?hourly|h|hrs?)\b"
    r"|\b(?P<latin>qd|bid|tid|qid|qn|qhs|qod|b\.i\.d\.|t\.i\.d\.|q\.i\.d\.|q\.d\.)(?![a-z])|\b(?P<every_other>every other day)\b|\bat bedtime\b"  # noqa: E501
    r"|(?:(?<=mg )|(?<=mcg )|(?<=μg )|(?<=g )|(?<=tablet )|(?<=capsule )|(?<=units )|(?<=unit )|(?<=ml ))(?:daily|nightly|every (?:day|morning|evening|night))\b"  # noqa: E501
)
_LATIN_FREQUENCY = {"qd": 1, "bid": 2, "tid": 3, "qid": 4, "qn": 1, "qhs": 1}
# Cheap looks: without one of these there is nothing of that sort to read.
_DIGIT = re.compile(r"\d")
_HAN_DIGIT = re.compile(f"[{CHINESE}每]")
_DATE_SIGN = re.compile(r"[:年]|\d[-/.]\d")
_HAN_PERIODIC = re.compile(r"每|次|隔日|[一1][日天]")
_EVERY_HOURS = re.compile(r"q ?\d|every \d")
_COUNTING = frozenset(
    {
        *ENGLISH,
        "a",
        "an",
        "half",
        "once",
        "twice",
        "thrice",
        "daily",
        "nightly",
        "every",
        "bedtime",
        "qd",
        "bid",
        "tid",
        "qid",
        "qn",
        "qhs",
        "qod",
        "b",
        "t",
        "q",
    }
)
_PERIODIC = frozenset(
    {
        "once",
        "twice",
        "thrice",
        "times",
        "daily",
        "nightly",
        "every",
        "weekly",
        "bedtime",
        "qd",
        "bid",
        "tid",
        "qid",
        "qn",
        "qhs",
        "qod",
        "b",
        "t",
        "q",
    }
)
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_BEFORE: tuple[tuple[Comparator, tuple[str, ...]], ...] = (
    (
        "≥",
        (
            "≥",
            "≧",
            ">=",
            "不少于",
            "不低于",
            "不小于",
            "至少",
            "at least",
            "no less than",
            "not less than",
            "minimum of",
        ),
    ),
    (
        "≤",
        (
            "≤",
            "≦",
            "<=",
            "不超过",
            "不高于",
            "不大于",
            "至多",
            "最多",
            "at most",
            "up to",
            "no more than",
            "not more than",
            "not exceeding",
            "maximum of",
        ),
    ),
    (
        ">",
        (
            ">",
            "大于",
            "超过",
            "高于",
            "多于",
            "more than",
            "over",
            "above",
            "greater than",
            "exceeding",
            "exceeds",
            "higher than",
            "older than",
            "longer than",
        ),
    ),
    (
        "<",
        (
            "<",
            "小于",
            "低于",
            "不足",
            "少于",
            "不到",
            "less than",
            "under",
            "below",
            "fewer than",
            "lower than",
            "younger than",
            "shorter than",
            "within",
        ),
    ),
    (
        "~",
        (
            "约",
            "大约",
            "大概",
            "≈",
            "~",
            "近",
            "about",
            "approximately",
            "around",
            "nearly",
            "roughly",
            "some",
            "almost",
        ),
    ),
)
_AFTER: tuple[tuple[Comparator, tuple[str, ...]], ...] = (
    ("≥", ("以上", "及以上", "或以上", " or more", " or above", " or higher", " or older", "+")),
    ("≤", ("以下", "及以下", " or less", " or below", " or lower", " or younger")),
    ("<", ("以内", "之内")),
    ("~", ("左右", "上下", "余", "多", " or so")),
)
_LISTING = re.compile(r"(?:^|\n)[ \t>*#-]*[(\[]?$")
_LISTING_END = re.compile(r"[ \t]?[.、)\]](?!\d)|[ \t]?[:](?=\s)")
_NAME_TAIL = re.compile(r"-?[a-z]|-[\u4e00-\u9fff]|['′]-")
_AGE_BEFORE = re.compile(r"(?:\bage[d]?(?: of)?:?|年龄:?(?:为)?|\bages) ?$")
_AGE_UNIT = re.compile(r"岁|y/?o$|龄$|大$|old")


def quantities(text: str) -> list[Quantity]:
    """Every number of a text, in order, with its unit, range and comparator.

    Numbers inside names (B12, COVID-19, 5-HT, HbA1c) are not quantities. Dates and clock times are; their value is
    ``20240305`` or ``1430``. ``120/80 mmHg`` is two quantities.

    Args:
        text: Chinese, English or both; full-width digits are read.

    Returns:
        Quantities that do not overlap, by position in ``text``.
    """
    folded = fold(text)
    han = not folded.text.isascii()
    words = latin_words(folded.text)
    digits = _DIGIT.search(folded.text) is not None
    if not digits and not words & _COUNTING and not (han and _HAN_DIGIT.search(folded.text)):
        return []
    found = _Found(folded.text)
    if digits and _DATE_SIGN.search(folded.text):
        found.add(_dates(folded.text))
    if (
        words & _PERIODIC
        or (han and _HAN_PERIODIC.search(folded.text))
        or (digits and _EVERY_HOURS.search(folded.text))
    ):
        found.add(_frequencies(folded.text))
    if digits:
        found.add(_amounts(folded.text))
    if han:
        found.add(_chinese(folded.text))
    if words & _COUNTING:
        found.add(_english(folded.text))
    found.quantities.sort(key=lambda quantity: quantity.start)
    return [
        _placed(quantity, folded.start(quantity.start), folded.end(quantity.end), text) for quantity in found.quantities
    ]


class _Found:
    """Quantities so far; earlier readers win over later ones where they overlap."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.quantities: list[Quantity] = []
        self._taken: list[tuple[int, int]] = []

    def add(self, more: Iterator[Quantity]) -> None:
        earlier = tuple(self._taken)
        for quantity in more:
            if any(start < quantity.end and quantity.start < end for start, end in earlier):
                continue
            self.quantities.append(quantity)
            self._taken.append((quantity.start, quantity.end))


def _dates(text: str) -> Iterator[Quantity]:
    for match in _DATE.finditer(text):
        if match["hour"]:
            if int(match["hour"]) > 24 or int(match["minute"]) > 59:
                continue
            value = Decimal(int(match["hour"]) * 100 + int(match["minute"]))
        elif match["year"]:
            value = Decimal(match["year"])
        else:
            if not 1 <= int(match["m"]) <= 12 or int(match["d"] or 1) > 31:
                continue
            value = Decimal(f"{match['y']}{int(match['m']):02}{int(match['d'] or 0):02}")
        yield Quantity(match.start(), match.end(), value, "date", match[0], kind="date")


def _frequencies(text: str) -> Iterator[Quantity]:
    for match in _FREQUENCY.finditer(text):
        value, unit = _frequency(match)
        if value is not None:
            yield Quantity(match.start(), match.end(), value, unit, match[0], kind="frequency")


def _frequency(match: re.Match[str]) -> tuple[Decimal | None, str]:
    """Times per day or week."""
    if match["zh_every"]:
        hours = _count(match["zh_every"])
        return (Decimal(24) / hours if hours else None), "times/day"
    if match["zh_weekly"]:
        return _count(match["zh_weekly"]), "times/week"
    if match["en_every"]:
        return Decimal(24) / (_count(match["en_every"]) or 1), "times/day"
    if match["latin"] == "qod" or match["every_other"] or match[0].startswith("隔日"):
        return Decimal("0.5"), "times/day"
    if match["latin"]:
        return Decimal(_LATIN_FREQUENCY[match["latin"].replace(".", "")]), "times/day"
    if match["en_times"]:
        word = match["en_times"].removesuffix(" times")
        times = Decimal(_TIMES[word]) if word in _TIMES else _count(word)
        return times, "times/" + {"daily": "day", "weekly": "week", "night": "day", "nightly": "day"}.get(
            match["en_unit"], match["en_unit"]
        )
    spoken = match["zh_times"] or match["zh_times2"] or match["zh_times3"]
    if spoken:
        return _count(spoken), "times/day"
    # "每日" alone says a rate of something else: 每日20支.
    return (None, "") if match[0].startswith("每") else (Decimal(1), "times/day")


def _count(text: str) -> Decimal | None:
    if text.isdigit():
        return Decimal(text)
    return english_number(text) if text.isascii() else chinese_number(text)


def _amounts(text: str) -> Iterator[Quantity]:
    for match in _AMOUNT.finditer(text):
        unit = match["unit"] or ""
        end = match.end()
        if not unit:
            end = (
                match.end("high")
                if match["high"]
                else match.end("diastolic")
                if match["diastolic"]
                else match.end("value")
            )
            if _NAME_TAIL.match(text, end):
                continue
        yield from _amount(text, match, unit, end)


def _amount(text: str, match: re.Match[str], unit: str, end: int) -> Iterator[Quantity]:
    value = decimal_number(match["value"])
    if value is None:
        return
    high = decimal_number(match["high"]) if match["high"] else None
    half = Decimal("0.5") if match["half"] and unit else Decimal(0)
    if "半" in unit:
        unit, half = unit.replace("半", ""), Decimal("0.5")
    name = normalise_unit(unit or match["unit1"] or "")
    if match["diastolic"]:
        name = normalise_unit(unit) or "mmHg"
        yield Quantity(match.start(), match.end("value"), value, name, match[0])
        yield Quantity(match.start("diastolic"), end, Decimal(match["diastolic"]), name, match[0])
        return
    if high is not None and high < value and not unit:
        # "3-1" is no range: two numbers with a hyphen.
        high = None
    kind = _kind(text, match, unit, end)
    comparator = "~" if match["more"] else _comparator(text, match.start(), end)
    yield Quantity(match.start(), end, value + half, name, match[0], high, comparator, kind)


def _kind(text: str, match: re.Match[str], unit: str, end: int) -> QuantityKind:
    start = match.start()
    if (
        _AGE_UNIT.search(unit)
        or match["age"]
        or ((not unit or unit.startswith("y")) and _AGE_BEFORE.search(text[max(0, start - 9) : start]))
    ):
        return "age"
    before = text[max(0, start - 12) : start]
    if before.endswith("第") or (before.endswith(("day ", "week ", "hospital day ")) and not unit):
        return "ordinal"
    if (
        not unit
        and "." not in match["value"]
        and len(match["value"]) <= 2
        and _LISTING.search(before if start < 12 else before[-8:])
    ):
        return "listing" if _LISTING_END.match(text, end) else "amount"
    return "amount"


def _chinese(text: str) -> Iterator[Quantity]:
    for match in _CHINESE.finditer(text):
        value = chinese_number(match["value"])
        if value is None or (
            match["value"] == "一" and match["unit"] == "次" and text[match.end() : match.end() + 1] == "性"
        ):
            continue
        if match["half"] or match["half1"]:
            value += Decimal("0.5")
        unit = match["half_unit"] or match["unit"]
        kind: QuantityKind = "age" if "岁" in unit or "龄" in unit else "amount"
        if text[max(0, match.start() - 1) : match.start()] == "第":
            kind = "ordinal"
        name = normalise_unit(unit.removesuffix("龄"))
        comparator = "~" if match["more"] else _comparator(text, match.start(), match.end())
        yield Quantity(match.start(), match.end(), value, name, match[0], None, comparator, kind)


def _english(text: str) -> Iterator[Quantity]:
    for match in _ENGLISH.finditer(text):
        word = match["value"]
        value = (
            Decimal("0.5") if word.startswith("half") else Decimal(1) if word in ("a", "an") else english_number(word)
        )
        if value is None:
            continue
        yield Quantity(
            match.start(),
            match.end(),
            value + (Decimal("0.5") if match["and"] else 0),
            normalise_unit(match["unit"]) or match["unit"],
            match[0],
            comparator=_comparator(text, match.start(), match.end()),
            kind="age" if match["age"] else "amount",
        )


def _placed(one: Quantity, start: int, end: int, text: str) -> Quantity:
    """The same with its place in the text as written; built anew, which is much faster than ``replace``."""
    return Quantity(start, end, one.value, one.unit, text[start:end], one.high, one.comparator, one.kind)


def _comparator(text: str, start: int, end: int) -> Comparator:
    before = text[max(0, start - 16) : start].rstrip(" :")
    if before:
        for comparator, words in _BEFORE:
            if before.endswith(words):
                return comparator
    after = text[end : end + 10]
    if after:
        for comparator, words in _AFTER:
            if after.startswith(words):
                return comparator
    return ""

"""A known address, whole and in parts. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.known.spelling import LATIN_END, LATIN_START, SURE, Spelling, spaced, word

_HAN = re.compile(r"[\u3400-\u9fff]")
# Parts of a Chinese address, from the province down. A province alone names nobody.
_PART = re.compile(
    r"(?P<province>[^省市区]{2,3}(?:省|自治区))|(?P<location>[^省市区县州旗]{1,7}?(?:自治州|市|区|县|旗|盟))"
    r"|(?P<address>[^镇乡村路街道巷弄号栋幢园区苑]{1,12}?(?:街道|镇|乡|村|大道|路|街|巷|弄|胡同|小区|花园|公寓|家园|新村|苑|园|里|坊)(?P<number>[0-9一二三四五六七八九十]{1,5}号)?)"
)
_ROADS = {
    "street": "st", "avenue": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln", "court": "ct",
    "place": "pl", "square": "sq", "terrace": "ter", "parkway": "pkwy", "highway": "hwy", "circle": "cir",
    "apartment": "apt", "suite": "ste", "north": "n", "south": "s", "east": "e", "west": "w",
}  # fmt: skip
_LONG = {short: long for long, short in _ROADS.items()}
_STATE = re.compile(r"[A-Z]{2}(?: \d{5}(?:-\d{4})?)?|USA|US|UK|United States|United Kingdom|China")


_SHORTEST = 4
# Criteria and viruses are called after towns, and the gate for clinical terms shall see these.
_TOWN = 0.9


def spellings(value: str, label: IdentifierClass) -> Iterator[Spelling]:
    """The address, and its parts that name a place below a state or province."""
    return _chinese("".join(value.split()), label) if _HAN.search(value) else _english(value, label)


def _chinese(value: str, label: IdentifierClass) -> Iterator[Spelling]:
    if len(value) > 3:
        yield Spelling(re.compile(spaced(value)), label)
    for match in _PART.finditer(value):
        number = match["number"] or ""
        name = match[0].removesuffix(number)
        if len(name) < 3 or match["province"]:
            continue
        found: IdentifierClass = "location" if match["location"] else "address"
        yield Spelling(re.compile(spaced(name) + (f"(?: ?{number})?" if number else "")), found, score=_score(found))


def _english(value: str, label: IdentifierClass) -> Iterator[Spelling]:
    parts = [part.strip() for part in re.split(r"[,;\n]", value) if re.search("[A-Za-z0-9]", part)]
    if sum(one.isalnum() for one in value) < _SHORTEST or not re.search("[A-Za-z]{2}", value):
        return
    whole = r"[,;\n ]{1,3}".join(_line(part) for part in parts)
    yield Spelling(re.compile(f"{LATIN_START}(?:{whole}){LATIN_END}"), label, _is_capital)
    for n, part in enumerate(parts):
        if _STATE.fullmatch(part) or sum(one.isalpha() for one in part) < _SHORTEST:
            continue
        # The first part is the street where it has a number; what follows are towns.
        kind: IdentifierClass = "location"
        if (n == 0 and len(parts) > 1) or any(one.isdigit() for one in part):
            kind = label
        yield Spelling(re.compile(f"{LATIN_START}(?:{_line(part)}){LATIN_END}"), kind, _is_capital, _score(kind))


def _score(label: IdentifierClass) -> float:
    return _TOWN if label == "location" else SURE


def _line(part: str) -> str:
    return r"[ \n.,#]{1,3}".join(_road(one) for one in re.findall(r"[^\s.,#]+", part))


def _road(one: str) -> str:
    lowered = one.lower()
    other = _ROADS.get(lowered) or _LONG.get(lowered)
    return f"(?:{word(one)}|{word(other)})" if other else word(one)


def _is_capital(match: re.Match[str]) -> bool:
    return any(one.isupper() or one.isdigit() for one in match[0]) or len(match[0]) > 7

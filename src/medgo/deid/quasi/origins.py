"""Finds where and of whom somebody comes: nationality, ethnic group, religion, country. Knows no policy.

Countries and peoples are found wherever they stand, but for what they give their names to (Spanish flu, American Heart
Association, 日本血吸虫); names of states, towns and languages without a people are others' business.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import ClassVar

import yaml

from medgo.deid.names_en.gazetteer import gazetteer
from medgo.deid.names_en.heads import belongs_to_medicine
from medgo.deid.places_zh.gazetteer import gazetteer as chinese_places
from medgo.deid.protocol import CERTAIN, Finding, Note

_LATIN = re.compile("[A-Za-z]{3}")
_HAN = re.compile("[\u4e00-\u9fff]")
_SCORE = 0.7
# A phrase in small letters that is shorter may be an abbreviation.
_SHORTEST = 4
# They tell nothing of a person that "Asian" does not.
_CONTINENTS = frozenset(
    (
        "europe", "asia", "africa", "oceania", "antarctica", "america", "north america", "south america",
        "latin america", "central america", "middle east",
    )
)  # fmt: skip
# Nearly everybody of these records comes from there.
_OWN_COUNTRY = ("中国", "中华")
_LABELLED = re.compile(
    r"(?<![a-z])(?:race\s?/\s?ethnicity|race|ethnicity|ethnic\s(?:group|origin|background)|nationality|religion|"
    r"religious\s(?:preference|affiliation|beliefs?)|faith|citizenship|"
    r"country(?:\sof\s(?:birth|origin|residence|citizenship))?)\s?[:=]\s{0,3}(?P<value>[a-z][^\n,;|.:]{1,40})",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:unknown|declined|not\s|none|n/?a\b|other|refused|unspecified|patient\s|no\s|undisclosed|see\s)", re.IGNORECASE
)
_CHINESE_LABELLED = re.compile(
    r"(?:民\s?族|族\s?别|种\s?族|国\s?籍|国\s?别|籍\s?贯|原\s?籍|祖\s?籍|宗教信仰|宗\s?教|信\s?仰|出生国|居住国)"
    r"(?P<colon>\s?[:=为是]\s{0,3}|\s{0,4})(?P<value>[\u4e00-\u9fffA-Za-z][^\s,，。;；:：|/、()（）]{0,11})"
)
_NOTHING_ZH = re.compile("无|不|未|否认|其他|没|暂|及|和|与|资料|信息|自由|史")
_TOKEN = re.compile(r"(?<![^\W_])[^\W\d_][^\W\d_.'’]*(?:[-'’][^\W\d_]+)*")
_COLOURED = re.compile(
    r"(?<![a-z-])(?:non-hispanic\s)?(?:black|white|AA)(?=\s(?:(?:fe)?male|(?:wo)?man|gentleman|lady|boy|girl|"
    r"patient|race|"
    r"infant|child|adolescent)(?![a-z]))",
    re.IGNORECASE,
)
# "American Heart Association", "Japanese Society of ...": a body of science, a few words on.
_BODY = re.compile(
    r"(?:\s(?:[A-Z][\w-]*|of|for|and|on)){0,4}\s(?:Association|Society|College|Academy|Board|Federation|Council|"
    r"Committee|Journal|Guidelines?|Red Cross|Pharmacopoeia)\b"
)
_NEXT = re.compile(r"(?:\s|[-/])([^\W\d_]+)(?:\s([^\W\d_]+))?")
_FROM = re.compile(
    r"(?:from|in|to|of|near|visit(?:ed|ing|s)?|via|leaving|left|outside|is|toward)\s(?:the\s)?$", re.IGNORECASE
)
_REACH = 16
# What follows a people's or a country's name in Chinese, or stands before a country's, and makes it somebody's.
_NO_PEOPLE = "(?!(?:[\u4e00-\u9fff]{1,4}族){0,3}自治|乡|镇|箱|药|医|馆|史)"
_OF_PERSON = (
    "(?:籍|国籍|人(?![民工类體体群用造种参口])|裔|公民|华侨|侨民|留学生?|务工|劳务|定居|移民|返回|"
    "归来|回国|入境|旅游|旅行|出差|工作|打工|经商|维和|援建|患者|女性|男性|女子|男子|妇女)"
)
_BEFORE_COUNTRY = (
    "(?:来自|居住[于在]|旅居|侨居|移居|移民|定居[于在]?|生活在|自|前往|赴|去过?|从|曾到|返回|出生[于在]|生于|国家[:=])"
)


@dataclass(frozen=True)
class Origins:
    """Words by what they say; English ones in lower case.

    Args:
        phrases: First word of an English phrase to all phrases that begin with it, longest first.
        ambiguous: Phrases that are ordinary words or names as well.
        heads: What follows a people's name that is meant otherwise.
        people: What follows one that is meant so.
        chinese: Finds Chinese peoples, faiths and countries with what makes them somebody's.
        values: Chinese values of labels without a colon.
    """

    phrases: Mapping[str, tuple[str, ...]]
    ambiguous: frozenset[str]
    heads: frozenset[str]
    people: frozenset[str]
    chinese: re.Pattern[str]
    values: re.Pattern[str]


@lru_cache(maxsize=1)
def origins() -> Origins:
    """The words, read once a process."""
    own = yaml.safe_load(files(__package__).joinpath("origins.yaml").read_text("utf-8"))
    peoples = {*own["demonyms"], *own["groups"], *own["faiths"]}
    phrases: dict[str, set[str]] = {}
    for phrase in {*gazetteer().countries, *own["countries"], *peoples, *(f"{one}s" for one in peoples)} - _CONTINENTS:
        phrases.setdefault(phrase.split()[0], set()).add(phrase)
    lands = {*_chinese_countries(), *own["chinese_countries"]}
    provinces = {name for name, level in chinese_places().levels.items() if level == "province"}
    groups = _either(own["chinese_groups"])
    faiths = _either(own["chinese_faiths"])
    chinese = (
        f"(?:(?:{groups})族{_NO_PEOPLE}|{faiths})|(?:{_either(lands)})(?={_OF_PERSON})"
        f"|(?<![美英德法中日韩])[华韩日泰越美英法德意俄非](?=裔)|"
        f"{_BEFORE_COUNTRY}(?P<land>{_either(lands)})(?!医|药|学)"
    )
    return Origins(
        {first: tuple(sorted(ones, key=len, reverse=True)) for first, ones in phrases.items()},
        frozenset((*own["ambiguous"], *own["ambiguous_demonyms"])),
        frozenset(own["heads"]),
        frozenset(own["people"]),
        re.compile(chinese),
        re.compile(f"(?:{groups})族?(?![\u4e00-\u9fff])|{faiths}|{_either(lands | provinces)}"),
    )


class OriginDetector:
    """Nationality, ethnic group, religion, country of origin or of residence, in both languages."""

    name: ClassVar[str] = "origins"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        """Origins of a note's people; linear in its length."""
        text, table = note.view.text, origins()
        if _LATIN.search(text):
            for match in _LABELLED.finditer(text):
                if not _NOTHING.match(match["value"]):
                    yield Finding(*_trimmed(text, *match.span("value")), "origin", CERTAIN, self.name)
            for start, end in (*_english(text, table), *(one.span() for one in _COLOURED.finditer(text))):
                yield Finding(start, end, "origin", _SCORE, self.name)
        if _HAN.search(text):
            for start, end in _labelled_chinese(text, table):
                yield Finding(start, end, "origin", CERTAIN, self.name)
            for match in table.chinese.finditer(text):
                yield Finding(*match.span("land" if match["land"] else 0), "origin", _SCORE, self.name)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    return start, start + len(text[start:end].rstrip())


def _labelled_chinese(text: str, table: Origins) -> Iterator[tuple[int, int]]:
    for match in _CHINESE_LABELLED.finditer(text):
        start, end = match.span("value")
        if match["colon"].strip():
            if not _NOTHING_ZH.match(match["value"]):
                yield start, end
        elif known := table.values.match(text, start):
            yield start, known.end()


def _english(text: str, table: Origins) -> Iterator[tuple[int, int]]:
    """Countries and peoples; in small letters only those that are nothing else."""
    done = 0
    for token in _TOKEN.finditer(text):
        if token.start() < done:
            continue
        phrases = table.phrases.get(token[0].lower().removesuffix("'s").split("-")[0]) or table.phrases.get(
            token[0].lower()
        )
        phrase = phrases and _phrase_at(text, token.start(), phrases)
        if not phrase:
            continue
        end = token.start() + len(phrase)
        if _meant(text, token.start(), end, phrase, table):
            done = end
            yield token.start(), end


def _phrase_at(text: str, start: int, phrases: Iterable[str]) -> str | None:
    for phrase in phrases:
        end = start + len(phrase)
        if text[start:end].lower() == phrase and not text[end : end + 1].isalnum():
            return phrase
    return None


def _meant(text: str, start: int, end: int, phrase: str, table: Origins) -> bool:
    """Whether a country or a people stands here for somebody's, not for a disease, a body of science or a turkey."""
    following = _NEXT.match(text, end)
    words = [word.lower() for word in following.groups() if word] if following else []
    if words and words[0] in table.people:
        return True
    if any(word in table.heads for word in words) or belongs_to_medicine(text, end) or _BODY.match(text, end):
        return False
    if phrase in table.ambiguous:
        # "Jordan" is a man and "turkey" a bird unless something is in it or comes from it.
        return text[start].isupper() and _FROM.search(text, max(0, start - _REACH), start) is not None
    return text[start].isupper() or len(phrase) >= _SHORTEST


@lru_cache(maxsize=1)
def _chinese_countries() -> frozenset[str]:
    provider = importlib.import_module("faker.providers.address.zh_CN").Provider
    return frozenset(name for name in provider.countries if not name.startswith(_OWN_COUNTRY) and len(name) > 1)


def _either(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))

"""Reads the lists of words that were written by hand. Knows how they are laid out; nothing of texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from medgo.deid.protection.spelling import key_of


@dataclass(frozen=True)
class EnglishLists:
    """The lists of ``english.yaml``; every entry is a key (:func:`~medgo.deid.protection.spelling.key_of`).

    Args:
        terms: Words and phrases that are protected wherever they stand, eponyms among them.
        eponyms: Those of them that people are called too.
        alone: Diseases that are called by a possessive alone.
        scored: Eponyms that stand before a number.
        heads: What follows an eponym.
        weak_heads: Heads that follow a patient's own name as well.
        heads_of: What stands before "of" and an eponym.
        links: What may stand between an eponym and its head.
        answers: What answers a sign.
        place_heads: What follows the name of a place.
    """

    terms: frozenset[str]
    eponyms: frozenset[str]
    alone: frozenset[str]
    scored: frozenset[str]
    heads: frozenset[str]
    weak_heads: frozenset[str]
    heads_of: frozenset[str]
    links: frozenset[str]
    answers: frozenset[str]
    place_heads: frozenset[str]


@dataclass(frozen=True)
class ChineseLists:
    """The lists of ``chinese.yaml``.

    Args:
        terms: Words that are protected wherever they stand, eponyms among them.
        eponyms: Whatever a disease may be called after.
        head: Matches the head right after a name, and what links it.
        sure_head: Heads that are right after any name.
        place_head: Matches the head right after a place.
        endings: Characters in which diseases and medicines end, and names hardly ever.
        before: Ends with what is only said of diseases and drugs.
        substance: Matches a substance, from its first foreign syllable.
        medicine: Matches what follows the first word of a medicine's name, up to its form.
        foreign: Matches a name that is spelt as foreign names are.
    """

    terms: frozenset[str]
    eponyms: frozenset[str]
    head: re.Pattern[str]
    sure_head: re.Pattern[str]
    place_head: re.Pattern[str]
    endings: frozenset[str]
    before: re.Pattern[str]
    substance: re.Pattern[str]
    medicine: re.Pattern[str]
    foreign: re.Pattern[str]


@lru_cache(maxsize=1)
def english_lists() -> EnglishLists:
    """The English lists, read once."""
    lists = _read("english")
    eponyms = _keys(lists["eponyms"])
    return EnglishLists(
        terms=eponyms.union(*map(_keys, lists["terms"].values())),
        eponyms=eponyms,
        **{
            name: _keys(lists[name])
            for name in ("alone", "scored", "heads", "weak_heads", "heads_of", "links", "answers", "place_heads")
        },
    )


@lru_cache(maxsize=1)
def chinese_lists() -> ChineseLists:
    """The Chinese lists, read once."""
    lists = _read("chinese")
    eponyms = frozenset(lists["eponyms"].split())
    links = f"(?:{_one_of(lists['links'])}){{0,2}}"
    # "病情" is not a disease, and a head of one character needs something after it that ends a word.
    disease = f"(?!{_one_of(lists['not_diseases'])})"
    ends = f"(?=$|[{re.escape(lists['head_ends'])}])"
    foreign = f"[{''.join(lists['transliteration'].split())}]"
    chemistry = f"(?!{_one_of(lists['not_chemistry'])})[{lists['chemistry']}]"
    return ChineseLists(
        terms=eponyms.union(*(words.split() for words in lists["terms"].values())),
        eponyms=eponyms | frozenset(lists["with_head"].split()),
        head=re.compile(links + disease + f"(?:{_one_of(lists['heads'].split())})"),
        sure_head=re.compile(links + disease + _ended(lists["sure_heads"], ends)),
        place_head=re.compile(disease + _ended(lists["place_heads"].split(), ends)),
        endings=frozenset(lists["endings"]),
        before=re.compile(
            f"(?:{_one_of(lists['verbs'])}|(?:{_one_of(lists['fields'])})[:：] ?(?:[0-9一二三四五六][.、])?)$"
        ),
        substance=re.compile(f"{foreign}{{0,5}}?(?:{_one_of(lists['stems'].split())})|{foreign}{{3,6}}{chemistry}"),
        medicine=re.compile(rf"[^{lists['takes']}\W\da-zA-Z]{{0,4}}(?:{_one_of(lists['forms'])})"),
        foreign=re.compile(f"{foreign}{{2,8}}"),
    )


def _ended(heads: list[str], ends: str) -> str:
    long, short = [head for head in heads if len(head) > 1], [head for head in heads if len(head) == 1]
    return f"(?:{_one_of(long)}|(?:{_one_of(short)}){ends})"


def _one_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _keys(words: str) -> frozenset[str]:
    return frozenset(key_of(word) for word in words.split())


def _read(name: str) -> Any:
    return yaml.safe_load(files("medgo.deid.protection").joinpath(f"{name}.yaml").read_text("utf-8"))

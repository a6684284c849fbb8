"""Spellings of terms made one, so that a set can be asked for them. Knows no term.

A key is what is asked for: Latin words in lower case without diacritics and possessives, joined by single spaces;
Chinese as it stands, without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z0-9\u00c0-\u024f]+")
_SPACE = re.compile(r"\s+")


class Word(NamedTuple):
    """A Latin word in a text: where, its key, and as it is written."""

    start: int
    end: int
    key: str
    text: str


def words_of(text: str, start: int, end: int) -> list[Word]:
    """The Latin words of a stretch, possessives without their "s"."""
    return [
        Word(match.start(), match.end(), word_key(match[0]), match[0])
        for match in _WORD.finditer(text, start, end)
        if not _is_possessive(text, match)
    ]


def key_of(name: str) -> str:
    """The key of a term.

    Args:
        name: As a vocabulary or a text has it.
    """
    if HAN.search(name):
        return _SPACE.sub("", name).lower()
    return " ".join(word.key for word in words_of(name, 0, len(name)))


def word_key(word: str) -> str:
    """The key of one Latin word."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    plain = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _is_possessive(text: str, match: re.Match[str]) -> bool:
    return match[0] in "sS" and match.start() > 0 and text[match.start() - 1] in "'’"

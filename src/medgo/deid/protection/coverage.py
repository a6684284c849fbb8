"""Which characters around a candidate belong to a term. Knows the sets of terms; not what is done with the answer.

Only a window around the candidate is looked at, so that the cost follows the number of candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

from medgo.deid.protection.curated import ChineseLists, EnglishLists
from medgo.deid.protection.spelling import HAN, Word, words_of
from medgo.deid.protection.terms import EXACT, MOST_HAN, MOST_WORDS

# Characters on either side of a candidate that may belong to a term with it.
REACH = 80
_JOINS = frozenset({" ", "-", "/", "'", "' ", "'s ", "'s-", "  ", "\n", ", ", "-\n"})
_NEAR = 12  # Chinese characters before a candidate in which a term may begin


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text that a term covers."""

    start: int
    end: int


def latin_window(text: str, start: int, end: int) -> list[Word]:
    """Latin words in and around a candidate; words cut by the window's edge are left out."""
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    words = words_of(text, low, high)
    if words and low and words[0].start == low and words[0].end <= start:
        words = words[1:]
    if words and high < len(text) and words[-1].end == high and words[-1].start >= end:
        words = words[:-1]
    return words


def latin_terms(
    text: str, words: list[Word], start: int, end: int, known: frozenset[str], lists: EnglishLists
) -> list[Stretch]:
    """Phrases of ``words`` that are terms and share a character with the candidate."""
    found: list[Stretch] = []
    for first in range(len(words)):
        if words[first].start >= end:
            break
        key = ""
        for last in range(first, min(first + MOST_WORDS, len(words))):
            if last > first and text[words[last - 1].end : words[last].start] not in _JOINS:
                break
            key = f"{key} {words[last].key}" if key else words[last].key
            if words[last].end <= start:
                continue
            if key in lists.terms or key in known or _is_acronym(text, words[first], words[last], known):
                after = words[last].end
                found.append(Stretch(words[first].start, after + 2 if text[after : after + 2] == "'s" else after))
    return found


def chinese_terms(text: str, start: int, end: int, known: frozenset[str], lists: ChineseLists) -> list[Stretch]:
    """Chinese terms that share a character with the candidate."""
    if not HAN.search(text, max(0, start - 1), end + 1):
        return []
    found: list[Stretch] = []
    low, high = max(0, start - _NEAR), min(len(text), end + MOST_HAN)
    window = text[low:high].lower()
    for first in range(end - low):
        nearest = max(first + 2, start - low + 1)
        for last in range(nearest, min(first + MOST_HAN, len(window)) + 1):
            piece = window[first:last]
            if piece in known or piece in lists.terms:
                found.append(Stretch(low + first, low + last))
    return found


def _is_acronym(text: str, first: Word, last: Word, known: frozenset[str]) -> bool:
    return EXACT + text[first.start : last.end] in known and not _is_shouted(text, first.start, last.end)


def _is_shouted(text: str, start: int, end: int) -> bool:
    """Whether the text around is written in capitals, where ALI may be a man."""
    around = text[max(0, start - 30) : start] + text[end : end + 30]
    return around.isupper()

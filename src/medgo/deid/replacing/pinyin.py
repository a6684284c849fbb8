"""Chinese names in Latin letters: how characters are read, and which letters can be such a name. No keys, no draws."""

from __future__ import annotations

import re
from functools import lru_cache

from medgo.deid.replacing.ordinary import western_given_names
from medgo.deid.replacing.pools import pool

_VOWEL = re.compile(r"[aeiouv]")


@lru_cache
def surname_readings() -> dict[str, tuple[str, ...]]:
    """Surnames by reading (``zhang``, ``ou yang``), the most common first, both readings and surnames."""
    by_reading: dict[str, tuple[str, ...]] = {}
    for surname in [*single_surnames(), *pool("chinese_names")["compound_surnames"]]:
        reading = reading_of_surname(surname)
        by_reading[reading] = (*by_reading.get(reading, ()), surname)
    return by_reading


@lru_cache
def single_surnames() -> str:
    """Surnames of one character, the most common first."""
    return "".join(dict.fromkeys(pool("chinese_names")["surnames"].replace(" ", "")))


@lru_cache(maxsize=4096)
def reading_of_surname(surname: str) -> str:
    """How a surname is read: syllables with spaces between them."""
    special: dict[str, str] = pool("chinese_names")["readings"]
    return special.get(surname) or " ".join(syllables_of(surname))


@lru_cache(maxsize=4096)
def syllables_of(characters: str) -> tuple[str, ...]:
    """How characters are read, in small letters without tones, ü as ``v``."""
    from pypinyin import lazy_pinyin  # loads a dictionary

    return tuple(syllable.lower() for syllable in lazy_pinyin(characters))


@lru_cache(maxsize=4096)
def split(letters: str) -> tuple[str, ...]:
    """A word as at most three Chinese syllables (``xiaoming`` → ``xiao``, ``ming``); empty where it is none."""
    word = letters.lower().replace("ü", "v")
    if "'" in word or "-" in word:
        parts = [split(part) for part in re.split("['-]", word)]
        return tuple(s for part in parts for s in part) if all(parts) else ()
    if word in _syllables():
        return (word,)
    # A second syllable that begins with a vowel needs an apostrophe, so Lee is not le-e.
    for at in range(len(word) - 1, 0, -1):
        head, tail = word[:at], word[at:]
        if head in _syllables() and not _VOWEL.match(tail):
            rest = split(tail)
            if 0 < len(rest) < 3:
                return (head, *rest)
    return ()


@lru_cache
def _syllables() -> frozenset[str]:
    from pypinyin import lazy_pinyin

    found = lazy_pinyin("".join(map(chr, range(0x4E00, 0x9FA6))))
    return frozenset(one for one in found if one.isascii() and _VOWEL.search(one) and 1 < len(one) < 7)


def given_in_letters(word: str) -> tuple[str, ...]:
    """Syllables of a word that can be a whole Chinese given name: two at most, as such names have them, and none that
    a Western name is written with (Angela is no an-ge-la, Lupita no lu-pi-ta)."""
    syllables = split(word)
    given = pool("chinese_names")["given"]
    known = len(syllables) in (1, 2) and all(one in given for one in syllables)
    western = len(syllables) > 1 and word.casefold() in western_given_names()
    return syllables if known and not western else ()


def surname_in_letters(word: str) -> str:
    """The reading of a surname that is written as one word, or nothing."""
    reading = " ".join(split(word))
    return reading if reading in surname_readings() else ""


def rank_of(reading: str) -> int:
    """How common a surname is, by its reading: 0 is the most common."""
    return list(surname_readings()).index(reading)

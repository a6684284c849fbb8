"""Whether a text is what the page shows: fonts whose table of characters has holes give letters that mean nothing."""

from __future__ import annotations

import re

from medgo.text.encoding import COMMON_HAN

# Formulas and bullets in symbol fonts come without characters in sound files too.
MAX_BROKEN = 0.08
_FEWEST = 120
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ACCENTED = re.compile(r"[\u00c0-\u017f]")
_VOWELS = frozenset("aeiouyAEIOUY")
_COMMON_WORDS = frozenset({
    "the", "of", "and", "to", "in", "is", "was", "with", "for", "that", "this", "are", "on", "by", "an", "be", "or",
    "from", "at", "as", "has", "not", "which", "have", "it", "may", "can", "should", "de", "la", "le", "les", "des",
    "et", "en", "el", "los", "que", "der", "die", "das", "und", "von", "il", "per", "con",
})  # fmt: skip
_HAN_SHARE, _WORD_SHARE, _VOWEL_SHARE = 0.06, 0.005, (0.2, 0.6)
_ODD_SHARE = 0.35


def is_garbled(text: str, broken: int = 0) -> bool:
    """Whether a page's text cannot be what it shows.

    Args:
        text: Of one page, or of a few.
        broken: Characters of it that stand for nothing.

    Returns:
        True where too many characters stand for nothing; or, in a text of some length, where common Chinese
        characters are rare among the Chinese ones, or letters form neither common words nor words with vowels, or
        most of it is neither letters nor digits. A short text gets the benefit of the doubt.
    """
    letters = sum(not letter.isspace() for letter in text)
    if broken > MAX_BROKEN * max(1, letters):
        return True
    if letters < _FEWEST:
        return False
    han = _HAN.findall(text)
    if len(han) >= _FEWEST and sum(one in COMMON_HAN for one in han) < _HAN_SHARE * len(han):
        return True
    if len(han) > letters / 3:
        return False
    odd = sum(
        not (letter.isalnum() or letter.isspace() or letter in ".,;:()[]%/<>=≥≤±+-–—'\"’“”&*•|°·") for letter in text
    )
    return odd > _ODD_SHARE * letters or _is_no_language(text, letters)


def _is_no_language(text: str, letters: int) -> bool:
    words = _LATIN_WORD.findall(text)
    # Tables and lists of other scripts have few Latin words: nothing is said about them here.
    latin = sum(map(len, words))
    if latin < letters / 2 or len(words) < 40 or _ACCENTED.search(text):
        return False
    vowels = sum(letter in _VOWELS for word in words for letter in word) / latin
    if not _VOWEL_SHARE[0] <= vowels <= _VOWEL_SHARE[1]:
        return True
    return (
        len(words) >= 150
        and sum(word.lower() in _COMMON_WORDS for word in words) < _WORD_SHARE * len(words)
        and vowels < 0.28
    )

"""A way to write a known identifier, as a pattern, and what patterns are made of. Knows no class of identifier."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from medgo.deid.classes import IdentifierClass

# Context decides: the value is the patient's, and these spellings are written for nothing else.
SURE = 0.98
# Before and after a Latin name or a number.
LATIN_START = r"(?<![A-Za-z0-9\u00c0-\u024f])"
LATIN_END = r"(?![A-Za-z0-9\u00c0-\u024f])"
_ACCENTED = [chr(code) for code in range(0xC0, 0x180)]


@dataclass(frozen=True)
class Spelling:
    """One way, or a few, to write an identifier.

    Args:
        pattern: Matches them; group 1, where there is one, is the identifier.
        label: What is found.
        accepts: Asked about each match where the pattern is not enough.
        score: How sure a match is.
    """

    pattern: re.Pattern[str]
    label: IdentifierClass
    accepts: Callable[[re.Match[str]], bool] | None = None
    score: float = SURE


@lru_cache(maxsize=512)
def letter(character: str) -> str:
    """A class that matches a character in either case, with or without diacritics."""
    base = plain(character)
    if not base.isalpha() or len(base) != 1 or not base.isascii():
        return re.escape(character)
    return f"[{base}{base.upper()}{''.join(one for one in _ACCENTED if plain(one) == base)}]"


@lru_cache(maxsize=2048)
def plain(character: str) -> str:
    """A character in lower case, without diacritics."""
    return unicodedata.normalize("NFKD", character)[:1].lower()


def word(text: str) -> str:
    """A pattern for a Latin word in any case, with or without diacritics; apostrophes and hyphens may be left out."""
    return "".join(r"['\- ]?" if one in "'-’" else letter(one) for one in text)


def spaced(text: str) -> str:
    """A pattern for Chinese characters between which a space, a line break or a dot may stand."""
    return r"[ \n·]?".join(map(re.escape, text))

"""Words of a text that may be parts of names, with what the lexicon knows of each. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from medgo.deid.names_en.lexicon import NAME, ORDINARY, Lexicon

_LATIN = [chr(code) for code in range(0xC0, 0x250) if chr(code).isalpha()]
# Letters, and capitals, as the insides of a character class.
LETTERS = "A-Za-z" + "".join(_LATIN) + "\u1e00-\u1eff"
CAPITALS = "A-Z" + "".join(letter for letter in _LATIN if letter.isupper())
PARTICLES = "van|von|der|den|de|la|le|los|las|del|della|di|da|do|dos|du|bin|ibn|bint|af|av|ter|ten|zu|zum|y"
_BODY = rf"[{LETTERS}]*(?:['\-][{LETTERS}]+){{0,3}}"
_CAPITALISED = re.compile(
    rf"(?<![{LETTERS}\d_@])[{CAPITALS}](?:\.(?=[ ]?[{CAPITALS}])|{_BODY})(?![\d_@])"
    # Capitals strewn within a word.
    rf"|(?<![{LETTERS}\d_@])[a-z]{{1,12}}[{CAPITALS}][{LETTERS}]*(?![\d_@])"
)
_ANY = re.compile(rf"(?<![{LETTERS}\d_@./])[{LETTERS}](?:\.(?=[ ][{LETTERS}]{{2}})|{_BODY})(?![\d_@])")
_GAP = re.compile(rf"[ ]{{1,2}}(?:(?:{PARTICLES})[ ]){{0,3}}(?:(?:al|el)-)?")
# A note in which so few words have a capital is written without them.
_CASELESS = 0.02


class Word(NamedTuple):
    """One word of a text.

    Args:
        start: First character.
        end: After the last one, without a possessive 's.
        text: As written.
        flags: Of the lexicon.
    """

    start: int
    end: int
    text: str
    flags: int

    @property
    def initial(self) -> bool:
        """Whether it is one letter, with or without its point."""
        return len(self.text) == 1 or (len(self.text) == 2 and self.text[1] == ".")

    @property
    def ordinary(self) -> bool:
        """Whether it is an ordinary word and no name."""
        return bool(self.flags & ORDINARY) and not self.flags & NAME

    @property
    def shouted(self) -> bool:
        """Whether it is in capitals and more than an initial."""
        return self.text.isupper() and not self.initial


def words_of(text: str, lexicon: Lexicon) -> tuple[list[Word], bool]:
    """Candidate words of a text, in order.

    Returns:
        The capitalised words; or all words and False where the text is written without capitals.
    """
    found = [_word(match, lexicon) for match in _CAPITALISED.finditer(text)]
    found = [word for word in found if word.text[0].isupper() or word.flags & NAME]
    if len(found) > _CASELESS * (text.count(" ") + 1):
        return found, True
    return [_word(match, lexicon) for match in _ANY.finditer(text)], False


def adjacent(text: str, left: Word, right: Word) -> bool:
    """Whether two words may be parts of one name: a space, particles or nothing after an initial between them."""
    gap = text[left.end : right.start]
    if gap == " ":
        return True
    if not gap:
        return left.initial
    return len(gap) < 24 and _GAP.fullmatch(gap) is not None and not text.startswith("'s", left.end)


def runs_of(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped by adjacency, in order; each word is in one run."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and adjacent(text, runs[-1][-1], word):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _word(match: re.Match[str], lexicon: Lexicon) -> Word:
    word = match.group()
    if word[-2:] in ("'s", "'S") and len(word) > 2:
        word = word[:-2]
    start = match.start()
    return Word(start, start + len(word), word, lexicon.flags(word.lower()))

"""Surrogates of names in Latin letters, English ones and Chinese ones in pinyin.

Each word is replaced by itself, keyed by the patient: John Smith, Smith, John, Mr. Smith's and J. Smith lead to one
person without anything to remember. An initial becomes the initial that its whole name would begin with.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from medgo.deid.replacing.chinese_names import ChineseNames, Shown
from medgo.deid.replacing.draws import Draws
from medgo.deid.replacing.latin_parsing import LatinName, Part, first_names, key
from medgo.deid.replacing.ordinary import western_given_names
from medgo.deid.replacing.pools import pool

_GROUPS: dict[Shown, str] = {"man": "men", "woman": "women", "both": "both"}


@dataclass(frozen=True)
class LatinNames:
    """Surrogates of one patient's note.

    Args:
        draws: Of the patient.
        chinese: Of the same patient.
    """

    draws: Draws
    chinese: ChineseNames

    def written(self, name: LatinName, attempt: int, sex: Shown = "both") -> str:
        """A name's surrogate, in the same order, form and case.

        Args:
            name: The name.
            attempt: Of the given names.
            sex: Of whoever bears it: what the first given name becomes; ``both`` for any.
        """
        new, at = [], 0
        first = next((token for token in name.tokens if token.part == "given"), None)
        for token in name.tokens:
            old = name.value[token.start : token.end]
            new.append(name.value[at : token.start])
            at = token.end
            if token.part == "kept":
                new.append(old)
            elif token.syllables:
                word = self._syllables(token.part, token.syllables, attempt)
                new.append(_cased(word, old))
            else:
                of_word = sex if token is first else sex_of_first_name(key(old))
                new.append(_cased([self._word(token.part, key(old), attempt, of_word)], old))
        return "".join(new) + name.value[at:] + name.ending

    def initial(self, letter: str) -> str:
        """Another initial, the same for one letter."""
        letters = _initials()
        if letter not in letters:
            return self.draws.pick(letters, "initial", letter)
        return letters[self.draws.cycle(len(letters), "initial")[letters.index(letter)]]

    def _syllables(self, part: Part, syllables: tuple[str, ...], attempt: int) -> list[str]:
        if part == "surname":
            return self.chinese.surname_syllables(" ".join(syllables)).split()
        return [self.chinese.given_syllable(one, attempt) for one in syllables]

    def _word(self, part: Part, word: str, attempt: int, sex: Shown) -> str:
        if part == "initial":
            return self.initial(word.upper())
        if part == "surname":
            surnames = _surnames()
            if word not in surnames:
                return self.draws.pick(tuple(surnames.values()), "surname", word)
            return tuple(surnames.values())[self.draws.cycle(len(surnames), "surname")[list(surnames).index(word)]]
        return self._first_name(word, attempt, _GROUPS[sex])

    def _first_name(self, word: str, attempt: int, sex: str) -> str:
        names = pool("english_names")
        word = names["nicknames"].get(word, word)
        group: list[str] = names[sex][self.initial(word[:1].upper())]
        if attempt >= len(group):  # every name of that initial is somebody's
            group = [name for names_of in names[sex].values() for name in names_of]
        same = [key(name) for name in names[sex].get(word[:1].upper(), ())]
        first = same.index(word) if word in same else self.draws.number(len(group), "first", word)
        return group[(first + self.draws.number(len(group), "turn", word[:1]) + attempt) % len(group)]


def _cased(words: list[str], old: str) -> str:
    if old.isupper() and (len(old) > 1 or len(words[0]) == 1):
        return "".join(words).upper()
    if old.islower():
        return "".join(words).lower()
    if any(letter.isupper() for letter in old[1:]) and len(words) > 1:
        return "".join(word.capitalize() for word in words)
    return "".join(words).capitalize()


def sex_of_first_name(word: str) -> Shown:
    """What a first name (its key) shows: by lists, else by its ending."""
    word = pool("english_names")["nicknames"].get(word, word)
    return next(sex for sex, group in _GROUPS.items() if group == _group(word))


def _group(word: str) -> str:
    known = first_names().get(word) or western_given_names().get(word)
    if known:
        return known
    if len(word) > 3 and word.endswith(("a", "elle", "ette", "ine", "lyn")):
        return "women"
    if len(word) > 3 and word.endswith(("us", "o", "rd", "ld")):
        return "men"
    return "both"


@lru_cache
def _initials() -> tuple[str, ...]:
    return tuple(pool("english_names")["women"])


@lru_cache
def _surnames() -> dict[str, str]:
    return {key(name): name for names in pool("english_names")["surnames"].values() for name in names}

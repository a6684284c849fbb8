"""Takes a name in Latin letters apart: titles, given names, initials, surnames, credentials. No keys, no draws."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from medgo.deid.replacing.ordinary import western_given_names, western_surnames
from medgo.deid.replacing.pinyin import given_in_letters, rank_of, split, surname_in_letters
from medgo.deid.replacing.pools import pool

Part = Literal["given", "surname", "initial", "kept"]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]{2,})*\.?")
_TITLES, _CREDENTIALS, _PARTICLES = (
    frozenset(pool("english_names")[kind].split()) for kind in ("titles", "credentials", "particles")
)
_SURNAMES_TOO = frozenset(("ma", "do"))
_FIRST_NAMES_TOO = frozenset(("ben", "al"))
_DOTTED = re.compile(r"[,\s]+(?:M\.\s?D|D\.\s?O|R\.\s?N|Ph\.\s?D|N\.\s?P|P\.\s?A)\.?(?=$|[\s,])")
_TITLE_BEFORE = re.compile(r"\b(?:mr|mrs|ms|miss|dr|doctor|prof|professor|nurse|sir)\.?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a name.

    Args:
        start: First character in the name.
        end: After the last one, without the dot of an initial.
        part: What it is.
        syllables: How it is read, where it is Chinese; a surname's together.
    """

    start: int
    end: int
    part: Part
    syllables: tuple[str, ...] = ()


@dataclass(frozen=True)
class LatinName:
    """A name in Latin letters, in its parts.

    Args:
        value: As written, without possessive ending.
        tokens: Its words, in order.
        ending: ``'s`` or nothing.
    """

    value: str
    tokens: tuple[Token, ...]
    ending: str = ""

    def words(self, part: Part) -> tuple[str, ...]:
        """Keys of the words that are such a part."""
        return tuple(key(self.value[one.start : one.end]) for one in self.tokens if one.part == part)

    @property
    def full(self) -> bool:
        """Whether surname and given name are there, spelt out."""
        return bool(self.words("given") and self.words("surname"))

    @property
    def given_syllables(self) -> tuple[str, ...]:
        """Syllables of a Chinese given name."""
        return tuple(s for one in self.tokens if one.part == "given" for s in one.syllables)


def key(word: str) -> str:
    """What spellings of a word share: small letters without accents and apostrophes."""
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(filter(str.isalpha, letters))


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What the full names of a note tell about their parts.

    Args:
        givens: Keys of given names.
        surnames: Keys of surnames.
        joined: Chinese names as one word (``zhangwei``).
    """

    givens: frozenset[str] = frozenset()
    surnames: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()


def parse_latin(value: str, before: str, known: KnownNames) -> LatinName:
    """Take a name apart.

    Args:
        value: The name.
        before: Text in front of it, where a title may stand.
        known: Names of the note.
    """
    possessive = re.search(r"(?:['’]s|(?<=s)['’])$", value)
    ending = possessive[0] if possessive else ""
    name = value[: len(value) - len(ending)]
    dotted = _DOTTED.search(name)
    start, end = dotted.span() if dotted else (len(name), len(name))
    words = [one for one in _WORD.finditer(name) if one.end() <= start or one.start() >= end]
    tokens = _named(name, [token for one in words for token in _tokens(one, known)])
    names = [at for at, one in enumerate(tokens) if one.part == "given"]
    titled = any(key(one[0]) in _TITLES for one in words) or bool(_TITLE_BEFORE.search(before))
    units = _hyphenated(name, tokens, names)
    if any(one.part == "surname" for one in tokens):
        pass  # it was one word, and has been taken apart
    elif len(units) == 1:
        _single(name, tokens, units[0], titled, known)
    elif units:
        _several(name, tokens, units)
    return LatinName(name, tuple(tokens), ending)


def _tokens(word: re.Match[str], known: KnownNames) -> list[Token]:
    """A word, or surname and given name of a Chinese name that is written as one (ZhangWei, zhangxiaoming)."""
    end = word.end() - word[0].endswith(".")
    syllables = split(word[0])
    camel = re.fullmatch("([A-Z][a-z]+)[A-Z][a-z]+", word[0])
    length = len(camel[1]) if camel else len(syllables[0]) if syllables else 0
    whole = key(word[0]) in known.joined or (
        (camel or len(syllables) == 3) and bool(given_in_letters(word[0][length:])) and not _is_western(key(word[0]))
    )
    if whole and len(syllables) > 1 and "'" not in word[0] and surname_in_letters(word[0][:length]):
        cut = word.start() + length
        head = Token(word.start(), cut, "surname", tuple(surname_in_letters(word[0][:length]).split()))
        return [head, Token(cut, end, "given", split(word[0][length:]))]
    return [Token(word.start(), end, _plain_part(word[0]))]


def _named(name: str, tokens: list[Token]) -> list[Token]:
    """Particles and credentials that are names where they stand (Ben Carter, Dr. Ma, Do) taken for names."""
    new = list(tokens)
    for at, one in enumerate(tokens):
        word = name[one.start : one.end]
        letters = key(word)
        if one.part != "kept" or letters in _TITLES:
            continue
        before = sum(other.part in ("given", "surname") for other in new[:at])
        if letters in _CREDENTIALS:
            kept = before > (letters in _SURNAMES_TOO and "," not in name[: one.start])
        else:
            follows = any(other.part in ("given", "surname") for other in tokens[at + 1 :])
            kept = follows and (before > 0 or letters not in _FIRST_NAMES_TOO or word[0].islower())
        if not kept:
            new[at] = Token(one.start, one.end, "given")
    return new


def _plain_part(word: str) -> Part:
    letters = key(word)
    if letters in _TITLES or letters in _CREDENTIALS or letters in _PARTICLES:
        return "kept"
    return "initial" if len(letters) == 1 else "given"


def _hyphenated(name: str, tokens: list[Token], names: list[int]) -> list[list[int]]:
    """Words joined by hyphens count as one."""
    units: list[list[int]] = []
    for at in names:
        if units and units[-1][-1] == at - 1 and name[tokens[at - 1].end : tokens[at].start] == "-":
            units[-1].append(at)
        else:
            units.append([at])
    return units


def _single(name: str, tokens: list[Token], unit: list[int], titled: bool, known: KnownNames) -> None:
    word = name[tokens[unit[0]].start : tokens[unit[-1]].end]
    letters = key(word)
    joined = given_in_letters(word)
    initials = any(one.part == "initial" for one in tokens)
    if letters in known.givens and not titled:
        is_surname = False
    elif titled or initials or letters in known.surnames:
        is_surname = True
    else:
        is_surname = not joined and letters not in first_names() and not _is_western(letters)
    if is_surname:
        _set(tokens, unit, "surname", tuple(surname_in_letters(word).split()))
    elif joined and letters not in first_names():
        _set_syllables(name, tokens, unit, "given")


def _several(name: str, tokens: list[Token], units: list[list[int]]) -> None:
    words = [name[tokens[unit[0]].start : tokens[unit[-1]].end] for unit in units]
    comma = name.replace("^", ",").find(",")  # HL7 v2 writes DOE^JANE
    surname_first = 0 <= comma <= tokens[units[1][0]].start and comma >= tokens[units[0][-1]].end
    chinese = _chinese_surname(words, surname_first)
    at = chinese if chinese is not None else 0 if surname_first else len(units) - 1
    for number, unit in enumerate(units):
        if number == at:
            _set(tokens, unit, "surname", tuple(surname_in_letters(words[number]).split()))
        elif chinese is not None:
            _set_syllables(name, tokens, unit, "given")


def _chinese_surname(words: list[str], surname_first: bool) -> int | None:
    """Which word of a Chinese name is the surname; None where the name is not Chinese as a whole."""
    if len(words) > 3:
        return None
    places = [0] if surname_first else [0, len(words) - 1]
    able = []
    for at in places:
        rest = [word for number, word in enumerate(words) if number != at]
        syllables = [split(word) for word in rest]
        if surname_in_letters(words[at]) and all(syllables) and sum(map(len, syllables)) <= 2:
            able.append(at)
    if not able or any(_is_given(key(word)) for at, word in enumerate(words) if at != able[0]):
        return None
    return min(able, key=lambda at: rank_of(surname_in_letters(words[at])))


def _set_syllables(name: str, tokens: list[Token], unit: list[int], part: Part) -> None:
    for at in unit:
        _set(tokens, [at], part, split(name[tokens[at].start : tokens[at].end]))


def _set(tokens: list[Token], unit: list[int], part: Part, syllables: tuple[str, ...]) -> None:
    if len(unit) > 1:  # Smith-Jones: each half a surname of its own
        syllables = ()
    for at in unit:
        tokens[at] = Token(tokens[at].start, tokens[at].end, part, syllables)


def _is_given(letters: str) -> bool:
    """Whether a word is a Western given name; of one syllable (Kai, Lin) only where it is common."""
    return letters in first_names() or (letters in western_given_names() and len(split(letters)) != 1)


def _is_western(letters: str) -> bool:
    """Whether a word alone is rather somebody's Western given name than a surname."""
    return letters in western_given_names() and letters not in western_surnames()


@lru_cache
def first_names() -> dict[str, str]:
    """Sex of common English first names: ``women``, ``men`` or ``both``."""
    names = pool("english_names")
    sexes: dict[str, str] = {}
    for sex in ("women", "men", "both"):
        listed = [name for group in names[sex].values() for name in group]
        for name in listed + names.get(f"more_{sex}", []):
            letters = key(name)
            sexes[letters] = sex if sexes.get(letters, sex) == sex else "both"
    return sexes

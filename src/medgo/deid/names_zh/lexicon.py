"""What Chinese names are made of, and what other words there are: surnames, characters, words and their frequencies.

Own lists stand in ``data/``; the frequencies of words come from the dictionary of the package ``jieba`` (MIT), read as
a file. All values are natural logarithms of probabilities.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from math import log
from pathlib import Path

from medgo.errors import MedGoError

# A line of the dictionary: word, how often it was met, part of speech. Longer words decide nothing near a name.
_LONGEST_WORD = 6
_ENTRY = re.compile(r"^([\u4e00-\u9fff]{1,6}) (\d+) (\w*)$", re.MULTILINE)
# What the dictionary calls a name (nr, nrt, nrfg) is used for its characters only: many entries are no names, few of
# today's names are entries.
_NAME_TAG = "nr"
_PLACE_TAG = "ns"
_ADVERBIAL_TAGS = frozenset("vdptrmfqcus")
_OWN_WORD_COUNT = 2000.0
_GIVEN_WORD_COUNT = 60.0
_UNKNOWN_CHARACTER_COUNT = 0.6
_UNLISTED_GIVEN_WEIGHT = 12.0
NEVER = -100.0
_NAME_IN_NAME_TAG = 0.15  # weight of the dictionary's names beside the own list


class LexiconMissingError(MedGoError):
    """The dictionary of words is not installed."""

    code = "lexicon_missing"


@dataclass(frozen=True)
class Lexicon:
    """Everything that is known of words and names without their context.

    Args:
        words: Log probability of words of one to six characters.
        longest: Of two characters, the length of the longest word that begins with them.
        unknown: Log probability of a character that is no word.
        surnames: Log probability of surnames of one or two characters among people.
        given: Log probability of characters within given names.
        unlisted: The same for characters that neither list has.
        transliterated: Characters that foreign names are written with.
        minority: Parts of names of peoples without surnames.
        minority_letters: Characters that such names are spelt with.
        places: Words that the dictionary calls places.
        adverbial: Words of two characters that it calls verbs, adverbs, times and the like; they begin with a surname.
        of_records: Words of the own list: what records write.
        name_words: Words that are whole names of people as well: 高兴, 黎明.
    """

    words: dict[str, float]
    longest: dict[str, int]
    unknown: float
    surnames: dict[str, float]
    given: dict[str, float]
    unlisted: float
    transliterated: frozenset[str]
    minority: frozenset[str]
    minority_letters: frozenset[str]
    places: frozenset[str]
    adverbial: frozenset[str]
    of_records: frozenset[str]
    name_words: frozenset[str]

    def is_ordinary(self, run: str) -> bool:
        """Whether words of two characters and more fill a stretch, none of them a place: 户籍地址."""
        known = [True] + [False] * len(run)
        for at in range(len(run)):
            for size in range(2, min(_LONGEST_WORD, len(run) - at) + 1):
                word = run[at : at + size]
                known[at + size] |= known[at] and word in self.words and word not in self.places
        return known[-1]

    def path(self, run: str, start: int = 0, end: int | None = None) -> float:
        """Log probability of the likeliest words that a stretch of Han characters divides into."""
        stop = len(run) if end is None else end
        best = [0.0] + [-1e9] * (stop - start)
        words, longest, unknown = self.words, self.longest, self.unknown
        for at in range(start, stop):
            here = best[at - start]
            score = here + words.get(run[at], unknown)
            if score > best[at - start + 1]:
                best[at - start + 1] = score
            for size in range(2, min(longest.get(run[at : at + 2], 1), stop - at) + 1):
                word = words.get(run[at : at + size])
                if word is not None and here + word > best[at - start + size]:
                    best[at - start + size] = here + word
        return best[-1]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon; read once a process (under a second, about 60 MB).

    Raises:
        LexiconMissingError: ``jieba`` is not installed.
    """
    surnames, total = _weighted("surnames.txt"), 0.0
    compound = _weighted_words("compound_surnames.txt")
    total = sum(surnames.values()) + sum(compound.values())
    words, given, places, adverbial = _dictionary(surnames)
    weights = _weighted("given.txt")
    own, seen = sum(weights.values()), sum(given.values()) or 1
    for character, count in given.items():
        weights[character] = weights.get(character, 0.0) + _NAME_IN_NAME_TAG * own * count / seen
    whole = sum(weights.values())
    logs = {one: log(max(weight, _UNLISTED_GIVEN_WEIGHT) / whole) for one, weight in weights.items()}
    listed = set("".join(_lines("given.txt")))
    logs.update((one, NEVER) for line in _lines("never.txt") for one in line if one not in listed)
    return Lexicon(
        words=words[0],
        longest=words[1],
        unknown=words[2],
        surnames={one: log(weight / total) for one, weight in (*surnames.items(), *compound.items())},
        given=logs,
        unlisted=log(_UNLISTED_GIVEN_WEIGHT / whole),
        transliterated=frozenset("".join(_lines("transliterated.txt"))),
        minority=frozenset(word for line in _lines("minority.txt") for word in line.split()),
        minority_letters=frozenset("".join(_lines("minority_letters.txt"))),
        places=places,
        adverbial=adverbial,
        of_records=frozenset(_words_of_records()),
        name_words=frozenset(word for line in _lines("name_words.txt") for word in line.split()),
    )


def _dictionary(
    surnames: dict[str, float],
) -> tuple[tuple[dict[str, float], dict[str, int], float], Counter[str], frozenset[str], frozenset[str]]:
    counts: dict[str, float] = {}
    places: set[str] = set()
    adverbial: set[str] = set()
    given: Counter[str] = Counter()
    for word, count, tag in _ENTRY.findall(_dictionary_path().read_text("utf-8")):
        if tag == _PLACE_TAG:
            places.add(word)
        elif len(word) == 2 and tag[:1] in _ADVERBIAL_TAGS and word[0] in surnames:
            adverbial.add(word)
        if not tag.startswith(_NAME_TAG) or len(word) == 1:
            counts[word] = float(count)
        elif len(word) == 3 and word[0] in surnames:
            given.update(word[1:])
    total = sum(counts.values())
    for word in _words_of_records():
        counts[word] = max(counts.get(word, 0.0), _OWN_WORD_COUNT)
    for line in _lines("given_words.txt"):
        for word in line.split():
            counts[word] = min(counts.get(word, 0.0), _GIVEN_WORD_COUNT)
    longest: dict[str, int] = {}
    for word in counts:
        if len(word) > longest.get(word[:2], 1):
            longest[word[:2]] = len(word)
    unknown = log(_UNKNOWN_CHARACTER_COUNT / total)
    words = {word: max(unknown, log((count + 0.1) / total)) for word, count in counts.items()}
    return (words, longest, unknown), given, frozenset(places), frozenset(adverbial)


def _words_of_records() -> Iterator[str]:
    return (word for line in _lines("words.txt") for word in line.split() if 1 < len(word) <= _LONGEST_WORD)


def _dictionary_path() -> Path:
    # Found without importing it: the package sets up logging and a cache when it is imported.
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise LexiconMissingError("the dictionary of Chinese words is not installed", hint="pip install 'medgo[deid]'")
    return Path(spec.submodule_search_locations[0]) / "dict.txt"


def _lines(name: str) -> Iterator[str]:
    text = files("medgo.deid.names_zh").joinpath("data", name).read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _weighted(name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in _lines(name):
        weight, characters = line.split()
        for one in characters:
            found.setdefault(one, float(weight))
    return found


def _weighted_words(name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in _lines(name):
        weight, *words = line.split()
        for one in words:
            found.setdefault(one, float(weight))
    return found

"""What is known of single words: given name, surname, ordinary word, place. Knows no text.

Names come from the person providers of Faker (MIT), read as data, and from the lists beside this file; of the rest,
how surnames end in many languages tells.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import faker.providers.job.en_US
import faker.providers.lorem.en_US
import faker.providers.person

from medgo.deid.names_en.gazetteer import gazetteer
from medgo.deid.names_en.romanised import romanised

GIVEN, SURNAME, ORDINARY, PLACE, PINYIN = 1, 2, 4, 8, 16
# An ordinary word that somebody bears as a name all the same: only a title or a label makes it one.
RARE = 32
NAME = GIVEN | SURNAME
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff' .\-]{2,40}")
_PART = re.compile(r"[^ .]+")
_SHORTEST = 2
# Shorter ones are too often words of English.
_SHORTEST_ROMANISED = 5
# What surnames of many languages end in, and hardly a word of English or of medicine.
_SURNAME_ENDS = re.compile(
    r"(?:[a-z\u00df-\u024f-]{2,24}(?:ić|ič|vić|ević|ović|evic|ovic|ovich|evich|ov|ev|ova|eva|yov|skiy|skyy|"
    r"ński|nski|wski|wska|cki|"
    r"czyk|wicz|enko|chuk|shvili|adze|idze|[b-df-hj-np-tvz]sson|dóttir|dottir|gaard|qvist|quist|ström|strom|"
    r"poulos|poulou|akis|idis|escu|oğlu|oglu|zadeh|nejad|[aeiouyäö]nen|nsen|rsen|lsen|tsen|dsen|ksen|ssen|yama|"
    r"mura|moto|kawa|"
    r"gawa|shita|hashi|zaki|guchi|bayashi|mizu|shima|ñez|guez|ndez|rdez|nández|ález|ínez|ópez|ová|ský|ská|cký)"
    r"|(?:o'|mc)[a-z]{4,24})"
)
_LONGEST_SYLLABLE = 6
# Words without an entry whose flags are remembered; then they are forgotten at once.
_MOST_UNLISTED = 1 << 14


@dataclass(frozen=True)
class Lexicon:
    """Flags of words.

    Args:
        table: Lower-case word to the sum of its flags.
        syllables: Syllables of romanised Mandarin.
    """

    table: Mapping[str, int]
    syllables: frozenset[str]
    _unlisted: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    def flags(self, word: str) -> int:
        """Flags of a lower-case word; of a hyphenated one without an entry, those that all its parts have."""
        known = self.table.get(word)
        if known is None:
            known = self._unlisted.get(word)
        if known is None:
            if len(self._unlisted) >= _MOST_UNLISTED:
                self._unlisted.clear()
            known = self._unlisted[word] = self._by_form(word)
        return known

    def _by_form(self, word: str) -> int:
        if "-" in word:
            parts = [self.flags(part) for part in word.split("-") if part]
            names = [part & NAME for part in parts]
            if parts and all(part & ORDINARY for part in parts):
                return ORDINARY
            return (NAME if any(part & GIVEN for part in parts) else SURNAME) if all(names) else 0
        if word.endswith("s") and self.table.get(word[:-1]) == ORDINARY:
            return ORDINARY
        if self._romanised(word):
            return PINYIN
        return SURNAME if _SURNAME_ENDS.fullmatch(word) else 0

    def _romanised(self, word: str) -> bool:
        if not 2 <= len(word) <= 2 * _LONGEST_SYLLABLE:
            return False
        if word in self.syllables:
            return True
        cuts = range(1, min(len(word), _LONGEST_SYLLABLE + 1))
        return any(word[:cut] in self.syllables and word[cut:] in self.syllables for cut in cuts)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, read once a process (about 0.3 s)."""
    table: dict[str, int] = {}
    _put(table, _provided("first_name"), GIVEN)
    _put(table, _provided("last_name"), SURNAME)
    _put(table, _listed("given.txt"), GIVEN)
    _put(table, _listed("surnames.txt"), SURNAME)
    surnames, syllables = _pinyin()
    _put(table, surnames, SURNAME | PINYIN)
    # Last, since a given name that somebody somewhere bears as a surname is a given name.
    further: dict[str, int] = {}
    _put(further, _further("first_"), GIVEN)
    _put(further, _further("last_name"), SURNAME)
    table.update((word, flags) for word, flags in further.items() if word not in table)
    _put_ordinary(table)
    _put(table, gazetteer().single_words, PLACE)
    _names.cache_clear()
    return Lexicon(table, frozenset(syllables))


def _put(table: dict[str, int], words: Iterable[str], flag: int) -> None:
    for phrase in words:
        for word in _PART.findall(phrase.lower()):
            cleaned = word.strip("',()/-")
            if len(cleaned) >= _SHORTEST:
                table[cleaned] = table.get(cleaned, 0) | flag


def _put_ordinary(table: dict[str, int]) -> None:
    words = _listed("ordinary.txt")
    at = words.index("[names]")
    both = frozenset(words[at + 1 :])
    ordinary: dict[str, int] = {}
    for group in (words[:at], faker.providers.lorem.en_US.Provider.word_list, faker.providers.job.en_US.Provider.jobs):
        _put(ordinary, group, ORDINARY)
    for word in both:
        table[word] = table.get(word, GIVEN) | ORDINARY
    for word in ordinary.keys() - both:
        known = table.get(word, 0)
        table[word] = ORDINARY | (RARE if known & NAME else 0) | (known & PLACE)


def _provided(kind: str) -> Iterable[str]:
    """Names of one kind in Latin script, from all locales."""
    for _, attribute, name in _names():
        if attribute.startswith(kind) and _LATIN.fullmatch(name):
            yield name


def _further(kind: str) -> Iterable[str]:
    """Names of one kind that stand in other lists of a locale, or in Cyrillic or Greek letters."""
    for locale, attribute, name in _names():
        if kind not in attribute or locale.startswith("zh"):  # romanised Chinese is read by its syllables
            continue
        if not _LATIN.fullmatch(name):
            yield from (one for one in romanised(name) if len(one) >= _SHORTEST_ROMANISED)
        elif not attribute.startswith(("first_name", "last_name")):
            yield name


@lru_cache(maxsize=1)
def _names() -> Sequence[tuple[str, str, str]]:
    """Locale, list and name of all lists of names."""
    found = []
    for module in pkgutil.iter_modules(faker.providers.person.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute, values in vars(provider).items():
            if "name" in attribute and isinstance(values, (list, tuple, dict, set)):
                names = (value[-1] if isinstance(value, tuple) else value for value in values)
                found += [(module.name, attribute, name) for name in names if isinstance(name, str)]
    return found


def _listed(name: str) -> list[str]:
    lines = files("medgo.deid.names_en").joinpath("data", name).read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def _pinyin() -> tuple[list[str], list[str]]:
    words = _listed("pinyin.txt")
    at = words.index("syllables")
    return words[1:at], words[at + 1 :]

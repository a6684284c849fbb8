"""Finds names of concepts in running text. Knows the index and spelling; nothing of grammar or of what is asserted.

One Aho-Corasick automaton over all names: a text is read once, whatever the number of names.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

import ahocorasick

from medgo.errors import StorageError
from medgo.knowledge.knowledge import Knowledge
from medgo.knowledge.ordinary_words import ORDINARY_EN, ORDINARY_ZH
from medgo.schema import Concept, ConceptKind, Lang, Name
from medgo.store.atomic import replacing
from medgo.store.hashing import sha256_of_text
from medgo.text import fold

_log = logging.getLogger(__name__)
# Changes whenever the same index gives another lexicon.
_VERSION = 2
KINDS: tuple[ConceptKind, ...] = ("sign", "disease", "drug", "lab", "vital", "procedure")
# Longer names are sentences of a classification; nobody writes them in running text, and they fill the memory.
LONGEST = 80
# A drug's further names that are this common in the names of diseases and signs are ordinary words (white, factor).
_COMMON_FROM = 3
_ACRONYM = re.compile(r"[A-Z0-9][A-Z0-9/\-]{1,5}")
# What the automaton stores: entry number, then the name's length, then whether it begins and ends with a Latin letter.
_LENGTH_BITS, _BEGINS, _ENDS = 7, 2, 1
_LATIN_END = "\u024f"
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}")
_WORD_END = re.compile(r"[a-z]{4,}$")
_POSSESSIVE = re.compile(r"'s?(?= |$)")


class Mention(NamedTuple):
    """A name found in a text.

    Args:
        start: First character.
        end: After the last one.
        concepts: Ids of all concepts of that name; more than one where it is ambiguous or vocabularies share it.
    """

    start: int
    end: int
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Names of concepts, ready to be found. May be pickled.

    Args:
        entries: Concept ids by entry number of the automaton.
        exact: For names that only count in their own case (``ALL``, ``MS``): how they are written.
        excluded: How many names were left out, by reason.
        kinds: Kind of every concept that has a name here.
        automaton: Folded name to entry number.
    """

    entries: Sequence[tuple[str, ...]]
    exact: Mapping[int, frozenset[str]]
    excluded: Mapping[str, int]
    kinds: Mapping[str, ConceptKind]
    automaton: ahocorasick.Automaton = field(repr=False)

    @classmethod
    def build(
        cls,
        knowledge: Knowledge,
        kinds: Sequence[ConceptKind] = KINDS,
        langs: Sequence[Lang] = ("zh", "en"),
    ) -> Lexicon:
        """Take the names of an index; kept beside it, because that takes seconds.

        Args:
            knowledge: The index.
            kinds: Sorts of concepts whose names count.
            langs: Languages whose names count.
        """
        wanted = tuple(dict.fromkeys(kinds))
        if not knowledge.path.is_file():
            return cls.of((concept for kind in wanted for concept in knowledge.concepts(kind)), langs)
        key = sha256_of_text(repr((_VERSION, knowledge.fingerprint, wanted, tuple(langs))))[:16]
        kept = knowledge.path.with_name(f"{knowledge.path.stem}-{key}.lexicon")
        if kept.is_file():
            # Written by ourselves beside the index, whole or not at all.
            return cast(Lexicon, pickle.loads(kept.read_bytes()))  # noqa: S301
        lexicon = cls.of((concept for kind in wanted for concept in knowledge.concepts(kind)), langs)
        try:
            with replacing(kept, suffix=f".{os.getpid()}") as file:
                pickle.dump(lexicon, file)
        except StorageError as error:  # a cache that cannot be written only costs time
            _log.info("the lexicon is not kept: %s", error.message)
        return lexicon

    @classmethod
    def of(cls, concepts: Iterable[Concept], langs: Sequence[Lang] = ("zh", "en")) -> Lexicon:
        """Take the names of these concepts."""
        concepts = list(concepts)
        common = _common_words(concepts)
        excluded: Counter[str] = Counter()
        owners: dict[str, dict[str, None]] = {}
        exact: dict[str, set[str]] = {}
        free: set[str] = set()
        wanted = [(concept, name) for concept in concepts for name in concept.names if name.lang in langs]
        for concept, name in wanted:
            reason = _why_not(concept, name, common)
            if reason is not None:
                excluded[reason] += 1
                continue
            acronym = _ACRONYM.fullmatch(name.text) is not None or (len(name.text) == 2 and name.text.isascii())
            for spelling in _spellings(name, acronym):
                owners.setdefault(spelling, {})[concept.id] = None
                if acronym:
                    exact.setdefault(spelling, set()).add(_spaced(name.text))
                else:
                    free.add(spelling)
        automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        entries: list[tuple[str, ...]] = []
        cased: dict[int, frozenset[str]] = {}
        same: dict[tuple[str, ...], tuple[str, ...]] = {}
        for number, (spelling, ids) in enumerate(owners.items()):
            automaton.add_word(spelling, _packed(number, spelling))
            entry = tuple(ids)
            entries.append(same.setdefault(entry, entry))
            if spelling in exact and spelling not in free:
                cased[number] = frozenset(exact[spelling])
        automaton.make_automaton()
        kinds = {concept.id: concept.kind for concept in concepts}
        return cls(tuple(entries), cased, dict(excluded), kinds, automaton)

    def find(self, text: str) -> list[Mention]:
        """Names in a text, leftmost and longest, not overlapping.

        Args:
            text: Chinese, English or both, as written; positions are its own.

        Returns:
            Mentions in order.
        """
        folded = fold(text)
        searched = _spaced(folded.text)
        size = len(searched)
        longest: dict[int, tuple[int, int]] = {}
        for last, packed in self.automaton.iter(searched):
            first, after = last + 1 - (packed >> 2 & 127), last + 1
            if packed & _BEGINS and first and _continues(searched[first - 1]):
                continue
            if packed & _ENDS and after < size and _continues(searched[after]):
                continue
            number = packed >> _LENGTH_BITS + 2
            required = self.exact.get(number)
            if required and _spaced(text[folded.start(first) : folded.end(after)]) not in required:
                continue
            # Matches come by their end: a later one from the same start is longer.
            longest[first] = (after, number)
        found: list[Mention] = []
        reached = 0
        for first in sorted(longest):
            after, number = longest[first]
            if first >= reached:
                found.append(Mention(folded.start(first), folded.end(after), self.entries[number]))
                reached = after
        return found


@lru_cache(maxsize=1)
def lexicon_of(knowledge: Knowledge) -> Lexicon:
    """The lexicon of all kinds in both languages, read once per process: it takes some hundred megabytes."""
    return Lexicon.build(knowledge)


def _spaced(text: str) -> str:
    """Hyphens and slashes as spaces; the length stays."""
    return text.replace("-", " ").replace("_", " ").replace("/", " ")


def _continues(letter: str) -> bool:
    """Whether a letter beside a Latin name makes it part of a longer word; a Chinese character does not."""
    return letter <= _LATIN_END and letter.isalnum()


def _packed(number: int, spelling: str) -> int:
    flags = _BEGINS * _continues(spelling[0]) | _ENDS * _continues(spelling[-1])
    return number << _LENGTH_BITS + 2 | len(spelling) << 2 | flags


def _spellings(name: Name, acronym: bool) -> set[str]:
    """A name as folded texts may hold it."""
    spelling = " ".join(_spaced(fold(name.text).text).split())
    found = {spelling}
    if _HAN.search(spelling):
        found.add(re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", spelling))
    elif not acronym:
        found.add(_POSSESSIVE.sub("", spelling))
        # Short last words are numbers and letters of types: "Lynch syndrome I" has no plural.
        found |= {_plural(one) for one in found if _WORD_END.search(one)}
    return {one for one in found if 0 < len(one) <= LONGEST}


def _plural(name: str) -> str:
    if name.endswith(("s", "x", "ch", "sh")):
        return (
            name
            if name.endswith(("us", "is", "as", "os", "ss")) or not name.endswith(("x", "ch", "sh"))
            else name + "es"
        )
    return name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else name + "s"


def _common_words(concepts: Iterable[Concept]) -> Mapping[str, int]:
    """How many names of diseases, signs and tests hold each word: what is common there is ordinary language."""
    counts: Counter[str] = Counter()
    for concept in concepts:
        if concept.kind != "drug":
            preferred = concept.name("en")
            counts.update(set(_WORD.findall(preferred.lower())) if preferred else ())
    return counts


def _why_not(concept: Concept, name: Name, common: Mapping[str, int]) -> str | None:
    """Why a name is left out; None where it is taken."""
    text = name.text.strip()
    folded = text.lower()
    if len(text) > LONGEST:
        return "longer than running text holds"
    if not any(letter.isalpha() for letter in text):
        return "no letter"
    if _HAN.search(text):
        return "one character" if len(text) < 2 else "ordinary word" if text in ORDINARY_ZH else None
    measured = concept.kind in ("lab", "vital")
    if len(text) < 3 and not (measured and len(text) == 2 and text[0].isupper()):
        return "too short"
    if folded in ORDINARY_EN and not _ACRONYM.fullmatch(text):
        return "ordinary word"
    further = concept.kind == "drug" and name.role != "preferred" and " " not in text
    return "common in names of other things" if further and common.get(folded, 0) >= _COMMON_FROM else None

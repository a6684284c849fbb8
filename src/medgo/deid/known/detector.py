"""Looks for everything that is known of a note's people. Knows which rules spell which class; no spelling itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from medgo.deid.classes import NAMES
from medgo.deid.known import addresses, dates, han_names, latin_names, numbers
from medgo.deid.known.spelling import LATIN_END, LATIN_START, Spelling, spaced, word
from medgo.deid.protocol import Finding, KnownIdentifier, Note
from medgo.deid.view import view_of

_HAN = re.compile(r"[\u3400-\u9fff]")
_ADDRESSES = frozenset({"address", "location"})
_TEXTS = frozenset({"email", "url", "hospital", "organisation", "social_account", "ip_address"})
_UNSPELT = frozenset({"age_over_89", "age", "origin", "biometric", "photo"})
_SHORTEST = 4


class KnownDetector:
    """Finds identifiers that a header or a field states, however they are spelt."""

    name: ClassVar[str] = "known"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterator[Finding]:
        """Findings for every spelling of ``note.known``."""
        text = note.view.text
        for identifier in dict.fromkeys(note.known):
            for spelling in spellings_of(identifier):
                for match in spelling.pattern.finditer(text):
                    if spelling.accepts is None or spelling.accepts(match):
                        group = spelling.pattern.groups and 1
                        yield Finding(match.start(group), match.end(group), spelling.label, spelling.score, self.name)


# Notes of one patient come together.
@lru_cache(maxsize=2048)
def spellings_of(identifier: KnownIdentifier) -> tuple[Spelling, ...]:
    """All ways to write an identifier; none where it is too short to be told from other text."""
    value = view_of(identifier.value).text.strip()
    label = identifier.label
    if not value or label in _UNSPELT:
        return ()
    if label in NAMES:
        return tuple(_names(value, identifier))
    if label == "date":
        return tuple(dates.spellings(value))
    if label in _ADDRESSES:
        return tuple(addresses.spellings(value, label))
    if label in _TEXTS:
        return tuple(_literal(value, identifier))
    return tuple(numbers.spellings(value, label))


def _names(value: str, identifier: KnownIdentifier) -> Iterator[Spelling]:
    han = re.sub(r"[^\u3400-\u9fff·]", "", value)
    if len(han) > 1:
        yield from han_names.spellings(han, identifier.label)
    latin = _HAN.sub(" ", value)
    yield from latin_names.spellings(latin, identifier.label)


def _literal(value: str, identifier: KnownIdentifier) -> Iterator[Spelling]:
    if len(value) < _SHORTEST:
        return
    if _HAN.search(value):
        yield Spelling(re.compile(spaced(re.sub(r"\s", "", value))), identifier.label)
    else:
        words = r"[ \n]{1,2}".join(word(one) for one in value.split())
        yield Spelling(re.compile(f"{LATIN_START}{words}{LATIN_END}"), identifier.label)

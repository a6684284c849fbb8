"""Tries to find a patient in what was made of the record. Pure: texts come in, leaks go out.

Three ways, each of which knows more than a reader of the output would: identifiers that the record is known to hold
are looked for in every spelling; pieces of its numbers are; and detectors that took no part read the output afresh.
What a surrogate is made of is no leak, so every way looks outside the replaced stretches, and the first one at direct
identifiers inside them too: a surrogate that equals an identifier of the same record has replaced nothing. A surname
with a title, or one word of a name, is no such identifier: of the ten people in a record one may well be called as
another was, and only where it stands for itself has nothing been replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from medgo.deid.classes import NAMES, IdentifierClass
from medgo.deid.known import KnownDetector
from medgo.deid.protocol import Detector, KnownIdentifier, Note
from medgo.deid.replacing.chinese_names import parse
from medgo.deid.replacing.draws import plain
from medgo.deid.replacing.latin_parsing import KnownNames, parse_latin
from medgo.deid.replacing.protocol import Replaced
from medgo.schema import Lang

LeakSort = Literal["known", "fragment", "detector"]
SORTS: tuple[LeakSort, ...] = get_args(LeakSort)
# Digits of a number in a row that give it away.
FRAGMENT = 6
# Shared by many people: their surrogates may be anybody's real value.
_SHARED: frozenset[IdentifierClass] = frozenset(
    {"date", "location", "zip_code", "hospital", "organisation", "age_over_89", "age", "origin"}
)
_DIGITS = re.compile(r"\d[\d -]*\d")


@dataclass(frozen=True, slots=True)
class Leak:
    """A stretch of the output that identifies somebody, or may.

    Args:
        start: First character, in the output.
        end: After the last one.
        label: What it seems to be.
        sort: Which way found it.
    """

    start: int
    end: int
    label: IdentifierClass
    sort: LeakSort


@dataclass(frozen=True)
class Attack:
    """All ways together.

    Args:
        detectors: Took no part in making the output.
        looks_known: Looks for known identifiers in every spelling.
    """

    detectors: Sequence[Detector]
    looks_known: Detector

    @classmethod
    def with_detectors(cls, detectors: Sequence[Detector]) -> Attack:
        """The usual attack."""
        return cls(tuple(detectors), KnownDetector())

    def leaks(
        self, original: str, replaced: Replaced, *, lang: Lang, known: Sequence[KnownIdentifier] = ()
    ) -> list[Leak]:
        """What an attacker finds in one text.

        Args:
            original: What was de-identified.
            replaced: What came of it.
            lang: Its main language.
            known: What header and fields of the record state.
        """
        values = (*known, *identifiers_of(original, replaced))
        masked = _mask(len(replaced.text), ((one.new_start, one.new_end) for one in replaced.pieces))
        found = [
            *self._known(original, replaced, values, masked, lang),
            *_fragments(replaced.text, values, masked),
            *self._detected(replaced.text, masked, lang),
        ]
        return sorted(set(found), key=lambda leak: (leak.start, leak.end, leak.sort))

    def _known(
        self, original: str, replaced: Replaced, values: Sequence[KnownIdentifier], masked: bytearray, lang: Lang
    ) -> Iterator[Leak]:
        note = Note(replaced.text, lang, known=tuple(values))
        for finding in self.looks_known.find(note):
            leak = Leak(note.view.start(finding.start), note.view.end(finding.end), finding.label, "known")
            inside = all(masked[leak.start : leak.end])
            if not inside or (leak.label not in _SHARED and not _is_chance(leak, original, replaced, values)):
                yield leak

    def _detected(self, text: str, masked: bytearray, lang: Lang) -> Iterator[Leak]:
        note = Note(text, lang)
        for detector in self.detectors:
            for finding in detector.find(note):
                start, end = note.view.start(finding.start), note.view.end(finding.end)
                # A finding that holds a surrogate is about it (姓名：<surrogate>), as long as that is all it tells.
                if not any(masked[start:end]):
                    yield Leak(start, end, finding.label, "detector")


def _is_chance(leak: Leak, original: str, replaced: Replaced, values: Sequence[KnownIdentifier]) -> bool:
    """Whether a surrogate shares a part with somebody else's name or address, and no more."""
    found = replaced.text[leak.start : leak.end]
    if leak.label in NAMES:
        part = _only_word(found)
    elif leak.label == "address":
        whole = any(plain(found) == plain(one.value) for one in values if one.label == "address")
        part = "" if whole else found
    else:
        return False
    of = next((one for one in replaced.pieces if one.new_start <= leak.start and leak.end <= one.new_end), None)
    return bool(part) and of is not None and plain(part) not in plain(original[of.start : of.end])


def _only_word(found: str) -> str:
    """The surname or the one word that a match consists of, but for titles and initials; empty for a whole name."""
    if any("㐀" <= letter <= "鿿" for letter in found):
        name = parse("".join(found.split()))
        return "" if name.given else "".join(name.surnames)
    latin = parse_latin(found, "", KnownNames())
    words = [found[one.start : one.end] for one in latin.tokens if one.part in ("given", "surname")]
    return words[0] if len(words) == 1 else ""


def identifiers_of(original: str, replaced: Replaced) -> tuple[KnownIdentifier, ...]:
    """What was replaced in a text, as what is known of it."""
    values = {(one.label, original[one.start : one.end].strip()) for one in replaced.pieces}
    return tuple(KnownIdentifier(label, value) for label, value in sorted(values) if len(value) > 1)


def _fragments(text: str, values: Iterable[KnownIdentifier], masked: bytearray) -> Iterator[Leak]:
    grams: dict[str, IdentifierClass] = {}
    for one in values:
        if one.label not in _SHARED:
            digits = "".join(filter(str.isdigit, one.value))
            grams |= {digits[at : at + FRAGMENT]: one.label for at in range(len(digits) - FRAGMENT + 1)}
    if not grams:
        return
    for run in _DIGITS.finditer(text):
        places = [at for at in range(run.start(), run.end()) if text[at].isdigit() and not masked[at]]
        digits = "".join(text[at] for at in places)
        for at in range(len(digits) - FRAGMENT + 1):
            label = grams.get(digits[at : at + FRAGMENT])
            if label is not None:
                yield Leak(places[at], places[at + FRAGMENT - 1] + 1, label, "fragment")


def _mask(length: int, stretches: Iterable[tuple[int, int]]) -> bytearray:
    mask = bytearray(length)
    for start, end in stretches:
        mask[start:end] = b"\x01" * (end - start)
    return mask

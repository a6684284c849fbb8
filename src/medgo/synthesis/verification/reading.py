"""Everything that one sentence states, found once however often the sentence comes back. Knows no evidence."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.knowledge.lexicon import Lexicon, Mention
from medgo.schema import Lang
from medgo.text import (
    Assertion,
    Assertions,
    Quantity,
    SexMention,
    SideMention,
    Span,
    fold,
    language_of,
    quantities,
    sentences,
    sexes,
    sides,
)

# Deterministic generators write the same sentences again and again; this many are remembered before starting anew.
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Stated:
    """A name of a concept as a sentence states it: as written, and in one spelling."""

    mention: Mention
    status: Assertion
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence states.

    Args:
        names: Concepts with how they are meant.
        quantities: Numbers outside of names and list numbering.
        sides: Sides outside of names.
        sexes: Words for the patient's sex outside of names.
    """

    names: tuple[Stated, ...]
    quantities: tuple[Quantity, ...]
    sides: tuple[SideMention, ...]
    sexes: tuple[SexMention, ...]

    @property
    def empty(self) -> bool:
        """Whether it states nothing clinical."""
        return not (self.names or self.quantities or self.sides or self.sexes)


class Reader:
    """Reads sentences with a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known: dict[tuple[str, Lang], Reading] = {}

    def read(self, text: str, lang: Lang) -> Reading:
        """What a sentence states."""
        key = (text, lang)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._read(text, lang)
        return known

    def read_value(self, text: str) -> Reading:
        """What the text of a fact states, in whichever language it is."""
        return self.read(text, language_of(text) or "en")

    def _read(self, text: str, lang: Lang) -> Reading:
        mentions = self._lexicon.find(text)
        spans = [Span(mention.start, mention.end) for mention in mentions]
        return Reading(
            _stated(text, lang, mentions) if mentions else (),
            tuple(q for q in quantities(text) if q.kind != "listing" and not _within(q.start, q.start + 1, spans)),
            tuple(side for side in sides(text) if not _within(side.start, side.end, spans)),
            tuple(sex for sex in sexes(text) if not _within(sex.start, sex.end, spans)),
        )


def _stated(text: str, lang: Lang, mentions: list[Mention]) -> tuple[Stated, ...]:
    pieces = sentences(text, lang)
    found = []
    for piece in pieces:
        inside = [mention for mention in mentions if piece.start <= mention.start < piece.end]
        if not inside:
            continue
        names = [Span(mention.start - piece.start, mention.end - piece.start) for mention in inside]
        asserted = Assertions(piece.of(text), lang, names)
        for mention, name in zip(inside, names, strict=True):
            written = text[mention.start : mention.end]
            folded = " ".join(fold(written).text.replace("-", " ").split())
            found.append(Stated(mention, asserted.of(name.start, name.end), written, folded))
    return tuple(found)


def _within(start: int, end: int, spans: list[Span]) -> bool:
    return any(span.start <= start and end <= span.end for span in spans)

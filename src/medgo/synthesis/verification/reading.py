"""Everything that one sentence states, found once however often the sentence comes back. Knows no evidence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from typing import NamedTuple

from medgo.knowledge.lexicon import Lexicon, Mention
from medgo.schema import Lang
from medgo.synthesis.verification.frame import NAME_LENGTH, Frames, cut, moved
from medgo.text import Assertion, Quantity, SexMention, SideMention, fold, language_of

# Deterministic generators write the same sentences again and again; this many are remembered before starting anew.
_REMEMBERED = 20_000
MEASURED = frozenset({"lab", "vital", "drug"})


class Stated(NamedTuple):
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
        self.kinds = lexicon.kinds
        self._frames = Frames()
        self._known = lru_cache(_REMEMBERED)(self._read)

    def read(self, text: str, lang: Lang) -> Reading:
        """What a sentence states."""
        return self._known(text, lang)

    def is_measured(self, stated: Stated) -> bool:
        """Whether a name is one of a measured thing or a drug."""
        return any(self.kinds.get(curie) in MEASURED for curie in stated.mention.concepts)

    def read_value(self, text: str) -> Reading:
        """What the text of a fact states, in whichever language it is."""
        return self.read(text, language_of(text) or "en")

    def _read(self, text: str, lang: Lang) -> Reading:
        mentions = self._lexicon.find(text)
        if not mentions:
            frame = self._frames.read(text, lang)
            return Reading((), frame.quantities, frame.sides, frame.sexes)
        frame = self._frames.read(cut(text, mentions), lang)
        written = [text[mention.start : mention.end] for mention in mentions]
        spelled = map(one_spelling, written)
        names = tuple(starmap(Stated, zip(mentions, frame.statuses, written, spelled, strict=True)))
        if not (frame.quantities or frame.sides or frame.sexes):
            return Reading(names, (), (), ())
        place = _places(mentions)
        return Reading(
            names,
            tuple(_written(one, place(one.start), place(one.end), text) for one in frame.quantities),
            tuple(SideMention(place(one.start), place(one.end), one.side, one.attached) for one in frame.sides),
            tuple(SexMention(place(one.start), place(one.end), one.sex, one.pronoun) for one in frame.sexes),
        )


@lru_cache(maxsize=_REMEMBERED)
def one_spelling(name: str) -> str:
    """A name as names are compared: folded, hyphens as spaces."""
    return " ".join(fold(name).text.replace("-", " ").split())


def _written(one: Quantity, start: int, end: int, text: str) -> Quantity:
    return moved(one, start, end, text[start:end])


def _places(mentions: Sequence[Mention]) -> Callable[[int], int]:
    """Leads from the frame of a sentence back to the sentence, whose names have their own lengths."""
    names: list[int] = []
    longer: list[int] = [0]
    for mention in mentions:
        names.append(mention.start - longer[-1])
        longer.append(longer[-1] + mention.end - mention.start - NAME_LENGTH)
    return lambda position: position + longer[bisect_left(names, position)]

"""Nouns of replacing: what stood where, what stands there now, and the way between the two texts. No I/O."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from medgo.deid.classes import IdentifierClass
from medgo.deid.protocol import Finding
from medgo.schema import Lang


@dataclass(frozen=True, slots=True)
class Piece:
    """One replaced stretch.

    Args:
        start: First character in the original.
        end: After the last one.
        new_start: First character in the new text.
        new_end: After the last one.
        label: What it was.
        detector: Who found it.
    """

    start: int
    end: int
    new_start: int
    new_end: int
    label: IdentifierClass
    detector: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text without its identifiers.

    Args:
        text: The new text.
        pieces: What was replaced, in order.
    """

    text: str
    pieces: Sequence[Piece]

    def to_new(self, position: int) -> int:
        """Where a character of the original lies now; one inside a piece, where the piece begins."""
        return _moved(position, [(one.start, one.end, one.new_start, one.new_end) for one in self.pieces])

    def to_original(self, position: int) -> int:
        """Where a character of the new text lay; one inside a piece, where the piece began."""
        return _moved(position, [(one.new_start, one.new_end, one.start, one.end) for one in self.pieces])


class Replacer(Protocol):
    """Decides what stands in the place of a finding."""

    def replace(self, text: str, findings: Sequence[Finding], *, patient: str, lang: Lang) -> Replaced:
        """Replace findings (positions in ``text``, in order, without overlaps) of one patient's text.

        Args:
            text: The original.
            findings: What to replace, as :class:`medgo.deid.deidentifier.Deidentifier` gives them.
            patient: The patient's id, or the record's where there is none: equal patients get equal surrogates.
            lang: Main language of the text.
        """
        ...


def _moved(position: int, pieces: Sequence[tuple[int, int, int, int]]) -> int:
    at = bisect_right(pieces, position, key=lambda one: one[0]) - 1
    if at < 0:
        return position
    start, end, new_start, new_end = pieces[at]
    return new_start if start <= position < end else position - end + new_end

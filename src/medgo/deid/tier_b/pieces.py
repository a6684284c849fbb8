"""Cuts a note into pieces that a model can read at once, at ends of sentences where it can. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_ENDS = "。！？；!?;\n"
_PAUSES = "，,、：: \t）)】]"


class Piece(NamedTuple):
    """A stretch of a note: where it starts in the note, and its text."""

    start: int
    text: str


def pieces(text: str, longest: int) -> Iterator[Piece]:
    """Pieces that make up the whole text, in order.

    Args:
        text: The note.
        longest: Characters of a piece at most; a piece is cut at the last end of a sentence before that, else at the
            last pause, else there.
    """
    start = 0
    while start < len(text):
        end = start + longest
        if end < len(text):
            end = _last(text, start, end, _ENDS) or _last(text, start, end, _PAUSES) or end
        yield Piece(start, text[start:end])
        start = end


def sentences(text: str, longest: int) -> Iterator[Piece]:
    """One piece a sentence; longer sentences are cut as in :func:`pieces`."""
    start = 0
    for at, letter in enumerate(text):
        if letter in _ENDS:
            yield from (Piece(start + piece.start, piece.text) for piece in pieces(text[start : at + 1], longest))
            start = at + 1
    yield from (Piece(start + piece.start, piece.text) for piece in pieces(text[start:], longest))


def _last(text: str, start: int, end: int, marks: str) -> int:
    """Position after the last mark in the second half of a stretch; 0 where there is none."""
    return max((text.rfind(mark, (start + end) // 2, end) for mark in marks), default=-1) + 1

"""Which tokens a scoring call forwards: every distinct beginning of its prompts and labels, once.

Pure integers; knows no model, no cache and no request. Sequences are walked in lexicographic order, so those that begin
alike stand together, and each adds only what it does not share with the one before it:

    sequence          a b c d e        segments   a b c d e        start 0
                      a b c x y                         x y        start 3
                      a b q                           q            start 2

A model that walks the segments in this order needs the keys and values of one sequence only: a segment is written over
what stood at its positions, and everything before its start is still that of its own ancestors.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.uint32]
W = TypeVar("W")
# Most tokens of a piece: its attention needs a mask of this by all that stands before it.
_PIECE_TOKENS = 1024
# Rows of logits per pass: 256 over 150,000 words are 150 MB.
_PASS_ROWS = 256
# Big-endian, so that the order of the bytes is the order of the tokens.
_BYTES = np.dtype(">u4")


def as_key(tokens: Iterable[int]) -> bytes:
    """Token ids in a form that sorts as they do, a beginning before what goes on from it."""
    return np.fromiter(tokens, dtype=_BYTES).tobytes()


def key_length(key: bytes) -> int:
    """Number of tokens of :func:`as_key`."""
    return len(key) // _BYTES.itemsize


def from_key(key: bytes) -> Tokens:
    """Token ids of :func:`as_key`."""
    return np.frombuffer(key, dtype=_BYTES).astype(np.uint32)


@dataclass(slots=True, eq=False)
class Walk(Generic[W]):
    """A sequence and what is wanted on the way.

    Args:
        key: All its tokens, from the first; see :func:`as_key`.
        wants: (position, what is wanted after the token there); positions count from 0.
    """

    key: bytes
    wants: list[tuple[int, W]]


@dataclass(slots=True, eq=False)
class Segment(Generic[W]):
    """Tokens that are forwarded once, after those of their parent.

    Args:
        start: Position of the first token.
        tokens: [length] token ids.
        parent: Segment that holds the token before ``start``; None at the root.
        rows: Position → what is wanted after the token there. Only these need logits.
    """

    start: int
    tokens: Tokens
    parent: Segment[W] | None
    rows: dict[int, list[W]] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Position after the last token."""
        return self.start + len(self.tokens)


def plan_segments(walks: Iterable[Walk[W]]) -> list[Segment[W]]:
    """Cut sequences into segments, in the order in which they are forwarded.

    Args:
        walks: Sequences in any order; the last position of each must be wanted.

    Returns:
        Segments whose tokens together are the distinct beginnings of all sequences; a parent comes before its children.
    """
    segments: list[Segment[W]] = []
    path: list[Segment[W]] = []  # the segments that hold the tokens of the last walk, by start
    before = from_key(b"")
    for walk in sorted(walks, key=lambda walk: walk.key):
        tokens = from_key(walk.key)
        shared = common_length(before, tokens)
        if shared < len(tokens):
            while path and path[-1].start >= shared:
                path.pop()
            path.append(Segment(shared, tokens[shared:], path[-1] if path else None))
            segments.append(path[-1])
        for position, want in walk.wants:
            _holding(path, position).rows.setdefault(position, []).append(want)
        before = tokens
    return segments


def common_length(one: Tokens, other: Tokens) -> int:
    """Length of the longest common beginning."""
    length = min(len(one), len(other))
    differs = one[:length] != other[:length]
    return int(differs.argmax()) if differs.any() else length


def _holding(path: list[Segment[W]], position: int) -> Segment[W]:
    return path[bisect_right(path, position, key=lambda segment: segment.start) - 1]


@dataclass(frozen=True, slots=True)
class Piece(Generic[W]):
    """``length`` tokens of a segment that go through in one pass, from position ``start`` on."""

    segment: Segment[W]
    start: int
    length: int

    def tokens(self) -> Tokens:
        """[length] token ids."""
        at = self.start - self.segment.start
        return self.segment.tokens[at : at + self.length]

    def rows(self) -> list[int]:
        """Positions after which something is wanted, ascending."""
        return sorted(position for position in self.segment.rows if self.start <= position < self.start + self.length)


class PassBudget:
    """What one forward pass has room for.

    Args:
        tokens: Tokens of the pass.
    """

    def __init__(self, tokens: int) -> None:
        self._tokens, self._rows = tokens, _PASS_ROWS

    @property
    def spent(self) -> bool:
        """There is no room left."""
        return self._tokens <= 0 or self._rows <= 0

    def take(self, segment: Segment[W], start: int) -> Piece[W]:
        """As much of a segment, from position ``start`` on, as there is room for: one token at least."""
        piece = Piece(segment, start, min(segment.end - start, self._tokens, _PIECE_TOKENS))
        rows = piece.rows()
        if len(rows) > self._rows:
            piece = Piece(segment, start, rows[self._rows] - start)
        self._tokens -= piece.length
        self._rows -= len(rows)
        return piece

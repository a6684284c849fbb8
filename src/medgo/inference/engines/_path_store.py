"""Keys and values for a walk through a tree of prompts: those of one path are enough.

In a forward pass every layer works through the pieces in order, and each piece stores its keys and values before it
attends. So pieces of one pass may stand at the same positions of one slot, as long as they come in the order of the
tree: a piece is written over what an elder one stored there once that has attended, and what stands before it is its
ancestors'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from medgo.inference.engines._prefix_tree import PassBudget, Piece, Segment
from medgo.inference.engines._ragged import Chunk, RaggedBatch, SlotCache

W = TypeVar("W")


class TreeStore(Protocol):
    """Keeps what the segments of a tree need of one another while they are forwarded."""

    def passes(self, segments: list[Segment[W]], tokens: int) -> Iterator[tuple[list[Piece[W]], RaggedBatch]]:
        """Cut segments into forward passes; each must have been made before the next is asked for.

        Args:
            segments: A parent before its children.
            tokens: Most tokens per pass.
        """
        ...


class PathStore:
    """A :class:`TreeStore` in one slot.

    Args:
        cache: With one slot, of which nothing is kept.
        exact: See :class:`RaggedBatch`.
    """

    def __init__(self, cache: SlotCache, *, exact: bool) -> None:
        self._cache, self._exact = cache, exact

    def passes(self, segments: list[Segment[W]], tokens: int) -> Iterator[tuple[list[Piece[W]], RaggedBatch]]:
        """Cut segments into forward passes, all of them full but the last (or those that want many rows)."""
        self._cache.reserve(max(segment.end for segment in segments))
        pieces: list[Piece[W]] = []
        budget = PassBudget(tokens)
        for segment in segments:
            at = segment.start
            while at < segment.end:
                pieces.append(budget.take(segment, at))
                at += pieces[-1].length
                if budget.spent:
                    yield pieces, self._batch(pieces)
                    pieces, budget = [], PassBudget(tokens)
        if pieces:
            yield pieces, self._batch(pieces)

    def _batch(self, pieces: list[Piece[W]]) -> RaggedBatch:
        chunks = [Chunk(0, piece.start, piece.length) for piece in pieces]
        shared = min(piece.start for piece in pieces) if len(pieces) > 1 else 0
        return RaggedBatch(self._cache, chunks, [], [], exact=self._exact, shared=shared)

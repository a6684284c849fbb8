"""Keys and values for a walk through a tree of prompts, in pages that descendants share.

Paged attention stores the keys of a whole pass before anything attends, so pieces of one pass may not overlap. A
segment gets pages of its own; for what stands before it, it reads its ancestors' pages. A page that it begins in the
middle of is copied. So a segment must wait for the pass after its parent's; until then, later parts of the tree fill
the pass.

    parent   [ p0 ][ p1 ][ p2 ]
    child    [ p0 ][ p1'][ c1 ]      begins inside p1, of which p1' is a copy that goes on in another way
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from medgo.errors import EngineFailureError
from medgo.inference.engines._openvino_paged import PagedCache
from medgo.inference.engines._prefix_tree import PassBudget, Piece, Segment
from medgo.inference.engines._ragged import Chunk, RaggedBatch

W = TypeVar("W")


@dataclass(slots=True, eq=False)
class _Node:
    """A segment on its way.

    Args:
        children: Places of its children in the order of the segments.
        at: Position up to which it was forwarded.
        own: Pages of its own.
        table: Pages of all positions up to its end; empty until it begins.
        users: How many still read its pages: itself, and its children.
    """

    parent: int | None
    at: int
    children: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    table: list[int] = field(default_factory=list)
    users: int = 1


class PageTree:
    """A :class:`~medgo.inference.engines._path_store.TreeStore` in the pages of one slot.

    Args:
        cache: With one slot, of which nothing is kept.
        most_tokens: Tokens that the cache may grow to.
    """

    def __init__(self, cache: PagedCache, most_tokens: int) -> None:
        self._cache = cache
        self._most_pages = most_tokens // cache.page
        self._pages = cache.pages  # free or in use
        self._free = list(range(self._pages - 1, -1, -1))
        self._nodes: list[_Node] = []

    def passes(self, segments: list[Segment[W]], tokens: int) -> Iterator[tuple[list[Piece[W]], RaggedBatch]]:
        """Cut segments into forward passes, in the order of the tree as far as parents are done.

        Raises:
            EngineFailureError: The tree branches so often that memory does not hold one path through it.
        """
        self._nodes = _link(segments)
        # Held back for the first in the order, so that a path through the tree can always be walked to its end.
        reserve = 2 * self._pages_of(max(segment.end for segment in segments))
        ready = [i for i, node in enumerate(self._nodes) if node.parent is None]
        while ready:
            budget = PassBudget(tokens)
            taken: list[tuple[int, Piece[W]]] = []
            copies: list[tuple[int, int]] = []
            while ready and not budget.spent:
                i = ready[0]
                if not self._nodes[i].table and not self._begin(i, segments[i], copies, reserve if taken else 0):
                    break
                taken.append((heapq.heappop(ready), budget.take(segments[i], self._nodes[i].at)))
            if not taken:
                raise EngineFailureError("the cache is full", hint="free memory, or score fewer requests in one call")
            self._cache.copy_pages(copies)
            yield [piece for _, piece in taken], self._batch(taken)
            for i, piece in taken:
                self._nodes[i].at += piece.length
                if self._nodes[i].at < segments[i].end:
                    heapq.heappush(ready, i)
                    continue
                for child in self._nodes[i].children:
                    heapq.heappush(ready, child)
                self._release(i)

    def _batch(self, taken: list[tuple[int, Piece[W]]]) -> RaggedBatch:
        chunks = [Chunk(0, piece.start, piece.length, tuple(self._nodes[i].table)) for i, piece in taken]
        return RaggedBatch(self._cache, chunks, [], [], exact=False)

    def _begin(self, i: int, segment: Segment[W], copies: list[tuple[int, int]], reserve: int) -> bool:
        """Give a segment its pages, unless fewer than ``reserve`` would be left; notes the page to be copied."""
        node = self._nodes[i]
        before, inside = divmod(segment.start, self._cache.page)
        own = self._take(self._pages_of(segment.end) - before, reserve)
        if own is None:
            return False
        above = [] if node.parent is None else self._nodes[node.parent].table
        if inside:
            copies.append((above[before], own[0]))
        node.own, node.table = own, above[:before] + own
        return True

    def _take(self, count: int, reserve: int) -> list[int] | None:
        """Free pages; None if fewer than ``reserve`` would be left, however far the cache may grow."""
        lacking = count - len(self._free)
        if lacking > 0:
            grown = min(self._most_pages, max(2 * self._pages, self._pages + lacking))
            self._cache.reserve(grown * self._cache.page)
            self._free = list(range(self._cache.pages - 1, self._pages - 1, -1)) + self._free
            self._pages = self._cache.pages
        if len(self._free) + self._most_pages - self._pages < count + reserve or len(self._free) < count:
            return None
        return [self._free.pop() for _ in range(count)]

    def _release(self, i: int) -> None:
        """A segment is done, or one of its children: free its pages once nobody reads them."""
        at: int | None = i
        while at is not None:
            node = self._nodes[at]
            node.users -= 1
            if node.users:
                return
            self._free += node.own
            node.own, node.table = [], []
            at = node.parent

    def _pages_of(self, tokens: int) -> int:
        return -(-tokens // self._cache.page)


def _link(segments: list[Segment[W]]) -> list[_Node]:
    """Nodes of segments, each with its children; a node uses its own pages until it is done."""
    places = {id(segment): i for i, segment in enumerate(segments)}
    nodes = [
        _Node(None if segment.parent is None else places[id(segment.parent)], at=segment.start) for segment in segments
    ]
    for i, node in enumerate(nodes):
        if node.parent is not None:
            nodes[node.parent].children.append(i)
            nodes[node.parent].users += 1
    return nodes

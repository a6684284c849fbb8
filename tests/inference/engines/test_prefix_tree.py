"""The plan of a scoring call: each distinct beginning once, in stores that lose nothing that is still needed."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

if find_spec("openvino") is None:  # one of the two stores is its; importing it directly would start its telemetry
    pytest.skip("openvino is not installed", allow_module_level=True)

from medgo.errors import EngineFailureError
from medgo.inference.engines._cascade import attend_with_sums, join, merge
from medgo.inference.engines._openvino_pages import PageTree
from medgo.inference.engines._path_store import PathStore
from medgo.inference.engines._prefix_tree import (
    PassBudget,
    Piece,
    Segment,
    Walk,
    as_key,
    from_key,
    key_length,
    plan_segments,
)
from medgo.inference.engines._ragged import CacheShape, Chunk, RaggedBatch, SlotCache

Sequence = tuple[int, ...]
# Few different tokens, so that beginnings are shared and sequences are repeated; large ones need all four bytes.
sequences = st.lists(
    st.lists(st.sampled_from([1, 2, 255, 256, 151_935]), min_size=1, max_size=9).map(tuple), min_size=1, max_size=12
)


def _plan(walks: list[Sequence], dice: random.Random) -> list[Segment[Any]]:
    """Segments of sequences that want their last position and some others; a want names the beginning it is about."""
    made = []
    for walk in walks:
        positions = {len(walk) - 1, *dice.sample(range(len(walk)), dice.randrange(len(walk)))}
        made.append(Walk(as_key(walk), [(position, walk[: position + 1]) for position in positions]))
    dice.shuffle(made)
    return plan_segments(made)


def _ancestry(segment: Segment[Any]) -> Sequence:
    """All tokens up to the segment's end, by its parents."""
    before = () if segment.parent is None else _ancestry(segment.parent)[: segment.start]
    return before + tuple(map(int, segment.tokens))


@given(sequences)
def test_keys_sort_as_their_tokens(walks: list[Sequence]) -> None:
    assert [tuple(from_key(key).tolist()) for key in sorted(map(as_key, walks))] == sorted(walks)
    assert [key_length(as_key(walk)) for walk in walks] == list(map(len, walks))


@given(sequences, st.randoms(use_true_random=False))
def test_each_distinct_beginning_is_forwarded_once(walks: list[Sequence], dice: random.Random) -> None:
    segments = _plan(walks, dice)
    forwarded = [_ancestry(segment)[:end] for segment in segments for end in range(segment.start + 1, segment.end + 1)]
    assert sorted(forwarded) == sorted({walk[:end] for walk in walks for end in range(1, len(walk) + 1)})


@given(sequences, st.randoms(use_true_random=False))
def test_each_want_is_met_after_its_own_beginning(walks: list[Sequence], dice: random.Random) -> None:
    seen: set[int] = set()
    for segment in _plan(walks, dice):
        assert segment.parent is None or id(segment.parent) in seen, "a parent comes first"
        seen.add(id(segment))
        assert max(segment.rows) == segment.end - 1, "nothing is forwarded that nobody wants"
        for position, wants in segment.rows.items():
            assert segment.start <= position < segment.end
            assert set(wants) == {_ancestry(segment)[: position + 1]}


@given(sequences, st.randoms(use_true_random=False), st.integers(1, 7))
def test_passes_cover_every_segment_and_keep_their_bounds(
    walks: list[Sequence], dice: random.Random, tokens: int
) -> None:
    segments = _plan(walks, dice)
    covered: list[tuple[int, int]] = []
    passes = [pieces for pieces, _ in PathStore(_path_cache(), exact=True).passes(segments, tokens)]
    for pieces in passes:
        covered += [(id(piece.segment), p) for piece in pieces for p in range(piece.start, piece.start + piece.length)]
    assert covered == [(id(segment), p) for segment in segments for p in range(segment.start, segment.end)]
    assert all(sum(piece.length for piece in pieces) == tokens for pieces in passes[:-1]), "passes are full"


def test_a_pass_holds_no_more_rows_than_fit_into_memory() -> None:
    """A label of 600 tokens wants a row after each of them."""
    walk = Walk(as_key(range(1000)), [(position, None) for position in range(399, 1000)])
    passes = [pieces for pieces, _ in PathStore(_path_cache(), exact=True).passes(plan_segments([walk]), 2048)]
    rows = [sum(len(piece.rows()) for piece in pieces) for pieces in passes]
    assert rows == [256, 256, 89]
    assert [sum(piece.length for piece in pieces) for pieces in passes] == [655, 256, 89]


def test_a_budget_takes_at_least_a_token() -> None:
    (segment,) = plan_segments([Walk(as_key(range(9)), [(8, None)])])
    budget = PassBudget(5)
    assert [(piece.start, piece.length) for piece in (budget.take(segment, 0),)] == [(0, 5)]
    assert budget.spent


# --- stores: what a piece attends to is its own beginning ---------------------------------------------------------


def _path_cache() -> SlotCache:
    return SlotCache(CacheShape(1, 1, 1), 1, torch.float32, torch.device("cpu"))


@given(sequences, st.randoms(use_true_random=False), st.integers(1, 7))
def test_a_path_holds_the_ancestors_of_every_piece(walks: list[Sequence], dice: random.Random, tokens: int) -> None:
    slot: dict[int, int] = {}
    for pieces, batch in PathStore(_path_cache(), exact=True).passes(_plan(walks, dice), tokens):
        assert [(c.slot, c.start, c.length) for c in batch.chunks] == [(0, p.start, p.length) for p in pieces]
        for piece in pieces:  # as a layer does it: store, then attend
            slot |= {piece.start + i: int(token) for i, token in enumerate(piece.tokens())}
            end = piece.start + piece.length
            assert tuple(slot[position] for position in range(end)) == _ancestry(piece.segment)[:end]


class _Pages:
    """Pages of two tokens; stands for the paged cache."""

    page = 2
    device = torch.device("cpu")

    def __init__(self) -> None:
        self.pages = 0
        self.tokens: dict[tuple[int, int], int] = {}

    def reserve(self, tokens: int) -> None:
        self.pages = max(self.pages, -(-tokens // self.page))

    def copy_pages(self, pairs: list[tuple[int, int]]) -> None:
        copied = {(to, i): self.tokens[at, i] for at, to in pairs for i in range(self.page) if (at, i) in self.tokens}
        self.tokens |= copied


def _walk_pages(segments: list[Segment[Any]], tokens: int, most_tokens: int) -> tuple[list[list[Piece[Any]]], _Pages]:
    cache = _Pages()
    tree = PageTree(cache, most_tokens)  # type: ignore[arg-type]
    passes = []
    for pieces, batch in tree.passes(segments, tokens):
        passes.append(pieces)
        for piece, chunk in zip(pieces, batch.chunks, strict=True):  # paged attention: all is stored first
            assert len(set(chunk.pages)) == len(chunk.pages)
            for i, token in enumerate(piece.tokens()):
                place, inside = divmod(piece.start + i, cache.page)
                cache.tokens[chunk.pages[place], inside] = int(token)
        for piece, chunk in zip(pieces, batch.chunks, strict=True):
            end = piece.start + piece.length
            stored = tuple(cache.tokens[chunk.pages[p // cache.page], p % cache.page] for p in range(end))
            assert stored == _ancestry(piece.segment)[:end]
    assert len(tree._free) == cache.pages, "every page is free in the end"
    return passes, cache


@given(sequences, st.randoms(use_true_random=False), st.integers(1, 12))
def test_pages_hold_the_ancestors_of_every_piece(walks: list[Sequence], dice: random.Random, tokens: int) -> None:
    segments = _plan(walks, dice)
    passes, _ = _walk_pages(segments, tokens, 10_000)
    assert sum(piece.length for pieces in passes for piece in pieces) == sum(len(s.tokens) for s in segments)
    assert all(sum(piece.length for piece in pieces) <= tokens for pieces in passes)


def test_pages_are_used_again() -> None:
    """A thousand questions after one beginning need room for the questions of a pass, not for a thousand."""
    walks = [(*range(50), 60 + i, *range(i, i + 9)) for i in range(1000)]
    segments = _plan(walks, random.Random(1))
    passes, cache = _walk_pages(segments, 100, 10_000)
    assert cache.pages * cache.page < 500
    assert len(passes) < 105, "passes are full but for those that wait for a parent"
    _, bounded = _walk_pages(segments, 100, 250)
    assert bounded.pages * bounded.page <= 250


def test_a_tree_that_memory_cannot_hold_says_so() -> None:
    with pytest.raises(EngineFailureError, match="cache is full"):
        _walk_pages(_plan([tuple(range(100))], random.Random(1)), 100, 40)


# --- attention over a shared beginning ----------------------------------------------------------------------------


def test_overlapping_chunks_attend_as_if_each_stood_alone() -> None:
    """Three questions after a beginning of 150 tokens, in one pass: with and without the beginning in a call of its own
    they are what plain attention over each whole sequence gives.
    """
    torch.manual_seed(0)
    shape, start = CacheShape(1, 2, 8), 150
    lengths = [5, 1, 30]
    pieces = [(start, 5), (start, 1), (start - 10, 30)]
    query = torch.randn(4, sum(lengths), 8)
    key, value = torch.randn(2, sum(lengths), 8), torch.randn(2, sum(lengths), 8)
    before = torch.randn(2, 2, start, 8)
    outputs = []
    for shared in (0, start - 10):
        cache = SlotCache(shape, 1, torch.float32, torch.device("cpu"))
        cache.reserve(200)
        cache.keys[0][0, :, :start], cache.values[0][0, :, :start] = before[0], before[1]
        batch = RaggedBatch(cache, _chunks(pieces), [], [], exact=True, shared=shared)
        outputs.append(batch.attend(0, query, key, value, 0.3))
    at = 0
    for begin, length in pieces:
        here = slice(at, at + length)
        keys = torch.cat([before[0][:, :begin], key[:, here]], dim=1).repeat_interleave(2, dim=0)
        values = torch.cat([before[1][:, :begin], value[:, here]], dim=1).repeat_interleave(2, dim=0)
        scores = 0.3 * query[:, here] @ keys.transpose(1, 2)
        scores = scores.masked_fill(torch.ones_like(scores).triu(begin + 1).bool(), -torch.inf)
        expected = (scores.softmax(-1) @ values).transpose(0, 1)
        for output in outputs:
            assert torch.allclose(output[here], expected, atol=1e-5)
        at += length


def _chunks(pieces: list[tuple[int, int]]) -> list[Chunk]:
    return [Chunk(0, start, length) for start, length in pieces]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_two_parts_of_the_keys_merge_into_the_whole(dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    query, keys, values = (torch.randn(heads, n, 8, dtype=dtype) for heads, n in ((4, 9), (2, 40), (2, 40)))
    whole, _ = attend_with_sums(query, keys, values, 0.5)
    parts = [attend_with_sums(query, keys[:, a:b], values[:, a:b], 0.5) for a, b in ((0, 11), (11, 40))]
    merged = merge(*parts)
    assert merged.dtype == dtype
    assert torch.allclose(merged, whole, atol=1e-6 if dtype == torch.float32 else 2e-2)
    halves = [attend_with_sums(query[:, a:b], keys, values, 0.5) for a, b in ((0, 4), (4, 9))]
    assert torch.allclose(join(halves)[0], whole, atol=1e-6)

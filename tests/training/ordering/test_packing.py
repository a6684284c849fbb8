"""Packs hold whole rows, all of them, within the room, nearly full, and others meet in another epoch."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import InputError
from medgo.training.ordering.packing import pack


def packs_of(lengths: np.ndarray, capacity: int, seed: int = 0) -> list[list[int]]:
    """Packs as lists of rows."""
    rows, ends = pack(lengths, capacity, np.random.default_rng(seed))
    return [part.tolist() for part in np.split(rows, ends[:-1])]


def medical_lengths(count: int, most: int = 4096) -> np.ndarray:
    return np.clip(np.random.default_rng(5).lognormal(5.8, 0.9, count), 20, most).astype(np.int64)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 64), min_size=1, max_size=120), st.integers(64, 100), st.integers(0, 9))
def test_every_row_is_in_one_pack_whole_and_no_pack_overflows(lengths: list[int], capacity: int, seed: int) -> None:
    sizes = np.array(lengths)
    packs = packs_of(sizes, capacity, seed)
    assert sorted(row for rows in packs for row in rows) == list(range(len(lengths)))
    held = sorted(int(sizes[rows].sum()) for rows in packs)
    assert held[-1] <= capacity
    # No two packs would fit into one, or best fit would have joined them.
    assert len(held) == 1 or held[0] + held[1] > capacity


def test_packs_are_nearly_full() -> None:
    lengths = medical_lengths(5000)
    assert lengths.sum() / (len(packs_of(lengths, 4096)) * 4096) > 0.995


def test_other_rows_meet_in_another_epoch_where_lengths_alone_bring_the_same_together() -> None:
    lengths = medical_lengths(3000)

    def meetings(packs: list[list[int]]) -> set[tuple[int, int]]:
        return {(a, b) for rows in packs for a in rows for b in rows if a < b}

    first, second = meetings(packs_of(lengths, 4096, 0)), meetings(packs_of(lengths, 4096, 1))
    assert len(first & second) < 0.2 * len(first)


def test_a_row_that_is_too_long_is_an_error_and_never_cut() -> None:
    with pytest.raises(InputError, match="row 1 has 65 tokens"):
        pack(np.array([10, 65]), 64, np.random.default_rng(0))


def test_packs_are_a_function_of_lengths_and_seed() -> None:
    lengths = medical_lengths(500)
    assert packs_of(lengths, 4096, 7) == packs_of(lengths, 4096, 7)
    assert packs_of(lengths, 4096, 7) != packs_of(lengths, 4096, 8)


@pytest.mark.slow
def test_a_million_rows_are_packed_in_seconds() -> None:
    lengths = medical_lengths(1_000_000)
    start = time.perf_counter()
    _, ends = pack(lengths, 4096, np.random.default_rng(0))
    assert time.perf_counter() - start < 10
    assert lengths.sum() / (len(ends) * 4096) > 0.999


@pytest.mark.slow
def test_packing_takes_little_memory() -> None:
    lengths = medical_lengths(200_000)
    tracemalloc.start()
    pack(lengths, 4096, np.random.default_rng(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000 * 500  # bytes: a million rows stay below half a gigabyte

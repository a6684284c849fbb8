"""Like lengths meet, every step keeps the mix, and the size of micro-batches changes no step."""

from __future__ import annotations

import numpy as np
import pytest

from medgo.training.ordering.batching import compose, deal
from medgo.training.ordering.mixing import Draws
from medgo.training.ordering.order import Order
from medgo.training.ordering.priority import spread
from medgo.training.ordering.sizes import RowSizes, codes_of
from tests.training.ordering.cases import TASKS, sizes_of, unlike_tasks

ROWS = 3200


def draws_of(sizes: RowSizes, *, spread_out: bool = True) -> Draws:
    """All rows once, shuffled; tasks spread evenly unless not."""
    rng = np.random.default_rng(0)
    codes, _ = codes_of(sizes.task)
    draws = Draws(np.arange(len(sizes)), codes).take(rng.permutation(len(sizes)))
    return draws.take(spread(draws.groups, np.ones(len(TASKS)), rng)) if spread_out else draws


def padding(order: Order, sizes: RowSizes) -> float:
    """Share of padding."""
    through = sum(len(rows) * int(sizes.tokens[rows].max()) for rows in order)
    return 1 - int(sizes.tokens[order.rows].sum()) / through


def shares(steps: np.ndarray, sizes: RowSizes) -> np.ndarray:
    """Share of each task in the loss tokens of each step, shape [steps, tasks]."""
    codes, names = codes_of(sizes.task)
    held = np.stack([np.where(codes[steps] == at, sizes.loss_tokens[steps], 0).sum(1) for at in range(len(names))], 1)
    return held / held.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("per_step", "micro_rows"), [(8, 2), (16, 4), (32, 4), (64, 8)])
def test_little_is_padded_and_steps_are_fairer_than_shuffled_ones(per_step: int, micro_rows: int) -> None:
    sizes = unlike_tasks(ROWS)
    steps = compose(draws_of(sizes), sizes, per_step, 16, np.random.default_rng(0))
    shuffled = draws_of(sizes, spread_out=False).rows.reshape(-1, per_step)
    ours, theirs = shares(steps, sizes).std(axis=0), shares(shuffled, sizes).std(axis=0)
    assert (ours < theirs).all()
    tokens = sizes.tokens[steps].sum(axis=1)
    assert tokens.std() < sizes.tokens[shuffled].sum(axis=1).std()
    assert padding(deal(steps, sizes, micro_rows), sizes) < 0.06
    assert padding(deal(shuffled, sizes, micro_rows), sizes) > 0.12  # sorted, but only within its own step


def test_sorting_the_whole_epoch_pads_less_and_makes_all_short_steps() -> None:
    """The naive way: no padding at all, and steps of one task each."""
    sizes = unlike_tasks(ROWS)
    by_length = np.argsort(sizes.tokens, kind="stable").reshape(-1, 32)
    ours = compose(draws_of(sizes), sizes, 32, 16, np.random.default_rng(0))
    assert shares(by_length, sizes).std(axis=0).max() > 0.3
    assert shares(ours, sizes).std(axis=0).max() < 0.1


@pytest.mark.parametrize("per_step", [1, 3, 4, 6, 7, 20, 32])
def test_nothing_is_lost_in_the_exchange(per_step: int) -> None:
    sizes = unlike_tasks(per_step * 37)
    steps = compose(draws_of(sizes), sizes, per_step, 16, np.random.default_rng(0))
    assert sorted(steps.reshape(-1).tolist()) == list(range(len(sizes)))


def test_rows_stay_within_their_window() -> None:
    sizes = unlike_tasks(640)
    draws = draws_of(sizes)
    steps = compose(draws, sizes, 32, 4, np.random.default_rng(0))
    for start in range(0, 640, 128):
        assert set(steps.reshape(-1)[start : start + 128]) == set(draws.rows[start : start + 128])


def test_micro_batches_of_any_size_make_the_same_steps() -> None:
    sizes = unlike_tasks(320)
    steps = compose(draws_of(sizes), sizes, 16, 16, np.random.default_rng(0))
    found = []
    for micro_rows in (1, 2, 4, 8, 16):
        order = deal(steps, sizes, micro_rows)
        assert {len(rows) for rows in order} == {micro_rows}
        found.append([sorted(rows) for rows in order.rows.reshape(-1, 16).tolist()])
    assert all(rows == found[0] for rows in found)


def test_the_longest_micro_batch_comes_first_and_like_lengths_follow() -> None:
    sizes = sizes_of([5, 90, 7, 80, 6, 100])
    assert [sizes.tokens[rows].tolist() for rows in deal(np.arange(6)[None], sizes, 2)] == [[100, 90], [80, 7], [6, 5]]


def test_labels_keep_their_places() -> None:
    labels = [True, False, True, False, False, True, False, False]
    sizes = sizes_of([5, 90, 7, 80, 6, 100, 30, 40], labels=labels)
    dealt = deal(np.arange(8)[None], sizes, 4).rows
    assert sizes.label[dealt].tolist() == labels
    assert sizes.tokens[dealt].tolist() == [100, 90, 7, 80, 40, 5, 30, 6]

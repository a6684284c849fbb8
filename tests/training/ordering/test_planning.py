"""The whole order: a function of sizes, recipe and seed, that loses nothing and is the same for any micro-batch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo.errors import RecipeError
from medgo.training.ordering.order import Order
from medgo.training.ordering.planning import plan_order
from medgo.training.ordering.sizes import RowSizes
from medgo.training.recipe import StageRecipe
from tests.training.ordering.cases import mixes, sizes_of, stage_of, unlike_tasks


def steps_of(order: Order) -> list[Counter[int]]:
    """Rows of each step, whatever their micro-batches."""
    micro = list(order)
    return [
        Counter(row for rows in micro[at : at + order.per_step] for row in rows)
        for at in range(0, len(micro), order.per_step)
    ]


def same(first: Order, second: Order) -> bool:
    return (
        first.rows.tolist() == second.rows.tolist()
        and first.ends.tolist() == second.ends.tolist()
        and first.per_step == second.per_step
    )


@settings(max_examples=60, deadline=None)
@given(mixes(), st.booleans(), st.integers(0, 5))
def test_the_order_is_a_function_of_sizes_recipe_and_seed(
    case: tuple[RowSizes, StageRecipe], packing: bool, seed: int
) -> None:
    np.random.seed(seed)
    first, report = plan_order(*case, seed=4, packing=packing)
    second, again = plan_order(*case, seed=4, packing=packing)
    assert same(first, second)
    assert report == again


def test_another_seed_is_another_order() -> None:
    for packing in (False, True):
        first, _ = plan_order(unlike_tasks(300), stage_of(), seed=0, packing=packing)
        second, _ = plan_order(unlike_tasks(300), stage_of(), seed=1, packing=packing)
        assert not same(first, second)


@settings(max_examples=100, deadline=None)
@given(mixes(), st.booleans())
def test_nothing_drawn_is_lost_and_no_micro_batch_is_too_large(
    case: tuple[RowSizes, StageRecipe], packing: bool
) -> None:
    sizes, stage = case
    order, report = plan_order(sizes, stage, seed=0, packing=packing)
    assert report.dropped == 0
    assert report.filled < stage.batch.rows or report.filled == report.rows  # nothing drawn: one step is
    if packing:
        assert all(sizes.tokens[rows].sum() <= 400 for rows in order)
        assert order.per_step == stage.batch.rows
    else:
        assert {len(rows) for rows in order} == {stage.batch.micro_rows}
        assert order.per_step * stage.batch.micro_rows == stage.batch.rows
    drawn = np.bincount(order.rows, minlength=len(sizes))
    keys = [(task, int(entry)) for task, entry in zip(sizes.task, sizes.entry, strict=True)]
    for key in set(keys):
        of_group = drawn[[at for at, other in enumerate(keys) if other == key]]
        assert np.ptp(of_group) <= 1


@pytest.mark.parametrize("schedule", ["static", "priority"])
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_steps_hold_the_same_rows_for_any_micro_batch(method: str, schedule: str) -> None:
    sizes = unlike_tasks(203)
    orders = [
        plan_order(
            sizes,
            stage_of(method=method, batch={"rows": 8, "micro_rows": micro}, mix={"schedule": schedule}, epochs=1.7),
            seed=0,
            packing=False,
        )[0]
        for micro in (1, 2, 4, 8)
    ]
    assert [order.per_step for order in orders] == [8, 4, 2, 1]
    expected = steps_of(orders[0])
    assert all(steps_of(order) == expected for order in orders[1:])


def test_an_epoch_has_every_row_and_the_last_step_is_filled_with_the_next() -> None:
    order, report = plan_order(unlike_tasks(100), stage_of(batch={"rows": 32}), seed=0, packing=False)
    assert order.steps == 4
    assert report.filled == 28
    assert Counter(np.bincount(order.rows).tolist()) == {1: 72, 2: 28}


def test_dropping_the_last_step_loses_rows() -> None:
    """What a loader with ``drop_last`` does: 4 of 100 rows are never seen; ours sees all."""
    shuffled = np.random.default_rng(0).permutation(100)
    assert len(set(shuffled[: 100 // 32 * 32].tolist())) == 96
    order, report = plan_order(unlike_tasks(100), stage_of(batch={"rows": 32}), seed=0, packing=False)
    assert len(set(order.rows.tolist())) == 100
    assert report.never == 0


def test_packs_of_the_last_step_are_halved_before_a_row_is_repeated() -> None:
    sizes = sizes_of([50] * 90)
    stage = stage_of(batch={"rows": 4, "micro_rows": 1}, lengths={"max_tokens": 500})
    order, report = plan_order(sizes, stage, seed=0, packing=True)
    assert report.filled == 0
    assert np.bincount(order.rows).tolist() == [1] * 90
    assert order.steps == 3  # 9 packs of 10 rows: two steps of 4, and one pack in quarters


def test_epochs_meet_in_other_packs_and_other_steps() -> None:
    sizes = unlike_tasks(400)
    for packing in (True, False):
        order, _ = plan_order(sizes, stage_of(epochs=2, batch={"rows": 8}), seed=0, packing=packing)
        half = len(order) // 2
        first, second = ({frozenset(rows) for rows in part} for part in (list(order)[:half], list(order)[half:]))
        assert len(first & second) < 0.15 * half


def test_part_of_an_epoch_is_a_fair_part() -> None:
    sizes = unlike_tasks(1000)
    _, report = plan_order(sizes, stage_of(epochs=0.5, batch={"rows": 4}), seed=0, packing=False)
    assert report.epochs_realised == pytest.approx(0.5, abs=0.01)
    for part in report.tasks:
        assert part.asked == pytest.approx(part.realised, abs=0.02)
        assert part.repeats == pytest.approx(0.5, abs=0.1)


def test_max_steps_stops_early_and_asks_for_no_more_than_there_is() -> None:
    sizes = unlike_tasks(200)
    whole, _ = plan_order(sizes, stage_of(batch={"rows": 8}), seed=0, packing=False)
    first, report = plan_order(sizes, stage_of(batch={"rows": 8}, max_steps=5), seed=0, packing=False)
    assert first.steps == report.steps == 5
    assert first.rows.tolist() == whole.rows[:40].tolist()
    more, _ = plan_order(sizes, stage_of(batch={"rows": 8}, max_steps=99), seed=0, packing=False)
    assert more.steps == 25


@pytest.mark.parametrize("packing", [False, True])
def test_a_high_priority_is_learnt_earlier(packing: bool) -> None:
    sizes = sizes_of([40, 60] * 500, entries=[0] * 500 + [1] * 500)
    stage = stage_of(
        2,
        entry=[{"priority": 1.0}, {"priority": 4.0}],
        mix={"schedule": "priority", "by": "rows"},
        batch={"rows": 10, "micro_rows": 5},
        lengths={"max_tokens": 100},
    )
    order, report = plan_order(sizes, stage, seed=0, packing=packing)
    high = np.array([part.mean() for part in np.array_split(sizes.entry[order.rows], 5)])
    assert high[0] > 0.7
    assert (np.diff(high) < 0).all()
    assert report.entries[1].realised == pytest.approx(0.5, abs=0.02)


def test_labels_are_in_proportion_in_every_micro_batch_and_tasks_in_every_stretch() -> None:
    labels = [True] * 300 + [False] * 100  # block by block, as un-paired rows come
    tasks = ["terms" if at % 5 else "chat" for at in range(400)]
    sizes = sizes_of([30 + at % 50 for at in range(400)], tasks, labels=labels)
    stage = stage_of(method="kto", batch={"rows": 16, "micro_rows": 8}, epochs=2)
    order, report = plan_order(sizes, stage, seed=0, packing=False)
    assert {int(sizes.label[rows].sum()) for rows in order} == {6}
    assert report.dropped == 0
    assert np.bincount(order.rows).tolist() == [2] * 400
    chat = np.array([name == "chat" for name in tasks])
    stretches = chat[order.rows].reshape(-1, 80).sum(axis=1)
    assert np.abs(stretches - 16).max() <= 3


@pytest.mark.parametrize("wanted", [0.3, 0.5, 0.8])
def test_labels_lengths_and_tasks_are_kept_at_once(wanted: float) -> None:
    rng = np.random.default_rng(9)
    plain = unlike_tasks(3200)
    labels = rng.random(3200) < wanted
    sizes = sizes_of(plain.tokens.tolist(), plain.task, labels=labels.tolist(), loss=plain.loss_tokens.tolist())
    stage = stage_of(method="kto", batch={"rows": 32, "micro_rows": 4})
    order, report = plan_order(sizes, stage, seed=0, packing=False)
    share = 4 * labels.mean()
    assert {int(sizes.label[rows].sum()) for rows in order} <= {int(share), int(share) + 1}
    assert report.padding < 0.15
    shuffled = rng.permutation(3200).reshape(-1, 4)
    assert np.isin(labels[shuffled].sum(axis=1), [0, 4]).mean() > 0.1  # the naive way: micro-batches of one label
    assert 1 - sizes.tokens.sum() / (4 * sizes.tokens[shuffled].max(axis=1).sum()) > 0.5


def test_labelled_rows_that_fill_no_step_are_counted() -> None:
    sizes = sizes_of([30] * 100, labels=[True, False] * 50)
    stage = stage_of(method="kto", batch={"rows": 32, "micro_rows": 8})
    order, report = plan_order(sizes, stage, seed=0, packing=False)
    assert (order.steps, report.dropped, report.never) == (3, 4, 4)
    with pytest.raises(RecipeError, match="100 rows do not fill one step of 128"):
        plan_order(sizes, stage_of(method="kto", batch={"rows": 128, "micro_rows": 8}), seed=0, packing=False)


def test_only_sft_rows_share_packs() -> None:
    with pytest.raises(RecipeError, match="cannot share a pack"):
        plan_order(sizes_of([30] * 10), stage_of(method="dpo"), seed=0, packing=True)


def test_packs_are_micro_batches_so_more_of_them_at_once_are_refused() -> None:
    """They would go through the model one by one all the same, whatever micro_rows says of memory."""
    with pytest.raises(ValueError, match=r"one pack is a micro-batch; set batch\.micro_rows to 1"):
        stage_of(batch={"rows": 4, "micro_rows": 2, "packing": "on"})
    stage_of(batch={"rows": 4, "micro_rows": 1, "packing": "on"})

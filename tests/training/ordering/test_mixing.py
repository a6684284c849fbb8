"""Shares become draws: natural size, evenly repeated or sampled, replay exact, nothing twice before all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from medgo.errors import InputError, RecipeError
from medgo.training.ordering.mixing import Mixture
from medgo.training.ordering.sizes import RowSizes
from medgo.training.recipe import StageRecipe
from tests.training.ordering.cases import mixes, sizes_of, stage_of, unlike_tasks


def counts(mixture: Mixture, epochs: float, rows: int) -> np.ndarray:
    """How often each row was drawn."""
    return np.bincount(mixture.draw(epochs).rows, minlength=rows)


def test_a_plain_mix_draws_every_row_once_an_epoch() -> None:
    sizes = unlike_tasks(500)
    mixture = Mixture(sizes, stage_of(), seed=3)
    for epoch in (1, 2, 3):
        assert counts(mixture, epoch, 500).tolist() == [1] * 500


@pytest.mark.parametrize("by", ["rows", "tokens", "loss_tokens"])
def test_shares_are_met_in_the_unit_of_the_mix(by: str) -> None:
    sizes = unlike_tasks(2000)
    stage = stage_of(mix={"by": by, "temperature": 2.0, "weights": {"chat": 3.0}})
    drawn = counts(Mixture(sizes, stage, seed=0), 1, 2000)
    units = {"rows": np.ones(2000), "tokens": sizes.tokens, "loss_tokens": sizes.loss_tokens}[by]
    task = np.array(sizes.task)
    asked = {name: units[task == name].sum() ** 0.5 * (3 if name == "chat" else 1) for name in set(sizes.task)}
    for name, weight in asked.items():
        realised = (units * drawn)[task == name].sum() / (units * drawn).sum()
        assert realised == pytest.approx(weight / sum(asked.values()), abs=units.max() / units.sum())


def test_an_entry_of_twice_the_weight_has_twice_the_share_of_each_task() -> None:
    sizes = sizes_of([10] * 400, ["terms", "chat"] * 200, [0] * 200 + [1] * 200)
    drawn = counts(Mixture(sizes, stage_of(2, entry=[{}, {"weight": 2.0}]), seed=0), 3, 400)
    assert drawn.sum() == 1200
    for task in (0, 1):
        assert drawn[200 + task :: 2].sum() == pytest.approx(2 * drawn[task:200:2].sum(), abs=2)


@settings(max_examples=150, deadline=None)
@given(mixes())
def test_no_row_comes_again_before_all_of_its_group_have_come(case: tuple[RowSizes, StageRecipe]) -> None:
    sizes, stage = case
    mixture = Mixture(sizes, stage, seed=1)
    drawn = np.zeros(len(sizes), int)
    for epochs in (0.4, 1.0, 1.7, stage.epochs + 1.7):
        draws = mixture.draw(epochs)
        drawn += np.bincount(draws.rows, minlength=len(sizes))
        for group in mixture.groups:
            assert np.ptp(drawn[group.rows]) <= 1
            assert drawn[group.rows].sum() == group.drawn


@settings(max_examples=150, deadline=None)
@given(mixes())
def test_replay_has_its_share_to_within_one_row(case: tuple[RowSizes, StageRecipe]) -> None:
    sizes, stage = case
    mixture = Mixture(sizes, stage, seed=1)
    mixture.draw(stage.epochs)
    replay = [group for group in mixture.groups if stage.data[group.entry].replay]
    main = [group for group in mixture.groups if not stage.data[group.entry].replay]
    asked = stage.mix.replay / (1 - stage.mix.replay) * sum(group.drawn_units for group in main)
    largest = max((int(group.units.max()) for group in replay), default=0)
    assert abs(sum(group.drawn_units for group in replay) - asked) <= largest
    natural = stage.epochs * mixture.epoch_units
    assert abs(sum(group.drawn_units for group in main) - natural) <= max(int(group.units.max()) for group in main)


def test_over_epochs_a_sampled_group_goes_through_all_its_rows() -> None:
    sizes = sizes_of([10] * 100, ["terms"] * 80 + ["chat"] * 20)
    mixture = Mixture(sizes, stage_of(mix={"by": "rows", "weights": {"terms": 1 / 12}}), seed=0)
    first, second, third, fourth = (counts(mixture, epoch, 100)[:80] for epoch in (1, 2, 3, 4))
    assert first.sum() == second.sum() == 25
    assert (first + second + third).max() == 1
    assert (first + second + third + fourth).min() == 1


def test_topping_up_takes_from_the_group_that_is_furthest_behind() -> None:
    sizes = sizes_of([10] * 90 + [1000] * 10, ["terms"] * 90 + ["chat"] * 10)
    mixture = Mixture(sizes, stage_of(mix={"by": "tokens"}), seed=0)
    mixture.draw(1)
    extra = mixture.draw_rows(303)
    held = np.bincount(extra.groups, sizes.tokens[extra.rows])
    assert held[0] / held.sum() == pytest.approx(10000 / 10900, abs=1000 / held.sum())


def test_a_weight_of_a_task_that_no_row_has_is_a_typing_error_and_said_so() -> None:
    with pytest.raises(RecipeError, match="names trems"):
        Mixture(sizes_of([10, 10]), stage_of(mix={"weights": {"trems": 2.0}}), seed=0)


def test_a_task_cannot_be_weighed_to_nothing() -> None:
    with pytest.raises(RecipeError, match="above 0"):
        Mixture(sizes_of([10, 10]), stage_of(mix={"weights": {"terms": 0.0}}), seed=0)


def test_replay_without_a_row_marked_replay_is_refused() -> None:
    with pytest.raises(RecipeError, match="no row is marked replay"):
        Mixture(sizes_of([10, 10]), stage_of(mix={"replay": 0.1}), seed=0)


def test_replay_rows_that_would_never_be_drawn_are_refused() -> None:
    rows = sizes_of([10, 10], entries=[0, 1])
    with pytest.raises(RecipeError, match=r"none of them would be learnt from[\s\S]*mix\.replay"):
        Mixture(rows, stage_of(2, replay=[1]), seed=0)
    assert Mixture(rows, stage_of(2, replay=[1], mix={"replay": 0.1}), seed=0).groups[1].share == pytest.approx(0.1)


def test_a_priority_that_no_schedule_reads_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"static does not read[\s\S]*schedule to priority"):
        Mixture(sizes_of([10]), stage_of(entry=[{"priority": 2.0}]), seed=0)


def test_rows_that_are_all_replay_are_refused() -> None:
    with pytest.raises(InputError, match="all rows are marked replay"):
        Mixture(sizes_of([10, 10]), stage_of(replay=[0], mix={"replay": 0.1}), seed=0)


def test_no_rows_are_refused() -> None:
    with pytest.raises(InputError, match="no row is left"):
        Mixture(sizes_of([]), stage_of(), seed=0)


def test_a_row_without_a_loss_is_refused() -> None:
    with pytest.raises(InputError, match=r"row 1 .* 0 with a loss"):
        sizes_of([10, 10], loss=[5, 0])

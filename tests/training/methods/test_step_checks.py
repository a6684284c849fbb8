"""Step 0: what must hold before anything was learnt; each check with a case that it lets pass and one that it stops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from medgo.errors import RecipeError, TrainingFailedError
from medgo.training.methods.step_checks import (
    Drift,
    balanced_weight,
    check_against_reference,
    check_first_margins,
    check_label_order,
    check_labels,
)
from medgo.training.ordering.labels import label_steps
from medgo.training.ordering.order import Order

_TOKENS = torch.tensor([4, 100])


def _check(policy: list[float], reference: list[float], compute: torch.dtype = torch.float32) -> Drift:
    return check_against_reference(torch.tensor(policy), torch.tensor(reference), _TOKENS, compute)


def test_rounding_passes_and_another_model_does_not() -> None:
    """Allowed in float32 is 0.001 nats a root of a token (0.002 for 4 tokens, 0.01 for 100), typically 0.4 of it."""
    assert _check([-9.0, -200.0], [-9.0001, -200.005]).worst == pytest.approx(0.0005, rel=0.1)
    with pytest.raises(TrainingFailedError):  # each within what is allowed, but all of them far off
        _check([-9.0, -200.0], [-9.0015, -200.008])
    with pytest.raises(TrainingFailedError, match=r"100 tokens has the log-probability -200\.0000 .* -200\.0200"):
        _check([-9.0, -200.0], [-9.0, -200.02])
    _check([-9.0, -200.0], [-9.0, -200.02], torch.bfloat16)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_stops(number: float) -> None:
    with pytest.raises(TrainingFailedError, match="NaN or infinity"):
        _check([-9.0, number], [-9.0, -200.0])
    with pytest.raises(TrainingFailedError, match="must be its own reference"):
        _check([-9.0, -200.0], [-9.0, number])


def test_dpo_begins_at_ln_2() -> None:
    """softplus(0) = ln 2. A margin of 0.2 gives softplus(-0.2) = 0.5981, which is a reference of another model."""
    exact = Drift(0.0, 1e-3)
    loss = check_first_margins(torch.zeros(2), exact, _TOKENS, 0.1)
    assert loss == pytest.approx(math.log(2))
    with pytest.raises(TrainingFailedError, match=r"0\.5981 with margins up to 0\.2000"):
        check_first_margins(torch.tensor([0.2, 0.2]), exact, _TOKENS, 0.1)
    with pytest.raises(TrainingFailedError, match="ln 2"):  # a mean of 0 hides nothing
        check_first_margins(torch.tensor([0.2, -0.2]), exact, _TOKENS, 0.1)


def test_one_label_alone_is_refused_where_trl_trains_on_it() -> None:
    with pytest.raises(RecipeError, match=r"all 6 labelled rows are wanted[\s\S]*method: sft"):
        check_labels([True] * 6, (1.0, 1.0))
    with pytest.raises(RecipeError, match="unwanted"):
        check_labels([False] * 6, (1.0, 1.0))


def test_the_balance_of_equation_8() -> None:
    """30 wanted and 10 unwanted: factors of 1 weigh 3 to 1; 10/30 on the wanted ones makes it 1 to 1."""
    labels = [True] * 30 + [False] * 10
    assert "weigh 3.00 to 1" in check_labels(labels, (1.0, 1.0))
    weight = balanced_weight(labels, 1.0)
    assert weight == pytest.approx(1 / 3)
    assert check_labels(labels, (weight, 1.0)) == ""
    assert check_labels(labels, (4 / 9, 1.0)) == ""  # 4/3


def test_stretches_of_one_label_are_refused_and_chance_is_not() -> None:
    blocks = [True] * 1000 + [False] * 1000  # pairs un-paired a thousand at a time
    naive = Order.of(np.arange(2000).reshape(-1, 2, 8).tolist())
    with pytest.raises(RecipeError, match="steps of 992 rows in all follow on one another that hold only wanted"):
        check_label_order(blocks, naive)
    steps, _ = label_steps(blocks, 16, 8, 1, np.random.default_rng(0))
    check_label_order(blocks, Order.of(steps))
    # Rows of a step dealt by length: all wanted ones may be the short ones.
    dealt = [sorted((row for micro in step for row in micro), key=lambda row: blocks[row]) for step in steps]
    check_label_order(blocks, Order.of([[rows[:8], rows[8:]] for rows in dealt]))
    for seed in range(200):
        shuffled = np.random.default_rng(seed).permutation(2000).reshape(-1, 2, 8)
        check_label_order(blocks, Order.of(shuffled.tolist()))

"""Step 0: what must hold before anything was learnt; each check with a case that it lets pass and one that it stops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from medgo.errors import RecipeError, TrainingFailedError
from medgo.training.methods.step_checks import FirstStep, check_first_margins, check_label_order
from medgo.training.ordering.labels import interleave
from medgo.training.ordering.order import Order

_TOKENS = torch.tensor([4, 100])
_SIDE = torch.tensor([0, 1])


def _check(policy: list[float], reference: list[float], compute: torch.dtype = torch.float32) -> None:
    FirstStep(compute).add(torch.tensor(policy), torch.tensor(reference), _TOKENS, _SIDE)


def test_rounding_passes_and_another_model_does_not() -> None:
    """Allowed in float32 is 0.001 nats a root of a token (0.002 for 4 tokens, 0.01 for 100), typically 0.4 of it."""
    _check([-9.0, -200.0], [-9.0001, -200.003])
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


@pytest.mark.parametrize("shift", [(3.0, 3.0), (3.0, -3.0), (0.0, -3.0)])
def test_in_bfloat16_a_stage_of_3_nats_stops_and_rounding_does_not(shift: tuple[float, float]) -> None:
    """3 nats on 100 tokens are 0.3 a root of a token: within what rounding does to one answer, but all go one way."""
    draw = torch.Generator().manual_seed(1)
    tokens, side = torch.full((4,), 100), torch.tensor([0, 0, 1, 1])
    moved = torch.tensor([shift[0]] * 2 + [shift[1]] * 2)
    honest, wrong = FirstStep(torch.bfloat16), FirstStep(torch.bfloat16)
    for _ in range(8):
        policy = -200 + torch.randn(4, generator=draw)
        honest.add(policy, policy + 0.8 * torch.randn(4, generator=draw), tokens, side)  # 0.08 a root, as measured
    policy = torch.full((4,), -200.0)
    wrong.add(policy, policy + moved / 2, tokens, side)  # one micro-batch of half as much may still be rounding
    with pytest.raises(TrainingFailedError, match="rounding explains"):
        for _ in range(3):
            wrong.add(policy, policy + moved, tokens, side)


def test_in_the_same_batch_nothing_is_rounded() -> None:
    """A kept value that agrees hides nothing: dropout or an adapter that is not new moves the model itself."""
    policy, kept = torch.tensor([-9.0, -200.0]), torch.tensor([-9.0, -200.1])
    FirstStep(torch.bfloat16).add(policy, kept, _TOKENS, _SIDE, again=policy)
    with pytest.raises(TrainingFailedError, match=r"-200\.1000 computed anew in the same batch"):
        FirstStep(torch.bfloat16).add(policy, kept, _TOKENS, _SIDE, again=kept)


def test_dpo_begins_at_ln_2() -> None:
    """softplus(0) = ln 2. A margin of 0.2 gives softplus(-0.2) = 0.5981, which is a reference of another model."""
    check_first_margins(torch.zeros(2), _TOKENS, 0.1)
    with pytest.raises(TrainingFailedError, match=r"0\.5981 with margins up to 0\.2000"):
        check_first_margins(torch.tensor([0.2, 0.2]), _TOKENS, 0.1)
    with pytest.raises(TrainingFailedError, match="ln 2"):  # a mean of 0 hides nothing
        check_first_margins(torch.tensor([0.2, -0.2]), _TOKENS, 0.1)


def test_stretches_of_one_label_are_refused_and_chance_is_not() -> None:
    blocks = [True] * 1000 + [False] * 1000  # pairs un-paired a thousand at a time
    naive = Order.of(np.arange(2000).reshape(-1, 2, 8).tolist())
    with pytest.raises(RecipeError, match="steps of 992 rows in all follow on one another that hold only wanted"):
        check_label_order(blocks, naive)
    steps = interleave(blocks, np.random.default_rng(0)).reshape(-1, 2, 8).tolist()
    check_label_order(blocks, Order.of(steps))
    # Rows of a step dealt by length: all wanted ones may be the short ones.
    dealt = [sorted((row for micro in step for row in micro), key=lambda row: blocks[row]) for step in steps]
    check_label_order(blocks, Order.of([[rows[:8], rows[8:]] for rows in dealt]))
    for seed in range(200):
        shuffled = np.random.default_rng(seed).permutation(2000).reshape(-1, 2, 8)
        check_label_order(blocks, Order.of(shuffled.tolist()))

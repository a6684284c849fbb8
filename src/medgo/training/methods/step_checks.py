"""What must hold before the first update of a preference stage, and of its labels. Knows no trainer.

A learning model that has learnt nothing yet is its reference: every log-ratio is 0, every reward and margin is 0, and
DPO's sigmoid loss is -log sigmoid(0) = ln 2. Anything else means that the reference is of another model (an adapter
that was not merged, a model changed in memory), of other tokens, or that the two do not compute alike (dropout, number
formats), and training would push the model towards something nobody asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from medgo.errors import RecipeError, TrainingFailedError
from medgo.training.ordering.order import Order

# Largest difference of an answer's log-probability, in nats, per square root of its tokens: rounding adds up like a
# random walk. The same ten answers of SmolLM2-135M scored together and one by one differ by up to 0.29 in bfloat16 (0.8
# nats an answer) and by 1.6e-5 in float32. An SFT stage moves an answer by whole nats.
_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 1.0, torch.float16: 0.2}
_TYPICAL = 0.4  # of that, for the root of the mean square over a micro-batch's answers
_UNLIKELY = 1e-6  # of the longest stretch of one label


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the learning model is from its reference before it learnt anything.

    Args:
        worst: Largest difference of an answer's log-probability per square root of its tokens, in nats.
        allowed: What rounding explains.
    """

    worst: float
    allowed: float


def check_against_reference(policy: Tensor, reference: Tensor, tokens: Tensor, compute: torch.dtype) -> Drift:
    """Compare the log-probabilities that the first step's forward pass gave with the reference's.

    Args:
        policy: Of each answer under the learning model, in nats, shape [n].
        reference: Of the same answers under the reference, shape [n].
        tokens: Of each answer, shape [n].
        compute: Number format of the forward pass.

    Raises:
        TrainingFailedError: One is not finite, or they differ by more than rounding explains.
    """
    policy, reference = policy.detach().double().cpu(), reference.double().cpu()
    if not bool(torch.isfinite(policy).all()):
        raise TrainingFailedError(
            "before the first update the model gives an answer the log-probability NaN or infinity",
            hint="its weights are damaged, or overflow in this precision: verify the model, or set precision: float32",
        )
    drift = (policy - reference).abs() / tokens.double().cpu().clamp(min=1).sqrt()
    allowed = _TOLERANCE[compute]
    worst = float(drift.max())
    typical = float(drift.square().mean().sqrt())
    if not (worst <= allowed and typical <= _TYPICAL * allowed):  # NaN is a failure too
        answer = int(drift.nan_to_num(nan=math.inf).argmax())
        raise TrainingFailedError(
            f"before the first update the model must be its own reference, but one answer of {int(tokens[answer])} "
            f"tokens has the log-probability {float(policy[answer]):.4f} under the model and "
            f"{float(reference[answer]):.4f} under the reference",
            hint="the reference is of another model (an adapter not merged, weights changed in memory), dropout is on, "
            "or the two compute in different number formats; delete the stage's folder reference/ and prepare again",
        )
    return Drift(worst, allowed)


def check_first_margins(margins: Tensor, drift: Drift, tokens: Tensor, beta: float) -> float:
    """Check that DPO begins at a margin of 0, that is at a sigmoid loss of ln 2.

    With |margin| <= m the loss is within m / 2 of ln 2, as the slope of -log sigmoid is at most 1 (1/2 at 0).

    Args:
        margins: beta times (chosen - rejected log-ratio) of each pair, shape [b].
        drift: Of the answers' log-probabilities.
        tokens: Of chosen and rejected answers together, shape [b].
        beta: Of the loss.

    Returns:
        The mean sigmoid loss.

    Raises:
        TrainingFailedError: The margins are not 0 within rounding.
    """
    margins = margins.detach().double().cpu()
    most = 2 * beta * drift.allowed * float(tokens.double().max()) ** 0.5
    loss = float(torch.nn.functional.softplus(-margins).mean())
    if not float(margins.abs().max()) <= most or not abs(loss - math.log(2)) <= most:
        raise TrainingFailedError(
            f"before the first update DPO's sigmoid loss is {loss:.4f} with margins up to "
            f"{float(margins.abs().max()):.4f}; it must be ln 2 = 0.6931 with margins of 0",
            hint="the reference is of another model, or chosen and rejected answers were exchanged in one of the two",
        )
    return loss


def check_labels(labels: Sequence[bool], weights: tuple[float, float]) -> str:
    """Check that KTO has something to tell apart.

    Args:
        labels: Of each row, shape [n]; true is wanted.
        weights: On wanted and unwanted rows.

    Returns:
        A warning where the weighted balance is outside equation 8 of https://arxiv.org/abs/2402.01306
        (1 <= wanted / unwanted <= 4/3); empty where it is inside.

    Raises:
        RecipeError: All rows have one label: the loss then only makes every answer likelier (or less likely).
    """
    wanted = sum(map(bool, labels))
    unwanted = len(labels) - wanted
    if not wanted or not unwanted:
        raise RecipeError(
            f"all {len(labels)} labelled rows are {'wanted' if wanted else 'unwanted'}: KTO has nothing to tell apart",
            hint="add rows of the other label"
            + ("; to learn good answers alone, train them with method: sft" if wanted else ""),
        )
    ratio = wanted * weights[0] / (unwanted * weights[1])
    if 0.995 <= ratio <= 4 / 3 + 0.005:
        return ""
    return (
        f"{wanted} wanted rows × {weights[0]:g} and {unwanted} unwanted × {weights[1]:g} weigh {ratio:.2f} to 1; "
        f"KTO is meant for 1 to 1.33: leave kto.desirable_weight out to balance them"
    )


def balanced_weight(labels: Sequence[bool], undesirable_weight: float) -> float:
    """Factor on wanted rows that gives both labels the same weight (equation 8 of the KTO paper, ratio 1)."""
    wanted = sum(map(bool, labels))
    return undesirable_weight * (len(labels) - wanted) / max(wanted, 1)


def check_label_order(labels: Sequence[bool], order: Order) -> None:
    """Refuse an order with a stretch of steps of one label that chance does not make.

    Only whole steps count: within one, rows of like length stand together, and what it learns is the mean over them. In
    a random order of n rows a label of share p has a run of k with a probability of at most n p^k.

    Args:
        labels: Of each row of the token file, shape [n].
        order: What is learnt when.

    Raises:
        RecipeError: There is a stretch that less than one random order in a million would have.
    """
    values = np.asarray(labels, dtype=bool)[order.rows]
    ends = order.ends[order.per_step - 1 :: order.per_step]
    for label in (True, False):
        share = float((values == label).mean())
        longest = run = 0
        for step in np.split(values == label, ends[:-1]):
            run = run + len(step) if step.all() else 0
            longest = max(longest, run)
        if 0 < share < 1 and longest > math.log(len(values) / _UNLIKELY) / -math.log(share):
            raise RecipeError(
                f"steps of {longest} rows in all follow on one another that hold only "
                f"{'wanted' if label else 'unwanted'} rows, where {share:.0%} of the whole order are: KTO would learn "
                "without a contrast",
                hint="prepare the stage again: ordering interleaves the labels",
            )

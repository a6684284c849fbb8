"""What must hold before the first update of a preference stage, and of its labels. Knows no trainer.

A learning model that has learnt nothing yet is its reference: every log-ratio is 0, every reward and margin is 0, and
DPO's sigmoid loss is -log sigmoid(0) = ln 2. Anything else means that the reference is of another model (an adapter
that was not merged, a model changed in memory), of other tokens, or that the two do not compute alike (dropout, number
formats), and training would push the model towards something nobody asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from medgo.errors import RecipeError, TrainingFailedError
from medgo.training.ordering.order import Order

# Everything here is in nats per square root of tokens, as rounding adds up like a random walk.
_SAME = 1e-3  # of one answer in the same batch: a new adapter adds 0, so nothing is rounded otherwise
# Of answers that were scored in another batch, where sums have another order: of one answer, and of the root of the
# mean square over a micro-batch's answers. Answers of SmolLM2-135M scored together and one by one differ by up to 0.29
# in bfloat16 (0.08 as a root mean square) and by 1.6e-5 in float32.
_ONE = {torch.float32: 1e-3, torch.bfloat16: 1.0, torch.float16: 0.2}
_TYPICAL = {torch.float32: 4e-4, torch.bfloat16: 0.4, torch.float16: 0.08}
# Of a step's answers together, with their signs: rounding has none, another model does. Four answers of SmolLM2-135M
# add up to at most 0.16 in bfloat16; a short stage that moves 100 tokens by 3 nats (0.3) moves 4 such answers by 0.6.
_OFFSET = {torch.float32: 4e-4, torch.bfloat16: 0.4, torch.float16: 0.08}
_UNLIKELY = 1e-6  # of the longest stretch of one label
_WAY_OUT = (
    "the reference is of another model (an adapter not merged, weights changed in memory), dropout is on, or the two "
    "compute in different number formats; delete the stage's folder reference/ and prepare again"
)


class FirstStep:
    """Compares the learning model with its reference while the first step's micro-batches go by.

    In the same batch the two must be equal. Between batches rounding hides small differences, so the differences of all
    answers so far are also added up, apart for each side (chosen and rejected, wanted and unwanted): another model
    moves them one way, rounding does not.

    Args:
        compute: Number format of the forward pass.
    """

    def __init__(self, compute: torch.dtype) -> None:
        self._compute = compute
        self._sums: dict[int, tuple[float, int]] = {}  # side → difference in nats, tokens

    def add(self, policy: Tensor, reference: Tensor, tokens: Tensor, side: Tensor, again: Tensor | None = None) -> None:
        """Check one micro-batch, and all of the step so far.

        Args:
            policy: Of each answer under the learning model, in nats, shape [n].
            reference: Of the same answers as it was kept, shape [n].
            tokens: Of each answer, shape [n].
            side: Which answers belong together, shape [n]; whole numbers or booleans.
            again: Of the same answers, computed anew in this very batch with the adapter off, shape [n]; None where
                the whole model learns, which then is its own reference.

        Raises:
            TrainingFailedError: One is not finite, the model is not its own reference in the same batch, or the kept
                values differ by more than rounding between batches explains.
        """
        policy, reference, tokens = policy.detach().double().cpu(), reference.double().cpu(), tokens.cpu().clamp(min=1)
        if not bool(torch.isfinite(policy).all()):
            raise TrainingFailedError(
                "before the first update the model gives an answer the log-probability NaN or infinity",
                hint="its weights are damaged, or overflow in this precision: verify the model, or set precision: "
                "float32",
            )
        if again is not None:
            _check_each(policy, again.double().cpu(), tokens, _SAME, _SAME, "computed anew in the same batch")
        one, typical = _ONE[self._compute], _TYPICAL[self._compute]
        _check_each(policy, reference, tokens, one, typical, "kept as the reference")
        sides = side.cpu()
        for number in set(sides.tolist()):
            self._add(int(number), (policy - reference)[sides == number], tokens[sides == number])

    def _add(self, side: int, differences: Tensor, tokens: Tensor) -> None:
        nats, count = self._sums.get(side, (0.0, 0))
        nats, count = nats + float(differences.sum()), count + int(tokens.sum())
        self._sums[side] = (nats, count)
        if not abs(nats) / count**0.5 <= _OFFSET[self._compute]:
            raise TrainingFailedError(
                f"before the first update the model must be its own reference, but answers of {count} tokens together "
                f"are {abs(nats):.3f} nats {'more' if nats > 0 else 'less'} likely under it; rounding explains "
                f"{_OFFSET[self._compute] * count**0.5:.3f}",
                hint=_WAY_OUT,
            )


def _check_each(policy: Tensor, other: Tensor, tokens: Tensor, one: float, typical: float, what: str) -> None:
    drift = (policy - other).abs() / tokens.double().sqrt()
    if float(drift.max()) <= one and float(drift.square().mean().sqrt()) <= typical:  # NaN is a failure too
        return
    answer = int(drift.nan_to_num(nan=math.inf).argmax())
    raise TrainingFailedError(
        f"before the first update the model must be its own reference, but one answer of {int(tokens[answer])} tokens "
        f"has the log-probability {float(policy[answer]):.4f} under the model and {float(other[answer]):.4f} {what}",
        hint=_WAY_OUT,
    )


def check_first_margins(margins: Tensor, tokens: Tensor, beta: float) -> None:
    """Check that DPO begins at a margin of 0, that is at a sigmoid loss of ln 2, in one batch.

    With |margin| <= m the loss is within m of ln 2, as the slope of -log sigmoid is at most 1.

    Args:
        margins: beta times (chosen - rejected log-ratio) of each pair against the same batch's reference, shape [b].
        tokens: Of chosen and rejected answers together, shape [b].
        beta: Of the loss.

    Raises:
        TrainingFailedError: The margins are not 0.
    """
    margins = margins.detach().double().cpu()
    most = 2 * beta * _SAME * float(tokens.double().max()) ** 0.5
    if float(margins.abs().max()) <= most:
        return
    loss = float(torch.nn.functional.softplus(-margins).mean())
    raise TrainingFailedError(
        f"before the first update DPO's sigmoid loss is {loss:.4f} with margins up to "
        f"{float(margins.abs().max()):.4f}; it must be ln 2 = 0.6931 with margins of 0",
        hint="the reference is of another model, or chosen and rejected answers were exchanged in one of the two",
    )


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

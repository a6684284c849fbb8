"""Log-probabilities of next tokens under a head that does not learn. Knows no model and no trainer.

The gradient of ``log p(t)`` with respect to the hidden state is ``W[t] - p W``, whatever comes after it: a vector as
short as the hidden state, computed while the probabilities are at hand. Nothing of the vocabulary's size is kept or
computed twice. Source of the idea: the fused cross entropy of Liger-Kernel, https://arxiv.org/abs/2410.10989.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

# Logits that exist at a time: 64 MB of float32.
_LOGITS = 2**24


class NextTokens(NamedTuple):
    """What is known of n next tokens; each [n], float32, ``is_top1`` bool. Only ``log_probs`` can be derived."""

    log_probs: Tensor
    entropy: Tensor | None
    log_sum_sq_probs: Tensor | None
    mean_logits: Tensor | None
    is_top1: Tensor | None


def score_next(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, outputs: tuple[str, ...]
) -> NextTokens:
    """Score next tokens.

    Args:
        hidden: [n, d]; products are computed in its type, everything else in float32.
        weight: [v, d]; no gradient of it is computed.
        bias: [v].
        targets: [n].
        outputs: Fields of the result besides ``log_probs`` that are wanted.
    """
    return NextTokens(*_Score.apply(hidden, weight, bias, targets, outputs))  # type: ignore[no-untyped-call]


class _Score(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, outputs: tuple[str, ...]
    ) -> tuple[Tensor | None, ...]:
        ctx.set_materialize_grads(False)
        slopes = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None  # [n, d]
        found: dict[str, Tensor] = {
            name: hidden.new_empty(len(hidden), dtype=torch.bool if name == "is_top1" else torch.float32)
            for name in ("log_probs", *outputs)
        }
        size = max(1, _LOGITS // len(weight))
        for start in range(0, len(hidden), size):
            part = slice(start, start + size)
            logits = torch.nn.functional.linear(hidden[part], weight, bias).float()  # [m, v]
            measured = _measure(logits, targets[part], outputs)
            for name, value in measured.items():
                found[name][part] = value
            if slopes is not None:  # the logits are probabilities by now
                torch.sub(weight[targets[part]], logits.to(weight.dtype) @ weight, out=slopes[part])
        ctx.save_for_backward(*(() if slopes is None else (slopes,)))
        result = tuple(found.get(name) for name in NextTokens._fields)
        ctx.mark_non_differentiable(*(one for one in result[1:] if one is not None))
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        grad = grads[0]
        if grad is None:
            return None, None, None, None, None
        (slopes,) = ctx.saved_tensors
        return (slopes * grad.to(slopes.dtype)[:, None]), None, None, None, None


def _measure(logits: Tensor, targets: Tensor, outputs: tuple[str, ...]) -> dict[str, Tensor]:
    """Measure some tokens, and turn their logits [m, v] into probabilities in place."""
    top, best = logits.max(dim=-1)
    chosen = logits.gather(-1, targets[:, None])[:, 0]
    found = {}
    if "is_top1" in outputs:
        found["is_top1"] = best == targets
    if "mean_logits" in outputs:
        found["mean_logits"] = logits.mean(dim=-1)
    kept = logits.clone() if "entropy" in outputs else None
    exps = logits.sub_(top[:, None]).exp_()
    total = exps.sum(dim=-1)
    log_z = top + total.log()
    probs = exps.div_(total[:, None])
    found["log_probs"] = chosen - log_z
    if kept is not None:
        found["entropy"] = log_z - torch.einsum("mv,mv->m", probs, kept)
    if "log_sum_sq_probs" in outputs:
        found["log_sum_sq_probs"] = torch.einsum("mv,mv->m", probs, probs).log()
    return found

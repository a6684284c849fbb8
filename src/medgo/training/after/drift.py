"""How far one form of a model is from another, over the same tokens. Pure: knows tensors, no model and no file."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Drift:
    """Two models read the same replies; at each of their tokens they were compared.

    Args:
        positions: How many tokens.
        top1_agreement: Share of them after which both find the same token most likely.
        mean_abs: Mean absolute difference of logits, each model's centred on 0 (a constant changes no probability).
        max_abs: The largest one.
        kl: Mean of KL(reference ‖ other), in nats a token.
    """

    positions: int
    top1_agreement: float
    mean_abs: float
    max_abs: float
    kl: float


@dataclass(slots=True)
class DriftMeter:
    """Adds up differences reply by reply."""

    positions: int = 0
    _agreed: int = 0
    _sum: float = 0.0
    _max: float = 0.0
    _kl: float = 0.0

    def add(self, reference: torch.Tensor, other: torch.Tensor) -> None:
        """Compare the logits of one reply.

        Args:
            reference: [tokens, vocabulary], float32.
            other: The same shape.
        """
        gap = (other - other.mean(-1, keepdim=True)) - (reference - reference.mean(-1, keepdim=True))
        # In float64: of two nearly equal distributions, float32 sums would be mostly rounding.
        own, others = reference.double().log_softmax(-1), other.double().log_softmax(-1)
        self.positions += len(reference)
        self._agreed += int((reference.argmax(-1) == other.argmax(-1)).sum())
        self._sum += float(gap.abs().mean(-1).sum())
        self._max = max(self._max, float(gap.abs().max()))
        self._kl += float((own.exp() * (own - others)).sum())

    def result(self) -> Drift:
        """Means over all tokens that were added, at least one."""
        count = self.positions
        return Drift(count, self._agreed / count, self._sum / count, self._max, max(0.0, self._kl / count))

"""Loss per task over the steps between two log lines. Knows tasks by their codes only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def task_codes(dataset: Any) -> dict[str, int]:
    """Task → its code, for rows with a column ``task``; the same for all who read the same rows."""
    return {task: code for code, task in enumerate(sorted(dataset.unique("task")))}


class TaskTally:
    """Sums of loss, tokens and right guesses per task, over all devices.

    Args:
        tasks: Names, by code.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        self._sums = torch.zeros(len(self.tasks), 3, dtype=torch.float64)

    def add(self, task_ids: Tensor, losses: Tensor, right: Tensor, mask: Tensor) -> None:
        """Count one micro-batch; all tensors have the same shape, and only where ``mask`` is true something counts.

        Args:
            task_ids: Code of each position's task.
            losses: Negative log-likelihood (nats) of each position's token.
            right: Whether the token was the likeliest.
        """
        codes = task_ids[mask].cpu()
        rows = torch.stack([losses[mask], torch.ones_like(losses[mask]), right[mask].to(losses.dtype)], 1)
        self._sums.index_add_(0, codes, rows.detach().double().cpu())

    def take(self, accelerator: Any) -> dict[str, dict[str, float]]:
        """What was counted on all devices since the last call, and begin again.

        Returns:
            Task → ``loss`` (nats a token), ``tokens``, ``accuracy``; tasks that had no token are left out.
        """
        sums = accelerator.reduce(self._sums.to(accelerator.device, torch.float32), reduction="sum").cpu()
        self._sums.zero_()
        return {
            task: {"loss": float(loss / tokens), "tokens": float(tokens), "accuracy": float(right / tokens)}
            for task, (loss, tokens, right) in zip(self.tasks, sums, strict=True)
            if tokens > 0
        }

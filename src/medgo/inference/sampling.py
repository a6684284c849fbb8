"""Choosing the next token: pure functions of one row of logits, one request's settings and one random number.

Nothing here depends on what else is in the batch, so a seed means the same text at any batch size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgo.inference.protocol import Sampling

if TYPE_CHECKING:
    import torch

# How many of the most likely tokens are looked at before the whole vocabulary is sorted. A nucleus of 0.9 is almost
# always inside the first; sorting 150,000 logits for every token would cost more than a small model's forward pass.
_CANDIDATES = (64, 2048)


def request_rng(seed: int) -> np.random.Generator:
    """Random numbers of one request. Philox is counter-based and the same on every platform."""
    return np.random.Generator(np.random.Philox(key=seed % (1 << 64)))


def choose_tokens(logits: torch.Tensor, settings: list[Sampling], rngs: list[np.random.Generator]) -> list[int]:
    """Choose the next token of every row.

    Args:
        logits: [rows, vocabulary], float32.
        settings: One per row.
        rngs: One per row; advanced by one number for each sampled (not for each greedy) token.

    Returns:
        Token ids, one per row; -1 where the row holds NaN.
    """
    peaks, greedy = logits.max(dim=-1)  # the maximum of a row with NaN is NaN
    chosen: list[int] = greedy.where(~peaks.isnan(), -1).tolist()
    sampled = [row for row, sampling in enumerate(settings) if sampling.temperature > 0 and chosen[row] >= 0]
    if not sampled:
        return chosen
    rows = logits[sampled]
    width = min(_CANDIDATES[0], rows.shape[-1])
    top = rows.topk(width, dim=-1)
    log_total = rows.new_tensor([settings[row].temperature for row in sampled])
    log_total = (rows / log_total[:, None]).logsumexp(dim=-1)
    for i, row in enumerate(sampled):
        u = float(rngs[row].random())
        head = (top.values[i].double().numpy(force=True), top.indices[i].numpy(force=True), float(log_total[i]))
        chosen[row] = _choose(rows[i], head, settings[row], u)
    return chosen


def _choose(row: torch.Tensor, head: tuple[np.ndarray, np.ndarray, float], sampling: Sampling, u: float) -> int:
    """Inverse transform over the nucleus, looking at as few candidates as will do.

    Args:
        row: [vocabulary] logits.
        head: The most likely logits in falling order, their token ids, and the log of the total mass at temperature.
        u: Uniform in [0, 1).
    """
    values, ids, log_total = head
    for width in (len(ids), *_CANDIDATES[1:], row.shape[-1]):
        if width > len(ids):
            top = row.topk(min(width, row.shape[-1]))
            values, ids = top.values.double().numpy(force=True), top.indices.numpy(force=True)
        if sampling.top_k:
            values, ids = values[: sampling.top_k], ids[: sampling.top_k]
        mass = np.cumsum(np.exp(values / sampling.temperature - log_total))
        target = _target_mass(mass, sampling, complete=len(ids) == row.shape[-1])
        if target is not None:
            return int(ids[min(int(np.searchsorted(mass, u * target, side="right")), len(ids) - 1)])
    raise AssertionError("the whole vocabulary is always enough")


def _target_mass(mass: np.ndarray, sampling: Sampling, *, complete: bool) -> float | None:
    """Mass of the nucleus, or None while the candidates do not hold all of it.

    Args:
        mass: Cumulative probability of the candidates, in falling order of probability.
        complete: The candidates are the whole vocabulary.
    """
    if sampling.top_k and len(mass) == sampling.top_k:
        # top_k first, then top_p of what is left: the order of transformers and vLLM.
        complete = True
    total = float(mass[-1]) if complete else 1.0
    if sampling.top_p >= 1.0:
        return total if complete else None
    wanted = sampling.top_p * total
    if not complete and mass[-1] < wanted:
        return None
    return float(mass[min(int(np.searchsorted(mass, wanted, side="left")), len(mass) - 1)])

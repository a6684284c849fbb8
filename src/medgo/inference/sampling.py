"""Choosing the next token: pure functions of one row of logits, one request's settings and one random number.

Nothing here depends on what else is in the batch, so a seed means the same text at any batch size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medgo.inference.protocol import Sampling

if TYPE_CHECKING:
    import torch

# How many of the most likely tokens are looked at before the whole vocabulary is sorted. A nucleus of 0.9 is almost
# always inside the first; sorting 150,000 logits for every token would cost more than a small model's forward pass.
_CANDIDATES = (64, 2048)


def request_rng(seed: int) -> np.random.Generator:
    """Random numbers of one request. Philox is counter-based and the same on every platform."""
    return np.random.Generator(np.random.Philox(key=seed % (1 << 64)))


def forbid(row: torch.Tensor, forbidden: npt.NDArray[np.bool_]) -> None:
    """Take away the tokens that a grammar forbids, in place: a copy of all logits would cost more than all the rest.

    Args:
        row: [vocabulary] logits; becomes -inf at every forbidden token. What the model knows beyond the tokenizer's
            vocabulary is forbidden too.
        forbidden: [tokenizer's vocabulary].
    """
    import torch

    width = min(len(forbidden), len(row))
    row[:width].masked_fill_(torch.from_numpy(forbidden[:width]).to(row.device), -torch.inf)
    row[width:] = -torch.inf


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
    # From the peak down: divided by a tiny temperature, the logits themselves would leave no digits for differences.
    rows = logits[sampled] - peaks[sampled, None]
    temperatures = rows.new_tensor([settings[row].temperature for row in sampled])
    totals = (rows / temperatures[:, None]).exp().sum(dim=-1)
    top = rows.topk(min(_CANDIDATES[0], rows.shape[-1]), dim=-1)
    for i, row in enumerate(sampled):
        u = float(rngs[row].random())
        head = (top.values[i].double().numpy(force=True), top.indices[i].numpy(force=True), float(totals[i]))
        chosen[row] = _choose(rows[i], head, settings[row], u)
    return chosen


def _choose(row: torch.Tensor, head: tuple[np.ndarray, np.ndarray, float], sampling: Sampling, u: float) -> int:
    """Inverse transform over the nucleus, looking at as few candidates as will do.

    Args:
        row: [vocabulary] logits, the largest being 0.
        head: The most likely logits in falling order, their token ids, and the total mass at temperature.
        u: Uniform in [0, 1).
    """
    values, ids, total = head
    vocabulary = row.shape[-1]
    # top_k first, then top_p of what is left: the order of transformers and vLLM.
    widths = (min(sampling.top_k, vocabulary),) if sampling.top_k else (len(ids), *_CANDIDATES[1:], vocabulary)
    for width in widths:
        if width > len(ids):
            top = row.topk(min(width, vocabulary))
            values, ids = top.values.double().numpy(force=True), top.indices.numpy(force=True)
        mass = np.cumsum(np.exp(values[:width] / sampling.temperature)) / total
        target = _target_mass(mass, sampling.top_p, complete=width == widths[-1] or len(ids) == vocabulary)
        if target is not None:
            return int(ids[min(int(np.searchsorted(mass, u * target, side="right")), len(mass) - 1)])
    raise AssertionError("the last width is always enough")


def _target_mass(mass: np.ndarray, top_p: float, *, complete: bool) -> float | None:
    """Mass of the nucleus, or None while the candidates do not hold all of it.

    Args:
        mass: Cumulative probability of the candidates, in falling order of probability.
        top_p: Share of the candidates' mass that the nucleus has at least.
        complete: There are no other candidates.
    """
    wanted = top_p * float(mass[-1]) if complete else top_p
    if not complete and (top_p >= 1.0 or mass[-1] < wanted):
        return None
    return float(mass[min(int(np.searchsorted(mass, wanted, side="left")), len(mass) - 1)])

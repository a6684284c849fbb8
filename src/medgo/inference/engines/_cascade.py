"""Attention of many continuations of one beginning: the beginning is attended to by all of them in one call.

Continuations of a long shared beginning (few-shot prompts) spend most of their attention on it. One call over it has
tall matrices, where one call for each continuation would read the same keys again and again. Both parts are softmaxes
with known sums, so they merge exactly. Only for CPUs: PyTorch gives the sums on other devices under other names.

    h heads, k kv heads, t tokens, d head width
"""

from __future__ import annotations

import torch

# The kernel behind scaled_dot_product_attention on a CPU, called by its own name because that one keeps the sums to
# itself; takes k kv heads for h query heads as they are.
_ATTEND = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


# [h, t, d] attention, and [h, t] logarithm of the sum in its softmax
Attended = tuple[torch.Tensor, torch.Tensor]


def attend_with_sums(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float, mask: torch.Tensor | None = None
) -> Attended:
    """Attention with the sums that it can be merged by.

    Args:
        query: [h, t, d].
        keys: [k, s, d]; values likewise.
        scaling: Factor on the scores.
        mask: [t, s], added to the scores; None sees all keys.
    """
    out, sums = _ATTEND(query[None], keys[None], values[None], attn_mask=mask, scale=scaling)
    return out[0], sums[0]


def join(parts: list[Attended]) -> Attended:
    """Attention of several chunks one after another, as one."""
    return torch.cat([out for out, _ in parts], dim=1), torch.cat([sums for _, sums in parts], dim=1)


def merge(one: Attended, other: Attended) -> torch.Tensor:
    """Attention over two disjoint sets of keys together, [h, t, d], from that over each of them.

    With sums exp(a) and exp(b) it is (exp(a)·x + exp(b)·y) / (exp(a) + exp(b)), that is y + sigmoid(a - b)·(x - y).
    """
    weight = torch.sigmoid(one[1] - other[1]).unsqueeze(-1).to(one[0].dtype)
    return torch.lerp(other[0], one[0], weight)

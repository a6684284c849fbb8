"""Attention over short rows on a CPU. Knows no trainer.

PyTorch's fused attention is slower in bfloat16 than in float32 where rows are short (``benchmarks/head.py``), and
faster where they are long. Short rows are therefore computed in float32, which is no less exact.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

_NAME = "medgo_sdpa"
_SHORT = 256


def use_short_attention(model: Any) -> bool:
    """Let a model on a CPU that attends by ``sdpa`` in bfloat16 compute short rows in float32.

    Returns:
        Whether it does.
    """
    if model.device.type != "cpu" or model.dtype != torch.bfloat16 or model.config._attn_implementation != "sdpa":
        return False
    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    model.set_attn_implementation(_NAME)
    return True


def _attend(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **more: Any
) -> tuple[torch.Tensor, None]:
    """``query``: [b, h, s, d]; ``mask``: [b, 1, s, s] of bool, or None."""
    if query.shape[2] >= _SHORT or query.dtype != torch.bfloat16:
        result: tuple[torch.Tensor, None] = sdpa_attention_forward(module, query, key, value, mask, **more)
        return result
    out, _ = sdpa_attention_forward(module, query.float(), key.float(), value.float(), mask, **more)
    return out.to(query.dtype), None

"""The language-model head, only where there is a loss. Knows no method and no data.

TRL's fused head scores only labelled positions on devices with Triton; elsewhere it multiplies every position by the
vocabulary (``trl.trainer.utils.add_fused_lm_head``, 1.16). Most tokens of a row are prompt, so on a CPU that is most
of the head's work. This head has the same outputs and leaves the unlabelled positions out everywhere; where its
weights do not learn, :mod:`medgo.training.methods.next_token` multiplies them.
"""

from __future__ import annotations

import types
from typing import Any

import torch
from trl.kernels import ChunkedLogProbFunction
from trl.trainer.utils import FusedCausalLMOutput

from medgo.training.methods.next_token import score_next

# Columns of the vocabulary that are multiplied at once: the tile of logits is [tokens, tile].
_TILE = 32_768
# Model settings that bend logits; models that use them keep TRL's head.
_BENDING = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier", "lm_head_multiplier")


def compact_head(model: Any, outputs: tuple[str, ...] = ("log_probs", "is_top1")) -> bool:
    """Make ``model(..., labels=labels, fused_lm_head=True)`` score only positions whose next token has a label.

    Call it after TRL gave the model its own fused head, before training starts.

    Args:
        model: A causal language model of transformers, without PEFT's wrapper.
        outputs: Fields of ``FusedCausalLMOutput`` besides ``log_probs``, each of shape [b, s - 1], zero where there
            is no label.

    Returns:
        Whether it was put in: not where the model bends its logits, and not on CUDA, where TRL's own is compact.
    """
    config = model.config.get_text_config()
    if model.device.type == "cuda" or any(getattr(config, name, None) is not None for name in _BENDING):
        return False
    fused = model.forward

    def forward(self: Any, *args: Any, fused_lm_head: bool = False, labels: Any = None, **kwargs: Any) -> Any:
        if not fused_lm_head or labels is None or kwargs.get("output_router_logits"):
            return fused(*args, fused_lm_head=fused_lm_head, labels=labels, **kwargs)
        kwargs.pop("num_items_in_batch", None)
        hidden = self.base_model(*args, **{**kwargs, "use_cache": False}).last_hidden_state  # [b, s, d]
        return _score(hidden[:, :-1], self.get_output_embeddings(), labels[:, 1:], outputs)

    model.forward = types.MethodType(forward, model)
    return True


def _score(hidden: torch.Tensor, head: Any, labels: torch.Tensor, outputs: tuple[str, ...]) -> FusedCausalLMOutput:
    """Score next tokens.

    Args:
        hidden: [b, s - 1, d].
        labels: [b, s - 1], -100 where there is none.
    """
    mask = labels != -100
    weight: torch.Tensor = head.weight
    bias: torch.Tensor | None = head.bias
    if isinstance(weight, torch.distributed.tensor.DTensor):  # sharded by FSDP2: gathered once
        weight = weight.full_tensor()
    if head.weight.requires_grad or (bias is not None and bias.requires_grad):
        fields = ChunkedLogProbFunction.apply(  # type: ignore[no-untyped-call]
            hidden[mask], weight, bias, labels[mask], 1.0, _TILE, None, 1.0, outputs
        )  # each [n]
    else:
        fields = score_next(hidden[mask], weight, bias, labels[mask], outputs)
    # masked_scatter keeps the output connected to the model even where no position has a label.
    log_probs, entropy, log_sum_sq_probs, mean_logits, is_top1 = (
        None if part is None else part.new_zeros(mask.shape).masked_scatter(mask, part) for part in fields
    )
    return FusedCausalLMOutput(
        loss=None,  # whoever asks divides by the tokens of a whole step
        log_probs=log_probs,
        entropy=entropy,
        log_sum_sq_probs=log_sum_sq_probs,
        mean_logits=mean_logits,
        is_top1=is_top1,
        label_mask=mask,
    )

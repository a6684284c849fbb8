"""The head gives what TRL's own gives, and multiplies only where there is a loss."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from trl.trainer.utils import add_fused_lm_head

from medgo.training.methods.head import compact_head
from tests.support.tiny_models import small_qwen3
from tests.support.trained_models import load

_FIELDS = ("log_probs", "entropy", "mean_logits", "is_top1")


def _model(*, compact: bool, outputs: tuple[str, ...] = _FIELDS) -> Any:
    model = load(small_qwen3(), "float32")
    add_fused_lm_head(model, outputs=outputs)
    assert not compact or compact_head(model, outputs)
    return model


def _batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(0, 256, (3, 24), generator=generator)
    labels = ids.clone()
    labels[:, :20] = -100  # most of a row is prompt
    labels[1, :] = -100  # a row without any label
    return {"input_ids": ids, "labels": labels}


def test_every_field_and_every_gradient_is_what_trl_computes() -> None:
    results = []
    for compact in (False, True):
        model = _model(compact=compact)
        output = model(**_batch(), fused_lm_head=True)
        (-output.log_probs.sum()).backward()
        results.append((output, {name: weight.grad for name, weight in model.named_parameters()}))
    (theirs, their_grads), (ours, our_grads) = results
    for field in (*_FIELDS, "label_mask"):
        torch.testing.assert_close(getattr(ours, field), getattr(theirs, field), atol=1e-6, rtol=1e-5)
    for name, grad in their_grads.items():
        torch.testing.assert_close(our_grads[name], grad, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("compact", [False, True])
def test_only_labelled_positions_meet_the_vocabulary(compact: bool) -> None:
    """A product of n positions with the vocabulary is 2 n d v operations: 8 labels, or all 3 * 23 positions."""
    model = _model(compact=compact, outputs=("log_probs",))
    width, vocabulary = model.config.hidden_size, model.config.vocab_size
    with torch.no_grad(), FlopCounterMode(display=False) as whole:
        model(**_batch(), fused_lm_head=True)
    with torch.no_grad(), FlopCounterMode(display=False) as backbone:
        model.model(input_ids=_batch()["input_ids"], use_cache=False)
    head = whole.get_total_flops() - backbone.get_total_flops()
    assert head == 2 * (8 if compact else 3 * 23) * width * vocabulary


def test_without_any_label_the_loss_is_a_zero_that_can_be_derived() -> None:
    model = _model(compact=True)
    batch = _batch()
    batch["labels"].fill_(-100)
    loss = model(**batch, fused_lm_head=True).log_probs.sum()
    loss.backward()
    assert loss.item() == 0.0


def test_models_that_bend_their_logits_keep_trl_s_head() -> None:
    model = _model(compact=False)
    model.config.final_logit_softcapping = 30.0
    assert not compact_head(model)

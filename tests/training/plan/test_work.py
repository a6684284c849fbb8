"""Arithmetic: against published figures, and against what torch counts in real passes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import Qwen3Config, Qwen3ForCausalLM

from medgo.training.plan.shapes import model_shape, shape_of_config
from medgo.training.plan.work import Tokens, forward_work, training_work
from medgo.training.recipe import AdapterRecipe

_CONFIG = Qwen3Config(
    vocab_size=300, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, tie_word_embeddings=True, attn_implementation="eager",
)  # fmt: skip
_LENGTH = 24


def _counted(model: Any, *, backward: bool = True) -> int:
    ids = torch.arange(2 * _LENGTH).view(2, _LENGTH) % 300
    with FlopCounterMode(display=False) as counter:
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        if backward:
            loss.backward()
    return counter.get_total_flops()


def _tokens() -> Tokens:
    """Eager attention computes all pairs, of which causality needs half: twice the squares."""
    return Tokens(2 * _LENGTH, 2 * _LENGTH, 2 * 2 * _LENGTH**2)


def test_full_training_is_what_torch_counts() -> None:
    work = training_work(shape_of_config(_CONFIG), AdapterRecipe(kind="full"), _tokens(), recompute=False)
    assert work.useful == pytest.approx(_counted(Qwen3ForCausalLM(_CONFIG)), rel=0.002)


def test_one_pass_is_what_torch_counts() -> None:
    counted = _counted(Qwen3ForCausalLM(_CONFIG), backward=False)
    assert forward_work(shape_of_config(_CONFIG), _tokens()) == pytest.approx(counted, rel=0.002)


def test_frozen_weights_have_no_gradient_to_compute() -> None:
    """The naive three times forward, which TRL's helper takes for every method, is half too much under LoRA."""
    from peft import LoraConfig, get_peft_model

    shape, adapter = shape_of_config(_CONFIG), AdapterRecipe(r=4)
    model = get_peft_model(Qwen3ForCausalLM(_CONFIG), LoraConfig(r=4, target_modules="all-linear"))
    counted = _counted(model)
    ours = training_work(shape, adapter, _tokens(), recompute=False).useful
    naive = 3 * forward_work(shape, _tokens())
    assert ours == pytest.approx(counted, rel=0.05)  # the lowest layer need not pass gradients on
    assert naive > 1.2 * counted


def test_nothing_is_computed_backward_below_the_lowest_adapter() -> None:
    shape = model_shape("embedded")
    tokens = Tokens.alike(1, 500, 0.3)
    whole = training_work(shape, AdapterRecipe(), tokens, recompute=False)
    upper = training_work(shape, AdapterRecipe(layers=10), tokens, recompute=False)
    assert upper.backward < 0.6 * whole.backward
    assert upper.forward == pytest.approx(whole.forward, rel=0.05)


@pytest.mark.parametrize(("length", "giga"), [(4096, 217.7), (8192, 243.0)])
def test_published_work_of_qwen3_32b(length: int, giga: float) -> None:
    """TRL's formula (attention over all pairs, every token scored) gives these for full training of Qwen3-32B."""
    tokens = Tokens(1, 1, 2 * length)
    work = training_work(model_shape("qwen3-32b"), AdapterRecipe(kind="full"), tokens, recompute=False)
    assert work.useful / 1e9 == pytest.approx(giga, abs=0.7)


def test_the_head_costs_only_where_there_is_a_loss_and_recompute_repeats_the_layers() -> None:
    shape = model_shape("qwen3-0.6b")
    few, all_of = Tokens.alike(1, 1000, 0.1), Tokens.alike(1, 1000, 1.0)
    assert forward_work(shape, all_of) - forward_work(shape, few) == pytest.approx(2 * 151_936 * 1024 * 900)
    work = training_work(shape, AdapterRecipe(kind="full"), few, recompute=True)
    assert work.repeated == pytest.approx(work.forward - 2 * 151_936 * 1024 * 100)
    assert work.executed > work.useful

"""Bytes: what autograd really keeps, the published state of 32B, and what fits where (R12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen3Config

from medgo.inference.devices import DEVICES
from medgo.training.plan.fitting import fits
from medgo.training.plan.memory import Setting, Sharding, kept_per_token, memory_of
from medgo.training.plan.shapes import model_shape, shape_of_config
from medgo.training.recipe import AdapterRecipe

_ROWS, _LENGTH = 2, 64
_QWEN32 = model_shape("qwen3-32b")
_FULL, _LORA, _QLORA = (AdapterRecipe(kind="full"), AdapterRecipe(), AdapterRecipe(kind="qlora"))
_SFT = Setting("sft", _LORA, "none", 1, float32=False, recompute=True, rows=1, row_tokens=8192, packed=True)


def _config(family: str, layers: int) -> Any:
    kind = Qwen3Config if family == "qwen3" else LlamaConfig
    return kind(
        vocab_size=100, hidden_size=96, intermediate_size=224, num_hidden_layers=layers, num_attention_heads=6,
        num_key_value_heads=2, head_dim=16, tie_word_embeddings=True, attn_implementation="sdpa",
    )  # fmt: skip


def _really_kept(family: str, layers: int, *, full: bool, float32: bool) -> int:
    """Bytes of storages that autograd keeps of the layers, without the model's own weights and copies of them."""
    from peft import LoraConfig, get_peft_model

    from medgo.training.methods.lora_kernel import fuse_adapters

    dtype = torch.float32 if full or float32 else torch.bfloat16
    model = AutoModelForCausalLM.from_config(_config(family, layers)).to(dtype)
    inner = model.model
    if not full:
        fuse_adapters(get_peft_model(model, LoraConfig(r=4, target_modules="all-linear")))
    sizes = {p.shape for p in model.parameters()} | {p.shape[::-1] for p in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.shape not in sizes:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    ids = torch.arange(_ROWS * _LENGTH).view(_ROWS, _LENGTH) % 100
    with (
        saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=not float32),
    ):
        result = inner(input_ids=ids, use_cache=False).last_hidden_state
    assert result.requires_grad
    return sum(kept.values())


@pytest.mark.parametrize("family", ["qwen3", "llama"])
@pytest.mark.parametrize("full", [True, False], ids=["full", "lora"])
@pytest.mark.parametrize("float32", [True, False], ids=["float32", "bfloat16"])
def test_a_layer_keeps_what_autograd_keeps(family: str, full: bool, float32: bool) -> None:
    measured = _really_kept(family, 4, full=full, float32=float32) - _really_kept(family, 2, full=full, float32=float32)
    adapter = _FULL if full else AdapterRecipe(r=4)
    setting = replace(_SFT, adapter=adapter, float32=float32)
    ours = kept_per_token(shape_of_config(_config(family, 4)), setting)
    assert ours == pytest.approx(measured / 2 / _ROWS / _LENGTH, rel=0.02)


def test_state_of_32b_is_524_gb_and_a_shard_of_eight_65() -> None:
    whole = memory_of(_QWEN32, replace(_SFT, adapter=_FULL))
    state = whole.gradients + whole.optimiser + 4 * _QWEN32.parameters
    assert state / 1e9 == pytest.approx(524, abs=1)
    shard = memory_of(_QWEN32, replace(_SFT, adapter=_FULL, sharding="fsdp2", devices=8))
    assert (shard.weights + shard.gradients + shard.optimiser) / 1e9 == pytest.approx(65.5, abs=0.1)


@pytest.mark.parametrize(("sharding", "room"), [("none", False), ("zero2", False), ("fsdp2", True), ("zero3", True)])
def test_32b_full_on_eight_h200_needs_sharded_weights(sharding: Sharding, room: bool) -> None:
    """The run of LLaMA-Factory#8642 (ZeRO-2) ran out of memory: 65.5 GB of weights and 57 GB of the rest a GPU."""
    setting = replace(_SFT, adapter=_FULL, sharding=sharding, devices=8, row_tokens=4096)
    memory = memory_of(_QWEN32, setting)
    assert fits(memory.total, DEVICES["h200"]) is room
    if sharding == "zero2":
        assert memory.weights + memory.gradients + memory.optimiser > 120e9


def test_32b_lora_fits_one_h200_in_bfloat16_but_not_in_float32() -> None:
    """Loaded by name, TRL takes float32: 131 GB of frozen weights alone."""
    assert fits(memory_of(_QWEN32, _SFT).total, DEVICES["h200"])
    naive = memory_of(_QWEN32, replace(_SFT, float32=True))
    assert naive.weights > 131e9
    assert not fits(naive.total, DEVICES["h200"])


def test_what_each_choice_buys() -> None:
    shape = model_shape("qwen3-8b")
    lora = memory_of(shape, _SFT)
    assert memory_of(shape, replace(_SFT, recompute=False)).activations > 10 * lora.activations
    assert memory_of(shape, replace(_SFT, adapter=_QLORA)).weights < 0.45 * lora.weights
    dpo = replace(_SFT, method="dpo", packed=False, row_tokens=2048)
    assert memory_of(shape, dpo).activations == pytest.approx(
        memory_of(shape, replace(dpo, method="kto", rows=2)).activations
    )
    held = replace(dpo, adapter=_FULL, cached_reference=False)
    assert memory_of(shape, held).reference == pytest.approx(2 * shape.parameters)
    assert memory_of(shape, replace(held, adapter=_LORA)).reference == 0  # the adapter is switched off instead


@pytest.mark.parametrize("adapter", [_FULL, _LORA, _QLORA], ids=lambda a: a.kind)
@pytest.mark.parametrize("sharding", ["none", "fsdp2", "zero3"])
def test_more_devices_never_take_more_each(adapter: AdapterRecipe, sharding: Sharding) -> None:
    shape = model_shape("qwen3-14b")
    sizes = [
        memory_of(shape, replace(_SFT, adapter=adapter, sharding=sharding, devices=count)).total
        for count in (2, 4, 8, 16)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert all(size > 0 for size in memory_of(shape, _SFT).parts().values() if size)

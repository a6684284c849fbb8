"""One node an adapted layer: PEFT's numbers, PEFT's rules about when an adapter counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from medgo.training.methods.lora_kernel import fuse_adapters
from tests.support.tiny_models import small_qwen3
from tests.support.trained_models import load


def _adapted(dtype: str = "float32", **options: Any) -> Any:
    torch.manual_seed(3)
    settings: dict[str, Any] = {"r": 4, "lora_alpha": 12, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    model = get_peft_model(load(small_qwen3(), dtype), LoraConfig(**(settings | options)))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(std=0.05)
    return model


def _run(model: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    ids = torch.arange(40).view(2, 20)
    logits = model(input_ids=ids).logits.float()
    logits.logsumexp(-1).sum().backward()
    return logits.detach(), {name: w.grad.float() for name, w in model.named_parameters() if w.grad is not None}


def test_outputs_and_gradients_are_peft_s() -> None:
    theirs, their_grads = _run(_adapted())
    model = _adapted()
    assert fuse_adapters(model) == 2 * 7  # two layers with seven linear ones
    ours, our_grads = _run(model)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    assert our_grads.keys() == their_grads.keys() and all("lora" in name for name in our_grads)
    for name, grad in their_grads.items():
        torch.testing.assert_close(our_grads[name], grad, atol=1e-4, rtol=1e-4)


def test_on_a_bfloat16_base_it_is_about_as_exact_as_peft() -> None:
    """PEFT casts the whole input to float32 for the adapter; here the narrow product in between is rounded instead."""
    exact, exact_grads = _run(_adapted())
    theirs, their_grads = _run(_adapted("bfloat16"))
    model = _adapted("bfloat16")
    fuse_adapters(model)
    ours, our_grads = _run(model)
    assert {weight.dtype for weight in model.parameters() if weight.requires_grad} == {torch.float32}
    assert (ours - exact).abs().mean() < 1.1 * (theirs - exact).abs().mean()

    def off(grads: dict[str, torch.Tensor]) -> float:
        return sum(float((grads[name] - grad).abs().sum()) for name, grad in exact_grads.items())

    assert off(our_grads) < 1.25 * off(their_grads)


@pytest.mark.parametrize("options", [{"lora_dropout": 0.1}, {"use_dora": True}, {"lora_bias": True}])
def test_variants_keep_peft_s_way(options: dict[str, Any]) -> None:
    assert fuse_adapters(_adapted(**options)) == 0


def test_an_adapter_that_is_off_does_not_count() -> None:
    model = _adapted()
    fuse_adapters(model)
    ids = torch.arange(20).view(1, 20)
    with torch.no_grad(), model.disable_adapter():
        off = model(input_ids=ids).logits
    with torch.no_grad():
        base = load(small_qwen3(), "float32")(input_ids=ids).logits
        on = model(input_ids=ids).logits
    torch.testing.assert_close(off, base)
    assert not torch.allclose(on, base, atol=1e-3)


def test_nothing_is_computed_below_the_lowest_adapter() -> None:
    """The input of the first layer needs no gradient, so its weights' products are not differentiated."""
    model = _adapted(layers_to_transform=[1], target_modules=["q_proj", "down_proj"])
    fuse_adapters(model)
    seen: list[bool] = []
    first = model.get_base_model().model.layers[0]
    first.register_forward_hook(lambda module, args, output: seen.append(output.requires_grad))
    _run(model)
    assert seen == [False]

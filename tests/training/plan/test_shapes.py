"""Weights are counted exactly: as published, and as transformers and PEFT make them."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import AutoModelForCausalLM, GemmaConfig, LlamaConfig, Qwen2Config, Qwen3Config

from medgo.errors import ModelNotFoundError, UnsupportedRequestError
from medgo.training.plan.shapes import adapter_weights, learnt_weights, model_shape, shape_of_config
from medgo.training.recipe import AdapterRecipe

_SMALL: dict[str, Any] = {
    "vocab_size": 200,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
_CONFIGS = [
    Qwen3Config(**_SMALL, head_dim=16, tie_word_embeddings=True),
    Qwen3Config(**_SMALL, head_dim=16, tie_word_embeddings=False),
    Qwen2Config(**_SMALL, tie_word_embeddings=True),
    LlamaConfig(**_SMALL, tie_word_embeddings=False),
]


@pytest.mark.parametrize(
    ("name", "billions"),
    # From the model cards of Qwen3; 0.6B counts its tied embeddings once.
    [("qwen3-32b", 32.76), ("qwen3-14b", 14.77), ("qwen3-8b", 8.19), ("qwen3-4b", 4.02), ("qwen3-0.6b", 0.596)],
)
def test_published_counts(name: str, billions: float) -> None:
    assert model_shape(name).parameters / 1e9 == pytest.approx(billions, abs=0.005)


def test_medgo_is_qwen3_32b_and_neither_needs_a_download() -> None:
    assert model_shape("medgo") == model_shape("Qwen/Qwen3-32B")


@pytest.mark.parametrize("config", _CONFIGS, ids=lambda config: f"{config.model_type}-{config.tie_word_embeddings}")
def test_real_models_have_as_many(config: Any) -> None:
    model = AutoModelForCausalLM.from_config(config)
    assert shape_of_config(config).parameters == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    "adapter",
    [
        AdapterRecipe(r=4),
        AdapterRecipe(r=8, targets=("q_proj", "down_proj")),
        AdapterRecipe(r=4, layers=2),
    ],
    ids=["all", "two", "upper-layers"],
)
def test_adapters_have_as_many_as_peft_makes(adapter: AdapterRecipe) -> None:
    from peft import LoraConfig, get_peft_model

    config = _CONFIGS[0]
    targets = adapter.targets if adapter.targets == "all-linear" else list(adapter.targets)
    layers = None if adapter.layers is None else list(range(3 - adapter.layers, 3))
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    peft = LoraConfig(
        r=adapter.r, target_modules=names if layers and targets == "all-linear" else targets, layers_to_transform=layers
    )
    model = get_peft_model(AutoModelForCausalLM.from_config(config), peft)
    learnt = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert (
        learnt == adapter_weights(shape_of_config(config), adapter) == learnt_weights(shape_of_config(config), adapter)
    )


def test_other_layers_are_refused_not_guessed() -> None:
    with pytest.raises(UnsupportedRequestError, match="gemma"):
        shape_of_config(GemmaConfig())
    with pytest.raises(UnsupportedRequestError, match="mlp_bias"):
        shape_of_config(LlamaConfig(**_SMALL, mlp_bias=True))
    with pytest.raises(UnsupportedRequestError, match="no nose_proj"):
        adapter_weights(model_shape("qwen3-4b"), AdapterRecipe(targets=("nose_proj",)))
    with pytest.raises(ModelNotFoundError):
        model_shape("./nothing-here")

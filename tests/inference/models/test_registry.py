from __future__ import annotations

import pytest

from medgo.errors import ModelNotFoundError
from medgo.inference.models.registry import ALIASES, parse_model_name


@pytest.mark.parametrize(
    ("alias", "parameters"),
    [  # as published with the weights; tied embeddings counted once
        ("embedded", 134_515_008),
        ("qwen3-0.6b", 596_049_920),
        ("qwen3-1.7b", 1_720_574_976),
        ("qwen3-4b", 4_022_468_096),
        ("qwen3-8b", 8_190_735_360),
        ("qwen3-14b", 14_768_307_200),
        ("qwen3-32b", 32_762_123_264),
        ("medgo", 32_762_123_264),
    ],
)
def test_parameters_follow_from_the_published_shape(alias: str, parameters: int) -> None:
    assert ALIASES[alias].architecture.parameters == parameters


def test_kv_cache_of_qwen3_32b() -> None:
    # 2 (keys, values) · 64 layers · 8 heads · 128 · 2 bytes = 256 KiB a token
    assert ALIASES["qwen3-32b"].architecture.kv_cache_bytes(1) == 262_144


def test_counted_parameters_are_those_of_a_real_model() -> None:
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    from medgo.inference.models.registry import Architecture

    ours = Architecture(3, 96, 160, 6, 2, 16, 500, 1024, tied_embeddings=False)
    config = Qwen3Config(
        vocab_size=500,
        hidden_size=96,
        intermediate_size=160,
        num_hidden_layers=3,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=16,
        tie_word_embeddings=False,
    )
    with torch.device("meta"):
        model = Qwen3ForCausalLM(config)
    assert ours.parameters == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("text", "scope", "target", "source", "revision"),
    [
        ("embedded", "embedded", "", None, None),
        ("MedGo", "hub", "OpenMedZoo/MedGo", None, None),
        ("qwen3-0.6b", "hub", "Qwen/Qwen3-0.6B", None, None),
        ("Qwen/Qwen3-4B", "hub", "Qwen/Qwen3-4B", None, None),
        ("Qwen/Qwen3-4B@v1.0", "hub", "Qwen/Qwen3-4B", None, "v1.0"),
        ("modelscope:Qwen/Qwen3-4B", "hub", "Qwen/Qwen3-4B", "modelscope", None),
        ("modelscope:qwen3-4b", "hub", "Qwen/Qwen3-4B", "modelscope", None),
        ("hf:Qwen/Qwen3-4B@abc", "hub", "Qwen/Qwen3-4B", "hf", "abc"),
        ("./here", "local", "./here", None, None),
        ("/there", "local", "/there", None, None),
        ("a.gguf", "local", "a.gguf", None, None),
        ("C:\\models\\x", "local", "C:\\models\\x", None, None),
    ],
)
def test_names(text: str, scope: str, target: str, source: str | None, revision: str | None) -> None:
    name = parse_model_name(text)
    assert (name.text, name.scope, name.target, name.source, name.revision) == (text, scope, target, source, revision)


@pytest.mark.parametrize("text", ["", "qwen3-4", "a/b/c", "a b/c", "x", "org/../etc", "org/name@"])
def test_what_is_no_name(text: str) -> None:
    if text == "org/name@":
        assert parse_model_name(text).revision is None
        return
    with pytest.raises(ModelNotFoundError) as caught:
        parse_model_name(text)
    assert caught.value.hint


def test_typing_errors_get_a_suggestion() -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        parse_model_name("qwen3-4bb")
    assert "qwen3-4b" in caught.value.hint

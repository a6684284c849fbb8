from __future__ import annotations

from pathlib import Path

import pytest

from medgo.inference.models.memory import fit, show_bytes, usable_memory
from medgo.inference.models.registry import ALIASES, Architecture

GIB = 1 << 30
QWEN3_32B = ALIASES["qwen3-32b"].architecture


def test_cache_size_is_that_of_a_real_cache(tiny_folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_folder)
    tokens = torch.zeros((3, 17), dtype=torch.long)
    cache = model(tokens, use_cache=True).past_key_values
    real = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    shape = Architecture(2, 64, 128, 4, 2, 16, 320, 4096, tied_embeddings=True)
    assert fit(shape, "float32", "RAM", 0, context=17, batch=3).kv_cache == real
    assert fit(shape, "float32", "RAM", 0, context=17, batch=3).weights == sum(p.nbytes for p in model.parameters())


def test_qwen3_32b_on_a_large_gpu() -> None:
    usable = usable_memory(139 * GIB, gpu=True)
    good = fit(QWEN3_32B, "bfloat16", "GPU 0", usable, context=32_768, batch=4)
    assert good.fits
    assert good.weights == 2 * 32_762_123_264
    assert good.kv_cache == 32 * GIB
    assert good.kv_tokens == (usable - good.weights) // 262_144


@pytest.mark.parametrize(
    ("usable", "context", "reason"),
    [
        (20 * GIB, 4096, "weights 41.0 GiB short"),
        (62 * GIB, 8192, "KV cache 1.0 GiB short"),
        (200 * GIB, 100_000, "context is 40960 tokens"),
    ],
)
def test_reasons(usable: int, context: int, reason: str) -> None:
    bad = fit(QWEN3_32B, "bfloat16", "RAM", usable, context=context, batch=1)
    assert not bad.fits
    assert bad.reason == reason


def test_no_token_fits_where_the_weights_do_not() -> None:
    assert fit(QWEN3_32B, "float32", "RAM", GIB, context=1, batch=1).kv_tokens == 0
    assert usable_memory(1000, gpu=False) == 0


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (61.02 * GIB, "61.0 GiB"), (5e15, "4547.5 TiB")],
)
def test_bytes_for_people(count: float, text: str) -> None:
    assert show_bytes(count) == text

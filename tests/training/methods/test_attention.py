"""Short rows attend in float32, long ones in the model's numbers; both see what they should."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from medgo.training.methods import attention
from medgo.training.methods.attention import use_short_attention
from tests.support.tiny_models import small_qwen3
from tests.support.trained_models import load


def _states(model: Any) -> torch.Tensor:
    ids = torch.arange(48).reshape(2, 24)
    mask = torch.ones_like(ids)
    mask[1, :5] = 0  # padded on the left
    with torch.no_grad():
        states: torch.Tensor = model.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    return states.float()[mask.bool()]


def test_short_rows_are_nearer_to_float32() -> None:
    exact = _states(load(small_qwen3(), "float32"))
    plain, ours = load(small_qwen3(), "bfloat16"), load(small_qwen3(), "bfloat16")
    assert use_short_attention(ours)
    assert (_states(ours) - exact).norm() <= 1.1 * (_states(plain) - exact).norm()


def test_packed_rows_do_not_see_each_other() -> None:
    model = load(small_qwen3(), "bfloat16")
    use_short_attention(model)
    ids, positions = torch.arange(20)[None], torch.cat([torch.arange(8), torch.arange(12)])[None]
    with torch.no_grad():
        packed = model.model(input_ids=ids, position_ids=positions, use_cache=False).last_hidden_state[0, 8:]
        alone = model.model(input_ids=ids[:, 8:], use_cache=False).last_hidden_state[0]
    torch.testing.assert_close(packed, alone, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("short", [0, 256])
def test_the_length_decides(short: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_SHORT", short)
    seen: list[torch.dtype] = []
    real = attention.sdpa_attention_forward

    def watched(module: Any, query: torch.Tensor, *rest: Any, **more: Any) -> Any:
        seen.append(query.dtype)
        return real(module, query, *rest, **more)

    monkeypatch.setattr(attention, "sdpa_attention_forward", watched)
    model = load(small_qwen3(), "bfloat16")
    use_short_attention(model)
    _states(model)
    assert set(seen) == {torch.float32 if short else torch.bfloat16}


def test_float32_models_stay_as_they_are() -> None:
    model = load(small_qwen3(), "float32")
    assert not use_short_attention(model)
    assert model.config._attn_implementation == "sdpa"

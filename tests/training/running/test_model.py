"""Which weights learn, in which numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from medgo.errors import UnsupportedRequestError
from medgo.inference.engines._numerics import cpu_has_bf16
from medgo.training.running import model
from medgo.training.running.model import Numbers, numbers_for, open_model
from tests.training.running.stages import prepare_stage


def test_only_the_last_layers_learn(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path, adapter={"r": 4, "layers": 1})
    learning = [name for name, weight in open_model(job, "cpu").named_parameters() if weight.requires_grad]
    assert len(learning) == 2 * 7 and all(".layers.1." in name and "lora" in name for name in learning)


def test_weights_that_learn_are_float32_whatever_the_base_is_held_in(tmp_path: Path) -> None:
    """An update of 1e-4 of a weight is lost in bfloat16's 8 bits of mantissa."""
    for kind, whole in (("lora", False), ("full", True)):
        job = replace(prepare_stage(tmp_path / kind, adapter={"kind": kind}), precision="auto")
        learning = [weight for weight in open_model(job, "cpu").parameters() if weight.requires_grad]
        assert {weight.dtype for weight in learning} == {torch.float32}
        base = torch.bfloat16 if cpu_has_bf16() and not whole else torch.float32
        assert numbers_for(job, "cpu") == Numbers(base, autocast=whole and cpu_has_bf16())
    assert torch.tensor(1.0, dtype=torch.bfloat16) + 1e-3 == 1.0


def test_the_adapter_starts_from_the_seed(tmp_path: Path) -> None:
    def start(seed: int) -> torch.Tensor:
        model = open_model(replace(prepare_stage(tmp_path / str(seed)), seed=seed), "cpu")
        return next(weight for name, weight in model.named_parameters() if "lora_A" in name).detach()

    torch.testing.assert_close(start(1), start(1), atol=0, rtol=0)
    assert not torch.equal(start(1), start(2))


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_four_bits_need_a_gpu(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedRequestError, match="4 bits, which needs a GPU"):
        open_model(prepare_stage(tmp_path, adapter={"kind": "qlora"}), "cpu")


def test_bfloat16_only_where_the_gpu_computes_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = replace(prepare_stage(tmp_path), precision="auto")
    for native, weights in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda native=native, **_: native)
        assert numbers_for(job, "cuda") == Numbers(weights, autocast=False)


def test_four_bits_lie_on_the_gpu_of_their_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Naive: every process makes its weights on the first GPU, and accelerate refuses to train them on another."""
    asked: dict[str, object] = {}

    def stop(*_: object, **given: object) -> None:
        asked.update(given)
        raise InterruptedError

    monkeypatch.setattr(model, "_four_bits", lambda computed_in: computed_in)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", stop)
    monkeypatch.setenv("LOCAL_RANK", "3")
    with pytest.raises(InterruptedError):
        open_model(replace(prepare_stage(tmp_path, adapter={"kind": "qlora"}), precision="auto"), "cuda")
    assert asked["device_map"] == {"": 3}
    assert asked["quantization_config"] is torch.bfloat16

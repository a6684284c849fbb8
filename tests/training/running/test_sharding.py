"""FSDP2 on two processes learns what one process learns; sharding that would be ignored or cannot work is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import TrainingArguments

from medgo.errors import EngineUnavailableError, UnsupportedRequestError
from medgo.training.recipe import Devices
from medgo.training.running.launch import launch
from medgo.training.running.sharding import sharding_arguments
from tests.training.running import fsdp_worker, trainers
from tests.training.running.stages import prepare_stage


@pytest.mark.slow
def test_two_sharded_processes_learn_what_one_learns(tmp_path: Path) -> None:
    two = Devices(processes=2)
    job = prepare_stage(tmp_path / "stage", steps=3, micro_rows=2, adapter={"kind": "full"}, devices=two)
    launch(job.folder, two, module="tests.training.running.fsdp_worker", environment=trainers.environment())
    alone = fsdp_worker.train(job, 0, 1)
    gathered = load_file(job.folder / "weights.safetensors")
    state = alone.state_dict()
    assert gathered.keys() == state.keys()
    assert max(float((gathered[name] - value).abs().max()) for name, value in state.items()) < 1e-5
    whole = sum(weight.numel() for weight in alone.parameters())
    assert int((job.folder / "held").read_text()) < 0.6 * whole, "each process holds a shard only"


def test_accelerate_ignores_fsdp_on_a_cpu_so_we_refuse_it(tmp_path: Path) -> None:
    naive = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, fsdp=True, report_to=[])
    assert naive.distributed_state.distributed_type.value == "NO", "no word, and no sharding"
    for sharding in ("fsdp2", "zero3"):
        with pytest.raises(UnsupportedRequestError, match="over GPUs, and there is none here"):
            sharding_arguments(Devices(sharding=sharding), "lora", cpu=True)


def test_arguments_are_ones_that_transformers_takes(tmp_path: Path) -> None:
    devices = Devices(sharding="fsdp2", recompute=True)
    arguments = sharding_arguments(devices, "full", cpu=False)
    taken = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to=[], **arguments).fsdp_plugin_args
    assert taken["fsdp_version"] == 2
    assert taken["reshard_after_forward"] is True
    assert taken["activation_checkpointing"] is True
    assert taken["state_dict_type"] == "SHARDED_STATE_DICT"
    assert sharding_arguments(devices, "lora", cpu=False)["fsdp_config"]["state_dict_type"] == "FULL_STATE_DICT"
    assert sharding_arguments(Devices(), "lora", cpu=True) == {}


def test_deepspeed_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    zero3 = Devices(sharding="zero3")
    monkeypatch.setattr("medgo.training.running.sharding.find_spec", lambda _: None)
    with pytest.raises(EngineUnavailableError, match="needs DeepSpeed") as raised:
        sharding_arguments(zero3, "lora", cpu=False)
    assert "fsdp2" in raised.value.hint
    monkeypatch.setattr("medgo.training.running.sharding.find_spec", lambda _: object())
    assert sharding_arguments(zero3, "lora", cpu=False)["deepspeed"]["zero_optimization"]["stage"] == 3

"""A run saves after its first step and reads that back, so that a broken save costs a step and not the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.multiprocessing.spawn import spawn

from medgo.errors import CorruptModelError
from medgo.training.job import Job
from medgo.training.recipe import Devices
from medgo.training.running.checkpoints import find_resume, list_checkpoints
from medgo.training.running.first_step import SaveFirstStep, check_saved_weights, check_size
from medgo.training.running.launch import launch
from medgo.training.running.manifest import Manifest
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage

_ADAPTER = "adapter_model.safetensors"
Tensors = dict[str, torch.Tensor]


def _names(job: Job) -> list[str]:
    return sorted(path.name for path in job.checkpoints.iterdir())


def _spoil_saving(trainer: Any, patch: pytest.MonkeyPatch, spoil: Callable[[Tensors], Tensors]) -> None:
    """Let what is saved of an adapter be something else."""
    saving = type(trainer.model).save_pretrained

    def spoilt(model: Any, folder: str, **given: Any) -> None:
        saving(model, folder, **given)
        file = Path(folder) / _ADAPTER
        save_file(spoil(load_file(file)), file)

    patch.setattr(type(trainer.model), "save_pretrained", spoilt)


def _without_first(tensors: Tensors) -> Tensors:
    return dict(list(tensors.items())[1:])


def _with_other_values(tensors: Tensors) -> Tensors:
    return {name: value + 1e-6 for name, value in tensors.items()}


@pytest.mark.parametrize("spoil", [_without_first, _with_other_values], ids=["missing", "values"])
def test_a_broken_save_stops_after_one_step_however_far_the_next_checkpoint_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Tensors], Tensors]
) -> None:
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": 99})
    trainer = trainers.make(job)
    _spoil_saving(trainer, monkeypatch, spoil)
    with pytest.raises(CorruptModelError):
        trainer.train()
    assert trainer.state.global_step == 1
    assert list(job.checkpoints.iterdir()) == []


def test_weights_of_before_the_first_step_are_told_when_they_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With warm-up the first step's learning rate is 0: reading back only its checkpoint finds nothing wrong."""
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": 2}, optimiser={"learning_rate": 1e-3, "warmup": 0.5})
    trainer = trainers.make(job)
    first: Tensors = {}

    def stale(tensors: Tensors) -> Tensors:
        first.update({} if first else tensors)
        return first

    _spoil_saving(trainer, monkeypatch, stale)
    with pytest.raises(CorruptModelError, match="reads back with other values"):
        trainer.train()
    assert (trainer.state.global_step, _names(job)) == (2, ["checkpoint-1"])


@pytest.mark.parametrize(
    ("steps", "every", "keep", "left"),
    [(1, 99, 2, [1]), (3, 99, 9, [1, 3]), (3, 99, 1, [3]), (4, 2, 2, [2, 4]), (3, 2, 9, [1, 2, 3])],
)
def test_the_first_steps_checkpoint_is_one_among_those_that_are_kept(
    tmp_path: Path, steps: int, every: int, keep: int, left: list[int]
) -> None:
    job = prepare_stage(tmp_path / "stage", steps=steps, checkpoints={"every": every, "keep": keep})
    trainers.make(job).train()
    assert _names(job) == [f"checkpoint-{step}" for step in left]


def test_the_first_save_changes_nothing_and_a_resumed_run_makes_none(tmp_path: Path) -> None:
    """With dropout, so that a drawn number too many would show; the resumed run goes on from that first save."""
    adapter = {"r": 4, "dropout": 0.2}
    without = trainers.make(prepare_stage(tmp_path / "without", checkpoints={"every": 99}, adapter=adapter))
    without.remove_callback(SaveFirstStep)
    without.train()
    assert _names(without.job) == ["checkpoint-4"]
    job = prepare_stage(tmp_path / "stage", checkpoints={"every": 99, "keep": 9}, adapter=adapter)
    unbroken, resumed = trainers.make(job), trainers.make(job)
    unbroken.train()
    shutil.rmtree(job.checkpoints / "checkpoint-4")
    resumed.train(resume_from_checkpoint=find_resume(job))
    for name, value in trainers.learnt_state(without).items():
        assert torch.equal(trainers.learnt_state(unbroken)[name], value)
        assert torch.equal(trainers.learnt_state(resumed)[name], value)
    assert _names(job) == ["checkpoint-1", "checkpoint-4"]


@pytest.mark.slow
def test_two_processes_save_the_first_step_together(tmp_path: Path) -> None:
    two = Devices(processes=2)
    job = prepare_stage(tmp_path / "stage", steps=2, checkpoints={"every": 99}, devices=two)
    launch(job.folder, two, environment=trainers.environment())
    assert _names(job) == ["checkpoint-1", "checkpoint-2"]
    manifest = Manifest.read(job.checkpoints / "checkpoint-1")
    manifest.verify(job.checkpoints / "checkpoint-1")
    assert manifest.world_size == 2
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= manifest.files.keys()


def test_an_adapter_checkpoint_that_holds_the_base_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive way saves it without a word: ``save_pretrained`` of the whole model into each checkpoint."""
    job = prepare_stage(tmp_path / "stage", steps=1)
    trainer = trainers.make(job)
    monkeypatch.setattr("medgo.training.running.first_step._HEADER_BYTES", 0)
    saving = type(trainer.model).save_pretrained

    def with_base(model: Any, folder: str, **given: Any) -> None:
        saving(model, folder, **given)
        model.get_base_model().save_pretrained(folder)

    monkeypatch.setattr(type(trainer.model), "save_pretrained", with_base)
    with pytest.raises(CorruptModelError, match="the base is in it"):
        trainer.train()
    assert list_checkpoints(job.checkpoints) == []


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Any, Path, Job]:
    """A trainer after one step, its checkpoint, and the job."""
    job = prepare_stage(tmp_path / "stage", steps=1)
    trainer = trainers.make(job)
    trainer.train()
    return trainer, job.checkpoints / "checkpoint-1", job


def test_weights_that_read_back_otherwise_are_refused(saved: tuple[Any, Path, Job]) -> None:
    trainer, folder, job = saved
    check_saved_weights(trainer.model, folder, job)
    check_size(trainer.model, folder, job)
    tensors = load_file(folder / _ADAPTER)
    name = next(iter(tensors))
    save_file(tensors | {name: tensors[name][:2].contiguous()}, folder / _ADAPTER)
    with pytest.raises(CorruptModelError, match="reads back as"):
        check_saved_weights(trainer.model, folder, job)
    save_file({key: value for key, value in tensors.items() if key != name}, folder / _ADAPTER)
    with pytest.raises(CorruptModelError, match="other weights"):
        check_saved_weights(trainer.model, folder, job)


def test_whole_models_are_checked_too_tied_weights_once(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1, adapter={"kind": "full"})
    trainer = trainers.make(job)
    trainer.train()
    folder = job.checkpoints / "checkpoint-1"
    tensors = load_file(folder / "model.safetensors")
    assert "lm_head.weight" not in tensors
    name = next(iter(tensors))
    save_file({key: value for key, value in tensors.items() if key != name}, folder / "model.safetensors")
    with pytest.raises(CorruptModelError, match=f"lacks weights: .*{name}"):
        check_saved_weights(trainer.model, folder, job)
    with pytest.raises(CorruptModelError, match="bytes learn"):
        save_file({name: tensors[name]}, folder / "model.safetensors")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("medgo.training.running.first_step._HEADER_BYTES", 0)
            check_size(trainer.model, folder, job)


@pytest.mark.parametrize("sharding", ["fsdp2", "zero3"])
def test_a_gathered_adapter_has_names_shapes_and_numbers(saved: tuple[Any, Path, Job], sharding: str) -> None:
    """Values are not compared there: no process holds all of them."""
    trainer, folder, job = saved
    job = replace(job, devices=Devices.model_validate({"sharding": sharding}))
    tensors = load_file(folder / _ADAPTER)
    name = next(iter(tensors))
    save_file(_with_other_values(tensors), folder / _ADAPTER)
    check_saved_weights(trainer.model, folder, job)
    for value, said in [
        (tensors[name][:2].contiguous(), "reads back as"),
        (torch.full_like(tensors[name], float("nan")), "not finite"),
    ]:
        save_file(tensors | {name: value}, folder / _ADAPTER)
        with pytest.raises(CorruptModelError, match=said):
            check_saved_weights(trainer.model, folder, job)
    save_file(_without_first(tensors), folder / _ADAPTER)
    with pytest.raises(CorruptModelError, match="other weights"):
        check_saved_weights(trainer.model, folder, job)


def _save_sharded(rank: int, folder: Path) -> None:
    """Saves an adapter that two processes share, gathered and as the first one's shards."""
    job = Job.load(folder / "stage")
    model = trainers.make(job).model
    dist.init_process_group("gloo", init_method=f"file://{folder / 'meet'}", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    for layer in model.get_base_model().model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    whole = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    if rank == 0:
        shards = {name: value.to_local() for name, value in model.state_dict().items()}
        for name, state in {"whole": whole, "shards": shards}.items():
            model.save_pretrained(folder / name, state_dict=state)
        check_saved_weights(model, folder / "whole", replace(job, devices=Devices(sharding="fsdp2")))
        with pytest.raises(CorruptModelError, match="reads back as"):
            check_saved_weights(model, folder / "shards", replace(job, devices=Devices(sharding="fsdp2")))
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
def test_one_processs_shards_are_no_adapter(tmp_path: Path) -> None:
    """Seen in https://github.com/huggingface/accelerate/issues/4206: only the first process's part was saved."""
    prepare_stage(tmp_path / "stage", steps=1)
    spawn(_save_sharded, args=(tmp_path,), nprocs=2)

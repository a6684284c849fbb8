"""What a step learns does not depend on how its rows are split: 1 x 8 = 8 x 1 = 2 processes x 4 (weights to 1e-6).

The naive way fails: averaging the mean losses of micro-batches weighs a token by how short its micro-batch is.
https://github.com/huggingface/transformers/issues/34191
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from medgo.training.job import Job
from medgo.training.recipe import Devices
from medgo.training.running import worker
from medgo.training.running.curves import read_curves
from medgo.training.running.launch import launch
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage

_STEPS = 3


def _learnt(job: Job) -> dict[str, torch.Tensor]:
    return load_file(job.learnt / "adapter_model.safetensors")


def _prepare(folder: Path, method: str, micro_rows: int, **more: Any) -> Job:
    return prepare_stage(folder, steps=_STEPS, method=method, micro_rows=micro_rows, checkpoints={"every": 99}, **more)


def _furthest(some: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> float:
    assert some.keys() == others.keys()
    return max(float((value - others[name]).abs().max()) for name, value in some.items())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_one_times_eight_is_eight_times_one_is_two_processes_times_four(tmp_path: Path, method: str) -> None:
    learnt = {}
    for micro_rows in (1, 8):
        job = _prepare(tmp_path / f"micro{micro_rows}", method, micro_rows)
        worker.train(job, silent=True)
        learnt[micro_rows] = _learnt(job)
    two = Devices(processes=2)
    job = _prepare(tmp_path / "two", method, 1, devices=two)
    launch(job.folder, two, environment=trainers.environment())
    assert _furthest(learnt[1], learnt[8]) < 2e-6
    assert _furthest(learnt[1], _learnt(job)) < 2e-6
    single, double = (read_curves(tmp_path / name / "curves.jsonl") for name in ("micro1", "two"))
    for before, after in zip(single, double, strict=True):
        assert after["loss"] == pytest.approx(before["loss"], abs=1e-4)
        assert after["tokens"] == before["tokens"]
        assert after["grad_norm"] == pytest.approx(before["grad_norm"], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["kto", "apo_zero_unpaired"])
def test_kto_on_two_processes_is_kto_on_one(tmp_path: Path, loss: str) -> None:
    """Micro-batches are the same; only who computes them differs."""
    two = Devices(processes=2)
    jobs = [
        _prepare(tmp_path / str(devices.processes), "kto", 4, devices=devices, kto={"loss": loss})
        for devices in (Devices(), two)
    ]
    worker.train(jobs[0], silent=True)
    launch(jobs[1].folder, two, environment=trainers.environment())
    assert _furthest(_learnt(jobs[0]), _learnt(jobs[1])) < 2e-6


def test_the_naive_mean_of_means_is_another_gradient(tmp_path: Path) -> None:
    """Dividing each micro-batch by its own tokens moves weights a thousand times further than our tolerance."""
    ours, naive = (_prepare(tmp_path / name, "sft", 1) for name in ("ours", "naive"))
    worker.train(ours, silent=True)
    trainer = trainers.make(naive)
    proper = trainer.compute_loss
    trainer.compute_loss = lambda model, inputs, **_: proper(model, inputs) / trainer.args.gradient_accumulation_steps
    trainer.train()
    worker.write_learnt(trainer, naive)
    assert _furthest(_learnt(ours), _learnt(naive)) > 1e-4

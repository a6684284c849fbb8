"""Probes in the real worker: the best step comes out, patience ends training, what got nothing better is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from medgo.errors import TrainingFailedError
from medgo.inference.prompt import ChatRenderer
from medgo.training.job import Job
from medgo.training.probes.items import write_items
from medgo.training.recipe import Devices
from medgo.training.rows.token_file import write_token_file
from medgo.training.rows.tokens import Answer, TokenRow
from medgo.training.running import worker
from medgo.training.running.launch import launch
from tests.training.probes.made import made_item
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage

# An untrained model says the shorter one: a byte more is three hundred times less likely.
_LONG, _SHORT = "sure", "no"
_ROWS = 8


def _prepare(folder: Path, taught: Sequence[str], right: str, *, devices: Devices | None = None, **probe: Any) -> Job:
    """A stage whose rows teach to give one answer to all questions, step by step ``taught``; ``right`` is right."""
    wrong = {_LONG, _SHORT} - {right}
    items = [made_item("general", number, options=(right, *wrong)) for number in range(_ROWS)]
    folder.mkdir(exist_ok=True)
    write_items(folder / "items.jsonl", items)
    job = prepare_stage(
        folder / "stage",
        steps=len(taught),
        rows=_ROWS,
        micro_rows=4,
        devices=devices,
        adapter={"r": 8},
        optimiser={"learning_rate": 0.03, "schedule": "constant", "warmup": 0},
        checkpoints={"every": 1, "keep": 9},
        probe={"path": str(folder / "items.jsonl"), "every": 1, **probe},
    )
    renderer = ChatRenderer.load(job.model_dir)
    prompts = [renderer.render(item.prompt).token_ids for item in items]
    answers = [Answer((*renderer.encode_reply(said), renderer.end_of_turn_id), 0) for said in taught]
    rows = [
        TokenRow(f"{step}-{number}", "sft", "general", "en", False, tuple(prompt), {"completion": answer})
        for step, answer in enumerate(answers)
        for number, prompt in enumerate(prompts)
    ]
    write_token_file(job.rows_file, rows)
    return job


def _promotion(job: Job) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((job.folder / "promotion.json").read_text())
    return value


def _means(job: Job) -> list[float]:
    return [json.loads(line)["mean"] for line in (job.folder / "probes.jsonl").read_text().splitlines()]


def _adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def _furthest(some: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> float:
    assert some.keys() == others.keys()
    return max(float((value - others[name]).abs().max()) for name, value in some.items())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The first of seven steps teaches what is right, all others what is wrong."""
    taught = [_LONG, *[_SHORT] * 6]
    job = _prepare(tmp_path_factory.mktemp("trained") / "run", taught, _LONG, patience=2, guard=["general"])
    worker.train(job, silent=True)
    return job


def test_patience_ends_training_early(trained: Job) -> None:
    assert _means(trained) == [0.0, 1.0, 0.0, 0.0]
    assert _promotion(trained)["last_step"] == 3, "of seven"


def test_the_best_steps_weights_come_out(trained: Job) -> None:
    """Naive: what training ended with, which has forgotten all."""
    assert _promotion(trained)["promoted_step"] == 1
    learnt = _adapter(trained.learnt)
    best, last = (_adapter(trained.checkpoints / f"checkpoint-{step}") for step in (1, 3))
    assert _furthest(learnt, best) == 0
    assert _furthest(learnt, last) > 0.01
    assert not list(trained.folder.glob("best-*"))


@pytest.mark.parametrize(
    ("guard", "why"), [([], "no step is as good as the start"), (["general"], "general fell below the model")]
)
def test_a_stage_that_made_nothing_better_is_refused(tmp_path: Path, guard: list[str], why: str) -> None:
    job = _prepare(tmp_path, [_LONG] * 2, _SHORT, guard=guard)
    with pytest.raises(TrainingFailedError, match=f"nothing is promoted: {why}"):
        worker.train(job, silent=True)
    assert _means(job) == [1.0, 0.0, 0.0]
    assert _promotion(job)["promoted_step"] is None
    assert not job.learnt.exists()


@pytest.mark.slow
def test_two_processes_probe_and_promote_as_one(trained: Job, tmp_path: Path) -> None:
    """Under DDP, whose own forward pass would wait for a process that has no batch left."""
    two = Devices(processes=2)
    job = _prepare(tmp_path, [_LONG, *[_SHORT] * 6], _LONG, devices=two, patience=2, guard=["general"])
    launch(job.folder, two, environment=trainers.environment())
    assert _means(job) == _means(trained)
    assert _promotion(job) == _promotion(trained)
    starts = [json.loads((one.folder / "probes.jsonl").read_text().splitlines()[0]) for one in (job, trained)]
    for key, logprobs in starts[0]["logprobs"].items():
        assert logprobs == pytest.approx(starts[1]["logprobs"][key], abs=1e-4)
    assert _furthest(_adapter(job.learnt), _adapter(trained.learnt)) < 1e-4

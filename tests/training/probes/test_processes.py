"""Several processes that probe: each its share, all with the same figures; none waits for one that has failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn
from transformers import AutoModelForCausalLM

from medgo.errors import MedGoError
from medgo.inference.prompt import ChatRenderer
from medgo.training.probes.in_memory import MemoryProbe
from tests.support.tiny_models import small_qwen3
from tests.training.probes.test_in_training import ITEMS, Fixed, Run, no_file_beyond

pytestmark = pytest.mark.slow


def _as_group(rank: int, world: int, folder: Path, act: Callable[[int, Path], Any]) -> None:
    """Run in one of several processes; ``<rank>.json`` holds what came of it, or the error's words."""
    torch.set_num_threads(1)
    meet = f"file://{folder / 'meet'}"
    # Whoever waits for one that does not come fails after this time, in other words than are expected.
    dist.init_process_group("gloo", init_method=meet, rank=rank, world_size=world, timeout=timedelta(seconds=60))
    try:
        found = act(rank, folder)
    except (MedGoError, RuntimeError) as error:
        found = f"{type(error).__name__}: {error}"
    (folder / f"{rank}.json").write_text(json.dumps(found))
    dist.destroy_process_group()


def _found(folder: Path, world: int, act: Callable[[int, Path], Any]) -> list[Any]:
    (folder / "stage").mkdir(parents=True)
    spawn(_as_group, args=(world, folder, act), nprocs=world)
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(world)]


def _ask(rank: int, folder: Path) -> dict[str, Any]:
    probe = MemoryProbe(ITEMS, ChatRenderer.load(small_qwen3()), batch_tokens=300)
    model = AutoModelForCausalLM.from_pretrained(small_qwen3(), dtype=torch.float32)
    passes = []
    model.base_model.register_forward_hook(lambda _, __, ___: passes.append(1))
    answers = probe.answers(model)
    return {
        "answers": {key: one.logprobs for key, one in answers.items()},
        "estimates": {name: one.to_row() for name, one in probe.measure(answers).items()},
        "passes": len(passes),
    }


def test_two_processes_do_half_each_and_find_what_one_does(tmp_path: Path) -> None:
    """Bit for bit: the batches are the same. Naive: both go through all of them."""
    (alone,) = _found(tmp_path / "one", 1, _ask)
    first, second = _found(tmp_path / "two", 2, _ask)
    for one in (first, second):
        assert one["answers"] == alone["answers"]
        assert one["estimates"] == alone["estimates"]
    assert alone["passes"] >= 6
    assert first["passes"] + second["passes"] == alone["passes"]
    assert abs(first["passes"] - second["passes"]) <= 1


def _train(rank: int, folder: Path) -> list[Any]:
    # From its own answers alone, the first process would keep step 2 and the second one stop after it.
    run = Run([10, 20, 30] if rank == 0 else [10, 40, 10], folder / "stage", patience=1)
    return [run.go(2), run.weight, [one.mean for one in run.callback.history]]


def test_all_processes_decide_alike(tmp_path: Path) -> None:
    """And none reads the best step's weights before they are written."""
    first, second = _found(tmp_path, 2, _train)
    assert first == second == [2, 1.0, [0.25, 0.75, 0.5]]
    assert len((tmp_path / "stage/probes.jsonl").read_text().splitlines()) == 3


class _Failing(Fixed):
    def scores(self, model: Any) -> Any:
        if len(self._right) == 1 and dist.get_rank() == 1:
            raise RuntimeError("no memory left")
        return super().scores(model)


def _fail_in_one(rank: int, folder: Path) -> Any:
    run = Run([], folder / "stage")
    run.callback._probe = _Failing([10, 20])
    return run.go(1)


def test_an_error_of_one_process_is_an_error_of_all(tmp_path: Path) -> None:
    """Naive: the first process waits for the answers of the second one until its time is over."""
    first, second = _found(tmp_path, 2, _fail_in_one)
    assert first == "TrainingFailedError: process 1 failed: RuntimeError: no memory left"
    assert second == "RuntimeError: no memory left"


def _fill_the_disk(rank: int, folder: Path) -> Any:
    run = Run([10, 20], folder / "stage")
    run.model = torch.nn.Linear(200, 200, bias=False)
    if rank == 1:
        return run.go(1)
    with no_file_beyond(50_000):
        return run.go(1)


def test_all_processes_hear_that_the_first_cannot_write(tmp_path: Path) -> None:
    first, second = _found(tmp_path, 2, _fill_the_disk)
    assert first.startswith("StorageError: ")
    assert "best-1.safetensors could not be written" in first
    assert first == second

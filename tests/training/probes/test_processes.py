"""Several processes that probe: all decide as the first one, and none reads what is not written yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn

from tests.training.probes.test_in_training import Run


def _one(rank: int, folder: Path) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder / 'meet'}", rank=rank, world_size=2)
    # Its own answers would let the second process promote the first step, and stop there.
    run = Run([10, 20, 30] if rank == 0 else [10, 40, 10], folder / "stage", first=rank == 0, patience=1)
    step = run.go(2)
    (folder / f"{rank}.json").write_text(json.dumps([step, run.weight, [one.mean for one in run.callback.history]]))
    dist.destroy_process_group()


@pytest.mark.slow
def test_all_processes_decide_as_the_first(tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    spawn(_one, args=(tmp_path,), nprocs=2)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second == [2, 2.0, [0.25, 0.5, 0.75]]
    assert len((tmp_path / "stage/probes.jsonl").read_text().splitlines()) == 3

"""The GPU benchmark runs where there is no GPU: the same code on a tiny shape, ours and TRL's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["ours", "trl"])
def test_the_gpu_benchmark_measures_a_tiny_shape_on_a_cpu(runner: str) -> None:
    case = {"model": "smoke", "adapter": "lora", "tokens": 256, "recompute": True, "runner": runner}
    run = subprocess.run(
        [sys.executable, "benchmarks/gpu/training.py", "--case", json.dumps(case), "--device", "cpu"],
        cwd=_ROOT, env={**os.environ, "PYTHONPATH": "."}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["rate"] > 0
    assert 0 < found["mfu"] < 1
    assert found["bytes"] > 0

"""The whole way on a small scale: the nano pipeline with a tiny Qwen3, its real tokenizer and template, killed once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from medgo.store.hashing import sha256_of_file
from tests.support.tiny_models import tiny_qwen3

_ROOT = Path(__file__).parents[2]
_PIPELINE = _ROOT / "recipes/nano/pipeline.yaml"
_ROWS = {"stage1": 60, "stage2": 40, "preference": 32, "labels": 40}
_STAGES = ("stage1", "stage2", "dpo", "kto")


def _command(output: Path) -> list[str]:
    training: dict[str, Any] = {"model": str(tiny_qwen3()), "trackers": [], "gates.overlap": "off"}
    for number in range(len(_STAGES)):
        training |= {f"stages.{number}.max_steps": 2, f"stages.{number}.checkpoints.every": 1}
        training[f"stages.{number}.adapter.r"] = 4
        training[f"stages.{number}.probe"] = None
    counts = {"term": 12, "grounded": 12, "escalation": 8, "preference": 8, "general": 6}
    own = yaml.safe_load(_PIPELINE.read_text("utf-8"))["steps"]["synthesis"]["set"]
    few = {f"sets.{name}.rows": rows for name, rows in _ROWS.items()} | {"keep.overlap": "off", "shard_rows": 50}
    synthesis = own | few
    return [
        *(sys.executable, "-m", "medgo", "pipeline", "run", str(_PIPELINE), f"output={output}"),
        f"steps.synthesis.set={json.dumps(synthesis)}",
        f"steps.probes.counts={json.dumps(counts)}",
        f"steps.training.set={json.dumps(training)}",
    ]


def _environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def _run(output: Path) -> None:
    done = subprocess.run(_command(output), env=_environment(), cwd=_ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]


def _weights(output: Path) -> dict[str, str]:
    return {
        path.parent.parent.name: sha256_of_file(path) for path in sorted(output.glob("training/*/merged/*.safetensors"))
    }


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("pipeline") / "unbroken"
    _run(output)
    return output


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_stage_is_trained_evaluated_and_written_down(unbroken: Path) -> None:
    names = [path.name for path in sorted((unbroken / "training").glob("*-*"))]
    assert names == [f"{number}-{stage}" for number, stage in enumerate(_STAGES, 1)]
    assert len(set(_weights(unbroken).values())) == len(_STAGES)  # each stage changed the model
    for subject in ("base", *_STAGES):
        assert (unbroken / "evaluation" / subject / "summary.json").is_file()
    english, chinese = ((unbroken / "card" / name).read_text("utf-8") for name in ("README.md", "README_zh.md"))
    assert "model-index" in english and "训练" in chinese
    assert (unbroken / "report/report.html").stat().st_size > 10_000
    certificate = json.loads((unbroken / "deid/records.jsonl.certificate.json").read_bytes())
    for card in (english, chinese):
        assert "`pubmed` | CC0-1.0" in card and "`records` | internal" in card and certificate["id"] in card


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_second_run_does_nothing_again(unbroken: Path) -> None:
    before = _weights(unbroken)
    stamps = {path: path.stat().st_mtime_ns for path in unbroken.glob("training/*/merged/*.safetensors")}
    _run(unbroken)
    assert _weights(unbroken) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_while_it_trains_it_ends_with_the_same_weights(unbroken: Path, tmp_path: Path) -> None:
    output = tmp_path / "killed"
    process = subprocess.Popen(
        _command(output), env=_environment(), cwd=_ROOT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    checkpoint = output / "training/2-stage2/checkpoints/checkpoint-1"
    deadline = time.monotonic() + 600
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert checkpoint.exists()
    _run(output)
    assert _weights(output) == _weights(unbroken)
    assert (output / "report/report.html").is_file()

"""kill -9 at any moment of a sampled run: nothing lost, nothing finished asked again, the same answers in the end."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo.evaluation.runs import open_run

ROOT = Path(__file__).parents[3]


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.support.exam", *map(str, arguments)], cwd=ROOT)


def finished_ids(folder: Path) -> set[str]:
    if not (folder / "predictions.jsonl").exists():
        return set()
    return {f"{p.benchmark}/{p.item}#{p.epoch}" for p in open_run(folder).predictions()}


@pytest.mark.slow
def test_ten_kills_change_nothing(tmp_path: Path) -> None:
    undisturbed, folder, asked = tmp_path / "undisturbed", tmp_path / "run", tmp_path / "asked"
    assert start(undisturbed).wait(120) == 0
    rng = random.Random(3)
    for _ in range(10):
        before = finished_ids(folder)
        asked.write_text("")
        child = start(folder, "--delay", 0.01, "--asked", asked)
        deadline = time.monotonic() + 60
        while len(finished_ids(folder)) < len(before) + rng.randrange(1, 12) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(rng.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        child.wait(60)
        assert before.isdisjoint(asked.read_text().split())
        assert before <= finished_ids(folder)
    assert 10 < len(finished_ids(folder)) < 600
    assert start(folder).wait(120) == 0
    assert open_run(folder).predictions() == open_run(undisturbed).predictions()

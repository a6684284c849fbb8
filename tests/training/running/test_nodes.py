"""The check of machines: what differs is named, clocks and a shared folder are seen, and a lonely one is told."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from medgo.errors import RunFolderError, TrainingFailedError
from medgo.training.running.nodes import Meeting, check_nodes, find_problems, local_facts
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage


def test_one_machine_has_facts_and_no_problem(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    report = check_nodes(job.folder, least_free=0)
    (node,) = report.nodes
    assert report.problems == ()
    assert node.versions["torch"]
    assert "gloo" in node.backends
    assert node.host == socket.gethostname()


def test_no_prepared_stage_is_said_first(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError):
        check_nodes(tmp_path)


def test_everything_that_differs_is_named(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    first = local_facts(job.folder, 0)
    assert find_problems([first, replace(first, rank=1)], least_free=0) == []
    other = replace(
        first,
        rank=1,
        host="second",
        versions={**first.versions, "trl": "1.9.0", "peft": ""},
        gpus=("H200 141 GiB",),
        backends=(),
        stage="another",
        free_bytes=2**30,
        sees_mark=False,
        clock_offset=-90.0,
    )
    said = "\n".join(find_problems([first, other], least_free=10 * 2**30))
    for words in (
        "neither NCCL nor gloo",
        "has trl 1.9.0, machine 0 has 1.",
        "has peft not at all",
        "another prepared stage",
        "does not share the stage's folder",
        "other GPUs (H200 141 GiB)",
        "off by -90.0 s",
        "1.0 GB free",
        "has no NCCL",
    ):
        assert words in said


def test_changed_rows_are_another_stage(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    before = local_facts(job.folder, 0)
    data = bytearray(job.rows_file.read_bytes())
    data[len(data) // 2] ^= 1
    job.rows_file.write_bytes(data)
    assert local_facts(job.folder, 0).stage != before.stage


_SECOND = """
import json, sys, time
from dataclasses import asdict
from pathlib import Path
real = time.time
time.time = lambda: real() + 5
from medgo.training.running.nodes import Meeting, check_nodes
report = check_nodes(Path(sys.argv[1]), Meeting(2, 1, "127.0.0.1", int(sys.argv[2]), 60), least_free=0)
print(json.dumps(asdict(report)))
"""


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_two_machines_meet_and_get_the_same_report(tmp_path: Path, shared: bool) -> None:
    """The second one's clock is five seconds ahead; without a shared folder it has a copy."""
    job = prepare_stage(tmp_path / "stage", steps=1)
    folder = job.folder if shared else prepare_stage(tmp_path / "copy", steps=1).folder
    port = _port()
    command = [sys.executable, "-c", _SECOND, str(folder), str(port)]
    second = subprocess.Popen(command, env=trainers.environment(), stdout=subprocess.PIPE, text=True)
    report = check_nodes(job.folder, Meeting(2, 0, "127.0.0.1", port, 60), least_free=0)
    said, _ = second.communicate(timeout=60)
    assert json.loads(said.splitlines()[-1])["problems"] == list(report.problems)
    assert [node.rank for node in report.nodes] == [0, 1]
    assert report.nodes[1].clock_offset == pytest.approx(5, abs=0.5)
    assert report.nodes[0].stage == report.nodes[1].stage
    assert any("does not share" in problem for problem in report.problems) is not shared
    assert any("clock is off by +" in problem for problem in report.problems)
    assert report.backend == "gloo"
    assert report.gigabytes_per_second > 0
    assert not (job.folder / ".nodes").exists()
    assert asdict(report)


def test_a_machine_that_nobody_meets_is_told(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    with pytest.raises(TrainingFailedError, match="cannot work with the others"):
        check_nodes(job.folder, Meeting(2, 0, "127.0.0.1", _port(), 1.0))

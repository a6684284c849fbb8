"""Processes that train together: the first error is shown, none is left behind, lost and hung ones are told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from medgo.errors import TrainingFailedError, UnsupportedRequestError
from medgo.training.recipe import Devices
from medgo.training.running.checkpoints import find_resume, list_checkpoints
from medgo.training.running.curves import read_curves
from medgo.training.running.launch import WORKER, Patience, launch
from tests.training.plan.shown import LAUNCH, MEDGO_32B, ROOT
from tests.training.running import trainers
from tests.training.running.stages import prepare_stage

_FAKE = "tests.training.running.fake_workers"
_TWO = Devices(processes=2)


def _launch_fake(folder: Path, behaviour: str, patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
    (folder / "behaviour").write_text(behaviour)
    launch(folder, _TWO, module=_FAKE, patience=patience, environment=trainers.environment())


def _is_running(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("raises", "process 1 of the training failed: the disk is full\n  → make room"),
        ("exits", "it ended with code 3:\nout of patience"),
        ("killed", "it was killed by SIGKILL; the system does that when memory runs out"),
    ],
)
def test_the_first_failure_is_shown_and_the_others_are_ended(tmp_path: Path, behaviour: str, said: str) -> None:
    with pytest.raises(TrainingFailedError) as raised:
        _launch_fake(tmp_path, behaviour)
    assert said in str(raised.value)
    assert "Traceback" not in str(raised.value)
    assert "Connection closed" not in str(raised.value), "what follows from a failure is not its cause"
    assert not any(_is_running(file) for file in tmp_path.glob("pid-*"))


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", ["hangs", "deaf"])
def test_a_process_without_a_sign_of_life_ends_all(tmp_path: Path, behaviour: str) -> None:
    """A deaf one is inside a collective call and hears no SIGTERM."""
    with pytest.raises(TrainingFailedError, match="has done no step for"):
        _launch_fake(tmp_path, behaviour, Patience(start=8.0, grace=1.0))
    assert not any(_is_running(file) for file in tmp_path.glob("pid-*"))


@pytest.mark.slow
def test_a_process_that_falls_silent_after_its_first_step_ends_all(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailedError, match="process 1 has done no step for"):
        _launch_fake(tmp_path, "stalls", Patience(hung=3.0, grace=1.0))


def test_all_end_well(tmp_path: Path) -> None:
    _launch_fake(tmp_path, "ends")


@pytest.mark.parametrize(("cores", "told", "threads"), [(8, None, "4"), (1, None, "1"), (8, "3", "3")])
def test_the_cores_are_shared_out_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, told: str | None, threads: str
) -> None:
    monkeypatch.setattr("medgo.training.running.launch.usable_cores", lambda: cores)
    (tmp_path / "behaviour").write_text("ends")
    environment = {name: value for name, value in trainers.environment().items() if name != "OMP_NUM_THREADS"}
    if told is not None:
        environment["OMP_NUM_THREADS"] = told
    launch(tmp_path, _TWO, module=_FAKE, environment=environment)
    assert [(tmp_path / f"threads-{rank}").read_text() for rank in (0, 1)] == [threads, threads]


def test_several_machines_need_a_meeting_place(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedRequestError, match="MASTER_ADDR, MASTER_PORT, NODE_RANK"):
        launch(tmp_path, Devices(machines=2), environment={})


def test_sharding_without_a_gpu_is_refused_not_ignored(tmp_path: Path) -> None:
    """accelerate ignores ``fsdp`` on a CPU without a word: every process would hold the whole model."""
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    job = prepare_stage(tmp_path / "stage", steps=1)
    replace(job, devices=Devices(sharding="fsdp2")).save()
    with pytest.raises(UnsupportedRequestError, match="fsdp2 shards a model over GPUs"):
        launch(job.folder, Devices(sharding="fsdp2"))


_LAUNCHER = """
import sys
from pathlib import Path
from medgo.training.recipe import Devices
from medgo.training.running.launch import launch
launch(Path(sys.argv[1]), Devices(processes=2), module=sys.argv[2])
"""


def _start(folder: Path, module: str = WORKER) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _LAUNCHER, str(folder), module]
    env = trainers.environment()
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()[1][-2000:]
        time.sleep(0.02)


def test_ctrl_c_reaches_each_process_once(tmp_path: Path) -> None:
    """A terminal sends it to its whole group. Naive: the group's processes hear that one and ours, and do not save."""
    (tmp_path / "behaviour").write_text("counts")
    process = _start(tmp_path, _FAKE)
    for rank in (0, 1):
        _wait_for(tmp_path / f"ready-{rank}", process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert [(tmp_path / f"heard-{rank}").read_text() for rank in (0, 1)] == ["1", "1"]


@pytest.mark.skipif(sys.platform != "linux", reason="the system ends them on Linux only")
def test_no_process_outlives_a_launcher_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "behaviour").write_text("hangs")
    process = _start(tmp_path, _FAKE)
    pids = [tmp_path / f"pid-{rank}" for rank in (0, 1)]
    for file in pids:
        _wait_for(file, process)
    time.sleep(0.2)  # its number is written
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while any(_is_running(file) for file in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_other_machines_files_in_the_same_folder_stay(tmp_path: Path) -> None:
    folder = tmp_path / "processes"
    folder.mkdir()
    for name in ("rank-1.error.json", "rank-2", "rank-3.log"):
        (folder / name).write_text("{}")
    _launch_fake(tmp_path, "ends")
    assert sorted(path.name for path in folder.iterdir()) == ["rank-1.log", "rank-2", "rank-3.log"]


@pytest.mark.slow
def test_lost_and_stopped_processes_then_the_same_weights_as_unbroken(tmp_path: Path) -> None:
    """Kill one of two, go on, ask both to stop, go on: bit for bit what two processes learn undisturbed."""
    whole = prepare_stage(tmp_path / "whole", steps=12, checkpoints={"every": 1, "keep": 2}, devices=_TWO)
    launch(whole.folder, _TWO, environment=trainers.environment())
    job = prepare_stage(tmp_path / "stage", steps=12, checkpoints={"every": 1, "keep": 2}, devices=_TWO)

    process = _start(job.folder)
    _wait_for(job.checkpoints / "checkpoint-2", process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[1]), signal.SIGKILL)
    began = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "process 1 of the training failed: it was killed by SIGKILL" in said
    assert time.monotonic() - began < 20
    assert find_resume(job) == list_checkpoints(job.checkpoints)[0]

    process = _start(job.folder)
    resumed = list_checkpoints(job.checkpoints)[0]
    _wait_for(job.checkpoints / f"checkpoint-{int(resumed.name.split('-')[1]) + 2}", process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert "training was stopped after step" in said
    assert not job.learnt.exists()

    launch(job.folder, _TWO, environment=trainers.environment())
    expected, found = (load_file(stage.learnt / "adapter_model.safetensors") for stage in (whole, job))
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert [point["step"] for point in read_curves(job.folder / "curves.jsonl")] == list(range(1, 13))


def _torchrun(folder: Path) -> subprocess.Popen[str]:
    """``run.sh RECIPE torchrun …`` on one machine, handed a stage that is prepared."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    medgo = programs / "medgo"
    medgo.write_text(f"#!/usr/bin/env bash\n[[ $2 != prepare ]] || echo {folder}\n")
    medgo.chmod(0o755)
    environment = trainers.environment()
    environment["PATH"] = f"{programs}:{Path(sys.executable).parent}:{environment['PATH']}"
    command = [str(LAUNCH / "run.sh"), str(ROOT / MEDGO_32B), "torchrun", "stage1"]
    command += [f"output={folder.parent}/out", "devices.processes=2"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_under_torchrun_stopped_and_begun_again_the_weights_are_those_of_our_own_launcher(tmp_path: Path) -> None:
    """The worker is handed nothing but its folder: rank, address and port are torchrun's own."""
    checkpoints = {"every": 1, "keep": 2}
    ours = prepare_stage(tmp_path / "ours", steps=8, checkpoints=checkpoints, devices=_TWO)
    launch(ours.folder, _TWO, environment=trainers.environment())
    job = prepare_stage(tmp_path / "theirs", steps=8, checkpoints=checkpoints, devices=_TWO)

    process = _torchrun(job.folder)
    _wait_for(job.checkpoints / "checkpoint-2", process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "training was stopped after step" in said
    assert not job.learnt.exists()

    process = _torchrun(job.folder)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said[-2000:]
    expected, found = (load_file(stage.learnt / "adapter_model.safetensors") for stage in (ours, job))
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert [point["step"] for point in read_curves(job.folder / "curves.jsonl")] == list(range(1, 9))

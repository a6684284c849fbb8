"""A stop signal to run.sh, by hand, from a terminal or from Slurm: what trains saves, and nothing is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.training.plan.shown import LAUNCH, MEDGO_32B, ROOT
from tests.training.plan.stand_ins import stand_ins

# Takes a moment to save after it was asked to stop, as training does; a signal that never comes ends it, too.
_SAVES = f"""#!{sys.executable}
import os, signal, sys, time
from pathlib import Path
folder, heard, last = Path(__file__).parent, [], time.monotonic() + 30
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, _: heard.append(signal.Signals(number).name))
(folder / "patience").write_text(os.environ["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"])
(folder / "started").touch()
while not heard and time.monotonic() < last:
    time.sleep(0.02)
time.sleep(0.5)
(folder / "saved").write_text(" ".join(heard))
sys.exit(3)
"""

_SECOND = {"MACHINE_RANK": "1", "MAIN_IP": "node0", "RUN_ID": "7"}  # it waits for the first


def _until_started(folder: Path, command: list[str], stopped: str, **more: str) -> subprocess.Popen[bytes]:
    """Start a command in a group of its own, as a terminal does; back when the program that is to be stopped runs."""
    variables = {**stand_ins(folder), **more}
    (folder / stopped).write_text(_SAVES)
    (folder / stopped).chmod(0o755)
    process = subprocess.Popen(command, env=variables, cwd=ROOT, start_new_session=True)
    while not (folder / "started").exists():
        assert process.poll() is None
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(
    ("program", "variables"), [("torchrun", {}), ("accelerate", {}), ("medgo", {}), ("sleep", _SECOND)]
)
def test_run_sh_that_is_stopped_ends_after_what_it_runs_and_starts_nothing_more(
    tmp_path: Path, program: str, variables: dict[str, str]
) -> None:
    """Naive: bash ends at once, and a second start writes into the folder in which the first still trains."""
    config = "torchrun" if program == "torchrun" else "config.yaml"
    command = [str(LAUNCH / "run.sh"), str(ROOT / MEDGO_32B), config, "stage1 dpo", f"output={tmp_path}/out"]
    process = _until_started(tmp_path, command, program, **variables)
    for _ in range(2):  # a second one would be taken for impatience: nothing would be saved
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    assert process.wait(timeout=30) == 3
    assert (tmp_path / "saved").read_text() == "SIGTERM"
    log = tmp_path / "log"
    assert "medgo train finish" not in (log.read_text() if log.exists() else "")


def test_ctrl_c_in_the_terminal_of_run_sh_is_one_signal_to_the_launcher(tmp_path: Path) -> None:
    """The whole group hears it, and torch's launcher that hears a second signal leaves its workers behind."""
    command = [str(LAUNCH / "run.sh"), str(ROOT / MEDGO_32B), "torchrun", "stage1", f"output={tmp_path}/out"]
    process = _until_started(tmp_path, command, "torchrun")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 3
    assert (tmp_path / "saved").read_text() == "SIGTERM"


def test_slurm_warns_the_tasks_as_long_before_the_end_as_saving_may_take(tmp_path: Path) -> None:
    """It signals srun's tasks; with B: it would signal a batch shell that waits for srun and hears nothing."""
    (said,) = re.findall(r"^#SBATCH --signal=(.*)$", (LAUNCH / "slurm.sbatch").read_text(), re.M)
    name, seconds = re.fullmatch(r"([A-Z]+)@(\d+)", said).groups()  # type: ignore[union-attr]
    for program, does in {
        "scontrol": "echo node0",
        "srun": f'echo $$ > {tmp_path}/task; shift; SLURM_NODEID=0 exec "$@"',
    }.items():
        (tmp_path / program).write_text(f"#!/usr/bin/env bash\n{does}\n")
        (tmp_path / program).chmod(0o755)
    command = ["bash", str(LAUNCH / "slurm.sbatch"), MEDGO_32B, "torchrun", "stage1", f"output={tmp_path}/out"]
    process = _until_started(tmp_path, command, "torchrun", SLURM_JOB_ID="7", SLURM_JOB_NODELIST="node0")
    os.kill(int((tmp_path / "task").read_text()), signal.Signals[f"SIG{name}"])
    assert process.wait(timeout=30) == 3
    assert (tmp_path / "saved").read_text() == "SIGTERM"
    assert int(seconds) >= int((tmp_path / "patience").read_text())

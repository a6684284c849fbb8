"""Starts the processes of one machine that train a stage together, and ends all when one fails. Trains nothing.

Every process runs ``python -m medgo.training.running.worker FOLDER`` with the variables that torchrun sets, so the
same worker also runs under torchrun, ``accelerate launch`` and Slurm. We start them ourselves on one machine because
of what is shown when one fails: the error of the process that failed first, instead of all processes' tracebacks.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from medgo.errors import TrainingFailedError, UnsupportedRequestError
from medgo.inference.models.machine import usable_cores
from medgo.training.job import Job
from medgo.training.recipe import Devices
from medgo.training.running.heartbeats import heartbeat_file, silent_for

WORKER = "medgo.training.running.worker"
_BOUND = "medgo.training.running.bound"
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 10.0
# After a failure others fail too, because they wait for the first; so much later one may have failed on its own.
_SETTLE_SECONDS = 0.5
_SHOWN_LINES = 12
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# What several machines need to find each other, as torchrun and Slurm templates set it.
_MEETING = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait.

    Args:
        hung: Seconds without a step or a checkpoint of one process until all are ended.
        start: Seconds until the first step's beginning: models are read and references scored before it.
        grace: Seconds that processes have to end after they were asked to.
    """

    hung: float = 1800.0
    start: float = 6 * 3600.0
    grace: float = _GRACE_SECONDS


def launch(
    folder: Path,
    devices: Devices,
    *,
    module: str = WORKER,
    patience: Patience = Patience(),
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Train a prepared stage on this machine's share of the devices; one process trains within this one.

    SIGTERM and SIGINT go to all processes, which save and end; none outlives this one. Logs of all processes
    but the first are in ``<folder>/processes/``; the first one's standard error is this one's.

    Args:
        folder: Of the stage.
        devices: How many processes, on how many machines. With several machines this is called on each, with
            ``MASTER_ADDR``, ``MASTER_PORT`` and ``NODE_RANK`` set.
        module: What each process runs.

    Raises:
        TrainingFailedError: A process failed, was killed, or gave no sign of life; says which and why.
        UnsupportedRequestError: Several machines, but not where they meet.
        MedGoError: Training within this process failed.
    """
    if devices.processes * devices.machines == 1 and module == WORKER:
        from medgo.training.running.worker import train

        train(Job.load(folder))
        return
    group = _Group(folder / "processes", devices.processes, _first_rank(devices, environment))
    with group.started(module, folder, _shared_variables(devices, environment)), _forwarding_signals(group):
        failed = group.wait(patience)
    if failed is not None:
        raise failed


class _Group:
    """The processes of this machine.

    Args:
        folder: For their logs, errors and heartbeats.
        count: How many.
        first: Rank of the first of them.
    """

    def __init__(self, folder: Path, count: int, first: int) -> None:
        self._folder, self._count, self._first = folder, count, first
        self._processes: list[subprocess.Popen[bytes]] = []
        self._since = 0.0

    @contextlib.contextmanager
    def started(self, module: str, stage: Path, shared: Mapping[str, str]) -> Iterator[None]:
        """Start them; none is left when the block ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for local in range(self._count):  # other machines' lie in the same folder
            for old in (heartbeat_file(self._folder, self._first + local), self._log(local), self._report(local)):
                old.unlink(missing_ok=True)
        self._since = time.time()
        with contextlib.ExitStack() as files:
            try:
                for local in range(self._count):
                    # The first shows progress on the terminal; the others' words are kept, and shown if they fail.
                    log = None if local == 0 else files.enter_context(self._log(local).open("wb"))
                    self._processes.append(
                        subprocess.Popen(
                            [sys.executable, "-m", _BOUND, str(os.getpid()), module, str(stage)],
                            env={**shared, **self._own_variables(local)},
                            stderr=log,
                            stdout=log,
                            # Ctrl-C goes to all of a terminal's group, and we send it on: the second one ends a
                            # process that is about to save.
                            start_new_session=True,
                        )
                    )
                yield
            finally:
                self._end(Patience().grace)

    def wait(self, patience: Patience) -> TrainingFailedError | None:
        """Wait until all have ended well, or one has not; then the others are ended."""
        while True:
            codes = [process.poll() for process in self._processes]
            if any(codes):
                time.sleep(_SETTLE_SECONDS)
                error = self._failure()
                self._end(patience.grace)
                return error
            if all(code == 0 for code in codes):
                return None
            if (hung := self._hung(codes, patience)) is not None:
                self._end(patience.grace)
                return hung
            time.sleep(_POLL_SECONDS)

    def signal(self, number: int) -> None:
        """Send a signal to those that run."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)

    def _end(self, grace: float) -> None:
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # One that waits for a lost process hears no signal: it is inside a collective call.
                process.kill()
                process.wait()

    def _hung(self, codes: Sequence[int | None], patience: Patience) -> TrainingFailedError | None:
        over: dict[int, float] = {}
        for local in (local for local, code in enumerate(codes) if code is None):
            silence = silent_for(self._folder, self._first + local)
            longest = patience.hung
            if silence is None:
                silence, longest = time.time() - self._since, patience.start
            if silence > longest:
                over[local] = silence
        if not over:
            return None
        local = max(over, key=lambda local: over[local])
        return TrainingFailedError(
            f"process {self._first + local} has done no step for {over[local]:.0f} s, so all were ended",
            hint="medgo train nodes FOLDER checks how machines reach each other; the same command goes on from the "
            "last good checkpoint",
        )

    def _failure(self) -> TrainingFailedError:
        """The error of the process that failed first: one that a signal killed, or the oldest error file's."""
        failed = [local for local, process in enumerate(self._processes) if process.poll()]
        reports = {local: report for local in failed if (report := _read_report(self._report(local))) is not None}
        killed = [local for local in failed if (self._processes[local].returncode or 0) < 0 and local not in reports]
        if killed:
            local, cause = killed[0], _killed_by(-(self._processes[killed[0]].returncode or 0))
        elif reports:
            local = min(reports, key=lambda local: reports[local].time)
            cause = reports[local].message
        else:
            local = failed[0]
            cause = f"it ended with code {self._processes[local].returncode}{self._last_words(local)}"
        return TrainingFailedError(
            f"process {self._first + local} of the training failed: {cause}",
            hint="the others were ended; the same command goes on from the last good checkpoint",
        )

    def _last_words(self, local: int) -> str:
        log = self._log(local)
        if not log.exists():
            return " (its own words are above)"
        lines = log.read_text(errors="replace").rstrip().splitlines()[-_SHOWN_LINES:]
        return ":\n" + "\n".join(lines) + f"\n(all of it: {log})"

    def _own_variables(self, local: int) -> dict[str, str]:
        return {
            "LOCAL_RANK": str(local),
            "RANK": str(self._first + local),
            # torch's `record` decorator, which torchrun also uses, writes an exception here as JSON.
            "TORCHELASTIC_ERROR_FILE": str(self._report(local)),
        }

    def _log(self, local: int) -> Path:
        return self._folder / f"rank-{self._first + local}.log"

    def _report(self, local: int) -> Path:
        return self._folder / f"rank-{self._first + local}.error.json"


@dataclass(frozen=True, slots=True)
class _Report:
    """An exception that ended a process: when (seconds of the epoch), and what it said."""

    time: float
    message: str


def _read_report(path: Path) -> _Report | None:
    try:
        value = json.loads(path.read_text())["message"]
        # Its own time stamp is in whole seconds; processes that wait for the one that failed follow within one.
        return _Report(path.stat().st_mtime, str(value["message"]).partition(": ")[2])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        return _Report(time.time(), f"its report {path} cannot be read: {error}")


def _killed_by(number: int) -> str:
    name = signal.Signals(number).name
    often = "; the system does that when memory runs out" if number == signal.SIGKILL else ""
    return f"it was killed by {name}{often}"


def _first_rank(devices: Devices, environment: Mapping[str, str]) -> int:
    if devices.machines == 1:
        return 0
    missing = [name for name in _MEETING if name not in environment]
    if missing:
        raise UnsupportedRequestError(
            f"the stage is for {devices.machines} machines, but {', '.join(missing)} is not set",
            hint="start recipes/launch/run.sh on each machine, which sets them (docs/training-32b.md)",
        )
    return int(environment["NODE_RANK"]) * devices.processes


def _shared_variables(devices: Devices, environment: Mapping[str, str]) -> dict[str, str]:
    meeting = {} if devices.machines > 1 else {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
    return {
        # The cores are shared out, unless the user says otherwise: more threads than cores wait for each other busily.
        "OMP_NUM_THREADS": str(max(1, usable_cores() // devices.processes)),
        **environment,
        **meeting,
        "WORLD_SIZE": str(devices.processes * devices.machines),
        "LOCAL_WORLD_SIZE": str(devices.processes),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _forwarding_signals(group: _Group) -> Iterator[None]:
    """Send SIGTERM and SIGINT on instead of dying of them: the processes save, end, and are waited for.

    A terminal that is closed (SIGHUP) no longer reaches them by itself, and means the same; ``nohup`` is respected.
    """
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield
        return

    def forward(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the handler's signature
        group.signal(signal.SIGTERM if number == signal.SIGHUP else number)

    heard = [number for number in _HEARD if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, forward) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

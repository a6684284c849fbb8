"""A Ray cluster, or Ray on this machine. Every machine needs MedGo and sees the same files."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from medgo.errors import EngineUnavailableError
from medgo.execution.protocol import TRIES, ExecutionError, Outcome, R, T, attempt, died

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Tasks of a cluster, one core each.

    Args:
        workers: Most tasks at once; 0 takes as many as the cluster has cores.
        address: Of a cluster that is up; empty starts Ray here, with ``workers`` cores, and stops it afterwards.

    Raises:
        EngineUnavailableError: When it runs: Ray is not installed.
        ExecutionError: When it runs: no cluster answers at the address.
    """

    name: ClassVar[str] = "ray"
    workers: int = 0
    address: str = ""

    def run(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Outcome[R]]:
        """See :class:`medgo.execution.Executor`."""
        if not tasks:
            return
        ray = _ray()
        _begin(ray, self.address, self.workers)
        try:
            # A worker that dies is Ray's to replace: the task is tried again there.
            remote = ray.remote(num_cpus=1, max_retries=TRIES - 1)(attempt)
            at_once = self.workers or int(ray.cluster_resources().get("CPU", 1))
            handle = ray.put(work)
            running: dict[Any, int] = {}
            for number, task in enumerate(tasks):
                running[remote.remote(handle, number, task)] = number
                if len(running) >= at_once:
                    yield _finished(ray, running)
            while running:
                yield _finished(ray, running)
        finally:
            if not self.address:
                ray.shutdown()


def _finished(ray: Any, running: dict[Any, int]) -> Outcome[Any]:
    (done, *_), _ = ray.wait(list(running), num_returns=1)
    number = running.pop(done)
    try:
        outcome: Outcome[Any] = ray.get(done)
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError) as error:
        return died(number, type(error).__name__)
    except ray.exceptions.RayError as error:
        lines = str(error).strip().splitlines()
        return Outcome(
            number,
            error=ExecutionError(
                f"Ray could not run it: {lines[-1] if lines else type(error).__name__}",
                hint="every machine of the cluster needs this version of MedGo",
            ),
        )
    return outcome


def _begin(ray: Any, address: str, workers: int) -> None:
    _check_listens(address)
    options: dict[str, Any] = {"address": address}
    if not address:
        # Processes on this machine import what this one does.
        env = {"env_vars": {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}}
        options = {"num_cpus": workers or None, "runtime_env": env}
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR", **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = f"no Ray cluster answers at {address}" if address else "Ray does not start here"
        raise ExecutionError(
            f"{where}: {error}", hint="ray start --head on one machine, or --executor local"
        ) from error


def _check_listens(address: str) -> None:
    """Ray would try an address at which nobody listens for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
        except OSError as error:
            raise ExecutionError(
                f"no Ray cluster answers at {address}: {error.strerror or error}",
                hint="ray start --head, or no address",
            ) from error


def _ray() -> Any:
    # Before it is imported: it would report its use to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Otherwise a task's process has no GPU, even where the machine has one.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise EngineUnavailableError("Ray is not installed", hint="pip install 'medgo[ray]'") from error
    return ray

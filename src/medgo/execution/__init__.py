"""Where shards are worked on: processes of this machine, or a Ray cluster. Knows nothing of what is in them."""

from __future__ import annotations

from typing import Literal, get_args

from medgo.execution.local import LocalExecutor
from medgo.execution.protocol import ExecutionError, Executor, Outcome
from medgo.execution.ray import RayExecutor

ExecutorName = Literal["local", "ray"]
EXECUTORS: tuple[ExecutorName, ...] = get_args(ExecutorName)


def open_executor(name: ExecutorName = "local", *, workers: int = 1, address: str = "") -> Executor:
    """The executor of that name.

    Args:
        name: ``local``, or ``ray``, which needs Ray and a file system that all machines share.
        workers: Processes, or most tasks at once on a cluster.
        address: Of a Ray cluster that is up (``auto``, ``ray://host:10001``); empty starts Ray on this machine.
    """
    return RayExecutor(workers, address) if name == "ray" else LocalExecutor(workers)


__all__ = ["EXECUTORS", "ExecutionError", "Executor", "ExecutorName", "LocalExecutor", "Outcome", "RayExecutor"]

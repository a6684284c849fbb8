"""Processes of this machine. One that dies takes its task with it, which another one tries once more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, ClassVar

from medgo.execution.protocol import TRIES, ExecutionError, Outcome, R, T, attempt, died

_READY = -1


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """One process, which is this one, or several.

    Args:
        workers: Processes, at least 1.
    """

    name: ClassVar[str] = "local"
    workers: int = 1

    def run(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Outcome[R]]:
        """See :class:`medgo.execution.Executor`."""
        if min(self.workers, len(tasks)) <= 1:
            for number, task in enumerate(tasks):
                yield attempt(work, number, task)
            return
        with _Team(work, tasks) as team:
            yield from team.run(min(self.workers, len(tasks)))


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: int | None = None
    ready: bool = False


class _Team:
    def __init__(self, work: Callable[[T], R], tasks: Sequence[T]) -> None:
        # Spawned, not forked: threads of numeric libraries do not survive a fork.
        self._context = multiprocessing.get_context("spawn")
        self._work, self._tasks = work, tasks
        self._waiting = deque(range(len(tasks)))
        self._deaths: Counter[int] = Counter()
        self._workers: list[_Worker] = []

    def __enter__(self) -> _Team:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def run(self, workers: int) -> Iterator[Outcome[Any]]:
        for _ in range(workers):
            self._hire()
        left = len(self._tasks)
        while left:
            for pipe in wait([worker.pipe for worker in self._workers]):
                worker = next(one for one in self._workers if one.pipe is pipe)
                outcome = self._heard(worker)
                if outcome is not None:
                    left -= 1
                    yield outcome

    def _heard(self, worker: _Worker) -> Outcome[Any] | None:
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):
            return self._bury(worker)
        outcome: Outcome[Any] | None = None
        if said == _READY:
            worker.ready = True
        else:
            outcome, worker.task = said, None
        self._give(worker)
        return outcome

    def _bury(self, worker: _Worker) -> Outcome[Any] | None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if not worker.ready:
            raise ExecutionError(
                f"processes die as they start ({_how(worker.process.exitcode)})",
                hint="run again with --workers 1, which needs least memory",
            )
        number = worker.task
        self._hire()
        if number is None:
            return None
        self._deaths[number] += 1
        if self._deaths[number] < TRIES:
            self._waiting.append(number)
            return None
        return died(number, _how(worker.process.exitcode))

    def _hire(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))

    def _give(self, worker: _Worker) -> None:
        if self._waiting:
            worker.task = self._waiting.popleft()
            worker.pipe.send((worker.task, self._tasks[worker.task]))


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """In a worker: one task after another, until the one that started it is gone.

    An interrupt from the keyboard reaches the parent too, which then ends its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
    pipe.send(_READY)
    while True:
        try:
            number, task = pipe.recv()
        except EOFError:
            return
        pipe.send(attempt(work, number, task))

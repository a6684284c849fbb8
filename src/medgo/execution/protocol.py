"""Nouns of execution: work that is done on many tasks, and what came of each."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from medgo.errors import MedGoError

T = TypeVar("T")
R = TypeVar("R")

# How often a task may take a process down with it before it is given up.
TRIES = 2


class ExecutionError(MedGoError):
    """A task failed otherwise than by an error that MedGo raises on purpose, or its process died."""

    code = "execution"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """What came of one task.

    Args:
        number: Of the task, from 0.
        value: What the work returned; None where it failed.
        error: Why it failed; None where it did not.
    """

    number: int
    value: R | None = None
    error: MedGoError | None = None


class Executor(Protocol):
    """Works on tasks, as many at once as it may; one that fails, or whose process is killed, stops no other."""

    name: ClassVar[str]

    def run(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[Outcome[R]]:
        """Work on every task.

        Args:
            work: A function of a module, or an object that can be pickled: other processes import it.
            tasks: Small, since each is passed on; results are passed back.

        Yields:
            An outcome for each task, as they finish.
        """
        ...


def attempt(work: Callable[[T], R], number: int, task: T) -> Outcome[R]:
    """Work on a task; its failure is an outcome, too."""
    try:
        return Outcome(number, work(task))
    except MedGoError as error:
        return Outcome(number, error=error)
    except Exception as error:  # noqa: BLE001 - one shard's fault must not end the others; the outcome says where
        # The message of an error may quote the text that was worked on, which a log must not hold.
        at = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(at.filename).name}:{at.lineno}"
        return Outcome(number, error=ExecutionError(f"{type(error).__name__} in {place}"))


def died(number: int, how: str) -> Outcome[R]:
    """The outcome of a task whose process did not live to tell."""
    return Outcome(
        number,
        error=ExecutionError(
            f"the process that worked on it died {TRIES} times ({how})",
            hint="often too little memory: run again with fewer workers; what is finished stays",
        ),
    )

"""Works on batches of units, in this process or in several; outcomes come in the order of their units."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from medgo.deid.formats import FormatName, HeldBackError, Reason, Record, Unit, open_format
from medgo.deid.runs.config import RunConfig
from medgo.deid.runs.records import clean
from medgo.deid.runs.tools import Tools
from medgo.errors import EngineFailureError
from medgo.store import encode_row

# Enough that passing it to another process costs little, and little enough that a kill costs little.
_BATCH_UNITS, _BATCH_BYTES = 64, 1 << 18
OpenTools = Callable[[RunConfig, bytes], Tools]


@dataclass(frozen=True, slots=True)
class Job:
    """A unit and where it comes from.

    Args:
        file: Which file of the run, from 0.
        format: Of the file; None where it is none that is read.
        unit: The unit.
    """

    file: int
    format: FormatName | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a unit.

    Args:
        file: See :class:`Job`.
        number: Of the unit in its file.
        id: The record's; of one that cannot be read the unit's name, or empty.
        size: Bytes of the unit.
        reason: Why it is held back; None where it is not.
        rows: What is written: bytes of the record, or whatever the work gives.
        labels: Replaced stretches by class.
        found_by: The same by detector.
        protected: Findings that the gate kept.
        characters: Of all its parts.
        pieces: For each part with replaced stretches: its place among the parts, its name and
            ``[start, end, new_start, new_end, label, detector]``.
        vault: Lines of the vault.
        rare: Whether the record was made coarse for a rare disease.
        masked: Pictures and documents that were left out of it.
        encoding: In which it was read.
    """

    file: int
    number: int
    id: str
    size: int
    reason: Reason | None = None
    rows: bytes = b""
    labels: dict[str, int] = field(default_factory=dict)
    found_by: dict[str, int] = field(default_factory=dict)
    protected: int = 0
    characters: int = 0
    pieces: list[tuple[int, str, list[list[Any]]]] = field(default_factory=list)
    vault: bytes = b""
    rare: bool = False
    masked: int = 0
    encoding: str = ""


class Work(Protocol):
    """What is done with a unit; a function that other processes can import."""

    def __call__(self, job: Job, tools: Tools) -> Outcome:
        """Work on a unit; a record that must not be passed on is an outcome with a reason."""
        ...


def record_of(job: Job, tools: Tools) -> Record:
    """The record of a unit.

    Raises:
        HeldBackError: It cannot be read.
    """
    if job.format is None:
        raise HeldBackError("unknown_format", "the file has no format that is read")
    return open_format(job.format, tools.columns).record(job.unit)


def clean_unit(job: Job, tools: Tools) -> Outcome:
    """De-identify the record of a unit."""
    name, size = job.unit.name, len(job.unit.data or b"")
    try:
        record = record_of(job, tools)
        name = record.id
        cleaned = clean(record, tools)
    except HeldBackError as error:
        return Outcome(job.file, job.unit.number, name, size, error.reason)
    pieces = [
        (at, part, [[p.start, p.end, p.new_start, p.new_end, p.label, p.detector] for p in ones])
        for at, part, ones in cleaned.pieces
    ]
    return Outcome(
        job.file, job.unit.number, name, size, None, cleaned.data, dict(cleaned.labels), dict(cleaned.found_by),
        cleaned.protected, cleaned.characters, pieces, b"".join(map(encode_row, cleaned.vault)),
        cleaned.rare, record.masked, record.encoding,
    )  # fmt: skip


def batches(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Put jobs together that are passed on at once."""
    batch: list[Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += len(job.unit.data or b"")
        if len(batch) >= _BATCH_UNITS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def work_through(
    jobs: Iterable[Job], work: Work, open_here: Callable[[], Tools], workers: int
) -> Iterator[list[Outcome]]:
    """Work on all jobs.

    A record on which a process dies (out of memory, a library's fault) is held back as ``crashed``; all others are
    done. With one worker there is no other process, and a death is this one's.

    Args:
        jobs: In order.
        work: What is done with each.
        open_here: Opens the tools; called once in each process that works.
        workers: Processes, at least 1.

    Yields:
        Outcomes of a batch, in order. At most some batches for each worker are in memory.
    """
    if workers == 1:
        tools = open_here()
        for batch in batches(jobs):
            yield [work(job, tools) for job in batch]
        return
    with _Crew(work, open_here, workers) as crew:
        waiting: deque[tuple[list[Job], Future[list[Outcome]]]] = deque()
        for batch in batches(jobs):
            waiting.append((batch, crew.submit(batch)))
            if len(waiting) >= 3 * workers:
                yield crew.result(waiting)
        while waiting:
            yield crew.result(waiting)


class _Crew:
    """Processes that work, and new ones when one of them dies."""

    def __init__(self, work: Work, open_here: Callable[[], Tools], workers: int) -> None:
        self._work, self._open, self._workers = work, open_here, workers
        self._pool = self._hire(workers)

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def submit(self, batch: Sequence[Job]) -> Future[list[Outcome]]:
        """Pass on a batch."""
        try:
            return self._pool.submit(_work_on, self._work, batch)
        except BrokenProcessPool as error:
            # It broke since the last result was asked for; who asks for this one's finds out which record it was.
            broken: Future[list[Outcome]] = Future()
            broken.set_exception(error)
            return broken

    def result(self, waiting: deque[tuple[list[Job], Future[list[Outcome]]]]) -> list[Outcome]:
        """Outcomes of the first batch that waits."""
        batch, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            logging.getLogger("medgo").warning("a process died; its records are tried again one by one")
            outcomes = list(self._one_by_one(batch))
        # What else waited was lost with the pool.
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._hire(self._workers)
        for number, (lost, _) in enumerate(waiting):
            waiting[number] = (lost, self.submit(lost))
        return outcomes

    def _one_by_one(self, batch: Sequence[Job]) -> Iterator[Outcome]:
        """The batch in a process of its own, which shows on which record it dies."""
        left = deque(batch)
        while left:
            with self._hire(1) as pool:
                _check(pool)
                try:
                    while left:
                        yield pool.submit(_work_on, self._work, [left[0]]).result()[0]
                        left.popleft()
                except BrokenProcessPool:
                    job = left.popleft()
                    size = len(job.unit.data or b"")
                    yield Outcome(job.file, job.unit.number, job.unit.name, size, "crashed")

    def _hire(self, workers: int) -> ProcessPoolExecutor:
        # Spawned, not forked: threads of numeric libraries do not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=partial(_begin, self._open))


def _check(pool: ProcessPoolExecutor) -> None:
    """Let a new process open its tools.

    Raises:
        EngineFailureError: It dies before it has seen a record.
    """
    try:
        pool.submit(_ready).result()
    except BrokenProcessPool as error:
        raise EngineFailureError(
            "processes die as they start, of too little memory or by a kill",
            hint="run the same command again with --workers 1: it continues, and needs least memory",
        ) from error


_OPEN: list[Callable[[], Tools]] = []
_TOOLS: list[Tools] = []


def _begin(open_here: Callable[[], Tools]) -> None:
    """In a new process: end it when the one that started it is killed, which cannot tell its workers.

    An interrupt from the keyboard reaches the parent too, which then lets batches under way end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _OPEN[:] = [open_here]
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _ready() -> None:
    # Not in the initializer, where an error would look like a process that died.
    if not _TOOLS:
        _TOOLS.append(_OPEN[0]())


def _work_on(work: Work, batch: Sequence[Job]) -> list[Outcome]:
    _ready()
    return [work(job, _TOOLS[0]) for job in batch]

"""One run: units in, records without identifiers out, everything that could not be done by name in a list beside it.

``OUTPUT.run/`` holds ``checkpoint.json`` (how far), ``held_back.jsonl`` (``{file, number, id, reason}``),
``pieces.jsonl`` (where replaced stretches lay and lie; no text), ``log.jsonl`` (what happened when; counts only) and,
at the end, ``audit.json``. The held-back list, ``pieces.jsonl`` and ``names.jsonl`` name records and files as the input
does: they stay in the house. The log and the audit hold no identifier.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from medgo import __version__
from medgo.deid.formats import Columns, files_of
from medgo.deid.policy import Policy, read_policy
from medgo.deid.runs.checkpoint import Checkpoint, Totals
from medgo.deid.runs.config import RunConfig, input_sha256, run_folder, run_mark
from medgo.deid.runs.places import Place, check_output, places_of
from medgo.deid.runs.seen import SEEN, collect_unit, write_seen
from medgo.deid.runs.tools import Tools, open_key, open_tools
from medgo.deid.runs.working import OpenTools, Outcome, Work, clean_unit, work_through
from medgo.deid.runs.writing import Inputs, Outputs
from medgo.errors import InputError, ResumeMismatchError
from medgo.store import AppendLog, encode_row, replacing, sole_writer
from medgo.store.certificates import certificate_path
from medgo.store.hashing import fingerprint

_SECONDS_BETWEEN_CHECKPOINTS = 1.0
_SECONDS_BETWEEN_LOG_LINES = 10.0


class Watcher(Protocol):
    """Is told what a run does."""

    def start(self, total: int) -> None:
        """So many bytes are to be read, as the files have them."""
        ...

    def advance(self, size: int, totals: Totals) -> None:
        """Units of so many bytes were done; so much is done in all."""
        ...


@dataclass(frozen=True, slots=True)
class RunReport:
    """What came of a run.

    Args:
        totals: Counts over all starts.
        finished: False when it was stopped.
        again: Whether it was finished before and nothing was done.
        folder: Where log, held-back list and audit lie.
    """

    totals: Totals
    finished: bool
    again: bool
    folder: Path


class Unwatched:
    """Shows nothing."""

    def start(self, total: int) -> None:
        """Ignore it."""

    def advance(self, size: int, totals: Totals) -> None:
        """Ignore it."""


@dataclass(frozen=True, slots=True)
class _Order:
    config: RunConfig
    workers: int
    watch: Watcher
    should_stop: Callable[[], bool]
    work: Work
    clock: Callable[[], float]


def run_deid(
    config: RunConfig,
    *,
    workers: int = 1,
    watch: Watcher | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    open_run_tools: OpenTools = open_tools,
    work: Work = clean_unit,
    clock: Callable[[], float] = time.time,
) -> RunReport:
    """De-identify a file or a folder; the same call goes on with a run that was killed, to the same bytes.

    Args:
        config: What is asked for.
        workers: Processes.
        watch: Is told of progress.
        should_stop: Asked between batches.
        open_run_tools: Opens detectors and replacer.
        work: What is done with a unit.
        clock: Seconds since the epoch.

    Raises:
        InputError: Input, policy or key cannot be read.
        ResumeMismatchError: The output is of another run, or the input has changed since.
        EngineUnavailableError: A detector's library is not installed.
        StorageError: The disk did not take it; the same call goes on.
    """
    folder = run_folder(config.output)
    places = places_of(config)
    open_key(config)  # before the lexicons are loaded
    order = _Order(config, workers, watch or Unwatched(), should_stop, work, clock)
    with sole_writer(config.output):
        point = Checkpoint.read(folder / "checkpoint.json")
        check_output(config, has_checkpoint=point is not None)
        salt = bytes.fromhex(point.salt) if point is not None and point.salt else secrets.token_bytes(32)
        tools = open_run_tools(config, salt)
        policy = read_policy(config.policy)
        mark = _mark(config, places, tools, policy)
        if point is None:
            point = Checkpoint(mark, salt.hex())
        _check_mark(config, point, mark)
        if point.finished:
            return RunReport(point.totals, finished=True, again=True, folder=folder)
        # From here on the output is this run's, even if it is killed before it has written a record.
        point.write(folder / "checkpoint.json")
        columns = tools.columns
        order.watch.start(sum(place.source.stat().st_size for place in places) * (2 if _looks_first(config) else 1))
        if _looks_first(config) and not (folder / SEEN).exists():
            opened = partial(open_run_tools, config, salt) if workers > 1 else lambda: tools
            if not _look(order, places, columns, point.totals, opened):
                return RunReport(point.totals, finished=False, again=False, folder=folder)
            tools = open_run_tools(config, salt)
        opened = partial(open_run_tools, config, salt) if workers > 1 else lambda: tools
        finished = _work(order, places, point, columns, opened)
        if finished:
            _finish(config, places, point, tools, policy, clock)
    return RunReport(point.totals, finished, again=False, folder=folder)


def output_sha256(output: Path) -> str:
    """The hash of the output file, or of all files of the output folder; empty where everything was held back.

    Certificates that lie beside their files in the folder are no part of it.
    """
    if not output.exists():
        return ""
    files = files_of(output) if output.is_file() or any(output.iterdir()) else []
    certificates = {certificate_path(file) for file in files}
    return input_sha256(output, [file for file in files if file not in certificates])


def _mark(config: RunConfig, places: list[Place], tools: Tools, policy: Policy) -> dict[str, str]:
    key = open_key(config)
    try:
        source = input_sha256(config.input, [place.source for place in places])
    except OSError as error:
        raise InputError(f"{config.input} cannot be read: {error.strerror or error}") from error
    return run_mark(
        config,
        {
            "input": source,
            "policy": policy.sha256,
            "columns": tools.columns.sha256,
            "key": key.fingerprint if key is not None else "",
            "detectors": fingerprint(dict(tools.versions)),
            "medgo": __version__,
        },
    )


def _check_mark(config: RunConfig, point: Checkpoint, mark: dict[str, str]) -> None:
    other = sorted(name for name in mark if point.mark.get(name) != mark[name])
    if other:
        raise ResumeMismatchError(
            f"{config.output} was begun with another {', '.join(other)}",
            hint="run it as it was begun, or choose another output",
        )
    if not config.output.exists() and (point.totals.records or point.finished):
        raise ResumeMismatchError(
            f"{config.output} is gone, and its run folder is still there",
            hint=f"remove {run_folder(config.output).name} to start anew",
        )


def _looks_first(config: RunConfig) -> bool:
    return config.mode == "surrogate" and not config.one_pass


class _StoppedError(Exception):
    """The first pass was asked to stop; it begins anew."""


def _look(order: _Order, places: list[Place], columns: Columns, totals: Totals, open_here: Callable[[], Tools]) -> bool:
    """The first pass; returns whether its end was reached."""

    def batches() -> Iterator[list[Outcome]]:
        for outcomes in work_through(Inputs(places, columns).after(0, 0), collect_unit, open_here, order.workers):
            order.watch.advance(sum(one.size for one in outcomes), totals)
            yield outcomes
            if order.should_stop():
                raise _StoppedError

    try:
        write_seen(run_folder(order.config.output) / SEEN, batches())
    except _StoppedError:
        return False
    return True


def _work(
    order: _Order, places: list[Place], point: Checkpoint, columns: Columns, open_here: Callable[[], Tools]
) -> bool:
    """Everything that is left; returns whether the end was reached."""
    folder = run_folder(order.config.output)
    inputs = Inputs(places, columns)
    point.totals.starts += 1
    before, begun = point.totals.seconds, order.clock()
    with (
        AppendLog(folder / "log.jsonl") as log,
        closing(Outputs(folder, places, point, inputs, vault=order.config.vault)) as outputs,
    ):
        log.append(_event("started", begun, point.totals))
        logged = saved = begun
        # A kill before the first batch must leave a run that can go on, not an output of nobody's.
        outputs.save()
        for outcomes in work_through(inputs.after(point.file, point.unit), order.work, open_here, order.workers):
            for outcome in outcomes:
                outputs.take(outcome)
            now = order.clock()
            point.totals.seconds = before + now - begun
            order.watch.advance(sum(one.size for one in outcomes), point.totals)
            if now - saved >= _SECONDS_BETWEEN_CHECKPOINTS:
                outputs.save()
                saved = now
            if now - logged >= _SECONDS_BETWEEN_LOG_LINES:
                log.append(_event("working", now, point.totals))
                logged = now
            if order.should_stop():
                outputs.save()
                log.append(_event("stopped", now, point.totals))
                return False
        outputs.finish()
        outputs.save()
        log.append(_event("finished", order.clock(), point.totals))
    return True


def _event(event: str, now: float, totals: Totals) -> dict[str, Any]:
    """A line of the log: counts, no record."""
    return {"event": event, "time": _time(now), **totals.to_dict()}


def _finish(
    config: RunConfig, places: list[Place], point: Checkpoint, tools: Tools, policy: Policy, clock: Callable[[], float]
) -> None:
    """Write the audit, and then that the run is finished."""
    folder = run_folder(config.output)
    key = open_key(config)
    audit = {
        "medgo": __version__,
        "finished": _time(clock()),
        "mode": config.mode,
        "tier": config.tier,
        "lang": config.lang,
        "policy": {"name": policy.name, "version": policy.version, "sha256": policy.sha256},
        "detectors": dict(tools.versions),
        "key": key.fingerprint if key is not None else "",
        "formats": dict(sorted(Counter(place.format or "none" for place in places).items())),
        "input_sha256": point.mark["input"],
        "output_sha256": output_sha256(config.output),
        **point.totals.to_dict(),
    }
    _write_json(folder / "audit.json", audit)
    if config.input.is_dir():
        with replacing(folder / "names.jsonl") as file:
            os.fchmod(file.fileno(), 0o600)
            for place in places:
                names = {"input": str(place.source.relative_to(config.input)), "output": place.target.name}
                file.write(encode_row(names))
    point.finished, point.salt = True, ""
    point.write(folder / "checkpoint.json")
    (folder / SEEN).unlink(missing_ok=True)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n")


def _time(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")

"""Runs steps in their order: skips what is unchanged, goes on with what was interrupted. Knows no step's work.

Whether a step is run is decided by hashes alone: of its recipe, its files, its code's version, and of what the steps
it needs left. So a step whose needs were run again and left the same is not run again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from medgo.errors import MedGoError, RunFolderError
from medgo.pipeline.aside import put_aside
from medgo.pipeline.state import FileMark, State, StepState, marks_of
from medgo.pipeline.step import Step, in_order
from medgo.store import sole_writer

Verdict = Literal["current", "new", "changed", "interrupted", "failed", "waits"]
Outcome = Literal["skipped", "done", "failed", "blocked"]


class Watcher(Protocol):
    """Is told how a pipeline goes on."""

    def begins(self, step: Step, why: str) -> None:
        """A step is run."""

    def ends(self, step: Step, outcome: Outcome, words: str, seconds: float) -> None:
        """It was run, skipped, or cannot be run; ``words`` say why, empty where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a step must be run.

    Args:
        verdict: ``current`` need not; ``waits`` depends on what steps before it will leave.
        why: In words.
        inputs: What it depends on now; empty where that is not known yet.
    """

    verdict: Verdict
    why: str
    inputs: Mapping[str, Any]


def run_pipeline(
    steps: Iterable[Step], state_file: Path, watch: Watcher, *, clock: Callable[[], float] = time.monotonic
) -> dict[str, Outcome]:
    """Run what must be run.

    Args:
        steps: All steps.
        state_file: ``pipeline.json``.
        watch: Is told how it goes on.
        clock: Seconds.

    Returns:
        Step → what became of it. A failed step blocks those that need it, and no others.

    Raises:
        RecipeError: The steps do not fit together.
        RunFolderError: The state file is damaged.
        StorageError: Another process runs this pipeline, or the disk is full.
    """
    ordered = in_order(steps)
    outcomes: dict[str, Outcome] = {}
    with sole_writer(state_file):
        state = State(state_file)
        for step in ordered:
            stopped = [need for need in step.needs if outcomes[need] in ("failed", "blocked")]
            if stopped:
                outcomes[step.name] = "blocked"
                watch.ends(step, "blocked", f"needs {', '.join(stopped)}", 0.0)
                continue
            outcomes[step.name] = _do(step, state, watch, clock)
        state.save()
    return outcomes


def judge(step: Step, state: State) -> Judgement:
    """Tell whether a step whose needs are done must be run.

    Raises:
        MedGoError: What it depends on cannot be read.
    """
    inputs = _inputs(step, state)
    before = state.steps.get(step.name)
    if before is None:
        return Judgement("new", "not run yet", inputs)
    if before.inputs != inputs:
        return Judgement("changed", _difference(before.inputs, inputs), inputs)
    if before.status == "running":
        return Judgement("interrupted", "was interrupted", inputs)
    if before.status == "failed":
        return Judgement("failed", f"failed before: {before.error}", inputs)
    now = marks_of(step.output_files(), step.folder, before.outputs)
    if odd := _unlike(now, before.outputs):
        return Judgement("changed", f"what it left is not as it was: {', '.join(odd[:3])}", inputs)
    return Judgement("current", "unchanged", inputs)


def survey(steps: Iterable[Step], state_file: Path) -> dict[str, Judgement]:
    """What a run would do, without doing it.

    Raises:
        RecipeError: The steps do not fit together.
        RunFolderError: The state file is damaged.
    """
    state = State(state_file)
    found: dict[str, Judgement] = {}
    for step in in_order(steps):
        waits = [need for need in step.needs if found[need].verdict != "current"]
        if waits:
            found[step.name] = Judgement("waits", f"for {', '.join(waits)}", {})
            continue
        try:
            found[step.name] = judge(step, state)
        except MedGoError as error:
            found[step.name] = Judgement("failed", error.message, {})
    return found


def _do(step: Step, state: State, watch: Watcher, clock: Callable[[], float]) -> Outcome:
    began = clock()
    try:
        judgement = judge(step, state)
        if judgement.verdict == "current":
            watch.ends(step, "skipped", judgement.why, 0.0)
            return "skipped"
        watch.begins(step, judgement.why)
        _claim(step, state, judgement)
        step.work()
        _finish(step, state, clock() - began)
    except MedGoError as error:
        entry = state.steps.setdefault(step.name, StepState("failed", {}))
        entry.status, entry.error, entry.hint = "failed", error.message, error.hint
        state.save()
        watch.ends(step, "failed", str(error), clock() - began)
        return "failed"
    watch.ends(step, "done", "", clock() - began)
    return "done"


def _claim(step: Step, state: State, judgement: Judgement) -> None:
    """Note that the step is begun, before anything of it is written."""
    before = state.steps.get(step.name)
    same = before is not None and before.inputs == judgement.inputs
    if before is not None and not same and not step.reworks and step.folder.exists():
        put_aside(step.folder)
    runs = before.runs if before is not None and same else 0
    state.steps[step.name] = StepState("running", dict(judgement.inputs), runs=runs + 1)
    state.save()


def _finish(step: Step, state: State, seconds: float) -> None:
    files = step.output_files()
    if not files:
        raise RunFolderError(f"{step.name} left none of {', '.join(step.outputs)} in {step.folder}")
    entry = state.steps[step.name]
    entry.outputs = marks_of(files, step.folder, {})
    entry.status, entry.seconds = "done", round(seconds, 3)
    entry.finished = datetime.now(UTC).isoformat(timespec="seconds")
    state.save()


def _inputs(step: Step, state: State) -> dict[str, Any]:
    own = step.inputs()
    value: dict[str, Any] = json.loads(json.dumps(dict(own.value)))  # as it comes back from the state file
    files = {f"file {name}": state.hash_of(path) for name, path in sorted(own.files.items())}
    return {**files, **{f"step {need}": state.steps[need].results for need in step.needs}, **value}


def _unlike(now: Mapping[str, FileMark], before: Mapping[str, FileMark]) -> list[str]:
    """Files that are there only now, only before, or with other bytes."""
    hashes, old = ({name: mark.sha256 for name, mark in marks.items()} for marks in (now, before))
    return sorted(name for name in {**old, **hashes} if old.get(name) != hashes.get(name))


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return f"changed: {', '.join(changed)}"

"""``curves.jsonl``: one line a logged step, the same whether a run was stopped and resumed or not. Draws them too."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from medgo.errors import InputError
from medgo.store import AppendLog, RowFile, encode_row, replacing
from medgo.training.running.step_tokens import StepTokens

TaskLosses = Mapping[str, Mapping[str, float]]
# The Trainer's names of what has a column of its own, and what says nothing.
_OWN = {"loss", "grad_norm", "learning_rate", "epoch", "num_tokens", "num_input_tokens_seen"}


class CurvePoint(TypedDict):
    """A line of the file.

    Args:
        step: Optimiser steps done.
        loss: Mean over the steps since the last line.
        learning_rate: Of the last step.
        grad_norm: Of the last step, before it was scaled down.
        tokens: Seen since the stage's start, without padding.
        loss_tokens: Those of them that carried a loss.
        tokens_per_second: Since the last line, over all devices; the only column that two equal runs differ in.
        tasks: Task → its ``loss`` (nats a token), ``tokens`` and ``accuracy`` since the last line.
        more: What else the method logs (margins, log-probabilities).
    """

    step: int
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    loss_tokens: int
    tokens_per_second: float
    tasks: dict[str, dict[str, float]]
    more: dict[str, float]


class Curves(TrainerCallback):  # type: ignore[misc]
    """Appends a line whenever the Trainer logs; only the first process writes.

    A line is also written at every step that is saved. Sums since the last line are not part of a checkpoint, so only
    then does a resumed run write the lines that an unbroken one writes.

    Args:
        path: The file.
        tokens: Seen by step.
        tasks: Returns what the last log line said of each task.
    """

    def __init__(
        self,
        path: Path,
        tokens: StepTokens,
        tasks: Callable[[], TaskLosses],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._tokens, self._tasks, self._clock = path, tokens, tasks, clock
        self._log: AppendLog | None = None
        self._last = (0, 0.0)

    def on_train_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature, here and below
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Cut off what was logged after the step that training goes on from."""
        if state.is_world_process_zero:
            truncate_curves(self._path, state.global_step)
            self._log = AppendLog(self._path)
            self._last = (state.global_step, self._clock())

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Log at every step that is saved."""
        if control.should_save:
            control.should_log = True

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: Mapping[str, Any],
        **_: Any,
    ) -> None:
        """Append a line; summaries at the end of training are none."""
        if self._log is None or "loss" not in logs:
            return
        step, now = state.global_step, self._clock()
        before, then = self._last
        self._last = (step, now)
        point = CurvePoint(
            step=step,
            loss=float(logs["loss"]),
            learning_rate=float(logs["learning_rate"]),
            grad_norm=float(logs["grad_norm"]),
            tokens=self._tokens.at(step),
            loss_tokens=int(self._tokens.learnt[step - 1]),
            tokens_per_second=round(self._tokens.between(before, step) / max(now - then, 1e-9), 1),
            tasks={task: dict(sums) for task, sums in self._tasks().items()},
            more={name: float(value) for name, value in logs.items() if _is_more(name, value)},
        )
        self._log.append(dict(point))

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Close the file."""
        if self._log is not None:
            self._log.close()


def read_curves(path: Path) -> list[CurvePoint]:
    """All lines of a file of curves.

    Raises:
        InputError: The file is missing, or a line is damaged.
    """
    points: list[CurvePoint] = []
    for row in RowFile(path):
        if row.error is not None or row.value is None:
            raise InputError(f"{path}:{row.number} is not a line of curves: {row.error}")
        points.append(CurvePoint(**row.value))  # type: ignore[typeddict-item]
    return points


def training_seconds(points: Sequence[CurvePoint]) -> float:
    """Time that the steps of a curve took, without start-up and without what a kill cost."""
    before = 0
    seconds = 0.0
    for point in points:
        seconds += (point["tokens"] - before) / point["tokens_per_second"] if point["tokens_per_second"] else 0.0
        before = point["tokens"]
    return seconds


def truncate_curves(path: Path, step: int) -> None:
    """Keep the lines up to a step; a torn last line goes with the others.

    Raises:
        StorageError: The file cannot be written.
    """
    if not path.exists():
        return
    kept = [row.value for row in RowFile(path) if row.value is not None and row.value["step"] <= step]
    with replacing(path) as file:
        file.writelines(encode_row(value) for value in kept)


def _is_more(name: str, value: Any) -> bool:
    return name not in _OWN and not name.startswith("tasks/") and isinstance(value, int | float)

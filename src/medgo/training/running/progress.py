"""How far training is, on standard error: loss, tokens a second, share of the peak, memory, time. Writes no file."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from medgo.training.running.step_tokens import StepTokens

_SMOOTHING = 0.1  # weight of a new loss in the shown mean
_LINES = 20  # about so many lines where there is no terminal


@dataclass(frozen=True, slots=True)
class Speedometer:
    """What tokens a second mean.

    Args:
        flops_per_token: Useful operations of one token, forward and backward; None shows no share of the peak.
        peak_flops: Operations a second that all devices together could do; None likewise.
    """

    flops_per_token: float | None = None
    peak_flops: float | None = None

    def use(self, tokens_per_second: float) -> float | None:
        """Share of the peak that useful work takes (MFU, https://arxiv.org/abs/2204.02311, appendix B)."""
        if self.flops_per_token is None or not self.peak_flops:
            return None
        return tokens_per_second * self.flops_per_token / self.peak_flops


class TrainingProgress(TrainerCallback):  # type: ignore[misc]
    """A bar in a terminal, about twenty lines elsewhere; only the first process shows anything.

    Args:
        name: Of the stage.
        tokens: Seen by step.
        speedometer: For the share of the peak.
        console: Where to; None is standard error.
        silent: Show nothing.
    """

    def __init__(
        self,
        name: str,
        tokens: StepTokens,
        speedometer: Speedometer = Speedometer(),
        *,
        console: Console | None = None,
        silent: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._tokens, self._speedometer, self._clock = name, tokens, speedometer, clock
        self._console = console if console is not None else Console(stderr=True)
        self._silent = silent
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._loss: float | None = None
        self._start = (0, 0.0)
        self._written = 0

    def on_train_begin(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature, here and below
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Show the bar at the step that training starts from."""
        self._silent = self._silent or not state.is_world_process_zero
        self._start = (state.global_step, self._clock())
        self._written = state.global_step
        if self._silent or not self._console.is_terminal:
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
        )
        self._bar = Progress(*columns, TimeRemainingColumn(), console=self._console)
        self._task = self._bar.add_task(self._name, total=state.max_steps, completed=state.global_step, said="")
        self._bar.start()

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Move the bar on by a step."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=state.global_step, said=self._said(state.global_step))

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: Mapping[str, Any],
        **_: Any,
    ) -> None:
        """Take up the loss, which comes after the step; where there is no terminal, write a line now and then."""
        if "loss" not in logs:
            return
        loss, step = float(logs["loss"]), state.global_step
        self._loss = loss if self._loss is None else (1 - _SMOOTHING) * self._loss + _SMOOTHING * loss
        due = step - self._written >= state.max_steps / _LINES or step == state.max_steps
        if not self._silent and self._bar is None and due:
            self._written = step
            left = (self._clock() - self._start[1]) / max(1, step - self._start[0]) * (state.max_steps - step)
            line = f"{self._name} {step}/{state.max_steps} {self._said(step)} {left / 60:.1f} min left"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,  # noqa: ARG002
        **_: Any,
    ) -> None:
        """Leave the bar as it is."""
        self.close()

    def close(self) -> None:
        """Give the terminal back; needed where training ended with an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _said(self, step: int) -> str:
        first, since = self._start
        rate = self._tokens.between(first, step) / max(self._clock() - since, 1e-9)
        parts = [] if self._loss is None else [f"loss {self._loss:.3f}"]
        parts.append(f"{rate:,.0f} tok/s")
        if (use := self._speedometer.use(rate)) is not None:
            parts.append(f"MFU {use:.1%}")
        parts.append(f"{peak_memory() / 2**30:.1f} GiB")
        return " ".join(parts)


def peak_memory() -> int:
    """Most bytes that this process has held so far: on the GPU where there is one, else in main memory."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    # Kilobytes on Linux, bytes on macOS (getrusage(2) of each).
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

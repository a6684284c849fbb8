"""Shows a run while it runs: a bar on a terminal, a line now and then elsewhere. Writes to the console it is given."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from medgo.inference.protocol import Completion, EngineInfo

_SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """Is told what a run does."""

    def note(self, text: str) -> None:
        """Something that takes a while begins."""
        ...

    def start(self, total: int, done: int, failed: int, engine: EngineInfo) -> None:
        """The engine is loaded; ``done`` rows were finished before."""
        ...

    def row(self, completion: Completion) -> None:
        """A row is finished."""
        ...

    def close(self) -> None:
        """No more rows will come."""
        ...


class SilentProgress:
    """Shows nothing."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def start(self, total: int, done: int, failed: int, engine: EngineInfo) -> None:
        """Ignore it."""

    def row(self, completion: Completion) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Ignore it."""


class Rates:
    """Counts rows and tokens against a clock. Rows of an earlier run count as done but not as speed."""

    def __init__(self, total: int, done: int, failed: int, clock: Callable[[], float]) -> None:
        self.total, self.done, self.failed = total, done, failed
        self._clock, self._begun, self._before = clock, clock(), done
        self._tokens_in = self._tokens_out = 0

    def add(self, completion: Completion) -> None:
        """Count a row."""
        self.done += 1
        self.failed += completion.error is not None
        self._tokens_in += completion.usage.prompt
        self._tokens_out += completion.usage.completion

    def __str__(self) -> str:
        seconds = max(self._clock() - self._begun, 1e-9)
        speed = f"{self._tokens_out / seconds:,.0f} tok/s out, {self._tokens_in / seconds:,.0f} in"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done}/{self.total}{failed}  {speed}  ETA {self._eta(seconds)}"

    def _eta(self, seconds: float) -> str:
        computed = self.done - self._before
        if not computed:
            return "--:--"
        minutes, rest = divmod(round(seconds / computed * (self.total - self.done)), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


class ConsoleProgress:
    """Shows progress on a console, which should be standard error's.

    Args:
        console: Where to.
        clock: Seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._bar = Bar(BarColumn(None), TextColumn("{task.fields[rates]}"), console=console, transient=True)
        self._rates = Rates(0, 0, 0, clock)
        self._last_line = clock()

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(f"{text} …", style="dim", highlight=False, markup=False, soft_wrap=True)

    def start(self, total: int, done: int, failed: int, engine: EngineInfo) -> None:
        """Begin the bar, or print the first line."""
        self.note(
            f"{engine.engine} · {engine.model} · {engine.dtype} · {engine.device}; {done} of {total} rows are done"
        )
        self._rates = Rates(total, done, failed, self._clock)
        self._last_line = self._clock()
        if self._console.is_terminal:
            self._task = self._bar.add_task("", total=total, completed=done, rates=str(self._rates))
            self._bar.start()

    def row(self, completion: Completion) -> None:
        """Move the bar, or print a line when the last one is old."""
        self._rates.add(completion)
        if self._console.is_terminal:
            self._bar.update(self._task, completed=self._rates.done, rates=str(self._rates))
        elif self._clock() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = self._clock()
            self._console.print(str(self._rates), highlight=False)

    def close(self) -> None:
        """Take the bar away and leave the last state as a line."""
        self._bar.stop()
        self._console.print(str(self._rates), highlight=False)

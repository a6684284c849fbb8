"""SIGINT and SIGTERM ask a run to end after the rows that are running; a second one ends the process at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SHOW_CURSOR = b"\x1b[?25h"
_MESSAGE = (
    "\nStopping after the rows that are running; again to stop at once. Finished rows are safe.\n"
    "正在完成已开始的行后停止；再次中断将立即停止。已完成的行不会丢失。\n"
).encode()


class StopRequest:
    """Whether a signal came, and which."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self) -> bool:
        """Return whether a signal came."""
        return self.signal is not None

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process that a signal ended: 130 or 143."""
        return 128 + (self.signal or 0)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Install the handlers for the length of a block; only in the main thread."""
    request = StopRequest()

    def handle(number: int, _frame: FrameType | None) -> None:
        request.signal = number
        # From here on the operating system ends us, even inside an engine's native code that runs for minutes.
        # Rows are written in one call each, so none is torn by that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Not through a file object: the signal may have come in the middle of its write.
        os.write(2, (_SHOW_CURSOR if os.isatty(2) else b"") + _MESSAGE)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""How an expected error looks on a terminal (what happened and why, then the way out), and how a command then ends."""

from __future__ import annotations

import re

import typer
from rich.console import Console
from rich.text import Text

from medgo.errors import EngineFailureError, MedGoError, PlanRefusedError, StorageError

OK, ROWS_FAILED, USAGE, ENGINE_DIED, STORAGE = 0, 1, 2, 3, 4

# Everything below space but tab and line feed, and the second control block: a model's text, or a file from
# elsewhere, must not move the cursor, recolour or retitle the user's terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def show_error(console: Console, error: MedGoError) -> None:
    """Print the error and its hint."""
    console.print(Text.assemble(("error: ", "bold red"), without_controls(error.message)), soft_wrap=True)
    if error.hint:
        console.print(Text.assemble(("  → ", "cyan"), without_controls(error.hint)), soft_wrap=True)


def code_of(error: MedGoError) -> int:
    """The exit code of a command that ended with this error."""
    if isinstance(error, EngineFailureError):
        return ENGINE_DIED
    if isinstance(error, PlanRefusedError):  # the plan was made; its answer is no
        return ROWS_FAILED
    return STORAGE if isinstance(error, StorageError) else USAGE


def without_controls(text: str) -> str:
    """Remove control characters (all but tab and line feed) from text that MedGo did not write."""
    return _CONTROL.sub("", text)


class errors_shown:  # noqa: N801 - reads as what it does: `with errors_shown(console):`
    """Shows an expected error, or that the user stopped the command, and ends it with its code."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MedGoError):
            show_error(self._console, error)
            raise typer.Exit(code_of(error)) from error
        if isinstance(error, KeyboardInterrupt):
            self._console.print("stopped; run the same command again to go on", style="yellow")
            raise typer.Exit(130) from None

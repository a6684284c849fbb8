"""``medgo task``."""

from __future__ import annotations

import typer


def build_task() -> typer.Typer:
    """The commands of ``medgo task``."""
    return typer.Typer(no_args_is_help=True, help="What MedGo is asked to do: list, run. 临床任务。")

"""``medgo knowledge``."""

from __future__ import annotations

import typer


def build_knowledge() -> typer.Typer:
    """The commands of ``medgo knowledge``."""
    return typer.Typer(no_args_is_help=True, help="What medicine knows: look up, search, add. 医学知识库。")

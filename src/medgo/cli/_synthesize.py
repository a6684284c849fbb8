"""``medgo synthesize``."""

from __future__ import annotations

import typer


def build_synthesize() -> typer.Typer:
    """The commands of ``medgo synthesize``."""
    return typer.Typer(no_args_is_help=True, help="Training rows from knowledge, documents and records. 合成训练数据。")

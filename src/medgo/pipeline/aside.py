"""Moves a folder out of the way without removing anything: what it holds took time or money to make."""

from __future__ import annotations

from pathlib import Path

from medgo.errors import StorageError


def put_aside(folder: Path, *, beside: Path | None = None) -> Path:
    """Rename a folder to ``<folder>.before-<n>``.

    Args:
        folder: The folder.
        beside: Put it beside this folder, which it is in, under both names; None puts it beside itself.

    Returns:
        Where it is now.

    Raises:
        StorageError: It cannot be moved.
    """
    number, plain = 1, folder
    if beside is not None:
        plain = beside.with_name(f"{beside.name}-{folder.name}")
    while (aside := plain.with_name(f"{plain.name}.before-{number}")).exists():
        number += 1
    try:
        return folder.rename(aside)
    except OSError as error:
        raise StorageError(f"{folder} cannot be put aside: {error.strerror or error}", hint="move it away") from error

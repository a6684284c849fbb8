"""The shapes that rows have in one JSON text: lines, columns, rows by name. Pure functions; knows no file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def json_lines(text: str) -> list[Any] | None:
    """Many files of lines are called ``.json``: their rows, or None when the text is something else."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return None
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        return None


def broken_line(text: str) -> tuple[int, bool, ValueError] | None:
    """Find the row that keeps a text from being lines of objects; None when its first line is no object either.

    Returns:
        Its number counted from 1, whether the text ends in the middle of it, and what the parser said.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except ValueError as error:
            return None if number == 1 else (number, number == len(lines) and not text.endswith("\n"), error)
        if number == 1 and not isinstance(value, dict):
            return None
    return None


def column_indices(value: dict[str, Any]) -> Sequence[Any] | None:
    """Row indices of ``{"question": {"0": …}, …}`` or ``{"question": […], …}``; None where it is neither."""
    columns = list(value.values())
    if not columns or all(name.isdecimal() for name in value):
        return None
    if all(isinstance(column, dict) for column in columns):
        indices = list(columns[0])
        same = all(column.keys() == columns[0].keys() for column in columns)
        return indices if same and indices and all(index.isdecimal() for index in indices) else None
    if all(is_list_of_objects(column) for column in columns):  # {"train": [rows], "test": [rows]}
        return None
    if len(columns) > 1 and all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        return range(len(columns[0]))
    return None


def named_rows(value: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """Rows by name, also two levels deep (``{"mmlu": {"anatomy-000": {…}}}``), with names as ``mmlu/anatomy-000``."""
    if all(row and all(isinstance(cell, dict) for cell in row.values()) for row in value.values()):
        pairs = [(f"{group}/{name}", row) for group, rows in value.items() for name, row in rows.items()]
    else:
        pairs = list(value.items())
    return [name for name, _ in pairs], [row for _, row in pairs]


def is_list_of_objects(value: Any) -> bool:
    """Tell a non-empty list of rows from other values."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)

"""Every task that MedGo knows, in the order in which it is listed. Nothing registers itself."""

from __future__ import annotations

import difflib
from typing import Any

from medgo.errors import InputError
from medgo.tasks.definition import Task
from medgo.tasks.documents.outpatient_record import OUTPATIENT_RECORD

TASKS: tuple[Task[Any, Any], ...] = (OUTPATIENT_RECORD,)


def all_tasks() -> tuple[Task[Any, Any], ...]:
    """All tasks."""
    return TASKS


def find(name: str) -> Task[Any, Any]:
    """The task of that name.

    Raises:
        InputError: There is none; names the nearest.
    """
    for task in TASKS:
        if task.name == name:
            return task
    near = difflib.get_close_matches(name, [task.name for task in TASKS], n=1)
    hint = f"did you mean {near[0]}?" if near else "medgo task list shows all of them"
    raise InputError(f"there is no task {name!r}", hint=hint)

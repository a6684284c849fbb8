"""A document of an encounter, as lines. Knows no wording and no patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from medgo.synthesis.generators.records.scribe import Line
from medgo.tasks.definition import Task

DocumentKind = Literal[
    "outpatient_record", "admission_record", "first_course_note", "course_note_1", "course_note_2", "discharge_summary"
]
STAY: tuple[DocumentKind, ...] = (
    "admission_record", "first_course_note", "course_note_1", "course_note_2", "discharge_summary",
)  # fmt: skip


@dataclass(slots=True)
class Note:
    """One document.

    Args:
        task: Whose document it is.
        given: Field of the input → lines, in the order of the input.
        written: Field of the output (dotted into nested models) → lines, in its order.
        fixed: Values of the input that are no text.
        number: Values of the output that are no text.
        apart: Fields of the input whose lines stand on lines of their own.
    """

    task: Task[Any, Any]
    given: dict[str, list[Line]]
    written: dict[str, list[Line]]
    fixed: dict[str, Any] = field(default_factory=dict)
    number: dict[str, Any] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()

"""The documents of an encounter: for each the task's input and its output, as lines. Knows no wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.intake_notes import admission, first, outpatient
from medgo.synthesis.generators.records.note import STAY, DocumentKind, Note
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.synthesis.generators.records.stay_notes import course, discharge
from medgo.tasks.documents.common import REVIEW, REVIEW_INPATIENT

_COMPOSERS: Mapping[DocumentKind, Callable[[Pen], Note]] = {
    "outpatient_record": outpatient,
    "admission_record": admission,
    "first_course_note": first,
    "course_note_1": course(1),
    "course_note_2": course(2),
    "discharge_summary": discharge,
}


def compose(kind: DocumentKind, scribe: Scribe) -> Note:
    """Write a document of the encounter."""
    note = _COMPOSERS[kind](Pen(scribe))
    review = REVIEW_INPATIENT if kind in STAY else REVIEW
    note.written["review"] = [Line("review", review[scribe.lang])]
    return note


def kinds_of(enc: Encounter) -> tuple[DocumentKind, ...]:
    """Documents that the encounter has."""
    return cast("tuple[DocumentKind, ...]", ("outpatient_record", *(STAY if enc.scene.inpatient else ())))

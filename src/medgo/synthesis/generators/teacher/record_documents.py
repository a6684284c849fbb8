"""Document tasks from clinical records: each record gives the input of another document and a teacher writes it.

Knows records as sections of text; what each task takes and checks is the task's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.schema import ClinicalRecord
from medgo.synthesis.generators.shelved import records_of
from medgo.synthesis.generators.teacher.base import Drafts
from medgo.synthesis.generators.teacher.task_rows import Material, TaskRows
from medgo.synthesis.protocol import Need, Source
from medgo.synthesis.teacher import Item
from medgo.tasks.definition import TaskModel
from medgo.tasks.layout import layout_of
from medgo.tasks.registry import all_tasks


class RecordDocuments(TaskRows):
    """One row per record and task. A record is never turned into the document that it is already."""

    name: ClassVar[str] = "record_documents"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Need]] = frozenset({"teacher", "records"})

    tasks: tuple[str, ...] = Field(
        ("record_summary", "discharge_summary", "first_course_note", "consultation_opinion", "patient_education"),
        min_length=1,
        description="Tasks whose rows are made from each record (medgo task list).",
    )

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """All tasks of a record, one after the other: they share what was read of it."""
        tasks = self.chosen_tasks()
        number = 0
        for record in records_of(source, self.name):
            for task in tasks:
                if task.name == record.document:
                    source.rejected[f"already: {task.name}"] += 1
                    continue
                material = _material(record, number)
                yield Item(f"{source.seed}/{number}", self.material_script(source, material, task, rng))
                number += 1


def _material(record: ClinicalRecord, number: int) -> Material:
    titles = _titles(record)
    colon = "：" if record.lang == "zh" else ": "
    text = "\n".join(f"{titles.get(key, key)}{colon}{body}" for key, body in record.sections.items() if body.strip())
    return Material(text, "", record.lang, record.ref, record.certificate, number)


def _titles(record: ClinicalRecord) -> dict[str, str]:
    """How the sections of a record's document are headed; none where no task writes such a document."""
    output: type[TaskModel] | None = next((task.output for task in all_tasks() if task.name == record.document), None)
    return {} if output is None else {field.name: field.titles[record.lang] for field in layout_of(output)}

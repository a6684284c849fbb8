"""Literature tasks from articles: a summary, a research idea, a design, a teaching case of what was published.

Knows documents; what each task takes and checks is the task's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.synthesis.generators.shelved import documents_of
from medgo.synthesis.generators.teacher.base import Drafts
from medgo.synthesis.generators.teacher.task_rows import Material, TaskRows
from medgo.synthesis.protocol import Need, Source
from medgo.synthesis.teacher import Item


class ArticleTasks(TaskRows):
    """One row per article and task."""

    name: ClassVar[str] = "article_tasks"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Need]] = frozenset({"teacher", "documents"})

    tasks: tuple[str, ...] = Field(
        ("literature_summary", "research_idea"),
        min_length=1,
        description="Tasks whose rows are made from each article (medgo task list).",
    )
    shortest: int = Field(300, ge=50, description="Documents with fewer characters are no articles; they are counted.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """All tasks of an article, one after the other."""
        tasks = self.chosen_tasks()
        number = 0
        for document in documents_of(source, self.name):
            if len(document.text) < self.shortest:
                source.rejected["document too short"] += 1
                continue
            for task in tasks:
                material = Material(document.text, document.title, document.lang, document.ref, "", number)
                yield Item(f"{source.seed}/{number}", self.material_script(source, material, task, rng))
                number += 1

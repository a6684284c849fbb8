"""Answers against experts' solutions, as CMB-Clin is judged: four dimensions from 1 to 5. Pure.

Source: CMB (arXiv:2308.08833): fluency, relevance, completeness, proficiency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging.question import Part, Question, Scores
from medgo.evaluation.judging.templates import AGAINST_SOLUTION, fenced
from medgo.evaluation.judging.verdict import Value, VerdictForm, decided
from medgo.schema import EvalItem

DIMENSIONS = ("fluency", "relevance", "completeness", "proficiency")
GRADES = VerdictForm(tuple((name, (1, 2, 3, 4, 5)) for name in DIMENSIONS))


@dataclass(frozen=True, slots=True)
class ReferenceCase:
    """A reply and its four grades, which are one part."""

    parts: tuple[Part, ...]

    def scores(self, values: Mapping[str, Value | None]) -> Scores:
        """Each dimension in [1, 5], and as ``score`` the mean of (x - 1) / 4 over them, in [0, 1]."""
        value = values["grades"]
        if value is None:
            return Scores({})
        grades = {name: float(value[name]) for name in DIMENSIONS}
        return Scores({"score": sum((grade - 1) / 4 for grade in grades.values()) / len(grades), **grades})


class ReferenceTask:
    """One verdict a reply; an empty reply gets the lowest grades without a judge."""

    name = "reference"
    template = AGAINST_SOLUTION

    def case(self, item: EvalItem, reply: str) -> ReferenceCase:
        """Take a reply apart.

        Raises:
            BenchmarkDataError: The item has no reference.
        """
        if not item.reference.strip():
            raise BenchmarkDataError(f"item {item.key} has no reference, which grading it needs")
        if not reply.strip():
            lowest = decided(dict.fromkeys(DIMENSIONS, 1), "the reply is empty")
            return ReferenceCase((Part("grades", lowest),))
        asked = (item.context, *(turn.content for turn in item.conversation), item.question)
        material = {
            "question": fenced("question", "\n\n".join(part for part in asked if part)),
            "solution": fenced("solution", item.reference),
            "answer": fenced("answer", reply),
        }
        return ReferenceCase((Part("grades", Question(self.template, item.lang, material, GRADES)),))

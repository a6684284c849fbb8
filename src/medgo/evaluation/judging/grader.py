"""Grading replies: taken apart into questions, asked of the judges in one queue, put together again.

The only file here that brings tasks and judges together. Knows no benchmark by name and no run folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from medgo.errors import InputError
from medgo.evaluation.judging.cache import VerdictCache
from medgo.evaluation.judging.diagnosis import DiagnosisListTask, RankedDiagnosisTask
from medgo.evaluation.judging.judges import Judge, OnVerdict
from medgo.evaluation.judging.panel import Combined, combine
from medgo.evaluation.judging.question import Part, Task
from medgo.evaluation.judging.reference import ReferenceTask
from medgo.evaluation.judging.rubric import RubricTask
from medgo.evaluation.judging.verdict import Verdict
from medgo.schema import EvalItem
from medgo.store.hashing import fingerprint

# diagnosis-list is a benchmark of the kind ``diagnosis`` whose cases have several confirmed diagnoses each.
TaskName = Literal["rubric", "diagnosis", "diagnosis-list", "reference"]


@dataclass(frozen=True, slots=True)
class GradedPart:
    """What was decided about one part of a reply.

    Args:
        name: Of the part.
        verdicts: Of a check, or of each judge in their order.
        combined: What counts.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    combined: Combined

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        value = None if self.combined.value is None else dict(self.combined.value)
        row = {"name": self.name, "value": value, "verdicts": [verdict.to_row() for verdict in self.verdicts]}
        return {**row, "tie": True} if self.combined.tie else row


@dataclass(frozen=True, slots=True)
class Grade:
    """What a reply is worth.

    Args:
        item: Key of the item.
        scores: By name; ``score`` is the headline and missing where it is not defined (no positive points, or verdicts
            that would decide it are unavailable). Missing is excluded and counted, never 0.
        parts: Every verdict behind them.
        tags: Scores of subsets, by tag (a rubric's themes and axes).
        bounds: What unavailable verdicts could make of ``score``, where that is known.
    """

    item: str
    scores: Mapping[str, float]
    parts: tuple[GradedPart, ...]
    tags: Mapping[str, float] = field(default_factory=dict)
    bounds: tuple[float, float] | None = None

    @property
    def unavailable(self) -> int:
        """Parts without a verdict."""
        return sum(part.combined.value is None for part in self.parts)

    @property
    def coverage(self) -> float:
        """Share of the parts that have one; 1 where there is nothing to decide."""
        return 1 - self.unavailable / len(self.parts) if self.parts else 1.0

    @property
    def checked(self) -> int:
        """Parts that a deterministic check decided."""
        return sum(part.verdicts[0].by == "check" for part in self.parts)

    @property
    def ties(self) -> int:
        """Parts on which the judges were split evenly."""
        return sum(part.combined.tie for part in self.parts)

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "item": self.item,
            "scores": dict(self.scores),
            "coverage": self.coverage,
            "unavailable": self.unavailable,
            "checked": self.checked,
            "ties": self.ties,
            "tags": dict(self.tags),
            "bounds": self.bounds,
            "parts": [part.to_row() for part in self.parts],
        }


class Grader:
    """Grades replies to one kind of benchmark.

    Args:
        task: What kind.
        judges: At least one, in the order in which they decide ties.
        template: Rubric template; only for ``rubric``.
        cache: Where verdicts are kept; in memory when left out.

    Raises:
        InputError: There is no judge, or no such task or template.
    """

    def __init__(
        self,
        task: TaskName,
        judges: Sequence[Judge],
        *,
        template: str = "official-order",
        cache: VerdictCache | None = None,
    ) -> None:
        if not judges:
            raise InputError("grading needs at least one judge", hint="give --judge MODEL")
        for told_apart in ([judge.name for judge in judges], [fingerprint(judge.identity) for judge in judges]):
            if len(set(told_apart)) != len(judges):
                raise InputError(
                    "two judges of the panel are the same, by name or by model and settings",
                    hint="one judge twice only agrees with itself; take another model",
                )
        self.task = make_task(task, template)
        self.judges = tuple(judges)
        # An empty cache is false, so it has to be asked for by name.
        self.cache = VerdictCache() if cache is None else cache

    @property
    def mean(self) -> bool:
        """Whether several judges' grades are averaged."""
        return isinstance(self.task, ReferenceTask)

    @property
    def identity(self) -> dict[str, Any]:
        """What the grades depend on besides the replies."""
        return {
            "task": self.task.name,
            "template": self.task.template.name,
            "template_hash": self.task.template.hash,
            "judges": [{"name": judge.name, **judge.identity} for judge in self.judges],
        }

    def grade(self, pairs: Iterable[tuple[EvalItem, str]], on_verdict: OnVerdict | None = None) -> Iterator[Grade]:
        """Grade replies, in their order. Each judge gets everything that it has to decide as one queue.

        Args:
            pairs: Items with a model's reply to each; one item may come several times (epochs).
            on_verdict: Called with the number of verdicts so far and in all, for each judge anew.

        Raises:
            BenchmarkDataError: An item lacks what the task needs; found before any judge is asked.
            UnusableJudgeError: A judge returns mostly nonsense.
            JudgeFailingError: Its engine mostly fails.
        """
        cases = [(item.key, self.task.case(item, reply)) for item, reply in pairs]
        questions = [part.question for _, case in cases for part in case.parts if part.question is not None]
        verdicts = [judge.ask(questions, self.cache, on_verdict) for judge in self.judges]
        for key, case in cases:
            graded = tuple(self._graded(part, verdicts) for part in case.parts)
            scores = case.scores({part.name: part.combined.value for part in graded})
            yield Grade(key, scores.values, graded, scores.tags, scores.bounds)

    def _graded(self, part: Part, verdicts: Sequence[Mapping[str, Verdict]]) -> GradedPart:
        if isinstance(part.decision, Verdict):
            return GradedPart(part.name, (part.decision,), Combined(part.decision.value))
        name = part.decision.hash
        given = tuple(by_question[name] for by_question in verdicts)
        return GradedPart(part.name, given, combine(given, mean=self.mean))


def make_task(name: str, template: str = "official-order") -> Task:
    """The task of that name.

    Raises:
        InputError: There is none.
    """
    if name == "rubric":
        return RubricTask(template)
    tasks: tuple[Task, ...] = (RankedDiagnosisTask(), DiagnosisListTask(), ReferenceTask())
    for task in tasks:
        if task.name == name:
            return task
    raise InputError(f"replies of the kind {name!r} are not graded by judges")

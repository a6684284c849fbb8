"""Rubric grading as HealthBench defines it: one verdict a criterion, points over the positive points. Pure.

Source: Arora et al. 2025, "HealthBench" (arXiv:2505.08775), and openai/simple-evals ``healthbench_eval.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from medgo.errors import BenchmarkDataError
from medgo.evaluation.judging.deterministic import PREFIX, checks_of
from medgo.evaluation.judging.question import Part, Question, Scores
from medgo.evaluation.judging.templates import Template, conversation_of, fenced, rubric_template
from medgo.evaluation.judging.verdict import Value, Verdict, VerdictForm, decided
from medgo.schema import Criterion, EvalItem, Lang

MET = VerdictForm((("criteria_met", (True, False)),))


def rubric_score(rubric: Sequence[Criterion], met: Sequence[bool | None]) -> float | None:
    """Σ points of what is met / Σ positive points; below 0 where what must not happen outweighs the rest.

    Args:
        rubric: The criteria.
        met: A verdict each. None is unavailable: the criterion is left out of both sums, so that a judge's failure
            neither grants nor costs points.

    Returns:
        None where no criterion with positive points has a verdict.
    """
    known = [(criterion.points, verdict) for criterion, verdict in zip(rubric, met, strict=True) if verdict is not None]
    possible = sum(points for points, _ in known if points > 0)
    return sum(points for points, verdict in known if verdict) / possible if possible > 0 else None


def rubric_bounds(rubric: Sequence[Criterion], met: Sequence[bool | None]) -> tuple[float, float] | None:
    """The lowest and highest score that unavailable verdicts could still make of it."""
    possible = sum(criterion.points for criterion in rubric if criterion.points > 0)
    if possible <= 0:
        return None
    pairs = list(zip(rubric, met, strict=True))
    fixed = sum(criterion.points for criterion, verdict in pairs if verdict)
    open_points = [criterion.points for criterion, verdict in pairs if verdict is None]
    low = fixed + sum(points for points in open_points if points < 0)
    high = fixed + sum(points for points in open_points if points > 0)
    return low / possible, high / possible


def axis_scores(rubric: Sequence[Criterion], met: Sequence[bool | None]) -> dict[str, float]:
    """The ratio of each tag's own criteria; a tag without positive points has none."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, criterion in enumerate(rubric):
        for tag in dict.fromkeys(criterion.tags):
            members[tag].append(index)
    scores = {
        tag: rubric_score([rubric[i] for i in indices], [met[i] for i in indices]) for tag, indices in members.items()
    }
    return {tag: score for tag, score in scores.items() if score is not None}


@dataclass(frozen=True, slots=True)
class RubricCase:
    """A reply and the criteria of its item; a part for each, in their order."""

    parts: tuple[Part, ...]
    rubric: tuple[Criterion, ...]
    themes: tuple[str, ...]

    def scores(self, values: Mapping[str, Value | None]) -> Scores:
        """``score`` where it is defined.

        An item's own tags get its overall score, a criterion's tags their own ratio.
        """
        met = [None if value is None else bool(value["criteria_met"]) for value in values.values()]
        score, bounds = rubric_score(self.rubric, met), rubric_bounds(self.rubric, met)
        tags = {tag: ratio for tag, ratio in axis_scores(self.rubric, met).items() if not tag.startswith(PREFIX)}
        if score is None:
            return Scores({}, tags, bounds)
        return Scores({"score": score}, tags | dict.fromkeys(self.themes, score), bounds)


class RubricTask:
    """Grades replies against the criteria of their item.

    Args:
        template: Name of a rubric template.
    """

    name = "rubric"

    def __init__(self, template: str = "official-order") -> None:
        self.template: Template = rubric_template(template)

    def case(self, item: EvalItem, reply: str) -> RubricCase:
        """Take a reply apart.

        Raises:
            BenchmarkDataError: The item has no rubric, or a check in it cannot be read.
        """
        if not item.rubric:
            raise BenchmarkDataError(f"item {item.key} has no rubric, which grading it needs")
        conversation = conversation_of(item, reply)
        parts = tuple(
            Part(
                f"criterion {number}",
                _checked(criterion, reply) or self.question(item.lang, conversation, criterion),
            )
            for number, criterion in enumerate(item.rubric, 1)
        )
        return RubricCase(parts, item.rubric, item_tags(item))

    def question(self, lang: Lang, conversation: str, criterion: Criterion) -> Question:
        """What a judge is asked about one criterion."""
        shown = fenced("criterion", f"[{criterion.points:g}] {criterion.text}")
        return Question(self.template, lang, {"conversation": conversation, "criterion": shown}, MET)


def item_tags(item: EvalItem) -> tuple[str, ...]:
    """Tags of the item itself, where the benchmark has such (HealthBench's ``example_tags``)."""
    tags = item.meta.get("example_tags", ())
    return tuple(tags) if isinstance(tags, list | tuple) else ()


def _checked(criterion: Criterion, reply: str) -> Verdict | None:
    checks = checks_of(criterion)
    if not checks:
        return None
    spelled = ", ".join(tag for tag in criterion.tags if tag.startswith(PREFIX))
    return decided({"criteria_met": all(check(reply) for check in checks)}, spelled)

"""One question to a judge, and the parts that the grade of a reply consists of. Pure; knows no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from medgo.evaluation.judging.templates import Template
from medgo.evaluation.judging.verdict import Value, Verdict, VerdictForm
from medgo.schema import EvalItem, Lang, Message
from medgo.store.hashing import fingerprint


@dataclass(frozen=True)  # without slots: its hash is worked out once
class Question:
    """What a judge is asked in one call.

    Args:
        template: The wording.
        lang: Language of the question.
        material: What the template shows, in the order in which it shows it (equal beginnings sort together).
        form: What may be answered.
    """

    template: Template
    lang: Lang
    material: Mapping[str, str]
    form: VerdictForm

    @cached_property
    def hash(self) -> str:
        """Identity of everything that the judge sees: template, conversation, reply, criterion and schema.

        The conversation is part of it: "I do not know" and a criterion of a shared rubric occur in many items.
        """
        return fingerprint([self.template.hash, self.lang, list(self.material.items()), self.form.schema()])

    @property
    def order(self) -> tuple[str, ...]:
        """Sort key that brings questions with a long common beginning next to each other."""
        return self.template.name, self.lang, *self.material.values()

    def messages(self) -> tuple[Message, ...]:
        """What is sent."""
        return self.template.messages(self.lang, self.material)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to be decided about a reply: by a question, or already (a deterministic check).

    Args:
        name: Unique in its reply, such as ``criterion 3``.
        decision: What to ask a judge, or the verdict of a check.
    """

    name: str
    decision: Question | Verdict

    @property
    def question(self) -> Question | None:
        """What to ask; None when it is settled."""
        return self.decision if isinstance(self.decision, Question) else None


@dataclass(frozen=True, slots=True)
class Scores:
    """What a reply is worth.

    Args:
        values: By name; ``score`` is the headline. Missing is not defined, which is excluded and counted, never 0.
        tags: Scores of subsets, by tag (a rubric's themes and axes).
        bounds: What unavailable verdicts could make of ``score`` at worst and at best; None where that is not known.
    """

    values: Mapping[str, float]
    tags: Mapping[str, float] = field(default_factory=dict)
    bounds: tuple[float, float] | None = None


class Case(Protocol):
    """A reply to an item, taken apart. Pure."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What has to be decided."""
        ...

    def scores(self, values: Mapping[str, Value | None]) -> Scores:
        """Score the reply from the value of each part by its name; None is unavailable."""
        ...


class Task(Protocol):
    """How replies of one kind of benchmark are taken apart and scored. Pure."""

    name: str
    template: Template

    def case(self, item: EvalItem, reply: str) -> Case:
        """Take a reply apart.

        Raises:
            BenchmarkDataError: The item does not hold what this kind of benchmark needs.
        """
        ...

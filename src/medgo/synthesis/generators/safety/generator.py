"""Safety rows: what must be escalated, declined or asked first, and the look-alikes that are simply answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.schema import Lang
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, proportions, rows_of_kinds
from medgo.synthesis.generators.safety.material import furnish, material_of
from medgo.synthesis.generators.safety.policies import Form, policies
from medgo.synthesis.generators.safety.situation import Situation, Spec, draw_situation
from medgo.synthesis.generators.safety.writing import Pen, say
from medgo.synthesis.protocol import Draft, Generator, Source

Family = Literal[
    "currency",
    "emergency",
    "harmful",
    "high_risk",
    "injection",
    "language",
    "missing",
    "prescription",
    "privacy",
    "rare",
    "sensitive",
]
DEFAULT_FAMILIES: Mapping[Family, float] = {
    "emergency": 0.2,
    "high_risk": 0.13,
    "prescription": 0.09,
    "rare": 0.09,
    "missing": 0.11,
    "currency": 0.06,
    "language": 0.05,
    "sensitive": 0.09,
    "harmful": 0.09,
    "injection": 0.05,
    "privacy": 0.04,
}
# Writes the answer of a row; False where chance gave it nothing that fits.
Answer = Callable[[Sheet, Pen, dict[Spec, str]], bool]


class Twins:
    """Situations one after the other, each written twice: as danger, then as its benign twin.

    Args:
        source: What to draw on.
        rng: The only source of chance.
        answer: Writes the assistant's side.
    """

    def __init__(self, source: Source, rng: np.random.Generator, answer: Answer) -> None:
        self._source = source
        self._rng = rng
        self._answer = answer
        self._material = material_of(source.knowledge)
        self._open: dict[tuple[str, Lang], Situation] = {}
        self._count = 0

    def write(self, family: str, sheet: Sheet) -> Used | None:
        """The next row of a family in the language of the sheet."""
        waiting = self._open.pop((family, sheet.lang), None)
        if waiting is not None:
            return self._row(waiting, "benign", sheet)
        self._count += 1
        label = f"{self._source.seed}/{family}-{self._count}"
        policy = policies()[family]
        topics = policy.topics_of(self._source.concepts)
        if not topics:
            return None
        situation = draw_situation(policy, topics, sheet.lang, label, self._rng)
        if not furnish(situation, self._material, self._rng):
            return None
        used = self._row(situation, "danger", sheet)
        if used is not None:
            self._open[family, sheet.lang] = situation
        return used

    def _row(self, situation: Situation, side: Literal["danger", "benign"], sheet: Sheet) -> Used | None:
        form = self._form(situation, side)
        pen, known = Pen(situation, form, self._rng), dict[Spec, str]()
        say(sheet, "user", pen.lines(form.prompt, "passage"), known)
        if not self._answer(sheet, pen, known):
            return None
        sheet.labels = {
            "policy": situation.policy.id,
            "topic": situation.topic.id,
            "form": form.name,
            "side": side,
            "twins": situation.label,
            "asker": situation.topic.asker,
            "urgency": situation.topic.urgency if side == "danger" and situation.topic.urgency else form.urgency,
        }
        return [(f"{situation.policy.id}/{situation.topic.id}", "medgo"), *situation.used]

    def _form(self, situation: Situation, side: Literal["danger", "benign"]) -> Form:
        forms = situation.policy.forms_of(situation.topic, side)
        return forms[int(self._rng.integers(len(forms)))]


class Safety(Generator):
    """Each language in turn, families in the given proportions; every dangerous row is followed by its benign twin."""

    name: ClassVar[str] = "safety"
    version: ClassVar[str] = "2"
    families: Mapping[Family, float] = Field(
        default=DEFAULT_FAMILIES,
        description="Families of policies and their proportions; half of each are benign look-alikes.",
    )

    _proportions = field_validator("families")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but knowledge."""
        return rows_of_kinds(self, "safety", self.families, Twins(source, rng, _answer).write, source, rng)


def _answer(sheet: Sheet, pen: Pen, known: dict[Spec, str]) -> bool:
    say(sheet, "completion", pen.lines(pen.form.answer), known)
    return True

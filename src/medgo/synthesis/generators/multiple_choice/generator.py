"""Multiple-choice questions from signs, drugs and laboratory effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, proportions, rows_of_kinds
from medgo.synthesis.generators.multiple_choice.questions import KINDS, Desk
from medgo.synthesis.generators.multiple_choice.tables import tables_of
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["sign_of_disease", "disease_of_signs", "contraindication", "drug_to_avoid", "laboratory"]


class MultipleChoice(Generator):
    """Questions with one right option; each wrong one is near, and a source proves it wrong."""

    name: ClassVar[str] = "multiple_choice"
    version: ClassVar[str] = "2"
    kinds: Mapping[Kind, float] = Field(
        default={
            "sign_of_disease": 0.35,
            "disease_of_signs": 0.35,
            "contraindication": 0.15,
            "drug_to_avoid": 0.1,
            "laboratory": 0.05,
        },
        description="Kinds of questions and their proportions.",
    )

    _proportions = field_validator("kinds")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but knowledge."""
        tables = tables_of(source.knowledge)
        if source.concepts.part != "all":
            tables = tables.only(source.concepts)

        def write(kind: str, sheet: Sheet) -> Used | None:
            return KINDS[kind](Desk(tables, rng, sheet))

        return rows_of_kinds(self, "multiple_choice", self.kinds, write, source, rng)

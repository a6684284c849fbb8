"""Terminology alignment: synonym to term to code, Chinese to English, hierarchy, exclusions, hard negatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, proportions, rows_of_kinds
from medgo.synthesis.generators.terminology.rows import KINDS, Table
from medgo.synthesis.generators.terminology.terms import terms_of
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["preferred", "translation", "hierarchy", "exclusion", "choice", "abbreviation"]


class Terminology(Generator):
    """Rows that align words: each language in turn, kinds in the given proportions."""

    name: ClassVar[str] = "terminology"
    version: ClassVar[str] = "3"
    kinds: Mapping[Kind, float] = Field(
        default={
            "preferred": 0.3,
            "translation": 0.2,
            "hierarchy": 0.15,
            "choice": 0.2,
            "abbreviation": 0.1,
            "exclusion": 0.05,
        },
        description="Kinds of rows and their proportions; exclusion (ICD-10-CM) exists in English.",
    )

    _proportions = field_validator("kinds")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but knowledge."""
        tables = terms_of(source.knowledge)
        if source.concepts.part != "all":
            tables = tables.only(source.concepts.take)

        def write(kind: str, sheet: Sheet) -> Used | None:
            return KINDS[kind](Table(tables, rng, sheet))

        return rows_of_kinds(self, "terminology_normalisation", self.kinds, write, source, rng)

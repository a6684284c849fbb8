"""Terminology alignment: synonym to term to code, Chinese to English, hierarchy, exclusions, hard negatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.synthesis.generators.composing import Licences, Origin, Sheet
from medgo.synthesis.generators.terminology.rows import KINDS, Table
from medgo.synthesis.generators.terminology.terms import terms_of
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["preferred", "translation", "hierarchy", "exclusion", "choice"]


class Terminology(Generator):
    """Rows that align words: each language in turn, kinds in the given proportions."""

    name: ClassVar[str] = "terminology"
    version: ClassVar[str] = "1"
    kinds: Mapping[Kind, float] = Field(
        default={"preferred": 0.35, "translation": 0.2, "hierarchy": 0.2, "choice": 0.2, "exclusion": 0.05},
        description="Kinds of rows and their proportions; exclusion (ICD-10-CM) exists in English.",
    )

    @field_validator("kinds")
    @classmethod
    def _some_kind(cls, kinds: Mapping[Kind, float]) -> Mapping[Kind, float]:
        if not kinds or min(kinds.values()) < 0 or sum(kinds.values()) <= 0:
            raise ValueError("at least one kind with a proportion above 0, and none below")
        return kinds

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but knowledge."""
        terms, licences = terms_of(source.knowledge), Licences(source.knowledge)
        names = list(self.kinds)
        weights = np.array([self.kinds[name] for name in names])
        weights = weights / weights.sum()
        number = 0
        while True:
            lang = source.langs[number % len(source.langs)]
            kind = names[int(rng.choice(len(names), p=weights))]
            sheet = Sheet(lang)
            used = KINDS[kind](Table(terms, rng, sheet))
            number += 1
            if used is None:
                source.rejected[f"nothing to ask ({kind})"] += 1
                continue
            origin = Origin(self.name, self.version, "terminology_normalisation", lang)
            yield sheet.draft(origin, source, number, licences.refs(used), {"kind": kind})

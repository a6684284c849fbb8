"""Generators of our own for tests of what lies around generators: they count, and do what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.schema import (
    Evidence,
    Fact,
    LabelledRow,
    Lang,
    Message,
    PreferenceRow,
    Provenance,
    Sentence,
    SftRow,
    SourceRef,
)
from medgo.synthesis.protocol import Draft, Generator, RowKind, Source


def provenance(licence: str = "Apache-2.0", seed: str = "") -> Provenance:
    return Provenance((SourceRef("medgo:1", "medgo", licence),), "counting", "1", seed)


def draft(question: str, answer: str, *, lang: Lang = "en", licence: str = "Apache-2.0", seed: str = "") -> Draft:
    row = SftRow(
        prompt=(Message("user", question),),
        completion=Message("assistant", answer),
        thinking=False,
        task="counting",
        stage="stage1",
        lang=lang,
        provenance=provenance(licence, seed),
    )
    return Draft(row, Evidence((Fact("f1", "rule", value=answer),), (Sentence(answer, "completion", ("f1",)),)))


class Counting(Generator):
    """Asks for sums of numbers that chance gives; without end, or ``ends`` after so many."""

    name: ClassVar[str] = "counting"
    version: ClassVar[str] = "1"
    ends: int = Field(0, description="Stop after so many; 0 goes on.")
    licence: str = "Apache-2.0"
    highest: int = 10**9

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        number = 0
        while not self.ends or number < self.ends:
            a, b = rng.integers(self.highest, size=2).tolist()
            question, answer = f"What is the sum of {a} and {b}, please?", f"The sum of them is {a + b}, as asked."
            source.rejected["thought about it"] += 1
            yield draft(question, answer, licence=self.licence, seed=f"{source.seed}/{number}")
            number += 1


class Pairs(Generator):
    """Pairs of a right and a wrong sum."""

    name: ClassVar[str] = "pairs"
    version: ClassVar[str] = "1"
    makes: ClassVar[RowKind] = "preference"

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        while True:
            a, b = rng.integers(10**9, size=2).tolist()
            row = PreferenceRow(
                prompt=(Message("user", f"What is the sum of {a} and {b}, please?"),),
                chosen=Message("assistant", f"The sum of them is {a + b}, as asked."),
                rejected=Message("assistant", f"The sum of them is {a - b}, as asked."),
                thinking=False,
                task="counting",
                stage="preference",
                lang="en",
                provenance=provenance(),
            )
            said = {"prompt[0]": row.prompt[0], "chosen": row.chosen, "rejected": row.rejected}
            yield Draft(row, Evidence((), tuple(Sentence(turn.content, part) for part, turn in said.items())))


class Mislabelled(Pairs):
    """Says that it makes one kind of row, and makes another."""

    name: ClassVar[str] = "mislabelled"
    makes: ClassVar[RowKind] = "sft"


@dataclass
class Lenient:
    """A verifier that finds what the tests tell it to."""

    kinds: dict[str, str] = field(default_factory=dict)

    def verify(self, draft: Draft) -> list[Lenient.Found]:
        text = draft.row.completion.content if isinstance(draft.row, SftRow | LabelledRow) else ""
        return [Lenient.Found(kind) for word, kind in self.kinds.items() if word in text]

    @dataclass
    class Found:
        kind: str

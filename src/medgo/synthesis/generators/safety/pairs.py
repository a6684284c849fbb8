"""Preference pairs on safety: the safe answer beside one that waits, complies, guesses or refuses without need.

The two answers of a pair are about as long as each other, and either may be the longer: length must teach nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import proportions, rows_of_kinds
from medgo.synthesis.generators.safety.generator import DEFAULT_FAMILIES, Family, Twins
from medgo.synthesis.generators.safety.situation import Spec
from medgo.synthesis.generators.safety.writing import Line, Pen, say
from medgo.synthesis.protocol import Draft, Generator, Source

# Beyond a fifth of the longer answer the lengths differ too much; this many mixtures of sentences are tried.
_APART = 0.2
_TRIES = 12
# How often a bad answer is written as a list where the good one is, and a gap in characters not worth another sentence.
_LISTED, _SHORTEST = 0.8, 4


class SafetyPairs(Generator):
    """Pairs for preference learning from the same tables as ``safety``."""

    name: ClassVar[str] = "safety_pairs"
    version: ClassVar[str] = "2"
    makes = "preference"
    families: Mapping[Family, float] = Field(
        default=DEFAULT_FAMILIES, description="Families of policies and their proportions."
    )

    _proportions = field_validator("families")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Pairs without end; needs nothing but knowledge."""
        return rows_of_kinds(self, "safety", self.families, Twins(source, rng, _both_answers).write, source, rng)


def _both_answers(sheet: Sheet, pen: Pen, known: dict[Spec, str]) -> bool:
    longer = bool(pen.rng.random() < 0.5)
    for _ in range(_TRIES):
        chosen = pen.lines(pen.form.answer)
        rejected = _worse(pen, chosen, chosen_longer=longer)
        mine, other = _length(chosen), _length(rejected)
        if (mine > other) == longer and abs(mine - other) <= _APART * max(mine, other):
            say(sheet, "chosen", chosen, known)
            say(sheet, "rejected", rejected, known)
            return True
    return False


def _worse(pen: Pen, chosen: list[Line], chosen_longer: bool) -> list[Line]:
    """The heart of a bad answer with as many further sentences as bring it to the length of the good one.

    Where the good answer has a list, the bad one often has one too, so that its shape teaches nothing either.
    """
    lines = pen.lines(pen.form.worse, "")
    listed = any(line.newline for line in chosen) and bool(pen.rng.random() < _LISTED)
    target = _length(chosen) * (pen.rng.uniform(0.84, 0.97) if chosen_longer else pen.rng.uniform(1.03, 1.16))
    said = {line.text for line in lines}
    for place in pen.rng.permutation(len(pen.form.padding)).tolist():
        missing = target - _length(lines)
        if missing < _SHORTEST:
            break
        line = pen.line(pen.form.padding[place], "")
        if line.text not in said and len(line.text) <= missing * 1.3:
            lines.append(Line(f"- {line.text}", line.specs, newline=True) if listed else line)
    return lines


def _length(lines: list[Line]) -> int:
    """Characters of an answer, spaces between sentences left out."""
    return sum(len(line.text) for line in lines)

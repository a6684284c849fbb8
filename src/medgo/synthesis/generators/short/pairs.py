"""Preference pairs from short rows: the right answer beside one of the wrong ones that the row itself knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.errors import InputError
from medgo.schema import Message, PreferenceRow, Sentence, SftRow
from medgo.synthesis.generators.kinds import proportions
from medgo.synthesis.generators.short.asked import pick
from medgo.synthesis.generators.short.general import General
from medgo.synthesis.generators.short.record_questions import RecordQuestions
from medgo.synthesis.generators.short.terms import ShortTerms
from medgo.synthesis.generators.short.triage import MOST_ALIKE, Triage
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["terms", "record_questions", "triage", "general"]
_KINDS: Mapping[Kind, type[Generator]] = {
    "terms": ShortTerms,
    "record_questions": RecordQuestions,
    "triage": Triage,
    "general": General,
}


class ShortPairs(Generator):
    """Pairs of the short generators' rows, kinds in the given proportions."""

    name: ClassVar[str] = "short_pairs"
    version: ClassVar[str] = "2"
    makes = "preference"
    kinds: Mapping[Kind, float] = Field(
        default={"terms": 0.35, "record_questions": 0.35, "triage": 0.3},
        description="whose rows are made into pairs, and their proportions",
    )

    look_alikes: float = Field(
        1, ge=0, le=MOST_ALIKE, description="pairs of triage where waiting is right to one where it is not"
    )

    _proportions = field_validator("kinds")(proportions)

    def full_version(self) -> str:
        """Its version and those of the generators whose rows it takes."""
        return "+".join([self.version, *(f"{_KINDS[kind].name} {_KINDS[kind].version}" for kind in self.kinds)])

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Pairs without end; needs nothing but knowledge."""
        # Whether help is called decides a pair of triage; names and advice of its two answers would outweigh it.
        options: Mapping[Kind, Mapping[str, Any]] = {"triage": {"brief": True, "look_alikes": self.look_alikes}}
        drawn = {
            kind: _KINDS[kind](**options.get(kind, {})).rows(source, rng)
            for kind, weight in self.kinds.items()
            if weight > 0
        }
        names = list(drawn)
        weights = np.array([self.kinds[name] for name in names])
        while True:
            kind = names[int(rng.choice(len(names), p=weights / weights.sum()))]
            yield _pair(next(drawn[kind]), kind, rng)


def _pair(draft: Draft, kind: str, rng: np.random.Generator) -> Draft:
    row, evidence = draft.row, draft.evidence
    if not isinstance(row, SftRow):
        raise InputError(f"{kind} gives no single answers to make pairs of")
    worse = pick(evidence.labels["wrong"], rng)
    pair = PreferenceRow(
        prompt=row.prompt,
        chosen=row.completion,
        rejected=Message("assistant", worse),
        thinking=False,
        task=row.task,
        stage=row.stage,
        lang=row.lang,
        provenance=replace(row.provenance, generator=ShortPairs.name, version=ShortPairs.version),
    )
    sentences = [replace(one, part="chosen") if one.part == "completion" else one for one in evidence.sentences]
    labels = {**evidence.labels, "kind": kind}
    return Draft(pair, replace(evidence, sentences=(*sentences, Sentence(worse, "rejected")), labels=labels))

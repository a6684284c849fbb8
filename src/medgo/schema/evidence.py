"""What a generated row rests on: facts, the sentences that state them, and what each fact follows from.

No input or output. The facts of a row form a graph: ``basis`` names the facts that one follows from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FactKind = Literal[
    "sex",
    "age",
    "duration",
    "diagnosis",
    "sign",
    "lab",
    "vital",
    "drug",
    "history",
    "allergy",
    "code",
    "term",
    "rule",
    "passage",
]
Polarity = Literal["present", "absent"]
Side = Literal["", "left", "right", "both"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement that a text may make.

    Args:
        id: Unique in its row (``f1``, ``f2``, …).
        kind: What it is about.
        concept: CURIE in the knowledge index; empty for age, sex, duration, rule, passage.
        polarity: ``absent`` for what the patient does not have (a pertinent negative).
        value: A number as it is written, ``male``/``female``, or the text of a passage; empty where there is none.
        unit: Unit of the value, as it is written.
        side: Laterality.
        attributes: What the fact carries besides, JSON values: ``low``, ``high``, ``state`` (low, normal, high) of a
            laboratory value; ``dose``, ``dose_unit``, ``route``, ``frequency`` of a drug; ``bin`` of a sign.
        sources: What states it: ids of knowledge sources, relations (``ORPHA:558 has_sign HP:0001166``) or documents.
        basis: Ids of the facts of this row that it follows from.
    """

    id: str
    kind: FactKind
    concept: str = ""
    polarity: Polarity = "present"
    value: str = ""
    unit: str = ""
    side: Side = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a row and the facts that it states.

    Args:
        text: The sentence, exactly as it stands in the row.
        part: Where: ``prompt[0]``, ``completion``, ``reasoning``, ``chosen``, ``rejected``.
        facts: Ids of the facts; empty for a sentence that states none (a greeting, a heading).
        section: Section of the document that it stands in, as the task names it.
    """

    text: str
    part: str
    facts: tuple[str, ...] = ()
    section: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence graph of one row.

    Args:
        facts: All facts, those of the case that no sentence states included (a hidden diagnosis).
        sentences: In the order of the row.
        labels: What the generator knows besides, JSON values: difficulty, injected defects, the correct option.
    """

    facts: tuple[Fact, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self, row_id: str) -> dict[str, Any]:
        """As a line of ``*.evidence.jsonl``, which lies beside the rows. Empty fields are left out."""
        return {
            "row_id": row_id,
            "facts": [_filled(fact) for fact in self.facts],
            "sentences": [_filled(sentence) for sentence in self.sentences],
            "labels": dict(self.labels),
        }


def _filled(value: Fact | Sentence) -> dict[str, Any]:
    """The fields that say something."""
    return {name: part for name in value.__slots__ if (part := getattr(value, name))}

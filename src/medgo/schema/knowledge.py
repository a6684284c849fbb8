"""What a vocabulary says: concepts with names in two languages, relations between them, and where both come from.

No input or output. Identifiers are CURIEs (``HP:0001250``, ``ORPHA:558``, ``ICD10CM:E11.9``, ``DRUG:metformin``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from medgo.schema.evaluation import Lang

ConceptKind = Literal["sign", "disease", "drug", "lab", "vital", "procedure", "class"]
# preferred: the source's own label. colloquial: what a patient says. brand: a trade name of a drug.
NameRole = Literal["preferred", "synonym", "abbreviation", "colloquial", "brand"]
# subject → object. raises/lowers: a disease or drug moves a laboratory value or vital sign.
Predicate = Literal[
    "is_a",
    "has_sign",
    "has_onset",
    "treated_by",
    "raises",
    "lowers",
    "contraindicated_in",
    "interacts_with",
    "maps_to",
    "excludes1",
    "excludes2",
    "measured_by",
]


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """Where knowledge comes from, and what its owner allows.

    Args:
        id: Short name, unique among sources (``hpo``, ``icd10cm``, ``medgo``).
        title: What it is.
        version: As the source says it: a date or a number.
        licence: SPDX id where there is one, else the licence's name.
        url: Where a reader finds it.
        attribution: What has to be said beside anything made from it.
        share: Whether rows made from it may be passed on; licensed terminologies stay in the house.
    """

    id: str
    title: str
    version: str
    licence: str
    url: str
    attribution: str = ""
    share: bool = True


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a concept. ``source`` may differ from the concept's: labels come from elsewhere than the code."""

    text: str
    lang: Lang
    role: NameRole
    source: str


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that medicine names.

    Args:
        id: CURIE.
        kind: What sort of thing it is.
        names: All its names; at least one, the preferred ones first.
        source: Id of the :class:`KnowledgeSource` that defines it.
        definition: The source's own definition; empty where it gives none.
        attributes: What else the source states, as JSON values: a laboratory value's ``unit``, ``low``, ``high``,
            ``decimals``; a drug's ``doses``, ``unit``, ``route``, ``frequencies``; a disease's ``sex``, ``min_age``,
            ``max_age`` (years), ``specialty_zh``, ``specialty_en``; a code's ``includes``, ``use_additional``.
    """

    id: str
    kind: ConceptKind
    names: tuple[Name, ...]
    source: str
    definition: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def named(self, lang: Lang) -> Name | None:
        """The preferred name in a language with its source, else the first synonym, else None."""
        mine = [name for name in self.names if name.lang == lang and name.role in ("preferred", "synonym")]
        return next((name for name in mine if name.role == "preferred"), mine[0] if mine else None)

    def name(self, lang: Lang) -> str | None:
        """What :meth:`named` finds, without its source."""
        found = self.named(lang)
        return None if found is None else found.text


@dataclass(frozen=True, slots=True)
class Relation:
    """One statement of a source about two concepts.

    Args:
        subject: CURIE.
        predicate: See :data:`Predicate`.
        object: CURIE.
        source: Id of the source that states it.
        attributes: JSON values: ``has_sign`` carries ``frequency`` (an HPO term, ``n/m`` or ``p%`` as written), ``low``
            and ``high`` (the bin as probabilities), ``onset``, ``sex``, ``negated``; ``contraindicated_in`` and
            ``interacts_with`` carry ``severity``, ``reason_zh``, ``reason_en``.
    """

    subject: str
    predicate: Predicate
    object: str
    source: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

"""What questions are asked about, in memory: signs by disease, drugs by disease, what speaks against a drug.

Knows no words and no rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from medgo.knowledge import Knowledge
from medgo.knowledge.similarity import Similarity
from medgo.schema import Concept, Lang, Relation

# A sign that nearly every patient has (HPO: obligate and very frequent) answers "which is typical".
_TYPICAL_FROM = 0.8
_FEWEST_TYPICAL = 3
_SOURCE = "hpo_orpha"
_LANGS: tuple[Lang, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that questions are made of.

    Args:
        names: CURIE → preferred name in each language that has one.
        sources: CURIE → source that defines it.
        diseases: Per language, diseases with a name and enough typical signs.
        rivals: Per language, diseases with a name: what may stand beside them.
        typical: Disease → its relations to signs of at least 80 %.
        signs: Disease → every sign it is annotated with, with all ancestors of each: what a distractor must not be.
        parents: Sign → its direct ancestors.
        similarity: Which diseases and signs are near.
        treated: Common disease → drugs that treat it.
        treats: Drug → diseases that it treats.
        against: Drug → relations to what contraindicates it.
        cautions: Drug → everything that a contraindication or caution names.
        effects: Common disease → relations that raise or lower a laboratory value.
    """

    names: Mapping[str, Mapping[Lang, str]]
    sources: Mapping[str, str]
    diseases: Mapping[Lang, tuple[str, ...]]
    rivals: Mapping[Lang, frozenset[str]]
    typical: Mapping[str, tuple[Relation, ...]]
    signs: Mapping[str, frozenset[str]]
    parents: Mapping[str, tuple[str, ...]]
    similarity: Similarity
    treated: Mapping[str, tuple[str, ...]]
    treats: Mapping[str, tuple[str, ...]]
    against: Mapping[str, tuple[Relation, ...]]
    cautions: Mapping[str, frozenset[str]]
    effects: Mapping[str, tuple[Relation, ...]]

    def named(self, curie: str, lang: Lang) -> bool:
        """Whether it has a name in a language."""
        return lang in self.names.get(curie, {})


@lru_cache(maxsize=1)
def tables_of(knowledge: Knowledge) -> Tables:
    """Read the index once per process."""
    parents: dict[str, tuple[str, ...]] = {}
    for relation in knowledge.statements("is_a"):
        if relation.subject.startswith("HP:"):
            parents[relation.subject] = (*parents.get(relation.subject, ()), relation.object)
    typical, signs = _signs(knowledge, parents)
    treated: dict[str, tuple[str, ...]] = {}
    treats: dict[str, tuple[str, ...]] = {}
    for relation in knowledge.statements("treated_by"):
        treated[relation.subject] = (*treated.get(relation.subject, ()), relation.object)
        treats[relation.object] = (*treats.get(relation.object, ()), relation.subject)
    against, cautions = _against(knowledge)
    names, sources = _names(knowledge)
    return Tables(
        names=names,
        sources=sources,
        diseases={lang: tuple(d for d in typical if lang in names.get(d, {})) for lang in _LANGS},
        rivals={lang: frozenset(d for d in signs if lang in names.get(d, {})) for lang in _LANGS},
        typical=typical,
        signs=signs,
        parents=parents,
        similarity=Similarity(knowledge),
        treated=treated,
        treats=treats,
        against=against,
        cautions=cautions,
        effects=_effects(knowledge),
    )


def _signs(
    knowledge: Knowledge, parents: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[Relation, ...]], dict[str, frozenset[str]]]:
    closures: dict[str, frozenset[str]] = {}

    def closure(sign: str) -> frozenset[str]:
        if sign not in closures:
            above = parents.get(sign, ())
            closures[sign] = frozenset((sign,)).union(*(closure(parent) for parent in above))
        return closures[sign]

    typical: dict[str, dict[str, Relation]] = {}
    signs: dict[str, set[str]] = {}
    often: dict[tuple[str, str], float] = {}
    for relation in knowledge.statements("has_sign", _SOURCE):
        signs.setdefault(relation.subject, set()).update(closure(relation.object))
        low = 0.0 if relation.attributes.get("negated") else relation.attributes.get("low", 0.0)
        # Where the annotations disagree (by sex, by form of the disease) the lowest frequency counts.
        often[relation.subject, relation.object] = min(low, often.get((relation.subject, relation.object), 1.0))
        typical.setdefault(relation.subject, {})[relation.object] = relation
    enough = {}
    for disease, relations in typical.items():
        found = tuple(r for sign, r in relations.items() if often[disease, sign] >= _TYPICAL_FROM)
        if len(found) >= _FEWEST_TYPICAL:
            enough[disease] = found
    return enough, {disease: frozenset(found) for disease, found in signs.items()}


def _against(knowledge: Knowledge) -> tuple[dict[str, tuple[Relation, ...]], dict[str, frozenset[str]]]:
    against: dict[str, tuple[Relation, ...]] = {}
    cautions: dict[str, frozenset[str]] = {}
    for relation in knowledge.statements("contraindicated_in"):
        cautions[relation.subject] = cautions.get(relation.subject, frozenset()) | {relation.object}
        if relation.attributes.get("severity") == "contraindicated":
            against[relation.subject] = (*against.get(relation.subject, ()), relation)
    return against, cautions


def _effects(knowledge: Knowledge) -> dict[str, tuple[Relation, ...]]:
    effects: dict[str, tuple[Relation, ...]] = {}
    for relation in (*knowledge.statements("raises"), *knowledge.statements("lowers")):
        if relation.object.startswith("LAB:"):
            effects[relation.subject] = (*effects.get(relation.subject, ()), relation)
    return effects


def _names(knowledge: Knowledge) -> tuple[dict[str, dict[Lang, str]], dict[str, str]]:
    names: dict[str, dict[Lang, str]] = {}
    sources: dict[str, str] = {}
    for concept in knowledge.concepts():
        if not concept.id.startswith("ICD10"):
            names[concept.id] = _both(concept)
            sources[concept.id] = concept.source
    return names, sources


def _both(concept: Concept) -> dict[Lang, str]:
    return {lang: name for lang in _LANGS if (name := concept.name(lang)) is not None}

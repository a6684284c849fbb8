"""Everything that cases are made from, read once from the index and kept in memory. Knows no chance and no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from medgo.knowledge import Knowledge
from medgo.schema import ConceptKind, Fact, KnowledgeSource, Lang, Predicate, Relation, SourceRef
from medgo.synthesis.generators.cases.common import CommonDiseases
from medgo.synthesis.generators.cases.drugs import Drugs
from medgo.synthesis.generators.cases.labs import Quantity, read_quantities
from medgo.synthesis.generators.cases.ontology import LANGS, Ontology
from medgo.synthesis.generators.cases.rare import RareDiseases

_DISEASES = ("ORPHA:", "DISEASE:")
_IDS = ("DRUG:", "LAB:", "VITAL:")
_OTHERS: tuple[ConceptKind, ...] = ("drug", "lab", "vital")
_SAID: tuple[Predicate, ...] = ("has_sign", "treated_by", "raises", "lowers")


@dataclass(frozen=True)
class Tables:
    """What the index says, as cases need it.

    Args:
        ontology: Signs.
        rare: Diseases with frequencies of signs.
        common: Diseases of the bilingual catalogue.
        quantities: Laboratory values and vital signs.
        drugs: Drugs with doses.
        names: Concept → language → preferred name; of all of the above.
        name_sources: Concept → language → source of that name.
        origins: Concept → id of the source that defines it.
        sources: Source id → source.
    """

    ontology: Ontology
    rare: RareDiseases
    common: CommonDiseases
    quantities: Mapping[str, Quantity]
    drugs: Drugs
    names: Mapping[str, Mapping[Lang, str]]
    name_sources: Mapping[str, Mapping[Lang, str]]
    origins: Mapping[str, str]
    sources: Mapping[str, KnowledgeSource]

    def references(self, facts: Iterable[Fact], lang: Lang) -> tuple[SourceRef, ...]:
        """Every source that states something of the facts, or whose name for a concept stands in the row."""
        found: dict[str, str] = {}
        for fact in facts:
            for stated in fact.sources:
                origin = self.origins.get(stated.split(" ", 1)[0], "")
                origin = origin or (self.ontology.source if stated.startswith(("HP:", "SIGN:")) else stated)
                origin = origin if origin in self.sources else origin.split(":")[0]
                if origin in self.sources:
                    found.setdefault(origin, stated if stated != origin else fact.concept)
            caller = self.name_sources.get(fact.concept, {}).get(lang)
            if caller is not None:
                found.setdefault(caller, fact.concept)
        return tuple(
            SourceRef(curie, origin, self.sources[origin].licence, self.sources[origin].version)
            for origin, curie in found.items()
            if curie
        )


@lru_cache(maxsize=2)
def read_tables(knowledge: Knowledge) -> Tables:
    """The tables of that index, read on the first call in a process."""
    ontology = Ontology.read(knowledge)
    about = _about(knowledge)
    diseases = [knowledge.lookup(curie) for curie in about]
    rare = RareDiseases.read(diseases, about, ontology)
    common = CommonDiseases.read(diseases, about, ontology)
    names: dict[str, Mapping[Lang, str]] = dict(ontology.names)
    callers: dict[str, Mapping[Lang, str]] = dict(ontology.name_sources)
    origins: dict[str, str] = {}
    others = [concept for kind in _OTHERS for concept in knowledge.concepts(kind=kind) if concept.id.startswith(_IDS)]
    for concept in (*diseases, *others):
        given = {lang: name for lang in LANGS if (name := concept.named(lang))}
        names[concept.id] = {lang: name.text for lang, name in given.items()}
        callers[concept.id] = {lang: name.source for lang, name in given.items()}
        origins[concept.id] = concept.source
    sources = {source.id: source for source in knowledge.sources()}
    return Tables(
        ontology, rare, common, read_quantities(knowledge), Drugs.read(knowledge), names, callers, origins, sources
    )


def _about(knowledge: Knowledge) -> dict[str, list[Relation]]:
    """What is said of diseases, by disease."""
    found: dict[str, list[Relation]] = {}
    for predicate in _SAID:
        for relation in knowledge.statements(predicate):
            if relation.subject.startswith(_DISEASES):
                found.setdefault(relation.subject, []).append(relation)
    return found

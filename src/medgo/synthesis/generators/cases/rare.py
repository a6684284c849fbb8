"""Rare diseases in memory: which signs they have and how often, by the bins of HPO. Knows no chance and no words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from medgo.schema import Concept, Lang, Relation
from medgo.synthesis.generators.cases.likelihood import Likelihood
from medgo.synthesis.generators.cases.ontology import LANGS, Ontology

# HPO's frequency terms: name of the bin, and the shares of patients that it means. https://hpo.jax.org, HP:0040279
BINS: Mapping[str, tuple[str, float, float]] = {
    "HP:0040280": ("obligate", 1.0, 1.0),
    "HP:0040281": ("very_frequent", 0.80, 0.99),
    "HP:0040282": ("frequent", 0.30, 0.79),
    "HP:0040283": ("occasional", 0.05, 0.29),
    "HP:0040284": ("very_rare", 0.01, 0.04),
    "HP:0040285": ("excluded", 0.0, 0.0),
}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A sign of a disease and the share of patients who have it, between ``low`` and ``high``."""

    sign: str
    bin: str
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The probability that a patient has it, with the share drawn evenly from the bin."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class RareDisease:
    """A disease with its signs. ``signs`` holds those with a frequency only, ``excluded`` those that it never has."""

    id: str
    names: Mapping[Lang, str]
    signs: tuple[Annotation, ...]
    excluded: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class RareDiseases:
    """All of them, and the likelihood of findings under each.

    Args:
        diseases: Id → disease, those with at least ``least`` signs with frequencies.
        likelihood: Over signs and all that they are kinds of.
        profiles: Id → its signs and all that they are kinds of.
        confusers: Id → what it is mistaken for, as far as it was asked.
    """

    diseases: Mapping[str, RareDisease]
    likelihood: Likelihood
    profiles: Mapping[str, Mapping[str, float]]
    confusers: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        concepts: Iterable[Concept],
        signs: Mapping[str, Sequence[Relation]],
        ontology: Ontology,
        prefix: str = "ORPHA:",
        least: int = 8,
    ) -> RareDiseases:
        """Take in the diseases whose ids begin with ``prefix``; ``signs`` holds what is said of each."""
        diseases = {}
        for concept in concepts:
            if not concept.id.startswith(prefix):
                continue
            names = {lang: text for lang in LANGS if (text := concept.name(lang))}
            relations = [one for one in signs.get(concept.id, ()) if one.object in ontology.names]
            made = _disease(concept.id, names, relations)
            if len(made.signs) >= least:
                diseases[concept.id] = made
        profiles = {disease.id: _profile(disease, ontology) for disease in diseases.values()}
        return cls(diseases, Likelihood.build(profiles), profiles)

    def only(self, wanted: Iterable[str]) -> RareDiseases:
        """The same for some of the diseases: the others are then no explanation of anything."""
        profiles = {curie: self.profiles[curie] for curie in wanted}
        return RareDiseases({curie: self.diseases[curie] for curie in profiles}, Likelihood.build(profiles), profiles)


def _disease(disease: str, names: Mapping[Lang, str], relations: Iterable[Relation]) -> RareDisease:
    signs: dict[str, Annotation] = {}
    excluded = []
    source = ""
    for relation in relations:
        source = relation.source
        annotation = annotate(relation)
        if annotation is None:
            continue
        if annotation.high <= 0:
            excluded.append(annotation.sign)
        else:
            signs[annotation.sign] = annotation
    for sign in excluded:
        signs.pop(sign, None)
    return RareDisease(disease, names, tuple(signs.values()), tuple(excluded), source)


def annotate(relation: Relation) -> Annotation | None:
    """The sign with its bin; None where the source states no frequency."""
    if relation.attributes.get("negated"):
        return Annotation(relation.object, "excluded", 0.0, 0.0)
    stated = str(relation.attributes.get("frequency", ""))
    if stated in BINS:
        name, low, high = BINS[stated]
        return Annotation(relation.object, name, low, high)
    if not {"low", "high"} <= set(relation.attributes):
        return None
    return Annotation(
        relation.object, "measured", float(relation.attributes["low"]), float(relation.attributes["high"])
    )


def _profile(disease: RareDisease, ontology: Ontology) -> dict[str, float]:
    """Signs and their ancestors; an ancestor is there as often as its most frequent kind, at least."""
    profile: dict[str, float] = {}
    for annotation in disease.signs:
        p = annotation.middle
        for term in (annotation.sign, *ontology.ancestors(annotation.sign)):
            if p > profile.get(term, 0.0):
                profile[term] = p
    return profile

"""What questions are asked about, in memory: signs by disease, drugs by disease, what speaks against a drug.

Knows no words and no rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from medgo.knowledge import Knowledge
from medgo.knowledge.similarity import Similarity
from medgo.schema import Lang, Relation
from medgo.synthesis.concepts import Concepts

# A sign that nearly every patient has (HPO: obligate and very frequent) answers "which is typical".
_TYPICAL_FROM = 0.8
_FEWEST_TYPICAL = 3
# A sign of more diseases than this (fatigue, jaundice, hypotonia) can come with any: that it is not listed for one
# proves nothing, so that it is no wrong answer.
_SPECIFIC_AT_MOST = 60
# Nor is a heading of the vocabulary, or what a tenth of all diseases do, an answer that a physician would give.
_HEADING = re.compile(
    r"^(?:abnormal|abnormality|aplasia/|inflammatory abnormality|neoplasm)\b|morphology$|physiology$", re.I
)
# Words that make a family of diseases are those of few names: Joubert, hemophilia, Waardenburg.
_FAMILY_AT_MOST = 60
# Called very frequent by the source, against every textbook: no question may rest on it. Disease, sign.
_DOUBTED = frozenset(
    {
        ("ORPHA:117", "HP:0001287"),  # Behçet disease, meningitis
        ("ORPHA:213", "HP:0100651"),  # cystinosis, type 1 diabetes
        ("ORPHA:221", "HP:0002960"),  # dermatomyositis, "autoimmunity"
        ("ORPHA:275864", "HP:0010522"),  # frontotemporal dementia, dyslexia
        ("ORPHA:286", "HP:0002900"),  # vascular Ehlers-Danlos syndrome, hypokalaemia
        ("ORPHA:3303", "HP:0000337"),  # tetralogy of Fallot, broad forehead
        ("ORPHA:354", "HP:0002383"),  # GM1 gangliosidosis, infectious encephalitis
        ("ORPHA:636", "HP:0000823"),  # neurofibromatosis type 1, delayed puberty
        ("ORPHA:85445", "HP:0002615"),  # AA amyloidosis, hypotension
    }
)
_WORD = re.compile(r"[a-zà-ÿ]{5,}", re.I)
_SOURCE = "hpo_orpha"
_LANGS: tuple[Lang, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that questions are made of.

    Args:
        names: CURIE → preferred name in each language that has one.
        name_sources: CURIE → the source of that name.
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
        diseases_with: Sign → how many diseases have it or a kind of it.
        above: Sign → itself and all that it is a kind of.
        relatives: Disease → those with which it shares a rare word of its name.
    """

    names: Mapping[str, Mapping[Lang, str]]
    name_sources: Mapping[str, Mapping[Lang, str]]
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
    diseases_with: Mapping[str, int]
    above: Mapping[str, frozenset[str]]
    relatives: Mapping[str, tuple[str, ...]]

    def only(self, concepts: Concepts) -> Tables:
        """Asking about the diseases and drugs of a part alone, and naming beside them only what it may name."""
        taken = {lang: tuple(one for one in found if concepts.take(one)) for lang, found in self.diseases.items()}
        return replace(
            self,
            diseases=taken,
            rivals={lang: frozenset(filter(concepts.may_name, found)) for lang, found in self.rivals.items()},
            typical={
                disease: tuple(one for one in found if concepts.may_name(one.object))
                for disease, found in self.typical.items()
            },
            treated={disease: tuple(filter(concepts.may_name, found)) for disease, found in self.treated.items()},
            treats={drug: tuple(filter(concepts.may_name, found)) for drug, found in self.treats.items()},
            against={
                drug: tuple(one for one in found if concepts.may_name(one.object))
                for drug, found in self.against.items()
                if concepts.take(drug)
            },
            effects={disease: found for disease, found in self.effects.items() if concepts.take(disease)},
        )

    def specific(self, sign: str) -> bool:
        """Whether so few diseases have it that its absence from a list says something."""
        return self.diseases_with.get(sign, 0) <= _SPECIFIC_AT_MOST

    def related(self, one: str, other: str) -> bool:
        """Whether one sign is a kind of the other."""
        return other in self.above.get(one, ()) or one in self.above.get(other, ())

    def in_family(self, disease: str, sign: str) -> bool:
        """Whether a disease or one that shares its name has the sign: every Joubert syndrome has a molar tooth."""
        return any(sign in self.signs.get(one, ()) for one in (disease, *self.relatives.get(disease, ())))

    def bears_name(self, sign: str, disease: str) -> bool:
        """Whether the sign is called as the disease is, so that the answer would be in the question."""
        mine, its = self.names[sign], self.names[disease]
        return any(mine[lang].casefold() in its[lang].casefold() for lang in _LANGS if lang in mine and lang in its)

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
    names, callers, sources = _names(knowledge)
    above: dict[str, frozenset[str]] = {}
    typical, signs = _signs(knowledge, parents, above, names)
    drugs = {concept.id for concept in knowledge.concepts("drug")}
    treated: dict[str, tuple[str, ...]] = {}
    treats: dict[str, tuple[str, ...]] = {}
    for relation in knowledge.statements("treated_by"):
        if relation.object not in drugs or not relation.subject.startswith("DISEASE:"):
            continue  # dialysis and "diuretics" are no answers where a drug is asked for
        treated[relation.subject] = (*treated.get(relation.subject, ()), relation.object)
        treats[relation.object] = (*treats.get(relation.object, ()), relation.subject)
    against, cautions = _against(knowledge)
    return Tables(
        names=names,
        name_sources=callers,
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
        diseases_with=Counter(sign for found in signs.values() for sign in found),
        above=above,
        relatives=_relatives(signs, names),
    )


def _signs(
    knowledge: Knowledge,
    parents: Mapping[str, tuple[str, ...]],
    above: dict[str, frozenset[str]],
    names: Mapping[str, Mapping[Lang, str]],
) -> tuple[dict[str, tuple[Relation, ...]], dict[str, frozenset[str]]]:
    def closure(sign: str) -> frozenset[str]:
        if sign not in above:
            above[sign] = frozenset((sign,)).union(*(closure(parent) for parent in parents.get(sign, ())))
        return above[sign]

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
        found = tuple(
            r
            for sign, r in relations.items()
            if often[disease, sign] >= _TYPICAL_FROM
            and (disease, sign) not in _DOUBTED
            and not _HEADING.search(names.get(sign, {}).get("en", ""))
        )
        if len(found) >= _FEWEST_TYPICAL:
            enough[disease] = found
    return enough, {disease: frozenset(found) for disease, found in signs.items()}


def _relatives(signs: Iterable[str], names: Mapping[str, Mapping[Lang, str]]) -> dict[str, tuple[str, ...]]:
    families: dict[str, tuple[str, ...]] = {}
    for disease in signs:
        for word in _words(names.get(disease, {})):
            families[word] = (*families.get(word, ()), disease)
    found: dict[str, dict[str, None]] = {}
    for members in families.values():
        if 1 < len(members) <= _FAMILY_AT_MOST:
            for disease in members:
                found.setdefault(disease, {}).update(dict.fromkeys(members))
    return {disease: tuple(others) for disease, others in found.items()}


def _words(names: Mapping[Lang, str]) -> set[str]:
    return {word.casefold() for word in _WORD.findall(names.get("en", ""))}


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


def _names(knowledge: Knowledge) -> tuple[dict[str, dict[Lang, str]], dict[str, dict[Lang, str]], dict[str, str]]:
    """What concepts are called, who calls them so, and who defines them."""
    names: dict[str, dict[Lang, str]] = {}
    callers: dict[str, dict[Lang, str]] = {}
    sources: dict[str, str] = {}
    for concept in knowledge.concepts():
        if not concept.id.startswith("ICD10"):
            both = {lang: name for lang in _LANGS if (name := concept.named(lang)) is not None}
            names[concept.id] = {lang: name.text for lang, name in both.items()}
            callers[concept.id] = {lang: name.source for lang, name in both.items()}
            sources[concept.id] = concept.source
    return names, callers, sources

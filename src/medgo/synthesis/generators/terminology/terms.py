"""Terms in memory: names by language, the hierarchy, codes and what excludes what. Knows no words and no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from medgo.knowledge import Knowledge
from medgo.schema import Concept, ConceptKind, Lang, Name, Predicate
from medgo.synthesis.generators.terminology.qualifiers import agree

# Roots under which every sign lies; to say that something is a kind of these says nothing.
_TOO_GENERAL = frozenset({"HP:0000001", "HP:0000118"})
_KINDS: tuple[ConceptKind, ...] = ("sign", "disease", "drug", "lab")
_RULES: tuple[Predicate, ...] = ("excludes1", "excludes2")
_LARGEST = 2000
_LANGS: tuple[Lang, ...] = ("zh", "en")
# A listing of a classification that names codes or other entries instead of a condition.
_REFERS = re.compile(r"\b[A-Z]\d\d|^conditions? |^any |\babove\b|\bbelow\b", re.IGNORECASE)
# Called synonyms by the vocabulary, and yet something else: an antibody test is no anaemia, MCH is not MCHC.
_NOT_THE_SAME = frozenset(
    {
        ("HP:0025548", "increased mean corpuscular haemoglobin"),
        ("HP:0004844", "direct coombs positive"),
        ("HP:0007209", "facial paresis"),
    }
)
_SYSTEMS = {"HP": "HPO", "ORPHA": "Orphanet", "ICD10CM": "ICD-10-CM", "ICD10": "ICD-10"}


@dataclass(frozen=True, slots=True)
class Term:
    """A concept as this generator needs it.

    Args:
        id: CURIE.
        source: Source that defines it.
        preferred: Preferred name in each language that has one, with the source of that name.
        others: Further names in each language, each with its source and role: synonyms and what patients say.
        code: The code and its system, as people write them; empty for concepts of our own.
    """

    id: str
    source: str
    preferred: Mapping[Lang, tuple[str, str]]
    others: Mapping[Lang, tuple[Name, ...]]
    code: tuple[str, str]

    @property
    def filed(self) -> bool:
        """Whether its other names are what a classification lists under it, and not names of the same thing."""
        return self.id.startswith("ICD10")


class Pool:
    """Terms to draw from, so that a vocabulary of a hundred thousand codes does not drown one of a hundred drugs.

    A vocabulary is drawn with the square root of its size, and counts as no larger than two thousand.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        groups: dict[str, list[Term]] = {}
        for term in terms:
            groups.setdefault(term.id.partition(":")[0], []).append(term)
        self._groups = list(groups.values())
        weights = np.sqrt([min(len(group), _LARGEST) for group in self._groups])
        self._bounds = np.cumsum(weights / weights.sum()) if self._groups else np.empty(0)

    def __len__(self) -> int:
        return sum(map(len, self._groups))

    def only(self, take: Callable[[str], bool]) -> Pool:
        """The terms whose ids are taken."""
        return Pool(term for group in self._groups for term in group if take(term.id))

    def draw(self, rng: np.random.Generator) -> Term:
        """One term."""
        group = self._groups[min(int(np.searchsorted(self._bounds, rng.random())), len(self._groups) - 1)]
        return group[int(rng.integers(len(group)))]


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that terminology rows are made of.

    Args:
        named: Per language, terms with a preferred name and at least one other: what can be normalised.
        both: Terms with a preferred name in both languages, which say the same: what can be translated.
        nested: Per language, terms with a parent that has a name: what can be placed.
        by_id: CURIE → term.
        parents: CURIE → CURIEs.
        children: CURIE → CURIEs.
        exclusions: (code, excluded code) of ICD-10-CM with the rule's kind.
    """

    named: Mapping[Lang, Pool]
    both: Pool
    nested: Mapping[Lang, Pool]
    by_id: Mapping[str, Term]
    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]
    exclusions: tuple[tuple[str, str, str], ...]
    _ancestors: dict[str, frozenset[str]] = field(default_factory=dict)

    def only(self, take: Callable[[str], bool]) -> Terms:
        """With nothing to ask about but the terms that are taken; what they are compared with stays."""
        return replace(
            self,
            named={lang: pool.only(take) for lang, pool in self.named.items()},
            both=self.both.only(take),
            nested={lang: pool.only(take) for lang, pool in self.nested.items()},
            exclusions=tuple(one for one in self.exclusions if take(one[0])),
        )

    def ancestors(self, curie: str) -> frozenset[str]:
        """All that a term is a kind of, without itself."""
        known = self._ancestors.get(curie)
        if known is None:
            direct = self.parents.get(curie, ())
            known = frozenset(direct).union(*(self.ancestors(parent) for parent in direct))
            self._ancestors[curie] = known
        return known

    def path(self, curie: str, ancestor: str) -> tuple[str, ...]:
        """A shortest way up from a term to one of its ancestors, both included."""
        ways: list[tuple[str, ...]] = [(curie,)]
        while ways:
            way = ways.pop(0)
            if way[-1] == ancestor:
                return way
            ways += [(*way, parent) for parent in self.parents.get(way[-1], ())]
        return ()


@lru_cache(maxsize=1)
def terms_of(knowledge: Knowledge) -> Terms:
    """Read the index once per process."""
    by_id = {
        concept.id: term
        for kind in _KINDS
        for concept in knowledge.concepts(kind)
        if (term := _term(concept)) is not None
    }
    by_id = {curie: _unambiguous(term, shared) for shared in [_shared(by_id)] for curie, term in by_id.items()}
    parents: dict[str, tuple[str, ...]] = {}
    children: dict[str, tuple[str, ...]] = {}
    for relation in knowledge.statements("is_a"):
        if relation.object not in _TOO_GENERAL:
            parents[relation.subject] = (*parents.get(relation.subject, ()), relation.object)
            children[relation.object] = (*children.get(relation.object, ()), relation.subject)
    every = [by_id[curie] for curie in sorted(by_id)]
    return Terms(
        named={lang: Pool(t for t in every if lang in t.preferred and t.others.get(lang)) for lang in _LANGS},
        both=Pool(t for t in every if _translates(t)),
        nested={lang: Pool(t for t in every if _placed(t, lang, by_id, parents)) for lang in _LANGS},
        by_id=by_id,
        parents=parents,
        children=children,
        exclusions=tuple(_exclusions(knowledge, by_id)),
    )


def _term(concept: Concept) -> Term | None:
    preferred: dict[Lang, tuple[str, str]] = {}
    others: dict[Lang, tuple[Name, ...]] = {}
    for name in concept.names:
        if name.role in ("preferred", "synonym") and name.lang not in preferred:
            preferred[name.lang] = (name.text, name.source)
        elif name.role in ("synonym", "colloquial") and not _same(name, preferred) and _speaks(concept.id, name):
            others[name.lang] = (*others.get(name.lang, ()), name)
    if not preferred or (concept.kind == "drug" and len(preferred) < len(_LANGS)):
        return None  # the dictionary of drugs holds twenty thousand laboratory names that nobody prescribes
    prefix, _, local = concept.id.partition(":")
    code = {"HP": concept.id, "ORPHA": concept.id}.get(prefix, local if prefix in _SYSTEMS else "")
    return Term(concept.id, concept.source, preferred, others, (code, _SYSTEMS.get(prefix, "")))


def _speaks(curie: str, name: Name) -> bool:
    """Whether a name is one that somebody would write for the concept."""
    if curie.startswith("ICD10"):
        return _REFERS.search(name.text) is None
    turned = name.role == "colloquial" and "," in name.text  # "Nasal tip, broad": an entry of an index
    return not turned and (curie, name.text.casefold()) not in _NOT_THE_SAME


def _shared(by_id: Mapping[str, Term]) -> frozenset[str]:
    """Names that two or more terms have: nobody can say which of them is meant."""
    names: Counter[str] = Counter()
    for term in by_id.values():
        own = [text for text, _ in term.preferred.values()] + [name.text for o in term.others.values() for name in o]
        names.update({text.casefold() for text in own})
    return frozenset(text for text, count in names.items() if count > 1)


def _unambiguous(term: Term, shared: frozenset[str]) -> Term:
    others = {
        lang: tuple(n for n in names if n.text.casefold() not in shared and _means(term, n))
        for lang, names in term.others.items()
    }
    return replace(term, others={lang: names for lang, names in others.items() if names})


def _means(term: Term, name: Name) -> bool:
    """Whether a further name says no more and no less than the preferred one; what is filed under a code may."""
    return term.filed or name.lang not in term.preferred or agree(name.text, term.preferred[name.lang][0])


def _translates(term: Term) -> bool:
    return len(term.preferred) == len(_LANGS) and agree(*(text for text, _ in term.preferred.values()))


def _same(name: Name, preferred: Mapping[Lang, tuple[str, str]]) -> bool:
    return name.text.casefold() == preferred.get(name.lang, ("", ""))[0].casefold()


def _placed(term: Term, lang: Lang, by_id: Mapping[str, Term], parents: Mapping[str, tuple[str, ...]]) -> bool:
    if lang not in term.preferred or term.id.startswith("ICD10"):
        return False
    return any(parent in by_id and lang in by_id[parent].preferred for parent in parents.get(term.id, ()))


def _exclusions(knowledge: Knowledge, by_id: Mapping[str, Term]) -> list[tuple[str, str, str]]:
    return [
        (relation.subject, relation.object, predicate)
        for predicate in _RULES
        for relation in knowledge.statements(predicate)
        if relation.subject in by_id and relation.object in by_id
    ]

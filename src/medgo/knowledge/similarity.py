"""Which diseases and signs a clinician could mistake for one another, by what their signs have in common.

Signs are compared through the hierarchy: two that share a rare ancestor are alike. Built in memory from the index, once
a process; knows nothing of what it is used for.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from medgo.errors import UnknownConceptError
from medgo.knowledge.knowledge import Knowledge
from medgo.knowledge.names import normalised

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A disease that shares nearly everything is the same one under another name, not one to be told apart.
SAME = 0.95
_POOL = 4  # times as many candidates as are wanted


@dataclass(frozen=True, slots=True)
class _Sets:
    """Sets of numbers, one after the other.

    Args:
        members: All members, set by set.
        starts: Where each set begins, and at last where all end; a set is never empty.
    """

    members: Ints
    starts: Ints

    @classmethod
    def of(cls, sets: Iterable[Iterable[int]]) -> _Sets:
        lists = [sorted(members) for members in sets]
        starts = np.concatenate([[0], np.cumsum([len(members) for members in lists])]).astype(np.int64)
        return cls(np.array([member for members in lists for member in members], dtype=np.int64), starts)

    def __getitem__(self, place: int) -> Ints:
        return self.members[self.starts[place] : self.starts[place + 1]]

    def sums(self, values: Floats) -> Floats:
        """Sum over each set: [values] → [sets]."""
        return np.add.reduceat(values[self.members], self.starts[:-1])

    def maxima(self, values: Floats) -> Floats:
        """Largest in each set: [values] → [sets]."""
        return np.maximum.reduceat(values[self.members], self.starts[:-1])


class Similarity:
    """Likeness of diseases and of signs.

    The information content of a sign is ``-ln(share of diseases that have it or a kind of it)`` (Resnik, IJCAI 1995).
    Diseases are compared by simGIC, the information that both sets of signs share over that of either (Pesquita et al.,
    BMC Bioinformatics 2008); signs by Lin's measure (ICML 1998).

    Args:
        knowledge: The index.
        sources: Whose ``has_sign`` statements count; excluded and negated signs do not.
    """

    def __init__(self, knowledge: Knowledge, sources: Sequence[str] = ("hpo_orpha",)) -> None:
        parents: dict[str, list[str]] = {}
        for relation in knowledge.statements("is_a"):
            parents.setdefault(relation.subject, []).append(relation.object)
        signs: dict[str, set[str]] = {}
        for source in sources:
            for relation in knowledge.statements("has_sign", source):
                attributes = relation.attributes
                if not attributes.get("negated") and attributes.get("high", 1.0) > 0:
                    signs.setdefault(relation.subject, set()).add(relation.object)
        if not signs:
            raise UnknownConceptError(
                f"no disease of {', '.join(sources)} has signs", hint="medgo knowledge sources says what is absent"
            )
        self._knowledge = knowledge
        self.diseases: tuple[str, ...] = tuple(sorted(signs))
        self._disease_number = {id: n for n, id in enumerate(self.diseases)}  # noqa: A001
        self._set_up_terms(parents, signs)
        self._set_up_diseases(signs)

    def _set_up_terms(self, parents: Mapping[str, list[str]], signs: Mapping[str, set[str]]) -> None:
        with_signs = {term for terms in signs.values() for term in terms}
        closures: dict[str, frozenset[str]] = {}
        for term in with_signs:
            _close(term, parents, closures)
        self.terms: tuple[str, ...] = tuple(sorted(closures))
        self._term_number = {term: n for n, term in enumerate(self.terms)}
        number = self._term_number
        self._stated = np.array([term in with_signs for term in self.terms])
        # Each term with its ancestors and itself.
        self._closures = _Sets.of([number[above] for above in closures[term]] for term in self.terms)

    def _set_up_diseases(self, signs: Mapping[str, set[str]]) -> None:
        number = self._term_number
        full = [
            set[int]().union(*(self._closures[number[term]].tolist() for term in signs[disease]))
            for disease in self.diseases
        ]
        # Each disease with its signs and all that these are kinds of.
        self._signs = _Sets.of(full)
        having = np.bincount(self._signs.members, minlength=len(self.terms)).astype(np.float64)
        self._content: Floats = -np.log(having / len(self.diseases)) + 0.0
        self._totals = self._signs.sums(self._content)

    def content(self, term: str) -> float:
        """Information content of a sign in nats; 0 for what every disease has."""
        return float(self._content[self._term(term)])

    def likeness(self, disease: str) -> Floats:
        """simGIC of a disease with each of ``diseases``: [diseases], from 0 to 1; 1 with itself."""
        place = self._disease(disease)
        shared = np.zeros(len(self.terms))
        mine = self._signs[place]
        shared[mine] = self._content[mine]
        both = self._signs.sums(shared)
        either = self._totals + self._totals[place] - both
        return _ratio(both, either)

    def confusable(
        self, disease: str, rng: np.random.Generator, k: int = 3, *, among: Container[str] | None = None
    ) -> list[str]:
        """Other diseases that look like this one, drawn from the nearest, likelier the nearer they are.

        Left out is what is nearly the same (above :data:`SAME`) or holds the name ("Neonatal Marfan syndrome").

        Args:
            disease: CURIE of one of ``diseases``.
            rng: The only source of chance.
            k: How many are wanted.
            among: Only these, such as those with a Chinese name; None for all.

        Returns:
            At most ``k`` CURIEs; fewer where nothing else shares a sign.

        Raises:
            UnknownConceptError: The sources say nothing of its signs.
        """
        scores = self.likeness(disease)
        own = self._names[self._disease(disease)]
        pool: list[int] = []
        for place in np.argsort(-scores, kind="stable"):
            if scores[place] <= 0 or len(pool) == _POOL * k:
                break
            other = self._names[place]
            if among is not None and self.diseases[place] not in among:
                continue
            if scores[place] < SAME and own not in other and other not in own:
                pool.append(int(place))
        return [self.diseases[place] for place in _drawn(pool, scores, rng, k)]

    def lin(self, first: str, second: str) -> float:
        """Lin's likeness of two signs: 1 for the same, 0 where only the root is common."""
        return float(self._lin(self._term(first))[self._term(second)])

    def confusable_signs(self, term: str, rng: np.random.Generator, k: int = 3) -> list[str]:
        """Other signs near this one in the hierarchy: neither a kind of it nor what it is a kind of.

        Args:
            term: CURIE of one of ``terms``.
            rng: The only source of chance.
            k: How many are wanted.

        Returns:
            At most ``k`` CURIEs.
        """
        place = self._term(term)
        scores = self._lin(place)
        above = set(self._closures[place].tolist())
        pool: list[int] = []
        for other in np.argsort(-scores, kind="stable"):
            if scores[other] <= 0 or len(pool) == _POOL * k:
                break
            # What only gathers others ("Abnormality of the eye") is in no disease's list, and no sign to choose from.
            related = other in above or place in self._closures[other]
            if self._stated[other] and not related:
                pool.append(int(other))
        return [self.terms[other] for other in _drawn(pool, scores, rng, k)]

    def _lin(self, place: int) -> Floats:
        """Lin's likeness of one term with all: [terms]."""
        common = np.zeros(len(self.terms))
        mine = self._closures[place]
        common[mine] = self._content[mine]
        resnik = self._closures.maxima(common)
        total = self._content + self._content[place]
        return _ratio(2 * resnik, total)

    @cached_property
    def _names(self) -> list[str]:
        """Folded English names of ``diseases``."""
        names = {concept.id: concept.name("en") or concept.id for concept in self._knowledge.concepts("disease")}
        return [normalised(names.get(disease, disease)) for disease in self.diseases]

    def _disease(self, disease: str) -> int:
        return _number_of(self._disease_number, disease, "has no signs in the sources that are compared")

    def _term(self, term: str) -> int:
        return _number_of(self._term_number, term, "is a sign of no disease that is compared")


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part of the whole; 0 where there is nothing."""
    result = np.zeros_like(part)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _close(term: str, parents: Mapping[str, list[str]], closures: dict[str, frozenset[str]]) -> frozenset[str]:
    """A term with all its ancestors; theirs are filled in on the way."""
    if term not in closures:
        closures[term] = frozenset({term})  # what a cycle would meet
        above = [_close(parent, parents, closures) for parent in parents.get(term, ())]
        closures[term] = frozenset({term}).union(*above)
    return closures[term]


def _drawn(pool: list[int], scores: Floats, rng: np.random.Generator, k: int) -> list[int]:
    """``k`` different ones of a pool, each with a chance that grows with its score."""
    if not pool:
        return []
    weights = scores[pool] ** 3
    chosen = rng.choice(len(pool), size=min(k, len(pool)), replace=False, p=weights / weights.sum())
    return [pool[place] for place in chosen]


def _number_of(numbers: Mapping[str, int], id: str, why: str) -> int:  # noqa: A002
    try:
        return numbers[id]
    except KeyError:
        raise UnknownConceptError(f"{id} {why}", hint="choose one of Similarity.diseases or Similarity.terms") from None

"""What generators ask of names and meaning: whether new words say what the old ones said, and what a text names.

Knows the guard by one method, and the lexicon.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Literal, Protocol

from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import lexicon_of
from medgo.schema import Evidence, Fact, FactKind, Lang
from medgo.synthesis.protocol import Source


class Change(Protocol):
    """Something that a paraphrase changed."""

    @property
    def kind(self) -> str:
        """What sort of thing: a number, a negation, a drug."""


class Guard(Protocol):
    """Compares a sentence with its paraphrase, both ways."""

    def compare(self, source: str, paraphrase: str, lang: Lang) -> Sequence[Change]:
        """What the paraphrase changed; empty where the meaning survives."""


def guard_of(source: Source) -> Guard:
    """The guard over everything that the index names."""
    return _guard(source.knowledge)


@lru_cache(maxsize=1)
def _guard(knowledge: Knowledge) -> Guard:
    from medgo.synthesis.verification import ParaphraseGuard

    return ParaphraseGuard(lexicon_of(knowledge), knowledge)


# As what an absent fact of a kind of concept stands in the evidence.
_KINDS: Mapping[str, FactKind] = {
    "disease": "diagnosis",
    "sign": "sign",
    "drug": "drug",
}


def named_besides(
    source: Source,
    evidence: Evidence,
    texts: Iterable[str],
    kinds: Iterable[Literal["disease", "sign", "drug"]],
    why: str,
) -> tuple[Fact, ...]:
    """Absent facts for what texts name and no fact of the evidence is about: diagnoses weighed, signs asked for.

    Args:
        source: Has the index.
        evidence: The case.
        texts: What was written about it.
        kinds: Sorts of concepts that may be named besides.
        why: Source of the new facts: ``medgo:considered``, ``medgo:asked``.
    """
    lexicon, wanted = lexicon_of(source.knowledge), set(kinds)
    known = {fact.concept for fact in evidence.facts}
    taken = {fact.id for fact in evidence.facts}
    ids = (f"n{number}" for number in count(1) if f"n{number}" not in taken)
    found: dict[str, Fact] = {}
    for text in texts:
        for mention in lexicon.find(text):
            concept = mention.concepts[0]
            kind = lexicon.kinds.get(concept, "")
            if kind in wanted and not known & set(mention.concepts) and concept not in found:
                found[concept] = Fact(next(ids), _KINDS[kind], concept, polarity="absent", sources=(why,))
    return tuple(found.values())

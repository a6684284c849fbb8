"""Whether new words say what the old ones said, as generators ask it. Knows the guard by one method."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.schema import Lang
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


def lexicon_of(source: Source) -> Lexicon:
    """Names of everything that the index knows, to be found in a text."""
    return _lexicon(source.knowledge)


# One index a process, and seconds to read all its names.
@lru_cache(maxsize=1)
def _lexicon(knowledge: Knowledge) -> Lexicon:
    return Lexicon.build(knowledge)


@lru_cache(maxsize=1)
def _guard(knowledge: Knowledge) -> Guard:
    from medgo.synthesis.verification import ParaphraseGuard

    return ParaphraseGuard(_lexicon(knowledge))

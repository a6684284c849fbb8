"""What a text says in no language: the concepts that it names and the amounts that it states. Knows no item."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import Lexicon, lexicon_of
from medgo.text import quantities

# The number of a list, and "the third day", are no amounts that a translation keeps.
_NO_AMOUNTS = ("listing", "ordinal", "date")


@dataclass(frozen=True, slots=True)
class Element:
    """A concept or an amount in a text.

    Args:
        start: First character.
        end: After the last one.
        ids: Hashes of what it may be: ids of all concepts of that name (even numbers), or the amount with its unit (odd
            ones).
    """

    start: int
    end: int
    ids: tuple[int, ...]

    @property
    def is_concept(self) -> bool:
        """Whether it is a name."""
        return self.ids[0] % 2 == 0


ReadElements = Callable[[str], Sequence[Element]]


@dataclass(frozen=True)
class KnowledgeElements:
    """Reads them with the names of the knowledge index.

    Args:
        lexicon: Names in both languages.
        fingerprint: Of the index they are from.
        knowledge: That index; a process that is sent this one reads the names from there, too.
    """

    lexicon: Lexicon
    fingerprint: str
    knowledge: Knowledge | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.knowledge is not None:
            return KnowledgeElements.of, (self.knowledge,)
        return KnowledgeElements, (self.lexicon, self.fingerprint)

    @classmethod
    def of(cls, knowledge: Knowledge) -> KnowledgeElements:
        """All names of an index; read once per process."""
        return cls(lexicon_of(knowledge), knowledge.fingerprint, knowledge)

    def __call__(self, text: str) -> list[Element]:
        """Elements by position; amounts within names are left out."""
        named = [
            Element(m.start, m.end, tuple(_number(one) & ~1 for one in m.concepts)) for m in self.lexicon.find(text)
        ]
        taken = {at for one in named for at in range(one.start, one.end)}
        amounts = [
            Element(one.start, one.end, (_number(f"{one.value.normalize():f}-{one.high} {one.unit}") | 1,))
            for one in quantities(text)
            if one.kind not in _NO_AMOUNTS and one.start not in taken
        ]
        return sorted(named + amounts, key=lambda one: one.start)


@lru_cache(maxsize=2**16)
def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")

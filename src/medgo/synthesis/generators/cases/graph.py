"""The facts of a case while it is being made: each gets its number, what states it and what it follows from.

Knows no medicine, no words and no chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo.schema import Fact, FactKind, Polarity


@dataclass(slots=True)
class FactBook:
    """Facts in the order in which they were found; saying the same thing twice gives the same fact."""

    facts: dict[str, Fact] = field(default_factory=dict)
    _known: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    _count: int = 0

    def add(
        self,
        kind: FactKind,
        concept: str = "",
        *,
        polarity: Polarity = "present",
        value: str = "",
        unit: str = "",
        attributes: Mapping[str, Any] | None = None,
        sources: tuple[str, ...] = (),
        basis: tuple[str, ...] = (),
    ) -> str:
        """Write down a fact, unless it is there.

        Returns:
            Its id.
        """
        key = (kind, concept, polarity, value)
        known = self._known.get(key)
        if known is None:
            self._count += 1
            known = f"f{self._count}"
            self._known[key] = known
            self.facts[known] = Fact(known, kind, concept, polarity, value, unit, "", attributes or {}, sources, basis)
        return known

    def __getitem__(self, fact: str) -> Fact:
        return self.facts[fact]

    def forget(self, fact: str) -> None:
        """Take back a fact that nothing follows from. Its number is not given again."""
        gone = self.facts.pop(fact)
        del self._known[gone.kind, gone.concept, gone.polarity, gone.value]

    def all(self) -> tuple[Fact, ...]:
        """All facts."""
        return tuple(self.facts.values())


def states(subject: str, predicate: str, object: str) -> str:  # noqa: A002
    """A relation as a fact's source (``ORPHA:558 has_sign HP:0001166``)."""
    return f"{subject} {predicate} {object}"


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence to be written, in whatever language: what it says, not how.

    Args:
        kind: Which sort of sentence; the word banks hold several phrasings for each.
        slots: What stands where: ids of facts, or a word of the word banks.
        pick: Chooses the phrasing, from 0 up to 1.
        also: Facts that it rests on without naming them.
    """

    kind: str
    slots: Mapping[str, tuple[str, ...] | str] = field(default_factory=dict)
    pick: float = 0.0
    also: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of all facts that it states, in order, each once."""
        named = [curie for slot in self.slots.values() if not isinstance(slot, str) for curie in slot]
        return tuple(dict.fromkeys([*named, *self.also]))

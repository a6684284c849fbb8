"""One way to ask what medicine knows, whatever vocabulary answers. Knows the index; no source format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Name, Predicate, Relation


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a search found: its id, the name that matched, and how well (1 is the same text)."""

    id: str
    name: Name
    score: float


class Knowledge:
    """The index of concepts, names and relations. Opened read-only; safe to open in many processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def fingerprint(self) -> str:
        """Changes whenever an answer could."""
        raise NotImplementedError

    def sources(self) -> tuple[KnowledgeSource, ...]:
        """What the index was built from, in the order of precedence."""
        raise NotImplementedError

    def source(self, id: str) -> KnowledgeSource:  # noqa: A002
        """One source, for its licence and attribution."""
        raise NotImplementedError

    def lookup(self, id: str) -> Concept:  # noqa: A002
        """The concept with that CURIE. Raises UnknownConceptError with near ids in its hint."""
        raise NotImplementedError

    def search(
        self, text: str, *, kind: ConceptKind | None = None, lang: Lang | None = None, limit: int = 20
    ) -> list[Hit]:
        """Concepts with such a name, best first: same text, then beginning, then all words or characters."""
        raise NotImplementedError

    def synonyms(self, id: str, lang: Lang | None = None) -> tuple[Name, ...]:  # noqa: A002
        """All names of a concept, preferred ones first."""
        raise NotImplementedError

    def parents(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """What it is a kind of, directly."""
        raise NotImplementedError

    def children(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """Its direct kinds."""
        raise NotImplementedError

    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """All that it is a kind of, nearest first, without itself."""
        raise NotImplementedError

    def relations(self, id: str, predicate: Predicate | None = None, *, inverse: bool = False) -> tuple[Relation, ...]:  # noqa: A002
        """Statements about it as the subject (as the object where ``inverse``)."""
        raise NotImplementedError

    def concepts(self, kind: ConceptKind | None = None, source: str | None = None) -> Iterator[Concept]:
        """All concepts, in the order of their ids: for building models of one's own in memory."""
        raise NotImplementedError

    def statements(self, predicate: Predicate, source: str | None = None) -> Iterator[Relation]:
        """All relations of a kind, in the order of their subjects."""
        raise NotImplementedError


def open_knowledge(extra: tuple[Path, ...] = ()) -> Knowledge:
    """Open the index over everything installed, everything added with ``medgo knowledge add``, and ``extra``.

    Builds it in the cache on the first call and whenever a source changed.
    """
    raise NotImplementedError(extra)

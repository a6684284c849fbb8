"""Nouns of curation: steps that look at one document, and comparisons that look at all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from medgo.schema import Document


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a document is not kept.

    Args:
        step: The step's name.
        reason: One word or two, the same for the same cause.
        evidence: What it was seen by: the matched text, the other document's id; empty where the reason says it all.
    """

    step: str
    reason: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: the order of all documents, whoever reads them.

    Args:
        shard: Number of the shard.
        index: Of the document in it.
    """

    shard: int
    index: int


class Step(Protocol):
    """Looks at one document at a time. Pure: the same document, the same outcome, in whatever process."""

    name: ClassVar[str]
    version: ClassVar[str]

    @property
    def fingerprint(self) -> str:
        """Equal for steps that do the same: name, version, settings, and what they look things up in."""

    def apply(self, document: Document) -> Document | Removal:
        """The document, changed or not, or why it is removed."""


class Comparison(Protocol):
    """Compares documents with each other: shards sign theirs, one process decides on all signatures."""

    name: ClassVar[str]
    version: ClassVar[str]

    @property
    def fingerprint(self) -> str:
        """As of :class:`Step`."""

    def sign(self, document: Document) -> bytes:
        """All that ``decide`` needs of a document; as many bytes for every one."""

    def decide(self, signed: Iterable[tuple[Place, str, bytes]]) -> Iterator[tuple[Place, Removal]]:
        """What is removed.

        Args:
            signed: Place, id and signature of every document, in the order of places.
        """

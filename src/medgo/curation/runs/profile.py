"""What documents are: counts that add up over shards, for reports and data cards. Knows no step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo.schema import Document

# Lengths are counted in bins that double, from 2^4 characters to 2^24.
LENGTH_BINS = tuple(range(4, 25))


@dataclass
class Profile:
    """Counts of documents.

    Args:
        documents: How many.
        characters: Of their texts.
        sources: Documents by ``source · licence``.
        licences: By licence.
        langs: By language.
        lengths: By the bin of their length: the power of two that it reaches.
    """

    documents: int = 0
    characters: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    langs: Counter[str] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)

    def add(self, document: Document) -> None:
        """Count a document."""
        size = len(document.text)
        self.documents += 1
        self.characters += size
        self.sources[f"{document.ref.source} · {document.ref.licence}"] += 1
        self.licences[document.ref.licence] += 1
        self.langs[document.lang] += 1
        self.lengths[str(min(max(size.bit_length() - 1, LENGTH_BINS[0]), LENGTH_BINS[-1]))] += 1

    def merge(self, other: Profile) -> None:
        """Add another one's counts."""
        self.documents += other.documents
        self.characters += other.characters
        for name in ("sources", "licences", "langs", "lengths"):
            getattr(self, name).update(getattr(other, name))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, names in order."""
        counters = {
            name: dict(sorted(getattr(self, name).items())) for name in ("sources", "licences", "langs", "lengths")
        }
        return {"documents": self.documents, "characters": self.characters, **counters}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Profile:
        """Read one back."""
        counters = {name: Counter(value[name]) for name in ("sources", "licences", "langs", "lengths")}
        return cls(value["documents"], value["characters"], **counters)

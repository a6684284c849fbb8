"""What a reader of a source is. Knows no source and no index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from medgo.schema import Concept, KnowledgeSource, Name, Relation


@dataclass(frozen=True, slots=True)
class Label:
    """A further name for a concept that another source defines (a translation, a colloquial word)."""

    concept: str
    name: Name


Statement = Concept | Relation | Label


class Reader(Protocol):
    """Reads one source as a stream of concepts, relations and labels, in constant memory where the format allows."""

    @property
    def source(self) -> KnowledgeSource:
        """What it reads. May look at the files (for the version)."""

    def files(self) -> tuple[Path, ...]:
        """The files it reads: their size and time tell whether the index is still right. Empty where absent."""

    def read(self) -> Iterator[Statement]:
        """Everything the source says.

        Raises:
            KnowledgeSourceError: A file is damaged or not what it should be; names file, line and the way out.
        """

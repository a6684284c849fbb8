"""What an importer is: a format that a user's file or folder may have. Knows no format."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from medgo.knowledge.sources.reader import Reader


class Importer(Protocol):
    """Knows one format of files that users bring, and makes the reader for it."""

    @property
    def name(self) -> str:
        """As ``medgo knowledge add --as`` takes it (``hpo_zh``, ``umls_rrf``)."""

    @property
    def title(self) -> str:
        """What it reads, in one line."""

    def recognises(self, path: Path) -> bool:
        """Whether a file or folder has this format; looks at little of its content, and never raises."""

    def reader(self, path: Path) -> Reader:
        """The reader of that file or folder. Does not read it yet."""

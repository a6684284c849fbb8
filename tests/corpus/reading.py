"""Reads a file with one reader, as a run does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.protocol import Reader, Source
from medgo.schema import Document, Lang


@dataclass
class Reading:
    """What came of it."""

    documents: list[Document]
    ledger: Ledger
    omissions: list[Omission]

    @property
    def text(self) -> str:
        """Of the only document."""
        (document,) = self.documents
        return document.text


def read_file(reader: Reader, path: Path, data: bytes, *, licence: str = "", lang: Lang | None = None) -> Reading:
    """Write the file and read it."""
    path.write_bytes(data)
    omissions: list[Omission] = []
    ledger = Ledger(omissions.append)
    items = list(reader.read(Source(path, licence=licence, lang=lang), ledger))
    documents = [item for item in items if isinstance(item, Document)]
    assert len(documents) == len(items)
    return Reading(documents, ledger, omissions)

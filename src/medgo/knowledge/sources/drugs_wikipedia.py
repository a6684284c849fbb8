"""The share-alike part of the drug dictionary as a source of its own, so that its licence stays with its names."""

from __future__ import annotations

from medgo.knowledge.sources.drugs import WikipediaDrugReader
from medgo.knowledge.sources.reader import Reader


def reader() -> Reader:
    """The reader of the names that may come from Wikipedia."""
    return WikipediaDrugReader()

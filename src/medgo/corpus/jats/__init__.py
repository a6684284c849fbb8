"""Articles in JATS (PubMed Central's open-access subset, publishers' deposits) as documents."""

from medgo.corpus.jats.reader import JatsReader

__all__ = ["JatsReader"]

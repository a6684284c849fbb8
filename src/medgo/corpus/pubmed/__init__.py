"""PubMed's baseline and update files as documents: abstracts, and what takes earlier ones back."""

from medgo.corpus.pubmed.reader import PubMedReader

__all__ = ["PubMedReader"]

"""PDF files (guidelines, standards, reports) as documents: their text in the order in which people read it."""

from medgo.corpus.pdf.reader import PdfReader

__all__ = ["PdfReader"]

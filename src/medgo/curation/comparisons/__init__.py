"""Comparisons of all documents with each other, by the name that recipes give them."""

from __future__ import annotations

from medgo.curation.comparisons.exact import ExactDuplicates, Versions
from medgo.curation.comparisons.near import NearDuplicates

COMPARISONS = {kind.name: kind for kind in (Versions, ExactDuplicates, NearDuplicates)}

__all__ = ["COMPARISONS", "ExactDuplicates", "NearDuplicates", "Versions"]

"""Finds benchmark items in documents and rows, however they are written: an index, and what looks in it."""

from medgo.curation.decontamination.decontaminator import Decontaminator, Translations
from medgo.curation.decontamination.elements import KnowledgeElements
from medgo.curation.decontamination.index import ItemIndex
from medgo.curation.decontamination.items import GuardedItem, Match, MatchKind, OverlapIndex
from medgo.curation.decontamination.paraphrase import Paraphrases
from medgo.curation.decontamination.report import ContaminationReport, write_hits

__all__ = [
    "ContaminationReport",
    "Decontaminator",
    "GuardedItem",
    "ItemIndex",
    "KnowledgeElements",
    "Match",
    "MatchKind",
    "OverlapIndex",
    "Paraphrases",
    "Translations",
    "write_hits",
]

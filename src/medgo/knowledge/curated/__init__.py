"""The tables that MedGo's contributors wrote: names, contraindications, interactions, abbreviations, findings."""

from medgo.knowledge.curated.tables import (
    Abbreviation,
    Confusion,
    Finding,
    Row,
    abbreviations,
    confusions,
    findings,
    path_of,
    rows,
)

__all__ = [
    "Abbreviation",
    "Confusion",
    "Finding",
    "Row",
    "abbreviations",
    "confusions",
    "findings",
    "path_of",
    "rows",
]

"""Imports SNOMED CT in Release Format 2, the snapshot: concepts, descriptions, is-a. Knows no index.

Descriptions come in no order that helps. What is held is the numbers of the active concepts, eight bytes each.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

from medgo.knowledge.importers.files import below, damaged, need, release, table
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Name, Relation

ID = "snomed"
PREFIX = "SNOMED:"
_CONCEPT = ("id", "effectiveTime", "active", "moduleId", "definitionStatusId")
_DESCRIPTION = (
    "id", "effectiveTime", "active", "moduleId", "conceptId", "languageCode", "typeId", "term", "caseSignificanceId",
)  # fmt: skip
_RELATIONSHIP = (
    "id", "effectiveTime", "active", "moduleId", "sourceId", "destinationId", "relationshipGroup", "typeId",
    "characteristicTypeId", "modifierId",
)  # fmt: skip
_FULLY_SPECIFIED, _IS_A = "900000000000003001", "116680003"
_TAG = re.compile(r" \(([a-z /,]+)\)$")
_KINDS: Mapping[str, ConceptKind] = {
    "disorder": "disease",
    "finding": "sign",
    "procedure": "procedure",
    "regime/therapy": "procedure",
    "product": "drug",
    "medicinal product": "drug",
    "medicinal product form": "drug",
    "clinical drug": "drug",
    "observable entity": "lab",
}
_LANGUAGES: Mapping[str, Lang] = {"en": "en", "zh": "zh"}


class SnomedReader:
    """One release's snapshot.

    Args:
        path: The folder of the release.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._concepts = below(path, "sct2_Concept_Snapshot*.txt")
        self._relationships = below(path, "sct2_Relationship_Snapshot*.txt")

    @property
    def source(self) -> KnowledgeSource:
        """SNOMED CT; what is made from it may not be passed on."""
        return KnowledgeSource(
            id=ID,
            title="SNOMED CT",
            version=release(self._concepts),
            licence="LicenseRef-SNOMED-CT-Affiliate",
            url="https://www.snomed.org/",
            attribution="SNOMED CT, © International Health Terminology Standards Development Organisation, under the "
            "user's licence",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """Concepts, descriptions in all languages, relationships."""
        found = (self._concepts, *self._descriptions(), self._relationships)
        return tuple(path for path in found if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream concepts (from their fully specified names), further names, and parents.

        Raises:
            KnowledgeSourceError: A header is another, a row is torn, or a table is absent.
        """
        concepts = need(self._concepts, f"sct2_Concept_Snapshot*.txt in {self._path}")
        active = _active(concepts)
        descriptions = self._descriptions()
        need(descriptions[0] if descriptions else None, f"sct2_Description_Snapshot*.txt in {self._path}")
        for path in descriptions:
            for row in table(path, _DESCRIPTION, "\t"):
                lang = _LANGUAGES.get(row["languageCode"][:2])
                if row["active"] == "1" and lang is not None and _has(active, _number(path, row["conceptId"])):
                    yield _description(row, lang)
        if self._relationships is not None:
            for row in table(self._relationships, _RELATIONSHIP, "\t"):
                if row["active"] == "1" and row["typeId"] == _IS_A:
                    yield Relation(PREFIX + row["sourceId"], "is_a", PREFIX + row["destinationId"], ID)

    def _descriptions(self) -> list[Path]:
        if self._path.is_file():
            return []
        return sorted(self._path.rglob("sct2_Description_Snapshot*.txt"))


def _description(row: Mapping[str, str], lang: Lang) -> Statement:
    """A fully specified English name defines the concept; every other one is a further name."""
    id_ = PREFIX + row["conceptId"]
    term = row["term"].strip()
    if row["typeId"] != _FULLY_SPECIFIED:
        return Label(id_, Name(term, lang, "synonym", ID))
    tag = _TAG.search(term)
    plain = term[: tag.start()] if tag else term
    name = Name(plain, lang, "preferred", ID)
    if lang != "en":
        return Label(id_, name)
    kind = _KINDS.get(tag[1], "class") if tag else "class"
    return Concept(id_, kind, (name,), ID, attributes={"semantic_tag": tag[1] if tag else ""})


def _active(path: Path) -> array[int]:
    numbers = array("q", (_number(path, row["id"]) for row in table(path, _CONCEPT, "\t") if row["active"] == "1"))
    return array("q", sorted(numbers))


def _number(path: Path, text: str) -> int:
    if not text.isdigit():
        raise damaged(path, 0, f"{text!r} is no identifier of a concept")
    return int(text)


def _has(numbers: array[int], number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number


class SnomedImporter:
    """A SNOMED CT release."""

    name = "snomed"
    title = "SNOMED CT (RF2, Snapshot)"

    def recognises(self, path: Path) -> bool:
        """By the snapshot of its concepts."""
        return path.is_dir() and below(path, "sct2_Concept_Snapshot*.txt") is not None

    def reader(self, path: Path) -> Reader:
        """The reader of that release."""
        return SnomedReader(path)

"""Imports MeSH in XML: descriptors (desc….xml) and supplementary records (supp….xml). Knows no index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from medgo.knowledge.importers.files import begins_with, below, damaged, elements, need, release, text
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, Relation

ID = "mesh"
PREFIX = "MESH:"
_DESCRIPTORS = ("desc*.xml", "desc*.xml.gz", "desc*.gz")
_SUPPLEMENT = ("supp*.xml", "supp*.xml.gz", "supp*.gz")
# C23.888: signs and symptoms. F03: mental disorders. E: analytical, diagnostic and therapeutic techniques.
_TREES: tuple[tuple[str, ConceptKind], ...] = (
    ("C23.888", "sign"),
    ("C", "disease"),
    ("F03", "disease"),
    ("D", "drug"),
    ("E", "procedure"),
)


class MeshReader:
    """One year's files.

    Args:
        path: The folder that has them, or one of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptors = below(path, *_DESCRIPTORS)
        self._supplement = below(path, *_SUPPLEMENT)

    @property
    def source(self) -> KnowledgeSource:
        """MeSH, which the NLM lets everyone use who names it."""
        return KnowledgeSource(
            id=ID,
            title="Medical Subject Headings (MeSH)",
            version=release(self._descriptors or self._supplement),
            licence="LicenseRef-NLM-MeSH",
            url="https://www.nlm.nih.gov/databases/download/mesh.html",
            attribution="MeSH, courtesy of the U.S. National Library of Medicine",
        )

    def files(self) -> tuple[Path, ...]:
        """Descriptors and supplementary records, what there is."""
        return tuple(path for path in (self._descriptors, self._supplement) if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream descriptors with their parents, then supplementary records.

        Raises:
            KnowledgeSourceError: A file is not well-formed or breaks off.
        """
        need(self._descriptors or self._supplement, f"desc….xml or supp….xml in {self._path}")
        if self._descriptors is not None:
            # A parent may stand after its child; only the places in the tree are held.
            places = {
                (number.text or "").strip(): text(record, "DescriptorUI")
                for record in elements(self._descriptors, "DescriptorRecord")
                for number in record.iterfind("TreeNumberList/TreeNumber")
            }
            for record in elements(self._descriptors, "DescriptorRecord"):
                yield from _descriptor(record, places, self._descriptors)
        if self._supplement is not None:
            for record in elements(self._supplement, "SupplementalRecord"):
                yield from _supplemental(record, self._supplement)


def _descriptor(record: ElementTree.Element, places: dict[str, str], path: Path) -> Iterator[Statement]:
    ui, numbers = text(record, "DescriptorUI"), _texts(record, "TreeNumberList/TreeNumber")
    names = _names(record, text(record, "DescriptorName/String"))
    if not ui or not names:
        raise damaged(path, 0, f"a descriptor has no identifier or no name ({ui!r})")
    definition = text(record, "ConceptList/Concept[@PreferredConceptYN='Y']/ScopeNote")
    attributes = {"tree_numbers": numbers}
    yield Concept(PREFIX + ui, _kind(numbers), names, ID, definition=definition, attributes=attributes)
    parents = dict.fromkeys(places.get(number.rpartition(".")[0], "") for number in numbers)
    yield from (Relation(PREFIX + ui, "is_a", PREFIX + parent, ID) for parent in parents if parent not in ("", ui))


def _supplemental(record: ElementTree.Element, path: Path) -> Iterator[Statement]:
    ui = text(record, "SupplementalRecordUI")
    names = _names(record, text(record, "SupplementalRecordName/String"))
    if not ui or not names:
        raise damaged(path, 0, f"a supplementary record has no identifier or no name ({ui!r})")
    # Class 3 are rare diseases, 4 organisms; the others are chemicals and protocols.
    kind: ConceptKind = (
        "disease" if record.get("SCRClass") == "3" else "drug" if record.get("SCRClass") == "1" else "class"
    )
    yield Concept(PREFIX + ui, kind, names, ID)
    for heading in _texts(record, "HeadingMappedToList/HeadingMappedTo/DescriptorReferredTo/DescriptorUI"):
        yield Relation(PREFIX + ui, "maps_to", PREFIX + heading.lstrip("*"), ID)


def _names(record: ElementTree.Element, preferred: str) -> tuple[Name, ...]:
    """The preferred name and all terms; permuted ones (``Syndrome, Down``) are left out."""
    terms = record.iterfind("ConceptList/Concept/TermList/Term")
    further = [text(term, "String") for term in terms if term.get("IsPermutedTermYN") != "Y"]
    every = dict.fromkeys(item for item in (preferred, *further) if item)
    return tuple(Name(item, "en", "preferred" if item == preferred else "synonym", ID) for item in every)


def _texts(record: ElementTree.Element, path: str) -> list[str]:
    return [(item.text or "").strip() for item in record.iterfind(path)]


def _kind(numbers: list[str]) -> ConceptKind:
    for prefix, kind in _TREES:
        if any(number.startswith(prefix) for number in numbers):
            return kind
    return "class"


class MeshImporter:
    """MeSH."""

    name = "mesh"
    title = "MeSH (XML: desc, supp)"

    def recognises(self, path: Path) -> bool:
        """By the root of a file of that name."""
        found = below(path, *_DESCRIPTORS, *_SUPPLEMENT) if path.exists() else None
        return found is not None and begins_with(found, "<DescriptorRecordSet", "<SupplementalRecordSet")

    def reader(self, path: Path) -> Reader:
        """The reader of these files."""
        return MeshReader(path)

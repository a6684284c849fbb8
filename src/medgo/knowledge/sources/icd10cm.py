"""Reads ICD-10-CM (simple-icd-10-cm's copy of the tabular list): the tree of codes with all coding notes.

Knows that package's two files; no index. The XML is read section by section: a section is the most that is held.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources.package_data import locate, require, version
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, Predicate, Relation

ID = "icd10cm"
PREFIX = "ICD10CM:"
_DISTRIBUTION = "simple-icd-10-cm"
_PACKAGE = "simple_icd_10_cm"
# Element of the XML → attribute of the concept; each holds notes.
_NOTES = {
    "includes": "includes",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "useAdditionalCode": "use_additional",
    "codeFirst": "code_first",
    "codeAlso": "code_also",
    "notes": "notes",
    "sevenChrNote": "seventh_character_note",
}
_EXCLUDES: tuple[Predicate, ...] = ("excludes1", "excludes2")
_CODE = r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?"
# ``(A04.0-A04.4)``, ``(A32.-)``, ``(J09.X3, J10.2)``: codes stand in parentheses, a final ``-`` means all below.
_REFERENCE = re.compile(rf"({_CODE})(?:\.?-(?=[,;)\s]|$)|-({_CODE})-?)?")
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_PLACEHOLDER = 6


@dataclass(slots=True)
class _Node:
    """One chapter, section or code while its section is read."""

    id: str
    description: str
    type: str
    parent: str
    attributes: dict[str, Any] = field(default_factory=dict)
    terms: list[str] = field(default_factory=list)
    seventh: Mapping[str, str] = field(default_factory=dict)


class Codes:
    """All codes, to find out which exist and which lie in a range."""

    def __init__(self, lines: Iterator[str]) -> None:
        plain = sorted({line.strip() for line in lines} - {""})
        self._plain = plain
        self._known = frozenset(plain)

    def __contains__(self, code: str) -> bool:
        return code.replace(".", "") in self._known

    def between(self, first: str, last: str) -> list[str]:
        """Codes of the ends' own length from the first to the last, both included."""
        start, end = first.replace(".", ""), last.replace(".", "")
        found = self._plain[bisect_left(self._plain, start) : bisect_right(self._plain, end)]
        return [dotted(code) for code in found if len(code) == len(start) and "-" not in code]


def dotted(code: str) -> str:
    """``A000`` → ``A00.0``."""
    return code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def referenced(note: str, codes: Codes) -> tuple[str, ...]:
    """Codes that a note names in parentheses, ranges expanded; codes that do not exist are left out.

    Args:
        note: ``Escherichia coli infection (A04.0-A04.4)``.
        codes: Those that exist.
    """
    found: dict[str, None] = {}
    for inside in _PARENTHESES.findall(note):
        for first, last in _REFERENCE.findall(inside):
            if last:
                block = f"{first}-{last}"
                found.update(dict.fromkeys([block] if block in codes else codes.between(first, last)))
            elif first in codes:
                found[first] = None
    return tuple(found)


class Icd10CmReader:
    """The whole tree: chapters, sections, categories, subcategories and their seventh characters."""

    @property
    def source(self) -> KnowledgeSource:
        """The tabular list."""
        path = _xml_path()
        release = re.search(r"tabular-(.+)\.xml", path.name) if path is not None else None
        return KnowledgeSource(
            id=ID,
            title="ICD-10-CM, tabular list of diseases and injuries",
            version=release[1] if release else "",
            licence="LicenseRef-US-Government-Public-Domain",
            url="https://www.cdc.gov/nchs/icd/icd-10-cm/",
            attribution=f"ICD-10-CM (NCHS/CDC and CMS, public domain), by way of {_DISTRIBUTION} "
            f"{version(_DISTRIBUTION)} (MIT)",
        )

    def files(self) -> tuple[Path, ...]:
        """The tabular list and the list of codes."""
        paths = (_xml_path(), _list_path())
        return tuple(path for path in paths if path is not None) if all(paths) else ()

    def read(self) -> Iterator[Statement]:
        """Stream the tree, parents before their children.

        Raises:
            KnowledgeSourceError: The package is absent, or a file is damaged.
        """
        path = require(_xml_path(), _DISTRIBUTION)
        try:
            with require(_list_path(), _DISTRIBUTION).open(encoding="utf-8") as lines:
                codes = Codes(line.split(" ")[0].replace(".", "") for line in lines)
            for node in _nodes(path, codes):
                yield from _statements(node, codes)
        except (OSError, UnicodeDecodeError, ElementTree.ParseError) as error:
            raise KnowledgeSourceError(f"{path} cannot be read: {error}", hint=f"reinstall {_DISTRIBUTION}") from error


def _nodes(path: Path, codes: Codes) -> Iterator[_Node]:
    """Nodes of the XML, in its order."""
    open_elements: list[ElementTree.Element] = []
    chapter = ""
    # The file belongs to an installed package; expat itself refuses entities that multiply.
    for event, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314
        if event == "start":
            if element.tag == "section" and open_elements and open_elements[-1].tag == "chapter":
                # All of the chapter's own elements stand before its first section.
                node = _node(open_elements[-1], "chapter", "", {})
                if node.id != chapter:
                    chapter = node.id
                    yield node
            open_elements.append(element)
            continue
        open_elements.pop()
        if element.tag == "section" and open_elements and open_elements[-1].tag == "chapter":
            yield from _section(element, chapter, codes)
            element.clear()


def _section(element: ElementTree.Element, chapter: str, codes: Codes) -> Iterator[_Node]:
    """A section and everything in it."""
    node = _node(element, "section", chapter, {})
    categories = [child for child in element if child.tag == "diag"]
    if re.fullmatch(_CODE, node.id):
        # A section of one category has the category's name.
        node.id = f"{node.id}-{node.id}"
    yield node
    for child in element:
        if child.tag == "section":
            yield from _section(child, node.id, codes)
    for child in categories:
        yield from _codes(child, node.id, node.seventh, codes)


def _codes(element: ElementTree.Element, parent: str, inherited: Mapping[str, str], codes: Codes) -> Iterator[_Node]:
    """A code and everything below it, seventh characters included."""
    node = _node(element, "subcategory", parent, inherited)
    node.type = "category" if len(node.id) == 3 else "subcategory"
    children = [child for child in element if child.tag == "diag"]
    extended = [] if children else list(_extended(node, codes))
    node.attributes["billable"] = not children and not extended
    yield node
    for child in children:
        yield from _codes(child, node.id, node.seventh, codes)
    yield from extended


def _extended(node: _Node, codes: Codes) -> Iterator[_Node]:
    """The codes that seventh characters make of one; ``X`` fills the places before."""
    plain = node.id.replace(".", "").ljust(_PLACEHOLDER, "X")
    for character, meaning in node.seventh.items():
        if plain + character in codes:
            attributes = {"billable": True, "seventh_character": meaning}
            description = f"{node.description}, {meaning}"
            yield _Node(dotted(plain + character), description, "extended", node.id, attributes)


def _node(element: ElementTree.Element, type_: str, parent: str, inherited: Mapping[str, str]) -> _Node:
    """One element's own content, without its children's."""
    node = _Node(element.get("id", ""), "", type_, parent, seventh=inherited)
    for child in element:
        if child.tag == "name":
            node.id = (child.text or "").strip()
        elif child.tag == "desc":
            node.description = (child.text or "").strip()
        elif child.tag == "inclusionTerm":
            node.terms += _texts(child)
        elif child.tag == "sevenChrDef":
            node.seventh = _seventh(child)
            node.attributes["seventh_characters"] = dict(node.seventh)
        elif child.tag in _NOTES:
            node.attributes.setdefault(_NOTES[child.tag], []).extend(_texts(child))
    if not node.id or not node.description:
        raise KnowledgeSourceError(
            f"ICD-10-CM: an element below {parent or 'the top'} has no code or no title ({node.id!r})",
            hint=f"reinstall {_DISTRIBUTION}",
        )
    return node


def _texts(element: ElementTree.Element) -> list[str]:
    return [note.text.strip() for note in element if note.text and note.text.strip()]


def _seventh(element: ElementTree.Element) -> dict[str, str]:
    """Meaning of each character; a note after an extension belongs to it."""
    meanings: dict[str, str] = {}
    last = ""
    for child in element:
        text = (child.text or "").strip()
        if child.tag == "extension":
            last = child.get("char", "")
            meanings[last] = text
        elif child.tag == "note" and last and text:
            meanings[last] += f"/{text}"
    return meanings


def _statements(node: _Node, codes: Codes) -> Iterator[Statement]:
    """The concept, its parent, and what may not be coded with it."""
    names = [Name(node.description, "en", "preferred", ID)]
    names += [Name(text, "en", "synonym", ID) for text in dict.fromkeys(node.terms) if text != node.description]
    attributes = {"code": node.id, "type": node.type, **node.attributes}
    yield Concept(PREFIX + node.id, kind_of(node.id, node.type), tuple(names), ID, attributes=attributes)
    if node.parent:
        yield Relation(PREFIX + node.id, "is_a", PREFIX + node.parent, ID)
    for predicate in _EXCLUDES:
        for note in node.attributes.get(predicate, ()):
            for code in referenced(note, codes):
                if code != node.id:
                    yield Relation(PREFIX + node.id, predicate, PREFIX + code, ID, {"note": note})


def kind_of(code: str, type_: str) -> ConceptKind:
    """Chapters, sections, external causes (V–Y) and factors (Z) are classes; R00–R99 are signs; the rest diseases."""
    if type_ in ("chapter", "section", "block") or code[:1] in "VWXYZ":
        return "class"
    return "sign" if code.startswith("R") else "disease"


def _xml_path() -> Path | None:
    folder = locate(_PACKAGE, "data")
    return next(iter(sorted(folder.glob("icd10c*-tabular-*.xml"))), None) if folder is not None else None


def _list_path() -> Path | None:
    folder = locate(_PACKAGE, "data")
    return next(iter(sorted(folder.glob("code-list-*.txt"))), None) if folder is not None else None


def reader() -> Reader:
    """The reader of this source."""
    return Icd10CmReader()

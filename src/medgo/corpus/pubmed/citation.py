"""One citation of PubMed: its fields as plain values. Knows no documents.

Elements: <https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/190101/index.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from medgo.corpus.inline import line_of
from medgo.corpus.xml import Element

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_MONTHS = {
    "jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06",
    "jul": "07", "aug": "08", "sep": "09", "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
# Labels that stand for none.
_UNLABELLED = frozenset(("UNLABELLED", "UNASSIGNED"))
_TRUNCATED = re.compile(r"\(ABSTRACT TRUNCATED(?: AT \d+ WORDS)?\)|ABSTRACT TRUNCATED AT \d+ WORDS")


@dataclass(frozen=True, slots=True)
class Abstract:
    """An abstract as text.

    Args:
        text: Its parts, one a line; the label of a part stands before it.
        lang: NLM's three letters (``eng``, ``chi``).
        categories: NLM's category of each part that has one (``METHODS``).
        copyright: Its copyright notice.
        kind: Who wrote it, where it is not the main one (``Publisher``, ``plain-language-summary``).
    """

    text: str
    lang: str
    categories: tuple[str, ...]
    copyright: str
    kind: str = ""

    @property
    def truncated(self) -> bool:
        """Whether NLM cut it off, as it did until 2000."""
        return _TRUNCATED.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Correction:
    """What another publication says of this one, or this one of another.

    Args:
        kind: NLM's type (``RetractionIn``, ``ErratumFor``).
        pmid: The other one's PMID; empty where NLM gives none.
        source: Where the other one was published.
    """

    kind: str
    pmid: str
    source: str


class Citation:
    """One ``MedlineCitation`` and its ``PubmedData``; a field is read when it is asked for."""

    def __init__(self, element: Element) -> None:
        medline = element if element.tag == "MedlineCitation" else _child(element, "MedlineCitation")
        self._medline: dict[str, Element] = {} if medline is None else {child.tag: child for child in medline}
        self._others = [] if medline is None else list(medline.iterchildren("OtherAbstract"))
        self._keywords = [] if medline is None else list(medline.iterchildren("KeywordList"))
        article = self._medline.get("Article")
        self._article: dict[str, Element] = {} if article is None else {child.tag: child for child in article}
        self._languages = [] if article is None else [_text(child) for child in article.iterchildren("Language")]
        self._locations = [] if article is None else list(article.iterchildren("ELocationID"))
        self._data = None if medline is element else _child(element, "PubmedData")
        self._status = "" if medline is None else medline.get("Status", "")

    @property
    def pmid(self) -> str:
        """Its number; empty for none."""
        return _text(self._medline.get("PMID"))

    @property
    def version(self) -> str:
        """``1``, for nearly all."""
        node = self._medline.get("PMID")
        return "1" if node is None else node.get("Version", "1")

    @cached_property
    def title(self) -> str:
        """In English; the brackets that NLM puts around a translated one are left out."""
        node = self._article.get("ArticleTitle")
        title = "" if node is None else line_of(node)
        if title.startswith("[") and title.rstrip(".").endswith("]"):
            title = title.rstrip(".")[1:-1]
        return "" if title.rstrip(".").lower() == "not available" else title

    @property
    def vernacular_title(self) -> str:
        """In the language of the article; empty where that is English."""
        node = self._article.get("VernacularTitle")
        return "" if node is None else line_of(node)

    @property
    def abstract(self) -> Abstract | None:
        """The main one, which is in English."""
        node = self._article.get("Abstract")
        return None if node is None else _abstract(node, "eng")

    @property
    def other_abstracts(self) -> Iterator[Abstract]:
        """Those of its publisher and others, in any language."""
        for node in self._others:
            abstract = _abstract(node, node.get("Language", "eng"), node.get("Type", ""))
            if abstract is not None:
                yield abstract

    @cached_property
    def publication_types(self) -> list[str]:
        """NLM's names."""
        return [_text(child) for child in self._article.get("PublicationTypeList", ())]

    @cached_property
    def corrections(self) -> list[Correction]:
        """Comments, errata and retractions, in both directions."""
        return [
            Correction(child.get("RefType", ""), _text(_child(child, "PMID")), _text(_child(child, "RefSource")))
            for child in self._medline.get("CommentsCorrectionsList", ())
        ]

    def meta(self) -> dict[str, Any]:
        """What there is besides titles and abstracts; fields that it has not are left out.

        ``pmid, version, status, revised, journal, year, doi, pmc, languages, publication_types, mesh, keywords``.
        """
        issue = self._article.get("Journal")
        fields: dict[str, Any] = {
            "pmid": self.pmid,
            "version": int(self.version) if self.version.isdecimal() else self.version,
            "status": self._status,
            "revised": _date(self._medline.get("DateRevised")),
            "journal": ""
            if issue is None
            else _text(_child(issue, "Title")) or _text(_child(issue, "ISOAbbreviation")),
            "year": self.year,
            **self._identifiers(),
            "languages": self._languages,
            "publication_types": self.publication_types,
            "mesh": [_heading(node) for node in self._medline.get("MeshHeadingList", ())],
            "keywords": [line_of(node) for keywords in self._keywords for node in keywords],
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def year(self) -> int | None:
        """Of the issue; of its electronic publication or its indexing where the issue has none."""
        journal = self._article.get("Journal")
        nodes = (
            _child(_child(journal, "JournalIssue"), "PubDate"),
            self._article.get("ArticleDate"),
            self._medline.get("DateCompleted"),
            self._medline.get("DateRevised"),
        )
        return next((year for node in nodes if node is not None and (year := _year(node))), None)

    def _identifiers(self) -> dict[str, str]:
        found = {"doi": "", "pmc": ""}
        for node in self._locations:
            if node.get("EIdType") == "doi" and node.get("ValidYN", "Y") == "Y":
                found["doi"] = _text(node)
        numbers = _child(self._data, "ArticleIdList")
        for node in () if numbers is None else numbers:
            kind = node.get("IdType")
            if kind in found and not found[kind]:
                found[kind] = _text(node)
        return found


def _child(node: Element | None, tag: str) -> Element | None:
    # ``find`` compiles a path first, which takes longer than looking.
    return None if node is None else next(node.iterchildren(tag), None)


def _text(node: Element | None) -> str:
    return "" if node is None else (node.text or "").strip()


def _abstract(node: Element, lang: str, kind: str = "") -> Abstract | None:
    lines: list[str] = []
    categories: list[str] = []
    notice = ""
    for child in node:
        if child.tag == "CopyrightInformation":
            notice = line_of(child)
            continue
        text, category = line_of(child), child.get("NlmCategory", "")
        label = " ".join((child.get("Label") or category).split())
        if text:
            lines.append(f"{label}: {text}" if label and label not in _UNLABELLED else text)
            categories.append(category)
    if not lines:
        return None
    return Abstract("\n".join(lines), lang, tuple(categories) if any(categories) else (), notice, kind)


def _heading(node: Element) -> dict[str, Any]:
    """``{"ui", "name", "major", "qualifiers": [{"ui", "name", "major"}]}``; qualifiers only where there are any."""
    first, *rest = [
        {"ui": part.get("UI", ""), "name": (part.text or "").strip(), "major": part.get("MajorTopicYN") == "Y"}
        for part in node
    ] or [{}]
    return {**first, "qualifiers": rest} if rest else first


def _year(node: Element) -> int | None:
    found = _YEAR.search(_text(_child(node, "Year")) or _text(_child(node, "MedlineDate")))
    return int(found[0]) if found else None


def _date(node: Element | None) -> str:
    """``2021-06-05``, as much of it as there is."""
    if node is None:
        return ""
    parts = [_text(_child(node, name)) for name in ("Year", "Month", "Day")]
    parts[1] = _MONTHS.get(parts[1][:3].lower(), parts[1].zfill(2) if parts[1] else "")
    parts[2] = parts[2].zfill(2) if parts[2] else ""
    return "-".join(parts[: parts.index("")] if "" in parts else parts)

"""One article of JATS: what stands before its text, as plain values, and its text. Knows no documents.

Elements: <https://jats.nlm.nih.gov/archiving/tag-library/1.3/>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from medgo.corpus.jats.flow import Flow
from medgo.corpus.typesetting import joined
from medgo.corpus.xml import Element, local_name
from medgo.schema import Lang

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"(?:PMC)?(\d+)(?:\.\d+)?", re.IGNORECASE)
# Kinds of id: what the collection that they belong to is called.
_KINDS = {"doi": "doi", "pmid": "pubmed", "pmc": "pmc", "pmcid": "pmc"}
# Subject groups of a publisher's bookkeeping begin with these.
_ABBREVIATIONS = frozenset(("abbreviations", "abbr"))


@dataclass(frozen=True, slots=True)
class Related:
    """Another article that this one names as the one it is about.

    Args:
        kind: JATS's type (``retracted-article``).
        collection: ``pmc``, ``pubmed`` or ``doi``; empty where it is named by no id.
        id: Its id there.
    """

    kind: str
    collection: str
    id: str


@dataclass(frozen=True, slots=True)
class Abstract:
    """An abstract in the article's language or another one.

    Args:
        lang: Its language as stated (``zh``), or the article's.
        text: Its text.
    """

    lang: str
    text: str


class Article:
    """``article``, ``sub-article`` or ``response``.

    Args:
        element: It.
        parent: What it is part of.
    """

    def __init__(self, element: Element, parent: Article | None = None) -> None:
        self.element, self.parent = element, parent
        self.flow = Flow()
        front = _find(element, "front")
        self.meta = _find(element, "front-stub") if front is None else _find(front, "article-meta")
        journal = None if front is None else _find(front, "journal-meta")
        self._journal = "" if journal is None else _first(journal, "journal-title", Flow())

    @property
    def type(self) -> str:
        """``research-article``, ``correction`` …; of a response that names none, ``reply``."""
        return str(self.element.get("article-type") or self.element.get("response-type") or "").lower()

    @property
    def lang(self) -> str:
        """As stated here or above (``en``, ``zh``); empty where it is not."""
        stated = short(self.element.get(_LANG, ""))
        return stated or ("" if self.parent is None else self.parent.lang)

    @cached_property
    def ids(self) -> dict[str, str]:
        """``pmc`` (``PMC123``), ``pubmed`` and ``doi``, what it has of them."""
        found: dict[str, str] = {}
        for node in () if self.meta is None else _children(self.meta, "article-id"):
            collection = _KINDS.get(node.get("pub-id-type", ""))
            if collection and (value := _identifier(collection, "".join(node.itertext()))):
                found.setdefault(collection, value)
        return found

    @cached_property
    def title(self) -> str:
        """With its subtitle; without marks of notes and references."""
        parts = [] if self.meta is None else [_below(self.meta, name) for name in ("article-title", "subtitle")]
        for mark in [one for part in parts if part is not None for one in part.iterfind(".//{*}*")]:
            if local_name(mark) in ("xref", "fn"):
                _drop(mark)
        return ": ".join(filter(None, (self.flow.line(part) for part in parts if part is not None)))

    def title_in(self, lang: str) -> str:
        """The translated title in a language; empty for none."""
        groups = (
            [] if self.meta is None else [one for one in self.meta.iter() if local_name(one) == "trans-title-group"]
        )
        found = [one for one in groups if short(one.get(_LANG, "")) == lang]
        return _first(found[0], "trans-title", self.flow) if found else ""

    @property
    def related(self) -> Iterator[Related]:
        """The articles that its front names."""
        for node in () if self.meta is None else self.meta.iter():
            if local_name(node) == "related-article":
                link = node.get(_LINK, "") or "".join(node.itertext())
                collection = _KINDS.get(node.get("ext-link-type", ""), "doi" if "10." in link else "")
                name = _identifier(collection, link)
                yield Related(node.get("related-article-type", ""), collection if name else "", name)

    @cached_property
    def text(self) -> str:
        """Abstracts in the article's language, body, floating figures and tables, appendices and notes."""
        for each in self._abstracts():
            if short(each.get(_LANG, "")) in ("", self.lang):
                self.flow.take(each)
        for name in ("body", "floats-group", "back"):
            if (part := _find(self.element, name)) is not None:
                self.flow.take(part)
        return joined(self.flow.blocks)

    @property
    def other_abstracts(self) -> Iterator[Abstract]:
        """Those in other languages than the article's."""
        for each in self._abstracts():
            lang = short(each.get(_LANG, ""))
            if lang not in ("", self.lang):
                flow = Flow()
                flow.take(each)
                yield Abstract(lang, joined(flow.blocks))

    @property
    def parts(self) -> Iterator[Article]:
        """Articles within it: translations, comments and replies to them."""
        for name in ("sub-article", "response"):
            for element in _children(self.element, name):
                yield Article(element, self)

    def fields(self) -> dict[str, Any]:
        """``article_type, pmc, pmid, doi, journal, year, subjects, keywords``, what it has of them."""
        ids = self.ids
        fields = {
            "article_type": self.type,
            "pmc": ids.get("pmc", ""),
            "pmid": ids.get("pubmed", ""),
            "doi": ids.get("doi", ""),
            "journal": self._journal,
            "year": self._year(),
            "subjects": self._texts("subject", "subj-group"),
            "keywords": self._texts("kwd", "kwd-group"),
        }
        return {name: value for name, value in fields.items() if value}

    def _abstracts(self) -> list[Element]:
        if self.meta is None:
            return []
        return [one for one in self.meta if local_name(one) in ("abstract", "trans-abstract")]

    def _year(self) -> int | None:
        dates = [] if self.meta is None else list(_children(self.meta, "pub-date"))
        years = ["".join(node.itertext()).strip() for date in dates for node in date if local_name(node) == "year"]
        return min((int(year) for year in years if re.fullmatch(r"(?:1[5-9]|20)\d\d", year)), default=None)

    def _texts(self, name: str, group: str) -> list[str]:
        if self.meta is None:
            return []
        nodes = [node for node in self.meta.iter() if local_name(node) == name]
        kept = [node for node in nodes if not _abbreviations(node, group)]
        return list(dict.fromkeys(filter(None, (self.flow.line(node) for node in kept))))


def short(lang: str) -> str:
    """``zh`` for ``zh-Hans-CN``; empty for none."""
    return lang.strip().replace("_", "-").partition("-")[0].lower()


def as_lang(lang: str) -> Lang | None:
    """The language as one of ours; None for all others."""
    return "zh" if lang in ("zh", "chi", "zho") else "en" if lang in ("en", "eng") else None


def _identifier(collection: str, value: str) -> str:
    value = value.strip()
    if collection == "doi":
        start = value.find("10.")
        return value[start:] if start >= 0 else ""
    found = _NUMBER.fullmatch(value.rstrip("/").rpartition("/")[2])
    return "" if found is None else f"PMC{found[1]}" if collection == "pmc" else found[1]


def _abbreviations(node: Element, group: str) -> bool:
    return any(
        local_name(outer) == group and outer.get("kwd-group-type", "") in _ABBREVIATIONS
        for outer in node.iterancestors()
    )


def _find(element: Element, name: str) -> Element | None:
    return element.find(f"{{*}}{name}")


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if local_name(child) == name)


def _below(element: Element, name: str) -> Element | None:
    return element.find(f".//{{*}}{name}")


def _first(element: Element, name: str, flow: Flow) -> str:
    found = _below(element, name)
    return "" if found is None else flow.line(found)


def _drop(element: Element) -> None:
    """Take an element out, and leave the text behind it where it stands."""
    parent, before = element.getparent(), element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)

"""Reads MedlinePlus's health topics (``mplus_topics_2025-01-01.xml``): what the NLM itself writes for patients.

Elements: <https://medlineplus.gov/xmldescription.html>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from medgo.corpus.html.rendering import blocks_of
from medgo.corpus.html.tree import from_lxml, parse_html
from medgo.corpus.inline import line_of
from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Holds, Source
from medgo.corpus.typesetting import joined
from medgo.corpus.xml import Element, elements, local_name, root_of
from medgo.errors import InputError
from medgo.schema import Document, SourceRef

_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_GENERATED = re.compile(r"date-generated\s*=\s*[\"'](\d\d)/(\d\d)/(\d{4})")
_PUBLIC = "LicenseRef-US-Government-Public-Domain"
_LANGS = {"english": "en", "": "en"}


class MedlinePlusReader:
    """MedlinePlus, one document a topic: ``medlineplus`` and the topic's number.

    The text is the full summary; Spanish topics are omitted and counted. Links to other sites (``site``) are theirs,
    and are not read.

    Licence: NLM's topic summaries are works of the US government (``LicenseRef-US-Government-Public-Domain``), unless
    the user states another for the source; the encyclopedia of A.D.A.M. is not in these files.
    """

    name: ClassVar[str] = "medlineplus"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:  # noqa: ARG002
        """By the root element."""
        return root_of(head) == "health-topics"

    def read(self, source: Source, ledger: Ledger) -> Iterator[Document]:
        """Yield topics.

        Raises:
            InputError: The file is damaged, breaks off or is no such XML; topics before that place were yielded.
        """
        with open_source(source.path) as stream:
            made = _GENERATED.search(stream.peek(4096)[:4096].replace(b"\0", b"").decode("utf-8", "replace"))
            retrieved = source.retrieved or (_iso(*made.groups()) if made else "")
            for element in elements(stream, source.path.name, ("health-topic",)):
                if local_name(element) != "health-topic":
                    ledger.omit(source.path.name, local_name(element), "no topic")
                elif (document := _topic(element, source, retrieved, ledger)) is not None:
                    yield document


def _topic(element: Element, source: Source, retrieved: str, ledger: Ledger) -> Document | None:
    file, name = source.path.name, element.get("id") or element.get("url") or element.get("title") or ""
    lang = element.get("language", "")
    if _LANGS.get(lang.lower()) != "en":
        ledger.omit(file, name, "another language", lang)
        return None
    summary = next((child for child in element if local_name(child) == "full-summary"), None)
    try:
        text = "" if summary is None else _summary(summary)
    except InputError as error:
        ledger.omit(file, name, "malformed summary", error.message)
        return None
    if not text:
        ledger.omit(file, name, "no summary")
        return None
    collection = source.collection or MedlinePlusReader.name
    ref = SourceRef(name, collection, source.licence or _PUBLIC, retrieved)
    return Document(ref, "en", text, " ".join(element.get("title", "").split()), _meta(element))


def _summary(element: Element) -> str:
    """HTML, which stands escaped in the XML; in some files as elements."""
    tree = from_lxml(element) if len(element) else parse_html(element.text or "")
    return joined(each.block for each in blocks_of(tree))


def _meta(element: Element) -> dict[str, Any]:
    """``url, created, also_called, groups, mesh, institute, see``, what it has of them."""
    created = _DAY.fullmatch(element.get("date-created", ""))
    mesh = [node for node in element.iter() if local_name(node) == "descriptor"]
    fields: dict[str, Any] = {
        "url": element.get("url", ""),
        "created": _iso(*created.groups()) if created else "",
        "also_called": _lines(element, "also-called"),
        "groups": _lines(element, "group"),
        "mesh": [{"ui": node.get("id", ""), "name": line_of(node)} for node in mesh],
        "institute": "; ".join(_lines(element, "primary-institute")),
        "see": _lines(element, "see-reference"),
    }
    return {name: value for name, value in fields.items() if value}


def _lines(element: Element, name: str) -> list[str]:
    return [text for node in element if local_name(node) == name and (text := line_of(node))]


def _iso(month: str, day: str, year: str) -> str:
    return f"{year}-{month}-{day}"

"""HTML files as documents, in whatever encoding they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from medgo.corpus.encoding import decode_published
from medgo.corpus.html.content import Content, content_of
from medgo.corpus.html.facts import PageFacts, declared_charset, facts_of
from medgo.corpus.html.tree import parse_html
from medgo.corpus.ledger import Ledger
from medgo.corpus.licences import stated_licence
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Holds, Item, Source
from medgo.corpus.typesetting import joined
from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.text import language_of

MAX_BYTES = 32 * 2**20
_BEGINNING = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_TAGS = re.compile(rb"</?(?:p|div|a|h[1-6]|ul|li|table|span|title|meta)[\s>]", re.IGNORECASE)
_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")


class HtmlReader:
    """One page a file: headings, paragraphs, lists and rows of tables, without the site around them.

    The title is no part of the text unless the page shows it there. A page's own licence link goes before what the
    user says of the collection.
    """

    name: ClassVar[str] = "html"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        beginning = head[:4096].replace(b"\x00", b"")
        if b"<ClinicalDocument" in beginning or (b"<article" in beginning[:1500] and b"<front" in beginning):
            return False
        if _BEGINNING.search(beginning):
            return True
        return name.lower().endswith(_SUFFIXES) and len(_TAGS.findall(beginning)) >= 2

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; a file is one document or none."""
        name = source.name
        with open_source(source.path) as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InputError(f"{name} is larger than {MAX_BYTES // 2**20} MiB, as no page is")
        decoded = decode_published(data, name, declared_charset(data))
        if decoded.damaged:
            ledger.note("undecodable bytes", decoded.damaged)
        try:
            page = parse_html(decoded.text)
        except InputError as error:
            ledger.omit(name, name, "nested too deep", error.message)
            return
        document = _document(source, facts_of(page), content_of(page), ledger)
        if document is not None:
            yield document


def _document(source: Source, facts: PageFacts, content: Content, ledger: Ledger) -> Document | None:
    name = source.name
    identity = facts.address or name
    for kind, count in (+content.removed).items():
        ledger.note(kind, count)
    text = joined(content.blocks)
    if not text:
        ledger.omit(name, identity, "no text")
        return None
    lang = source.lang or language_of(text)
    if lang is None:
        ledger.omit(name, identity, "other language", facts.lang)
        return None
    if facts.several_licences:
        ledger.note("several licences")
    licence = facts.licence or stated_licence(text) or source.licence or "unknown"
    ref = SourceRef(identity, source.collection or "html", licence, source.retrieved or facts.published)
    meta = {"published": facts.published} if facts.published else {}
    return Document(ref, lang, text, facts.title, meta)

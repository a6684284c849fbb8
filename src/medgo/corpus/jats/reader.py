"""Reads JATS: articles of PubMed Central and of publishers. Knows documents, and no rule of curation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from medgo.corpus.jats.article import Article, as_lang
from medgo.corpus.jats.licences import licence_of_article
from medgo.corpus.jats.packages import articles
from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Holds, Source
from medgo.corpus.xml import Element, local_name, root_of
from medgo.schema import Document, Lang, SourceRef, Withdrawal
from medgo.text import language_of

_SETS = frozenset(("pmc-articleset", "articles", "OAI-PMH"))
# Notices, and what they say of the article that they name.
_NOTICES = {
    "retraction": "retracted",
    "partial-retraction": "retracted",
    "withdrawal": "retracted",
    "removal": "retracted",
    "expression-of-concern": "concern",
    "correction": "",
    "corrected-article": "",
    "erratum": "",
    "corrigendum": "",
    "addendum": "",
}
_NOTICED = {
    "retracted-article": "retracted",
    "partial-retraction": "retracted",
    "object-of-concern": "concern",
}
_TAKEN_BACK = {"retraction-forward": "retracted", "retraction": "retracted", "concern-forward": "concern"}
# Nothing about medicine is learnt from these.
_OTHER_TYPES = frozenset({
    "announcement", "calendar", "books-received", "book-received", "book-review", "product-review", "obituary",
    "meeting-announcement", "in-memoriam", "reviewer-list", "acknowledgement", "front-matter", "index",
    "editorial-board",
})  # fmt: skip
# What reviewers and editors wrote to authors, published beside the article.
_REVIEWS = frozenset({
    "decision-letter", "reviewer-report", "referee-report", "author-comment", "editor-report", "peer-review",
    "aggregated-review-documents", "article-commentary-letter",
})  # fmt: skip
_RETRACTED_TITLE = re.compile(r"\s*\[?(?:RETRACTED|Retracted|WITHDRAWN|Withdrawn)(?: (?:ARTICLE|Article))?\s*[:\]]")
_JATS = re.compile(rb"<(?:\w+:)?front\b|article-type=|//DTD (?:JATS|Journal)|jats", re.IGNORECASE)


class JatsReader:
    """JATS, one document an article: ``pmc`` and the PMCID (else DOI, PMID or the file's name).

    A translated abstract in Chinese or English, a translation, a comment or a reply printed with the article is a
    document of its own: ``PMC123#zh``, ``PMC123#s1``. A notice of retraction or concern becomes a withdrawal of the
    article that it names, by each id it names it with (``pmc``, ``pubmed``, ``doi``; documents have theirs in
    ``meta``); a correction takes nothing back and is left out.

    Licence: what the article itself states, else what the user states for the source, else ``unknown``.
    """

    name: ClassVar[str] = "jats"
    holds: ClassVar[Holds] = "documents"
    collection: ClassVar[str] = "pmc"

    def recognises(self, name: str, head: bytes) -> bool:
        """By the root element; a package by the articles that it begins with."""
        name = name.lower()
        if name.endswith(".tgz"):
            return True
        if name.endswith((".tar", ".zip")):
            return b".nxml" in head or (b"<article" in head and _JATS.search(head) is not None)
        root = root_of(head)
        plain = head.replace(b"\0", b"")
        return root in ("article", *_SETS) and _JATS.search(plain) is not None

    def read(self, source: Source, ledger: Ledger) -> Iterator[Document | Withdrawal]:
        """Yield documents and withdrawals.

        Raises:
            InputError: The file is damaged, breaks off or is no XML; articles before that place were yielded. Of a
                package, a damaged member costs only itself and is named in the ledger.
        """
        for name, element in articles(source.path, ledger):
            if local_name(element) != "article":
                ledger.omit(source.path.name, local_name(element), "no article")
                continue
            yield from _Reading(source, ledger, name).items(element)


class _Reading:
    def __init__(self, source: Source, ledger: Ledger, name: str) -> None:
        self._source, self._ledger, self._name = source, ledger, name
        self._collection = source.collection or JatsReader.collection

    def items(self, element: Element) -> Iterator[Document | Withdrawal]:
        article = Article(element)
        ids = article.ids
        name = ids.get("pmc") or ids.get("doi") or ids.get("pubmed") or self._name.rpartition("/")[2]
        related = list(article.related)
        taken = False
        for each in related:
            reason = _NOTICED.get(each.kind, _NOTICES.get(article.type, ""))
            if reason and each.id:
                yield Withdrawal(self._in(each.collection), each.id, reason, name)
            elif reason:
                self._omit(name, "withdraws an article without an id")
        reasons = (
            [] if article.type in _NOTICES else [_TAKEN_BACK[one.kind] for one in related if one.kind in _TAKEN_BACK]
        )
        if article.type == "retracted-article" or _RETRACTED_TITLE.match(article.title):
            reasons.append("retracted")
        for reason in reasons[:1]:
            taken = True
            for collection, value in ids.items():
                yield Withdrawal(self._in(collection), value, reason, self._name)
        if taken or article.type in _NOTICES or article.type in _OTHER_TYPES:
            self._omit(name, reasons[0] if taken else article.type)
            return
        licence = licence_of_article(article.meta, self._source.licence)
        yield from self._documents(article, name, licence)

    def _documents(self, article: Article, name: str, licence: str) -> Iterator[Document]:
        meta = article.fields()
        text = article.text
        lang = as_lang(article.lang) if article.lang else self._source.lang or language_of(text[:4000]) or "en"
        if not text:
            self._omit(name, "no text")
        elif lang is None:
            self._omit(name, "another language", article.lang)
        else:
            yield self._document(name, licence, lang, article.title, text, meta)
        for what, count in article.flow.counts.items():
            self._ledger.note(what, count)
        for abstract in article.other_abstracts:
            if (other := as_lang(abstract.lang)) is None:
                self._omit(name, "abstract in another language", abstract.lang)
            elif abstract.text:
                title, fields = article.title_in(abstract.lang), meta | {"abstract": "translated"}
                yield self._document(f"{name}#{other}", licence, other, title, abstract.text, fields)
        for number, part in enumerate(article.parts, 1):
            yield from self._part(part, f"{name}#{part.element.get('id') or number}", licence)

    def _part(self, part: Article, name: str, licence: str) -> Iterator[Document]:
        if part.type in _REVIEWS or part.type in _NOTICES or part.type in _OTHER_TYPES:
            self._omit(name, "peer review" if part.type in _REVIEWS else part.type)
            return
        own = licence_of_article(part.meta, licence)
        yield from self._documents(part, name, own)

    def _document(self, name: str, licence: str, lang: Lang, title: str, text: str, meta: dict[str, Any]) -> Document:
        ref = SourceRef(name, self._collection, licence, self._source.retrieved)
        return Document(ref, lang, text, title, meta)

    def _in(self, collection: str) -> str:
        return self._collection if collection == JatsReader.collection else collection

    def _omit(self, name: str, reason: str, detail: str = "") -> None:
        self._ledger.omit(self._source.path.name, name, reason, detail)

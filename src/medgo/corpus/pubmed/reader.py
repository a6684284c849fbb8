"""Reads PubMed's baseline and update files (``pubmed25n0001.xml.gz``). Knows documents, and no rule of curation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Holds, Source
from medgo.corpus.pubmed.citation import Abstract, Citation
from medgo.corpus.xml import Element, elements, local_name, root_of
from medgo.schema import Document, Lang, SourceRef, Withdrawal

_ROOTS = frozenset(("PubmedArticleSet", "MedlineCitationSet"))
_TAGS = ("PubmedArticle", "MedlineCitation", "DeleteCitation")
_RELEASE = re.compile(r"pubmed\d\dn\d{4}")
# What another publication says of this one, and this one of another. An erratum takes nothing back.
_TAKEN_BACK = {
    "RetractionIn": "retracted",
    "PartialRetractionIn": "retracted",
    "RetractedandRepublishedIn": "retracted",
    "ExpressionOfConcernIn": "concern",
    "CorrectedandRepublishedIn": "replaced",
}
_TAKES_BACK = {
    "RetractionOf": "retracted",
    "PartialRetractionOf": "retracted",
    "RetractedandRepublishedFrom": "retracted",
    "ExpressionOfConcernFor": "concern",
    "CorrectedandRepublishedFrom": "replaced",
}
_RETRACTED_TYPES = frozenset(("Retracted Publication",))
_NOTICES = {
    "Retraction of Publication": "retraction notice",
    "Retraction Notice": "retraction notice",
    "Expression of Concern": "expression of concern",
    "Published Erratum": "erratum",
}
_RETRACTED_TITLE = re.compile(r"\s*\[?(?:RETRACTED|Retracted|WITHDRAWN|Withdrawn)(?: (?:ARTICLE|Article))?\s*[:\]]")
_LANGS: dict[str, Lang] = {"eng": "en", "chi": "zh"}


class PubMedReader:
    """PubMed in XML, one document an abstract: ``pubmed`` and the PMID.

    An abstract in Chinese, or a further one in English, is a document of its own: the part after ``#`` in
    ``31895214#zh`` says which one of PMID 31895214, and what takes that back takes this back too. Names of authors
    are not read. Of a citation that another one in the file repeats, both are yielded, ``meta`` with ``version`` and
    ``revised``; of one that is deleted too, the document and the withdrawal.

    Licence: NLM claims none on abstracts, and publishers hold rights in many; PubMed as a whole has no open licence.
    The licence is therefore what the user states for the source, else ``unknown``; the notice printed with an abstract
    is in ``meta["copyright"]``.
    """

    name: ClassVar[str] = "pubmed"
    holds: ClassVar[Holds] = "documents"

    def recognises(self, name: str, head: bytes) -> bool:  # noqa: ARG002
        """By the root element."""
        return root_of(head) in _ROOTS

    def read(self, source: Source, ledger: Ledger) -> Iterator[Document | Withdrawal]:
        """Yield documents and withdrawals.

        Raises:
            InputError: The file is damaged, breaks off or is no such XML; citations before that place were yielded.
        """
        reading = _Reading(source, ledger)
        with open_source(source.path) as stream:
            for element in elements(stream, source.path.name, _TAGS):
                yield from reading.items(element)


class _Reading:
    def __init__(self, source: Source, ledger: Ledger) -> None:
        self._file, self._ledger = source.path.name, ledger
        self._collection = source.collection or PubMedReader.name
        self._licence = source.licence or "unknown"
        release = _RELEASE.match(self._file)
        self._retrieved = source.retrieved or (release[0] if release else "")

    def items(self, element: Element) -> Iterator[Document | Withdrawal]:
        name = local_name(element)
        if name == "DeleteCitation":
            for node in element.iterchildren("PMID"):
                if pmid := (node.text or "").strip():
                    yield Withdrawal(self._collection, pmid, "deleted", self._file, node.get("Version", ""))
        elif name in _TAGS:
            yield from self._citation(Citation(element))
        else:
            self._ledger.omit(self._file, name, "no citation")

    def _citation(self, citation: Citation) -> Iterator[Document | Withdrawal]:
        pmid = citation.pmid
        if not pmid:
            self._ledger.omit(self._file, "", "no PMID", citation.title)
            return
        types, corrections = citation.publication_types, citation.corrections
        for each in corrections:
            if each.kind in _TAKES_BACK and each.pmid:
                yield Withdrawal(self._collection, each.pmid, _TAKES_BACK[each.kind], pmid)
            elif each.kind in _TAKES_BACK:
                self._ledger.omit(self._file, pmid, "withdraws an article without PMID", each.source)
        withdrawn = [(_TAKEN_BACK[one.kind], one.pmid or one.source) for one in corrections if one.kind in _TAKEN_BACK]
        if not withdrawn and (not _RETRACTED_TYPES.isdisjoint(types) or _RETRACTED_TITLE.match(citation.title)):
            withdrawn = [("retracted", "")]
        for reason, by in withdrawn:
            yield Withdrawal(self._collection, pmid, reason, by or self._file)
        reason = withdrawn[0][0] if withdrawn else next((_NOTICES[kind] for kind in types if kind in _NOTICES), "")
        if reason:
            self._ledger.omit(self._file, pmid, reason)
            return
        yield from self._documents(citation, {"corrections": _noted(citation)} if corrections else {})

    def _documents(self, citation: Citation, noted: dict[str, Any]) -> Iterator[Document]:
        first, others = citation.abstract, list(citation.other_abstracts)
        if first is None and not others:
            self._ledger.omit(self._file, citation.pmid, "no abstract")
            return
        meta = citation.meta() | noted
        if vernacular := citation.vernacular_title:
            meta["vernacular_title"] = vernacular
        if first is not None:
            yield self._document(citation.pmid, first, "en", citation.title, meta)
        parts: dict[str, int] = {}
        for each in others:
            lang = _LANGS.get(each.lang)
            if lang is None:
                self._ledger.omit(self._file, citation.pmid, "abstract in another language", each.lang)
                continue
            parts[lang] = parts.get(lang, 0) + 1
            part = lang if parts[lang] == 1 else f"{lang}{parts[lang]}"
            title = citation.title if lang == "en" else vernacular
            yield self._document(f"{citation.pmid}#{part}", each, lang, title, meta | {"abstract": each.kind})

    def _document(self, name: str, abstract: Abstract, lang: Lang, title: str, meta: dict[str, Any]) -> Document:
        if abstract.categories:
            meta = meta | {"categories": list(abstract.categories)}
        if abstract.copyright:
            meta = meta | {"copyright": abstract.copyright}
        if abstract.truncated:
            self._ledger.note("abstract cut off by NLM")
            meta = meta | {"truncated": True}
        ref = SourceRef(name, self._collection, self._licence, self._retrieved)
        return Document(ref, lang, abstract.text, title, meta)


def _noted(citation: Citation) -> list[dict[str, str]]:
    return [{"kind": each.kind, "pmid": each.pmid, "source": each.source} for each in citation.corrections]

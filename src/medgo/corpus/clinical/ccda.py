"""C-CDA and other CDA R2 documents: one record, its sections by LOINC code, their narratives as text.

Source: HL7 CDA R2, C-CDA R2.1. A section's narrative is what its author signed: where entries say otherwise it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from medgo.corpus.clinical.ccda_entries import entry_lines, names_in_entries
from medgo.corpus.clinical.ccda_header import read_header
from medgo.corpus.clinical.mapping import says_synthetic
from medgo.corpus.clinical.records import Draft, stated_language
from medgo.corpus.clinical.rendering import attachment, direct_text, lines, narrative
from medgo.corpus.clinical.sections import document_of, section_of_code, section_of_title
from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import open_source
from medgo.corpus.protocol import Item, Source
from medgo.corpus.xml import Element, elements, local_name, root_of
from medgo.errors import InputError

_ROOT = "ClinicalDocument"
# DICOM's list of the pictures that a report is about.
_CATALOGUE = "121181"
_MEDIA = frozenset(("observationMedia", "renderMultiMedia"))


class CcdaReader:
    """A document is a record."""

    name: ClassVar[str] = "c-cda"
    holds: ClassVar[Literal["records"]] = "records"

    def recognises(self, name: str, head: bytes) -> bool:
        """See :class:`medgo.corpus.protocol.Reader`."""
        del name
        return root_of(head) == _ROOT

    def read(self, source: Source, ledger: Ledger) -> Iterator[Item]:
        """See :class:`medgo.corpus.protocol.Reader`; the document is in memory, of which there are 64 MiB at most."""
        name = source.path.name
        with open_source(source.path) as stream:
            for root in elements(stream, name, (_ROOT,)):
                if local_name(root) != _ROOT:
                    raise InputError(f"{name} is no {_ROOT}")
                if root.getroottree().docinfo.doctype:
                    raise InputError(f"{name} has a document type, which records do not")
                draft = _Document(root, name, ledger).draft()
                record = draft.record(source, self.name, ledger, synthetic=says_synthetic(source.mapping))
                if record is not None:
                    yield record


class _Document:
    def __init__(self, root: Element, name: str, ledger: Ledger) -> None:
        self._root, self._name, self._ledger = root, name, ledger

    def draft(self) -> Draft:
        """Everything that the document says to people."""
        root = self._root
        code, title = root.find("{*}code"), root.find("{*}title")
        said = direct_text(title) if title is not None else ""
        number, shown = (code.get("code", ""), code.get("displayName", "")) if code is not None else ("", "")
        draft = Draft("document", document_of(number, shown) or document_of("", said) or shown or said)
        language = root.find("{*}languageCode")
        draft.lang = stated_language(language.get("code", "")) if language is not None else None
        read_header(root, draft)
        for section in root.iterfind("{*}component/{*}structuredBody/{*}component/{*}section"):
            self._section(draft, section, "", 0)
        for text in root.iterfind("{*}component/{*}nonXMLBody/{*}text"):
            self._body(draft, text)
        return draft

    def _section(self, draft: Draft, section: Element, above: str, depth: int) -> None:
        code, title = section.find("{*}code"), section.find("{*}title")
        number = code.get("code", "") if code is not None else ""
        if number == _CATALOGUE:
            self._ledger.omit(self._name, "section", "list of pictures")
            return
        said = direct_text(title) if title is not None else ""
        said = said or (code.get("displayName", "") if code is not None else "") or number
        own = section_of_code(number) or section_of_title(said)
        key = own or above or said or "text"
        heading = said if not own and above else ""
        text = self._narrative(section, key)
        draft.add(key, f"{heading}\n{text}" if heading and text else text)
        for inner in section.iterfind("{*}component/{*}section"):
            self._section(draft, inner, key, depth + 1)

    def _narrative(self, section: Element, key: str) -> str:
        element = section.find("{*}text")
        text = narrative(element) if element is not None else ""
        for _ in (one for one in section.iter() if local_name(one) in _MEDIA):
            self._ledger.omit(self._name, key, "picture")
        if not text:
            text = "\n".join(entry_lines(section))
            if text:
                self._ledger.note("section rendered from entries")
            return text
        missing = [one for one in names_in_entries(section) if one.lower() not in text.lower()]
        if missing:
            self._ledger.note("name in entries that the narrative lacks", len(missing))
        return text

    def _body(self, draft: Draft, text: Element) -> None:
        kind, data = text.get("mediaType", "text/plain"), "".join(map(str, text.itertext()))
        if text.get("representation") != "B64":
            draft.add("text", lines(data) if len(text) == 0 else narrative(text))
            return
        try:
            read = attachment(data, kind, "the document's body")
        except InputError as error:
            self._ledger.omit(self._name, "document", "unreadable attachment", error.message)
            return
        if read is None:
            self._ledger.omit(self._name, "document", "attachment is no text", kind)
        draft.add("text", read or "")

"""Without what points to persons in published texts: addresses of authors, numbers, records that slipped in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.curation.protocol import Removal
from medgo.deid.classes import IdentifierClass
from medgo.deid.deidentifier import Deidentifier
from medgo.deid.protocol import Note
from medgo.deid.replacing.tags import tag
from medgo.schema import Document, Lang

# Names of authors, hospitals and dates belong into literature; these do not.
_PERSONAL: tuple[IdentifierClass, ...] = (
    "phone",
    "fax",
    "email",
    "social_account",
    "id_card",
    "ssn",
    "passport",
    "bank_account",
    "insurance_number",
    "medical_record_number",
    "vehicle",
)


# What else of a document is learnt from: its question, and dialogues, whose turns stand in the text a second time.
_SAID = ("question", "turns", "dialogue", "rejected")


class Residue(Configured):
    """Masks personal numbers and addresses; a document with many of them is a record, and is removed."""

    name: ClassVar[str] = "residue"
    version: ClassVar[str] = "2"
    classes: tuple[IdentifierClass, ...] = Field(_PERSONAL, description="classes of identifiers that are masked")
    most: int = Field(8, ge=0, description="a document with more of them, e-mail addresses aside, is removed")

    def apply(self, document: Document) -> Document | Removal:
        """The document with tags in place of identifiers, or why it is removed."""
        text, counts = self._masked(document.text, document.lang)
        if counts.total() - counts["email"] > self.most:
            return Removal(self.name, "personal data", ", ".join(f"{label} {n}" for label, n in sorted(counts.items())))
        title, _ = self._masked(document.title, document.lang)
        meta = {
            key: self._without(value, document.lang) if key in _SAID else value for key, value in document.meta.items()
        }
        if (text, title, meta) == (document.text, document.title, document.meta):
            return document
        return replace(document, text=text, title=title, meta=meta)

    def _without(self, value: Any, lang: Lang) -> Any:
        if isinstance(value, str):
            return self._masked(value, lang)[0]
        return [self._without(one, lang) for one in value] if isinstance(value, list) else value

    def _masked(self, text: str, lang: Lang) -> tuple[str, Counter[IdentifierClass]]:
        found = [one for one in self._finder.find(Note(text, lang)).findings if one.label in self.classes]
        parts, at = [], 0
        for finding in found:
            parts += [text[at : finding.start], tag(finding.label, lang)]
            at = finding.end
        return "".join([*parts, text[at:]]), Counter(one.label for one in found)

    @cached_property
    def _finder(self) -> Deidentifier:
        from medgo.deid.numbers.detector import NumberDetector
        from medgo.deid.protection import ProtectedTerms

        return Deidentifier((NumberDetector(),), ProtectedTerms())

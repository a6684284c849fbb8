"""What rows are made from besides knowledge: documents and clinical records, and what takes one back. No I/O.

A document in a file is one JSON object a line: ``{"id", "source", "licence", "retrieved", "lang", "title", "text",
"meta"}``. A record is ``{"id", "patient_id", "lang", "document", "sections", "synthetic", "meta"}``, as
de-identification reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo.errors import InputError
from medgo.schema.evaluation import Lang
from medgo.schema.rows import SourceRef


@dataclass(frozen=True, slots=True)
class Document:
    """A published text: an article, a guideline, an encyclopedia entry, a question with its published answer.

    Args:
        ref: Id, collection and licence.
        lang: Its language.
        text: Plain text.
        title: Its title; empty for none.
        meta: What its source says besides, JSON values (``question``, ``focus``, ``year``).
    """

    ref: SourceRef
    lang: Lang
    text: str
    title: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **self.ref.to_dict(),
            "lang": self.lang,
            "title": self.title,
            "text": self.text,
            "meta": dict(self.meta),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Document:
        """Read one back.

        Raises:
            InputError: A field is missing or is of another type.
        """
        lang, meta = value.get("lang"), value.get("meta") or {}
        if lang not in ("zh", "en"):
            raise InputError(f"a document's lang is zh or en, found {lang!r}")
        if not isinstance(meta, Mapping):
            raise InputError("a document's meta is an object")
        ref = SourceRef(*(_text(value, name) for name in ("id", "source", "licence", "retrieved")))
        return cls(ref, lang, _text(value, "text"), _text(value, "title"), meta)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a source says of an earlier document: it is retracted, deleted or replaced.

    Args:
        source: The collection (``pubmed``), or ``pmc`` or ``doi`` where the document is named by these.
        id: The document's id in it.
        reason: ``retracted``, ``deleted``, ``replaced``, or ``concern`` where its editors doubt it.
        by: What says so: the notice's id, or the file.
        version: Versions up to this one are meant; empty for all.
    """

    source: str
    id: str
    reason: str
    by: str
    version: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"source": self.source, "id": self.id, "reason": self.reason, "by": self.by, "version": self.version}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Withdrawal:
        """Read one back.

        Raises:
            InputError: A field is missing or is no text.
        """
        return cls(*(_text(value, name) for name in ("source", "id", "reason", "by", "version")))


@dataclass(frozen=True, slots=True)
class ClinicalRecord:
    """A patient's record: as a hospital keeps it, de-identified, or synthetic. Only the latter two may be learnt from.

    Args:
        ref: Id, collection and licence.
        lang: Its language.
        sections: Section key (as the task of that document names it) → text, in order.
        document: Name of the task whose document this is (``admission_record``).
        synthetic: Whether it was made, and says so; such a record needs no certificate.
        certificate: Id of the certificate that covers the file it was read from; empty for a synthetic one.
        meta: What its source says besides, JSON values (``dialogue``, ``sex``, ``age``).
        patient: Id of the patient, by which de-identification knows that records are one person's; empty for none.
    """

    ref: SourceRef
    lang: Lang
    sections: Mapping[str, str]
    document: str
    synthetic: bool
    certificate: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    patient: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON; the certificate is the file's, and no field of a row."""
        return {
            "id": self.ref.id,
            "patient_id": self.patient,
            "lang": self.lang,
            "document": self.document,
            "sections": dict(self.sections),
            "synthetic": self.synthetic,
            "meta": dict(self.meta),
        }


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str):
        raise InputError(f"expected a text in {name!r}, found {type(text).__name__}")
    return text

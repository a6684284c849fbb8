"""What rows are made from besides knowledge: documents and clinical records. No input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, slots=True)
class ClinicalRecord:
    """A patient's record, de-identified or synthetic.

    Args:
        ref: Id, collection and licence.
        lang: Its language.
        sections: Section key (as the task of that document names it) → text, in order.
        document: Name of the task whose document this is (``admission_record``).
        synthetic: Whether it was made, and says so; such a record needs no certificate.
        certificate: Id of the certificate that covers the file it was read from; empty for a synthetic one.
        meta: What its source says besides, JSON values (``dialogue``, ``sex``, ``age``).
    """

    ref: SourceRef
    lang: Lang
    sections: Mapping[str, str]
    document: str
    synthetic: bool
    certificate: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

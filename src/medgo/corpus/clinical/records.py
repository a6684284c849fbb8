"""A record while it is put together: sections in order, what its header says, its id. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Source
from medgo.schema import ClinicalRecord, Lang, SourceRef
from medgo.store.hashing import fingerprint
from medgo.text import language_of

Values = dict[str, Any]
_OTHER = "text"
_LONGEST_TITLE = 80
_NUMBER = re.compile(r"\d{5}")


@dataclass
class Draft:
    """What was read of one record.

    Args:
        place: What to call it in messages (``message 3``).
        document: Name of the task whose document it is; else its own title, or the reader's word for it.
        patient: Id of the patient.
        lang: As its source states it.
        sections: Key → text.
        header: Of the patient: ``name``, ``mrn``, …; keys are those by which de-identification tells identifiers.
        encounter: Of the visit and the people in it, in the same way.
    """

    place: str
    document: str = ""
    patient: str = ""
    lang: Lang | None = None
    sections: dict[str, str] = field(default_factory=dict)
    header: Values = field(default_factory=dict)
    encounter: Values = field(default_factory=dict)

    def add(self, key: str, text: str) -> None:
        """Append to a section; blank text is none."""
        text = text.strip()
        if text:
            self.sections[key] = f"{self.sections[key]}\n{text}" if key in self.sections else text

    def add_once(self, key: str, text: str) -> None:
        """Append to a section what is not in it yet."""
        if text.strip() not in self.sections.get(key, ""):
            self.add(key, text)

    def record(self, source: Source, collection: str, ledger: Ledger, *, synthetic: bool) -> ClinicalRecord | None:
        """The record; None, and named in the ledger, where nothing of it can be used.

        Its id says nothing of anybody: de-identification passes ids on as they are, and numbers that its source has
        are among what the header says.
        """
        name = source.path.name
        if not self.sections:
            ledger.omit(name, self.place, "no clinical text", self.document)
            return None
        self._hide_titles()
        lang = source.lang or self.lang or language_of("\n".join((*self.sections.values(), *self.sections)))
        if lang is None:
            ledger.omit(name, self.place, "other language", self.document)
            return None
        meta: Values = {key: value for key, value in (("patient", self.header), ("encounter", self.encounter)) if value}
        identity = fingerprint([name, self.place, self.patient, self.document, self.sections, meta])[:24]
        ref = SourceRef(identity, source.collection or collection, source.licence or "unknown", source.retrieved)
        return ClinicalRecord(ref, lang, self.sections, self.document, synthetic, meta=meta, patient=self.patient)

    def _hide_titles(self) -> None:
        """Names of sections are passed on as they are: one that may tell who somebody is becomes part of the text."""
        told = [value.lower() for value in _values((self.header, self.encounter)) if len(value) > 1 and value.strip()]
        for key in list(self.sections):
            said = key.lower()
            if len(key) > _LONGEST_TITLE or _NUMBER.search(key) or any(value in said for value in told):
                self.add(_OTHER, f"{key}\n{self.sections.pop(key)}")


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner)


def stated_language(code: str) -> Lang | None:
    """``zh`` or ``en`` of a language tag (``zh-CN``); None for others, whose text may still be told."""
    name = code.strip().lower()[:2]
    return "zh" if name in ("zh", "ch") else "en" if name == "en" else None


def put(values: Values, key: str, value: str) -> None:
    """Add a value to a header; a second one under the same key makes a list."""
    value = value.strip()
    if not value:
        return
    there = values.get(key)
    if there is None:
        values[key] = value
    elif isinstance(there, list):
        if value not in there:
            there.append(value)
    elif there != value:
        values[key] = [there, value]


def first(values: Mapping[str, Any], key: str) -> str:
    """The first value under a key; empty for none."""
    value = values.get(key, "")
    return str(value[0]) if isinstance(value, list) else str(value)

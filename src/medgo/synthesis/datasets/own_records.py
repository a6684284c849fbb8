"""Records in MedGo's own form: JSONL, one record a line, synthetic or under a certificate.

``{"id": "…", "lang": "zh", "document": "admission_record", "sections": {"chief_complaint": "…"}, "synthetic": true}``
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import ClinicalRecord, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import cell, rows_of

# A hospital's records are never under a licence that a recipe allows by default, whatever a row says of itself.
_NAME, _LICENCE = "records", "internal"


def _read(path: Path) -> Iterator[ClinicalRecord]:
    for number, row in rows_of(path):
        where = f"{path.name}, row {number}"
        lang, sections, synthetic = row.get("lang"), row.get("sections"), row.get("synthetic", False)
        if lang not in ("zh", "en"):
            raise InputError(f"{where}: lang is zh or en, found {lang!r}")
        if not isinstance(synthetic, bool):
            raise InputError(f"{where}: synthetic is true or false, found {synthetic!r}")
        if not isinstance(sections, dict) or not all(isinstance(text, str) for text in sections.values()):
            raise InputError(f"{where}: sections is an object of texts")
        ref = SourceRef(cell(row, "id", where), _NAME, _LICENCE)
        meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
        yield ClinicalRecord(ref, lang, sections, cell(row, "document", where), synthetic, meta=meta or {})


OWN_RECORDS = Dataset(
    name=_NAME,
    title="A hospital's own records in MedGo's form",
    licence=_LICENCE,
    url="",
    langs=("zh", "en"),
    holds="records",
    read=_read,
    about="Each record is synthetic and says so, or its file lies under a de-identification certificate.",
    share=False,
)

"""Reads records with one reader, as a run does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medgo.corpus.ledger import Ledger, Omission
from medgo.corpus.protocol import Reader, Source
from medgo.schema import ClinicalRecord, Lang


@dataclass
class Records:
    """What came of it."""

    records: list[ClinicalRecord]
    ledger: Ledger
    omissions: list[Omission]

    @property
    def one(self) -> ClinicalRecord:
        """The only record."""
        (record,) = self.records
        return record

    @property
    def text(self) -> str:
        """Names and texts of all sections."""
        return "\n".join(part for record in self.records for pair in record.sections.items() for part in pair)


def read_records(reader: Reader, path: Path, mapping: Path | None = None, lang: Lang | None = None) -> Records:
    """Read a file."""
    omissions: list[Omission] = []
    ledger = Ledger(omissions.append)
    items = list(reader.read(Source(path, mapping=mapping, lang=lang), ledger))
    records = [item for item in items if isinstance(item, ClinicalRecord)]
    assert len(records) == len(items)
    return Records(records, ledger, omissions)


def written(path: Path, data: bytes | str) -> Path:
    """The path, after its content was written."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path

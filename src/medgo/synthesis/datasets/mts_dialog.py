"""MTS-Dialog: short visits and the section of a note that each gave (Ben Abacha et al., EACL 2023). English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import below, cell, rows_of

_NAME, _LICENCE = "mts_dialog", "CC-BY-4.0"


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "MTS-Dialog-TrainingSet.csv")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        note, talk = cell(row, "section_text", where), cell(row, "dialogue", where)
        if note and talk:
            ref = SourceRef(f"train-{cell(row, 'ID', where)}", _NAME, _LICENCE)
            meta = {"dialogue": talk, "section": cell(row, "section_header", where)}
            yield Document(ref, "en", note, meta=meta)


MTS_DIALOG = Dataset(
    name=_NAME,
    title="MTS-Dialog, dialogues with sections of notes (training split)",
    licence=_LICENCE,
    url="https://github.com/abachaa/MTS-Dialog",
    langs=("en",),
    holds="documents",
    read=_read,
    about="Ben Abacha et al., EACL 2023. Validation and test splits are left for evaluation.",
)

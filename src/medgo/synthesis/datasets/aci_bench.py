"""ACI-Bench: role-played visits with full notes (Yim et al., Scientific Data 2023). English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import below, cell, rows_of

_NAME, _LICENCE = "aci_bench", "CC-BY-4.0"


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "train.csv")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        ref = SourceRef(cell(row, "encounter_id", where), _NAME, _LICENCE)
        yield Document(ref, "en", cell(row, "note", where), meta={"dialogue": cell(row, "dialogue", where)})


ACI_BENCH = Dataset(
    name=_NAME,
    title="ACI-Bench, role-played visits with notes (training split)",
    licence=_LICENCE,
    url="https://github.com/wyim/aci-bench",
    langs=("en",),
    holds="documents",
    read=_read,
    about="Yim et al., Scientific Data 2023. Validation and test splits are left for evaluation.",
)

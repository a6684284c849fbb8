"""DISC-MedLLM's published examples: multi-turn consultations in Chinese (Bao et al., 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import below, cell, dialogue, rows_of

_NAME, _LICENCE = "disc_med", "Apache-2.0"


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "train_test_examples.jsonl")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        turns = row.get("conversation")
        if not isinstance(turns, list):
            raise InputError(f"{where}: expected a list in 'conversation'")
        said = [(cell(turn, "role", where), cell(turn, "content", where)) for turn in turns]
        yield from dialogue(SourceRef(cell(row, "_id", where), _NAME, _LICENCE), "zh", said)


DISC_MED = Dataset(
    name=_NAME,
    title="DISC-Med-SFT's published examples, consultations in Chinese",
    licence=_LICENCE,
    url="https://github.com/FudanDISC/DISC-MedLLM",
    langs=("zh",),
    holds="documents",
    read=_read,
    about="Bao et al., 2023.",
)

"""MedQuAD: 16,407 answered questions from twelve NIH sites (Ben Abacha & Demner-Fushman, 2019). English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, below, cell, rows_of

_NAME, _LICENCE = "medquad", "CC-BY-4.0"
_SPACES = re.compile(r"[ \t]{2,}")


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "medquad_answered.jsonl")
    for number, row in rows_of(file):
        where = f"{file.name}, row {number}"
        # One document may ask the same question of several diseases under one qid: the focus tells them apart.
        name = "/".join(cell(row, column, where) for column in ("collection", "qid", "focus"))
        ref = SourceRef(name, _NAME, _LICENCE, cell(row, "source", where))
        question = (
            _SPACES.sub(" ", cell(row, "question", where)).replace(" ?", "?").replace("What is (are) ", "What is ")
        )
        answer = _SPACES.sub("\n", cell(row, "answer", where))
        yield from answered(ref, "en", question, answer, focus=row.get("focus") or "")


MEDQUAD = Dataset(
    name=_NAME,
    title="MedQuAD, answered questions of NIH sites",
    licence=_LICENCE,
    url="https://github.com/abachaa/MedQuAD",
    langs=("en",),
    holds="documents",
    read=_read,
    about="Ben Abacha & Demner-Fushman, BMC Bioinformatics 2019; collections 10–12 have no answers (MedlinePlus).",
)

"""MeQSum: consumers' long questions with a short one that asks the same (Ben Abacha, ACL 2019). English, xlsx."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, below

_NAME, _LICENCE = "meqsum", "CC-BY-4.0"
_ASK = "Summarise this question to a doctor in one short question.\n\n{}"


def _read(path: Path) -> Iterator[Document]:
    from openpyxl import load_workbook

    file = below(path, "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx")
    try:
        rows = load_workbook(file, read_only=True).active.iter_rows(values_only=True)  # type: ignore[union-attr]
        header = [str(value) for value in next(rows)]
        places = [header.index(name) for name in ("File", "CHQ", "Summary")]
    except (OSError, ValueError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        raise InputError(f"{file.name} is not MeQSum's workbook: {error}") from error
    for row in rows:
        name, question, summary = (str(row[place] or "").strip() for place in places)
        yield from answered(SourceRef(name, _NAME, _LICENCE), "en", _ASK.format(question), summary)


MEQSUM = Dataset(
    name=_NAME,
    title="MeQSum, summaries of consumers' questions",
    licence=_LICENCE,
    url="https://github.com/abachaa/MeQSum",
    langs=("en",),
    holds="documents",
    read=_read,
    about="Ben Abacha & Demner-Fushman, ACL 2019.",
)

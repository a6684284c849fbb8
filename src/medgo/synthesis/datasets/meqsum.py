"""MeQSum: consumers' long questions with a short one that asks the same (Ben Abacha, ACL 2019). English, xlsx."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from medgo.errors import InputError
from medgo.schema import Document, SourceRef
from medgo.synthesis.datasets.dataset import Dataset
from medgo.synthesis.datasets.reading import answered, below, cell

_NAME, _LICENCE = "meqsum", "CC-BY-4.0"
_COLUMNS = ("File", "CHQ", "Summary")
_ASK = "Summarise this question to a doctor in one short question.\n\n{}"


def _read(path: Path) -> Iterator[Document]:
    file = below(path, "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx")
    for number, row in _rows(file):
        where = f"{file.name}, row {number}"
        name, question, summary = (cell(row, column, where) for column in _COLUMNS)
        if question:
            yield from answered(SourceRef(name, _NAME, _LICENCE), "en", _ASK.format(question), summary)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Rows of the first sheet by the names of its first row, numbered from 1 below it; an empty cell is no text."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with closing(load_workbook(file, read_only=True)) as book:
            rows = book.worksheets[0].iter_rows(values_only=True)
            header = [str(value) for value in next(rows, ())]
            missing = [name for name in _COLUMNS if name not in header]
            if missing:
                raise InputError(f"{file.name}: expected the columns {', '.join(missing)}")
            for number, row in enumerate(rows, 1):
                if any(value is not None for value in row):
                    # A sheet may end a row at its last cell that is not empty.
                    cells = dict(zip(header, (*row, *[None] * (len(header) - len(row))), strict=False))
                    yield number, {name: "" if cells[name] is None else cells[name] for name in _COLUMNS}
    except (OSError, ValueError, KeyError, IndexError, EOFError, SyntaxError, zlib.error) as error:  # SyntaxError: XML
        raise InputError(f"{file.name} is not MeQSum's workbook: {error}") from error
    except (zipfile.BadZipFile, InvalidFileException) as error:
        raise InputError(f"{file.name} is no xlsx workbook: {error}") from error


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

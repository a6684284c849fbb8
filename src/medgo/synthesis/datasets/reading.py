"""What readers of data sets share: rows of a file, cells of a row, and documents of a few shapes. Knows no data set.

A document's ``meta`` says what it is: ``question`` (the text answers it), ``turns`` (a dialogue of alternating user and
assistant), ``dialogue`` (the text is its note), ``rejected`` (a worse answer than the text).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from medgo.errors import InputError
from medgo.schema import Document, Lang, SourceRef
from medgo.store import RowFile


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of a JSONL, JSON or CSV file with their numbers.

    Raises:
        InputError: A row cannot be read, or there is none.
    """
    row = None
    for row in RowFile(path):
        if row.value is None:
            raise InputError(
                f"{path.name}, row {row.number}: {row.error}", hint="get the file again from its publisher"
            )
        yield row.number, row.value
    if row is None:
        raise InputError(f"{path.name} holds no rows", hint="get the file again from its publisher")


def table(path: Path, columns: Sequence[str], encoding: str = "utf-8-sig") -> Iterator[tuple[int, dict[str, str]]]:
    """Records of a CSV file that must have these columns; others, even one without a name, are passed over.

    Raises:
        InputError: A column is missing, or the file is no CSV in this encoding.
    """
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path.name}: expected the columns {', '.join(missing)}")
            for number, row in enumerate(reader, 1):
                yield number, {name: (row[name] or "").strip() for name in columns}
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{path.name} is not CSV in {encoding}: {error}") from error


def cell(row: object, name: str, where: str) -> str:
    """A text of a row, or of an object in it; empty where it says nothing.

    Raises:
        InputError: It is no object, has no such column, or the column holds no text.
    """
    if not isinstance(row, Mapping):
        raise InputError(f"{where}: expected an object with {name!r}, found {type(row).__name__}")
    value = row.get(name)
    if not isinstance(value, str):
        raise InputError(f"{where}: expected a text in {name!r}, found {type(value).__name__}")
    return value.strip()


def below(path: Path, name: str) -> Path:
    """The file itself, or the one of that name below the folder.

    Raises:
        InputError: It is not there.
    """
    file = path if path.is_file() else path / name
    if not file.is_file():
        raise InputError(f"{path} holds no {name}")
    return file


def answered(ref: SourceRef, lang: Lang, question: str, answer: str, **meta: Any) -> Iterator[Document]:
    """A question with its published answer; nothing where either is empty."""
    if question and answer:
        yield Document(ref, lang, answer, meta={"question": question, **meta})


def dialogue(ref: SourceRef, lang: Lang, turns: Sequence[tuple[str, str]], **meta: Any) -> Iterator[Document]:
    """A dialogue that begins with the user and alternates, cut after the assistant's last turn; else nothing."""
    said = [(role, text.strip()) for role, text in turns]
    whole = said[: max((i + 1 for i, (role, _) in enumerate(said) if role == "assistant"), default=0)]
    expected = ["user" if i % 2 == 0 else "assistant" for i in range(len(whole))]
    if whole and [role for role, _ in whole] == expected and all(text for _, text in whole):
        yield Document(
            ref, lang, "\n".join(text for _, text in whole), meta={"turns": [list(t) for t in whole], **meta}
        )

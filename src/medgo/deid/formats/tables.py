"""CSV and TSV: a header whose names say what columns hold, and a record a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from medgo.deid.formats.columns import Columns, is_birth, patient_of, record_of
from medgo.deid.formats.protocol import MAX_UNIT_BYTES, Format, HeldBackError, Record, Unit, data_of
from medgo.deid.formats.units import opened, original_encoding
from medgo.deid.formats.values import known_of, language_said, old_births
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name
from medgo.text.encoding import encoding_of

_SAMPLE = 1 << 18
_DELIMITERS = ",\t;|"


class Table(Format):
    """A file of rows. Delimiter, line ends and encoding of the output are the input's, but for UTF-16 and Big 5."""

    name: ClassVar[str] = "csv"

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        # The module's limit of 128 KiB a cell is less than a long record; it can be changed for the process only.
        csv.field_size_limit(MAX_UNIT_BYTES)

    def preamble(self, path: Path) -> bytes:
        """The header row, with the byte order mark where there was one."""
        encoding, delimiter, header, _ = _opening(path)
        return _row(list(header), delimiter, "\n").encode(encoding)

    def units(self, path: Path) -> Iterator[Unit]:
        """The rows below the header, as they stand in the file; one may go over several lines."""
        encoding, delimiter, header, used = _opening(path)
        original = original_encoding(path)
        # A mark stands at the beginning of a file, not of each row.
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        with opened(path) as stream:
            for _ in range(used):
                stream.readline()
            consumed: list[bytes] = []
            reader = csv.reader(_listened(stream, consumed, encoding), delimiter=delimiter)
            for number, cells in enumerate(_cells(reader, path), 1):
                data = b"".join(consumed)
                consumed.clear()
                if any(cells):
                    whole = data if len(data) <= MAX_UNIT_BYTES else None
                    yield Unit(number, whole, (delimiter, *header), encoding, original=original)

    def record(self, unit: Unit) -> Record:
        """Read a row."""
        delimiter, *header = unit.head
        try:
            text = data_of(unit).decode(unit.encoding)
        except UnicodeDecodeError as error:
            raise HeldBackError("undecodable", f"row {unit.number} is no valid {unit.encoding}") from error
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if len(rows) != 1 or len(rows[0]) != len(header):
            raise HeldBackError("malformed", f"row {unit.number} has another number of cells than the header")
        cells = rows[0]
        values = dict(zip(header, cells, strict=True))
        parts = []
        for at, (column, cell) in enumerate(zip(header, cells, strict=True)):
            part = self.columns.part(column, cell, _setter(cells, at), column)
            if part is not None:
                parts.append(part)
        parts = old_births(parts, is_birth)
        end = "\r\n" if text.endswith("\r\n") else "\n"
        name = record_of(values) or str(unit.number)
        said = language_said(values.get("lang", ""))
        return Record(
            name, patient_of(values) or name, said, parts, known_of(parts),
            lambda: _row(cells, delimiter, end).encode(unit.encoding), encoding=unit.original or unit.encoding,
        )  # fmt: skip


def _setter(cells: list[str], at: int) -> Callable[[str], None]:
    def put(text: str) -> None:
        cells[at] = text

    return put


def _opening(path: Path) -> tuple[str, str, tuple[str, ...], int]:
    """Encoding, delimiter, names of columns, and how many lines the header takes."""
    with opened(path) as stream:
        sample = stream.read(_SAMPLE)
    encoding = encoding_of(sample, whole=len(sample) < _SAMPLE)
    text = sample.decode(encoding, errors="replace")
    first = text.partition("\n")[0]
    delimiter = "\t" if Path(uncompressed_name(path)).suffix.lower() == ".tsv" else max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = tuple(name.strip() for name in next(reader, []))
    if not header or not all(header) or len(set(header)) != len(header) or "\ufffd" in "".join(header):
        raise InputError(f"{path}: a table needs a first row of different names", hint="put the columns' names on top")
    return encoding, delimiter, header, reader.line_num


def _listened(stream: io.BufferedReader, consumed: list[bytes], encoding: str) -> Iterator[str]:
    """Lines as text in which nothing is lost, each remembered as bytes."""
    size = 0
    for line in stream:
        consumed.append(line)
        size += len(line)
        if len(consumed) == 1:
            size = len(line)
        elif size > MAX_UNIT_BYTES:
            raise InputError("a quotation mark is opened and not closed for too long", hint="mend the table")
        yield line.decode(encoding, errors="surrogateescape")


def _cells(reader: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path} is no valid table: {error}") from error


def _row(cells: list[str], delimiter: str, end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerow(cells)
    return out.getvalue()

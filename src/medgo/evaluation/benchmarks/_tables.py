"""Rows of a benchmark's file, whatever its shape: JSON Lines, JSON by rows or by columns, CSV, Excel, Parquet.

Knows no benchmark. What was saved in place of the data (a Git LFS pointer, an error page, half a download) is said.
"""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._half_pairs import refuse_half_pairs
from medgo.evaluation.benchmarks._json_shapes import (
    broken_line,
    column_indices,
    is_list_of_objects,
    json_lines,
    named_rows,
)
from medgo.evaluation.benchmarks.row import Row
from medgo.store.compression import open_bytes, uncompressed_name

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet")
CELL_SUFFIXES = (".csv", ".tsv")
AGAIN = "remove it and get it again"
_HEAD = 512
_MAX_CELL = 32 * 2**20
_PARQUET = b"PAR1"
_ARCHIVES = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}


def suffix_of(path: Path) -> str:
    """Suffix of the file without ``.gz`` or ``.zst``, in lower case."""
    return Path(uncompressed_name(path)).suffix.lower()


def read_rows(path: Path, columns: Sequence[str] = ()) -> Iterator[Row]:
    """Yield the rows of a file; see :class:`Table`."""
    return iter(Table(path, columns))


class Table:
    """A file of rows that can be iterated any number of times, lazily where its shape allows it.

    Args:
        path: ``.jsonl``, ``.json``, ``.csv``, ``.tsv`` (also ``.gz`` or ``.zst`` of these), ``.xlsx``, ``.parquet``.
        columns: Names of the columns of a CSV or TSV file without a header.
        name: How the rows call their file; its path as given where empty.
    """

    def __init__(self, path: Path, columns: Sequence[str] = (), *, name: str = "") -> None:
        self.path = path
        self.columns = tuple(columns)
        self.name = name or str(path)
        self.notes: list[str] = []
        """What the last iteration had to assume."""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, numbered from 1 without the header.

        Raises:
            BenchmarkDataError: The file is missing, half downloaded, no data at all, or a row is not as the others.
        """
        self.notes.clear()
        try:
            self._refuse_impostors()
            yield from self._rows()
        except EOFError as error:
            raise self.broken("its compressed data ends too early: the download was cut off") from error
        except OSError as error:
            raise BenchmarkDataError(f"{self.name} cannot be read: {error.strerror or error}", hint=AGAIN) from error

    def broken(self, why: str) -> BenchmarkDataError:
        """Make the error for a file that must be fetched again."""
        return BenchmarkDataError(f"{self.name} is not usable: {why}", hint=AGAIN)

    def _rows(self) -> Iterator[Row]:
        suffix = suffix_of(self.path)
        if suffix == ".parquet":
            return self._parquet()
        if suffix == ".xlsx":
            return self._excel()
        if suffix in CELL_SUFFIXES:
            return self._cells("\t" if suffix == ".tsv" else ",")
        if suffix in (".jsonl", ".ndjson"):
            return self._lines()
        if suffix == ".json":
            return self._json()
        raise BenchmarkDataError(
            f"{self.name}: no rows can be read from a file of this kind", hint=f"expected {', '.join(SUFFIXES)}"
        )

    def _refuse_impostors(self) -> None:
        """Recognise what is saved in place of data when a download goes wrong."""
        with self.path.open("rb") as raw:
            head = raw.read(_HEAD)
        if not head:
            raise self.broken("it is empty (0 bytes): nothing was downloaded")
        suffix = self.path.suffix.lower()
        for magic, packed in _ARCHIVES.items():
            if head.startswith(magic) and suffix != packed:
                raise BenchmarkDataError(
                    f"{self.name} is compressed, but its name does not end in {packed}",
                    hint=f"add {packed} to its name",
                )
        if head.startswith(b"version https://git-lfs"):
            raise BenchmarkDataError(
                f"{self.name} is a Git LFS pointer of {self.path.stat().st_size} bytes, not the data",
                hint="run `git lfs pull` in that repository, or get the file itself",
            )
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html")):
            raise self.broken("it is an HTML page (an error or login page saved in place of the data)")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BenchmarkDataError(f"{self.name} is UTF-16, not UTF-8", hint="iconv -f UTF-16 -t UTF-8")

    def _row(self, number: int, value: Mapping[str, Any], key: str = "") -> Row:
        return Row({str(name): _known(cell) for name, cell in value.items()}, self.name, number, key)

    def _objects(self, values: Sequence[Any], keys: Sequence[str] = ()) -> Iterator[Row]:
        for number, value in enumerate(values, 1):
            yield self._object_row(number, value, keys[number - 1] if keys else "")

    def _object_row(self, number: int, value: Any, key: str = "") -> Row:
        if not isinstance(value, Mapping):
            raise BenchmarkDataError(
                f"{self.name}, row {number}: expected an object with fields, found {type(value).__name__}"
            )
        return self._row(number, value, key)

    def _lines(self) -> Iterator[Row]:
        number = 0
        with open_bytes(self.path) as stream:
            if stream.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
                yield from self._json()
                return
            for line in stream:
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
                if not text.strip():
                    continue
                number += 1
                try:
                    value = json.loads(text)
                except (ValueError, RecursionError) as error:
                    raise self._broken_line(number, not line.endswith(b"\n"), error) from error
                row = self._object_row(number, value)
                if b"\\ud" in text or b"\\uD" in text:
                    refuse_half_pairs(row)
                yield row

    def _broken_line(self, number: int, is_end: bool, error: Exception) -> BenchmarkDataError:
        if is_end:
            return self.broken(f"it ends in the middle of row {number}: the download was cut off")
        return BenchmarkDataError(f"{self.name}, row {number}: not valid JSON: {error}")

    def _json(self) -> Iterator[Row]:
        text = self._text()
        suspect = "\\ud" in text or "\\uD" in text  # whole pairs may be written so, too
        for row in self._json_rows(text):
            if suspect:
                refuse_half_pairs(row)
            yield row

    def _json_rows(self, text: str) -> Iterator[Row]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            rows = json_lines(text)
            if rows is not None:
                yield from self._objects(rows)
                return
            if (found := broken_line(text)) is not None:
                raise self._broken_line(*found) from error
            if isinstance(error, json.JSONDecodeError) and error.pos >= len(text.rstrip()) - 1:
                raise self.broken("its JSON ends too early: the download was cut off") from error
            if isinstance(error, json.JSONDecodeError) and "Unterminated string" in error.msg:
                raise self.broken("its JSON ends in the middle of a text: the download was cut off") from error
            raise BenchmarkDataError(f"{self.name}: not valid JSON: {error}") from error
        if isinstance(value, list):
            yield from self._objects(value)
        elif isinstance(value, dict):
            yield from self._object(value)
        else:
            raise BenchmarkDataError(f"{self.name}: expected rows, found {type(value).__name__}")

    def _object(self, value: dict[str, Any]) -> Iterator[Row]:
        """Tell the five things that one JSON object can be."""
        if "error" in value and len(value) <= 3 and isinstance(value["error"], str):
            raise self.broken(f"a server's error message was saved in place of the data: {value['error'][:200]!r}")
        if (indices := column_indices(value)) is not None:
            rows = [{name: column[index] for name, column in value.items()} for index in indices]
            yield from self._objects(rows, [str(index) for index in indices])
        elif value and all(isinstance(row, dict) for row in value.values()):
            keys, rows = named_rows(value)
            yield from self._objects(rows, keys)
        elif len(lists := [part for part in value.values() if is_list_of_objects(part)]) == 1 and len(value) <= 2:
            yield from self._objects(lists[0])  # {"version": …, "data": [rows]}
        else:
            yield self._row(1, value)

    def _text(self, *, fallback: bool = False) -> str:
        with open_bytes(self.path) as stream:
            data = stream.read()
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if error.end == len(data) and error.reason == "unexpected end of data":
                raise self.broken("it ends in the middle of a character: the download was cut off") from error
            text = _as_gb18030(data) if fallback else None
            if text is not None:
                self.notes.append(f"{self.name} is not UTF-8; read as GB18030")
                return text
            raise BenchmarkDataError(
                f"{self.name} is not UTF-8 (byte {error.start + 1})", hint="convert it to UTF-8, or get it again"
            ) from error

    def _cells(self, delimiter: str) -> Iterator[Row]:
        csv.field_size_limit(_MAX_CELL)  # the module's own limit is shorter than a long case report
        records = self._records(self._text(fallback=True), delimiter)
        header = list(self.columns) or [cell.strip() for cell in records[0]] if records else []
        names = [name or f"column {place}" for place, name in enumerate(header, 1)]
        if twice := {name for name in names if names.count(name) > 1}:
            raise BenchmarkDataError(
                f"{self.name}: the header has {sorted(twice)[0][:80]!r} twice; is the first row no header?"
            )
        for number, record in enumerate(records if self.columns else records[1:], 1):
            if len(record) > len(names) and not any(record[len(names) :]):  # spreadsheets write such cells
                record = record[: len(names)]
            if len(record) != len(names):
                raise self._uneven(number, len(record), len(names), last=number == len(records) - (not self.columns))
            # Git on Windows turns line breaks inside of cells into two characters, too.
            values = (cell.replace("\r\n", "\n") for cell in record)
            yield self._row(number, dict(zip(names, values, strict=True)))

    def _uneven(self, number: int, found: int, expected: int, *, last: bool) -> BenchmarkDataError:
        end = "; it is the last one, so the download may have been cut off" if last and found < expected else ""
        return BenchmarkDataError(
            f"{self.name}, row {number}: expected {expected} cells, found {found}{end}", hint=AGAIN if end else ""
        )

    def _records(self, text: str, delimiter: str) -> list[list[str]]:
        """Split into cells; files written without quoting (a quotation mark is just a character) are told apart."""
        try:
            records = _split(text, delimiter, strict=True)
        except csv.Error as error:
            records = _split(text, delimiter, quoting=csv.QUOTE_NONE)
            if delimiter == "\t" and _even(records):
                return records
            if "end of data" in str(error):
                raise self.broken("a quotation mark is never closed: the download was cut off") from error
            return _split(text, delimiter)  # stray quotation marks, which a lenient reader takes as characters
        if delimiter == "\t" and not _even(records):
            plain = _split(text, delimiter, quoting=csv.QUOTE_NONE)
            return plain if _even(plain) else records
        return records

    def _excel(self) -> Iterator[Row]:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, zlib.error, KeyError, InvalidFileException, EOFError) as error:
            raise self.broken(f"no complete Excel file ({error}): the download was cut off") from error
        try:
            records = book.worksheets[0].iter_rows(values_only=True)
            names = [str(cell).strip() if cell is not None else "" for cell in next(records, ())]
            number = 0
            for record in records:
                if all(cell is None for cell in record):
                    continue
                number += 1
                yield self._row(number, {n: cell for n, cell in zip(names, record, strict=False) if n})
        finally:
            book.close()

    def _parquet(self) -> Iterator[Row]:
        import pyarrow
        import pyarrow.parquet

        with self.path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(max(0, self.path.stat().st_size - 4))
            end = raw.read(4)
        if start != _PARQUET:
            raise self.broken("it does not begin like a Parquet file")
        if end != _PARQUET or self.path.stat().st_size < 12:
            raise self.broken("its Parquet footer is missing: the download was cut off")
        number = 0
        try:
            with pyarrow.parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=512):
                    for value in batch.to_pylist():
                        number += 1
                        yield self._row(number, value)
        except pyarrow.ArrowException as error:
            raise self.broken(f"damaged Parquet data: {error}") from error


def first_rows(table: Table, count: int = 3) -> list[Row]:
    """Return the first rows of a table; fewer where it is shorter."""
    return list(islice(table, count))


def _known(cell: Any) -> Any:
    """NaN, which pandas writes for a missing cell, becomes None; cells of Excel become what JSON has."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, str | int | float | bool | list | dict) or cell is None:
        return cell
    return str(cell)


def _split(text: str, delimiter: str, **options: Any) -> list[list[str]]:
    return [cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **options) if any(cells)]


def _even(records: Sequence[Sequence[str]]) -> bool:
    return len({len(record) for record in records}) <= 1


def _as_gb18030(data: bytes) -> str | None:
    """Text in the encoding of older Chinese software; None where the bytes are not in it either."""
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return None  # the caller then speaks of UTF-8, which is what the file should be

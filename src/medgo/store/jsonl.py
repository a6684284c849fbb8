"""Reading rows from JSONL, JSON, CSV, compressed or not; one bad line costs that line only. Knows no model.

Everything is read lazily, except that a JSON array (which has no lines to fall back to) is read whole.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NoReturn

from medgo.errors import InputError
from medgo.store.compression import open_bytes, uncompressed_name

RowFormat = Literal["jsonl", "json", "csv"]

# A line beyond this is refused instead of being read into memory.
MAX_LINE_BYTES = 32 * 2**20
_EXCERPT = 500
# Legal inside JSON strings, yet `str.splitlines` and other readers take them for ends of lines.
_LINE_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file, or why it could not be read.

    Args:
        number: Counted from 1: the line (JSONL, blank lines included), element (JSON) or record after the header (CSV).
        value: The object; None when the row is bad.
        error: What is wrong with it.
        text: The beginning of a bad row, undecodable bytes replaced, so that a person can find it.
    """

    number: int
    value: dict[str, Any] | None
    error: InputError | None = None
    text: str = ""


class RowFile:
    """A file of rows that can be iterated any number of times.

    Args:
        path: The file; ``.gz`` and ``.zst`` are decompressed on the way.
        name: How to call it in messages (a spooled standard input has another name than its file).
    """

    def __init__(self, path: Path, *, name: str = "") -> None:
        self.path = path
        self.name = name or str(path)
        self.blank_lines = 0
        """Blank lines seen by the last iteration."""
        self._is_array = False

    @property
    def unit(self) -> str:
        """What ``RawRow.number`` counts, for messages; whether a file holds an array is known once it is read."""
        if self._is_array:
            return "element"
        return "record" if Path(uncompressed_name(self.path)).suffix.lower() in (".csv", ".tsv") else "line"

    def __iter__(self) -> Iterator[RawRow]:
        """Yield the rows.

        Raises:
            InputError: The file as a whole cannot be read: missing, truncated archive, not UTF-8, broken JSON array.
        """
        self.blank_lines = 0
        try:
            with open_bytes(self.path) as stream:
                yield from self._rows(stream)
        except OSError as error:
            raise InputError(f"{self.name} cannot be read: {error.strerror or error}") from error
        except EOFError as error:
            raise InputError(
                f"{self.name} ends in the middle of its compressed data: it was not copied or written completely",
                hint="fetch or write the file again; rows after the break cannot be recovered",
            ) from error

    def _rows(self, stream: io.BufferedReader) -> Iterator[RawRow]:
        head = stream.peek(4)
        if head.startswith(_UTF16_MARKS):
            raise InputError(
                f"{self.name} is UTF-16, not UTF-8", hint=f"iconv -f UTF-16 -t UTF-8 {self.name} > new file"
            )
        if head.startswith(_UTF8_MARK):
            stream.read(len(_UTF8_MARK))
        suffix = Path(uncompressed_name(self.path)).suffix.lower()
        if suffix in (".csv", ".tsv"):
            yield from self._csv(stream, "\t" if suffix == ".tsv" else ",")
        elif suffix != ".jsonl" and stream.peek(65536).lstrip()[:1] == b"[":
            self._is_array = True
            yield from self._array(stream)
        elif suffix == ".json":
            yield from self._object_or_lines(stream)
        else:
            yield from self._jsonl(stream)

    def _object_or_lines(self, stream: io.BufferedReader) -> Iterator[RawRow]:
        """Many files of lines are called ``.json``; one object over several lines is a file with one row."""
        if not _is_json(stream.peek(65536).partition(b"\n")[0]):
            data = stream.read()
            if _is_json(data):
                yield _parse_line(1, data)
                return
            stream = io.BufferedReader(io.BytesIO(data))
        yield from self._jsonl(stream)

    def _jsonl(self, stream: BinaryIO) -> Iterator[RawRow]:
        for number, line in _lines(stream):
            if line is None:
                yield RawRow(number, None, InputError(f"the line is longer than {MAX_LINE_BYTES} bytes"))
            elif not line.strip():
                self.blank_lines += 1
            else:
                yield _parse_line(number, line)

    def _array(self, stream: BinaryIO) -> Iterator[RawRow]:
        try:
            elements = _loads(stream.read().decode())
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{self.name} begins like a JSON array but is not valid JSON: {error}",
                hint="as JSONL (one object a line) a bad row costs itself only",
            ) from error
        for number, element in enumerate(elements, 1):
            if isinstance(element, dict):
                yield RawRow(number, element, _surrogate_error(element))
            else:
                text = json.dumps(element, ensure_ascii=False)[:_EXCERPT]
                yield RawRow(number, None, InputError("expected a JSON object"), text)

    def _csv(self, stream: BinaryIO, delimiter: str) -> Iterator[RawRow]:
        # The module's limit of 128 KiB a cell is less than a long record; it can be changed for the process only.
        csv.field_size_limit(MAX_LINE_BYTES)
        # Undecodable bytes become lone surrogates, so that they can be pinned on their record.
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        header = self._csv_header(reader)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "end of data" in str(error):
                    raise InputError(
                        f"{self.name}: a quotation mark opened in record {number} is never closed"
                    ) from error
                yield RawRow(number, None, InputError(f"not valid CSV: {error}"))
                continue
            if not any(cells):
                self.blank_lines += 1
                continue
            yield _parse_cells(number, header, cells)

    def _csv_header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            header = [name.strip() for name in next(reader, [])]
            "".join(header).encode()
        except (csv.Error, UnicodeEncodeError) as error:
            raise InputError(f"{self.name}: the header is not valid UTF-8 CSV: {error}") from error
        if len(set(header)) != len(header) or (header and not all(header)):
            raise InputError(f"{self.name}: the columns of a CSV file need different, non-empty names, found {header}")
        return header


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; None stands for one that is too long."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        while not line.endswith(b"\n") and (line := stream.readline(MAX_LINE_BYTES)):
            pass
        yield number, None


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _parse_line(number: int, line: bytes) -> RawRow:
    try:
        return RawRow(number, decode_object(line))
    except InputError as error:
        return RawRow(number, None, error, line[:_EXCERPT].decode(errors="replace").rstrip("\r\n"))


def _parse_cells(number: int, header: list[str], cells: list[str]) -> RawRow:
    text = ",".join(cells)[:_EXCERPT].encode(errors="surrogateescape").decode(errors="replace")
    if len(cells) != len(header):
        return RawRow(number, None, InputError(f"{len(cells)} cells, but {len(header)} columns"), text)
    row = dict(zip(header, cells, strict=True))
    if _surrogate_error(row):
        hint = "save the file as UTF-8 (in Excel: “CSV UTF-8”)"
        return RawRow(number, None, InputError("the record is not valid UTF-8", hint=hint), text)
    return RawRow(number, row)


def decode_object(line: bytes) -> dict[str, Any]:
    """Parse one line of JSONL strictly: UTF-8, one object, numbers that JSON has.

    Raises:
        InputError: Says what is wrong and where in the line.
    """
    try:
        value = _loads(line.decode())
    except UnicodeDecodeError as error:
        raise InputError(f"the line is not valid UTF-8 (byte {error.start + 1})") from error
    except (ValueError, RecursionError) as error:
        hint = "a JSON array needs a file name that ends in .json" if line.lstrip().startswith(b"[") else ""
        raise InputError(f"the line is not valid JSON: {error}", hint=hint) from error
    if not isinstance(value, dict):
        raise InputError(f"expected a JSON object, found {type(value).__name__}")
    # UTF-8 that could be decoded has no surrogates of its own; only an escape can bring one.
    if b"\\u" in line and (broken := _surrogate_error(value)) is not None:
        raise broken
    return value


def encode_row(row: dict[str, Any]) -> bytes:
    """Write one row as a line of UTF-8 JSONL, line break included."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    for char, escape in _LINE_BREAKS.items():
        text = text.replace(char, escape)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        # Half of a surrogate pair, which an endpoint may send: only an escape can carry it.
        return json.dumps(row, allow_nan=False).encode() + b"\n"


def _loads(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _surrogate_error(value: dict[str, Any]) -> InputError | None:
    """Half of a UTF-16 pair (``"\\ud83d"``) is legal JSON, but no text that could be tokenized or written."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return InputError("the text contains half of a surrogate pair, which is no character")
    return None

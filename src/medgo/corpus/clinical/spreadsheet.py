"""XLSX as rows of texts as Excel shows them: merged cells filled, dates and numbers by their format. Knows no column.

Rows are streamed; the table of shared texts and the places of merged cells are in memory, as the format wants it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import BROKEN_ZIP, MAX_RATIO
from medgo.errors import EngineUnavailableError, InputError

_RATIO_COUNTS_FROM = 64 * 2**20
_HEAD = 1024
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_MOST_MERGED = 200_000
_CHUNK = 1 << 20
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_MAGIC = b"PK\x03\x04"
Row = list[str]


def is_spreadsheet(name: str, head: bytes) -> bool:
    """Whether a file is an XLSX."""
    return head.startswith(_MAGIC) and name.lower().endswith((".xlsx", ".xlsm"))


def sheets(path: Path, ledger: Ledger, only: str = "") -> Iterator[tuple[str, Iterator[Row]]]:
    """Sheets with their rows, in order; hidden ones are named and left out.

    Args:
        path: The file.
        ledger: Is told of what is left out.
        only: Name of a sheet; empty for all.

    Raises:
        InputError: It is damaged, grows too large, or has no such sheet.
        EngineUnavailableError: openpyxl is not installed.
    """
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError as error:
        raise EngineUnavailableError("XLSX needs openpyxl", hint="pip install 'medgo[corpus]'") from error
    _check(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (*BROKEN_ZIP, ValueError, KeyError, SyntaxError) as error:
        raise InputError(f"{path.name} is no XLSX that can be read: {type(error).__name__}") from error
    if only and only not in book.sheetnames:
        raise InputError(f"{path.name} has no sheet {only}", hint=f"sheets: {', '.join(book.sheetnames)}")
    try:
        for sheet in book.worksheets:
            if only and sheet.title != only:
                continue
            if sheet.sheet_state != "visible" and not only:
                ledger.omit(path.name, sheet.title, "hidden sheet")
                continue
            yield sheet.title, _rows(path, sheet)
    finally:
        book.close()


def _check(path: Path) -> None:
    """Refuse what was made to fill a memory, or to have entities read.

    Raises:
        InputError: It is such, or no archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            most = max(path.stat().st_size * MAX_RATIO, _RATIO_COUNTS_FROM)
            if sum(one.file_size for one in archive.infolist()) > most:
                raise InputError(f"{path.name} grows to more than {MAX_RATIO} times its size, as no table does")
            for one in archive.infolist():
                if one.filename.endswith((".xml", ".rels")):
                    with archive.open(one) as member:
                        if b"<!DOCTYPE" in member.read(_HEAD):
                            raise InputError(f"{path.name} has a document type, which spreadsheets do not")
    except BROKEN_ZIP as error:
        raise InputError(f"{path.name} is damaged, or encrypted", hint="save it again without a password") from error


def _rows(path: Path, sheet: Any) -> Iterator[Row]:
    filled = _merged(path, str(sheet._worksheet_path))
    values: dict[tuple[int, int], str] = {}
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            row = [shown(cell.value, cell.number_format if cell.value is not None else "") for cell in cells]
            for column in filled.get(number, {}):
                origin = filled[number][column]
                if origin == (number, column):
                    values[origin] = row[column - 1] if column <= len(row) else ""
                elif column <= len(row):
                    row[column - 1] = values.get(origin, "")
            yield row
    except (*BROKEN_ZIP, ValueError, KeyError, SyntaxError) as error:
        raise InputError(f"{path.name} is damaged in sheet {sheet.title}: {type(error).__name__}") from error


def _merged(path: Path, member: str) -> dict[int, dict[int, tuple[int, int]]]:
    """Row → column → where the value of its merged cells stands, which is the first cell."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    count, rest = 0, b""
    with zipfile.ZipFile(path) as archive, archive.open(member.lstrip("/")) as stream:
        while chunk := stream.read(_CHUNK):
            data = rest + chunk
            end = 0
            for match in _MERGED.finditer(data):
                end = match.end()
                left, top, right, bottom = _column(match[1]), int(match[2]), _column(match[3]), int(match[4])
                count += (bottom - top + 1) * (right - left + 1)
                if count > _MOST_MERGED:
                    raise InputError(f"{path.name} merges more than {_MOST_MERGED} cells, as no table does")
                for row in range(top, bottom + 1):
                    found.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), (top, left)))
            rest = data[max(end, len(data) - 200) :]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def shown(value: Any, number_format: str) -> str:
    """A value as Excel shows it, dates as ISO dates.

    Args:
        value: As openpyxl gives it.
        number_format: Of its cell (``0.00``, ``yyyy/m/d``).
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        has_time = "h" in _LITERAL.sub("", number_format).lower() or (value.hour, value.minute) != (0, 0)
        return value.strftime("%Y-%m-%d %H:%M" if has_time else "%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int | float):
        return _number(value, number_format)
    return str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _number(value: float, number_format: str) -> str:
    pattern = _LITERAL.sub("", number_format.split(";")[0])
    signs = re.search(r"[#0,]*[#0](?:\.[#0]+)?", pattern)
    if number_format in ("", "General", "@") or signs is None or "/" in pattern:
        return str(value) if isinstance(value, int) else f"{value:.11g}"
    if "%" in pattern:
        value *= 100
    whole, _, decimals = signs[0].partition(".")
    if "E+" in pattern.upper() or "E-" in pattern.upper():
        return f"{value:.{len(decimals)}E}"
    text = f"{value:{',' if ',' in whole else ''}.{len(decimals)}f}"
    optional = len(decimals) - len(decimals.rstrip("#"))
    for _ in range(optional):
        text = text.removesuffix("0")
    text = text.removesuffix(".")
    text = text.zfill(whole.count("0")) if "," not in whole else text
    return text + ("%" if "%" in pattern else "")

"""Imports the Chinese editions of ICD-10, 国临版 and 医保版, from the spreadsheets that authorities publish.

Headers differ from edition to edition: columns are found by their names. Spreadsheets are read row by row.
Knows no index.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers.files import damaged, encoding_of, release
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, Relation

PREFIX = "ICD10CN:"
_CLINICAL, _INSURANCE = "icd10_cn", "icd10_cn_insurance"
# Most particular first: a sheet may have a column for the chapter's code too.
_CODE_HEADERS = (
    "主要编码", "疾病诊断编码", "疾病诊断代码", "诊断编码", "诊断代码", "疾病编码", "疾病代码", "国临版编码",
    "国临版代码", "医保版编码", "医保版代码", "医保编码", "医保代码", "icd-10编码", "icd10编码", "icd编码", "icd-10",
    "编码", "代码",
)  # fmt: skip
_NAME_HEADERS = (
    "疾病诊断名称", "诊断名称", "疾病名称", "国临版名称", "医保版名称", "医保名称", "icd-10名称", "icd10名称", "名称",
)  # fmt: skip
_EXTRA_HEADERS = ("附加编码",)
_HEADER_ROWS = 20
# A00.000x001, A17.001+, G01*, M81000/3 (morphology), with a dagger or asterisk in some editions.
_CODE = re.compile(r"^([A-Z]\d{2})(?:\.(\d{1,3}|[xX]\d{2,3})?([xX]\d{2,3})?)?([+*†]?)$")
_MORPHOLOGY = re.compile(r"^M\d{4,5}(?:/\d)?")


class ChineseIcd10Reader:
    """One edition.

    Args:
        path: The spreadsheet (.xlsx) or the same as CSV (UTF-8 or GB18030).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def source(self) -> KnowledgeSource:
        """The edition; the WHO's classification lies under it."""
        insurance = "医保" in self._path.name
        return KnowledgeSource(
            id=_INSURANCE if insurance else _CLINICAL,
            title="ICD-10 医保版" if insurance else "ICD-10 国家临床版",
            version=_version(self._path),
            licence="LicenseRef-Publication-of-Chinese-Authority",
            url="http://www.nhsa.gov.cn/" if insurance else "http://www.nhc.gov.cn/",
            attribution="疾病分类与代码，国家医疗保障局" if insurance else "疾病分类代码国家临床版，国家卫生健康委员会",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self._path,)

    def read(self) -> Iterator[Statement]:
        """Stream the codes, each with the WHO's category above it.

        Raises:
            KnowledgeSourceError: No sheet has columns for codes and names, a code has no name, or the file is damaged.
        """
        source = self.source.id
        seen: set[str] = set()
        for number, code, name, extra in _rows(self._path):
            plain = code.upper().replace("X", "x") if not _MORPHOLOGY.match(code) else code
            if _MORPHOLOGY.match(plain) or not _CODE.match(plain):
                # Chapter lines, morphology of neoplasms and footnotes are no diagnoses.
                continue
            if not name:
                raise damaged(self._path, number, f"{code} has no name")
            id_ = PREFIX + plain.rstrip("+*†")
            if id_ in seen:
                yield Label(id_, Name(name, "zh", "synonym", source))
                continue
            seen.add(id_)
            attributes: dict[str, Any] = {"code": plain}
            if extra:
                attributes["additional_code"] = extra
            yield Concept(id_, _kind(plain), (Name(name, "zh", "preferred", source),), source, attributes=attributes)
            yield Relation(id_, "is_a", f"ICD10:{_category(plain)}", source)
        if not seen:
            raise KnowledgeSourceError(
                f"{self._path} has no row with a code of ICD-10", hint="check that it is the table of diseases"
            )


def _category(code: str) -> str:
    """The WHO's code above: ``A00.000x001`` → ``A00.0``, ``A16.x00`` → ``A16``."""
    match = re.match(r"^([A-Z]\d{2})(?:\.(\d))?", code)
    if match is None:
        raise KnowledgeSourceError(f"{code!r} is no code of ICD-10")
    return f"{match[1]}.{match[2]}" if match[2] else match[1]


def _kind(code: str) -> ConceptKind:
    if code[0] in "VWXYZ":
        return "class"
    return "sign" if code[0] == "R" else "disease"


def _rows(path: Path) -> Iterator[tuple[int, str, str, str]]:
    """Row number, code, name and additional code of every sheet that has such columns."""
    found = False
    for sheet in _sheets(path):
        rows = enumerate(sheet, 1)
        columns: tuple[int, int, int | None] | None = None
        for _, cells in islice(rows, _HEADER_ROWS):
            if (columns := _columns(cells)) is not None:
                break
        if columns is None:
            continue
        found = True
        for number, cells in rows:
            code, name = _cell(cells, columns[0]), _cell(cells, columns[1])
            if code:
                yield number, code, name, _cell(cells, columns[2])
    if not found:
        raise KnowledgeSourceError(
            f"{path}: no sheet has a column of codes and one of names in its first {_HEADER_ROWS} rows",
            hint=f"name them 编码 and 名称; known are {', '.join((*_CODE_HEADERS[:6], *_NAME_HEADERS[:3]))} and others",
        )


def _columns(cells: list[str]) -> tuple[int, int, int | None] | None:
    """Places of code, name and additional code in a header; None where this row is none."""
    plain = [re.sub(r"[\s（(].*$", "", cell.strip()).lower() for cell in cells]
    code = next((plain.index(name) for name in _CODE_HEADERS if name in plain), None)
    name = next((plain.index(name) for name in _NAME_HEADERS if name in plain), None)
    extra = next((plain.index(name) for name in _EXTRA_HEADERS if name in plain), None)
    return None if code is None or name is None else (code, name, extra)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _sheets(path: Path) -> Iterator[Iterator[list[str]]]:
    if path.suffix.lower() == ".csv":
        yield _csv(path)
        return
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise damaged(path, 0, f"it is no spreadsheet that can be opened: {error}") from error
    try:
        for sheet in book.worksheets:
            yield _cells(path, sheet)
    finally:
        book.close()


def _cells(path: Path, sheet: Any) -> Iterator[list[str]]:
    """Rows of a sheet; one that breaks off inside shows only here."""
    try:
        for row in sheet.iter_rows(values_only=True):
            yield ["" if value is None else str(value) for value in row]
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, ValueError, TypeError, EOFError) as error:
        raise damaged(path, 0, f"sheet {sheet.title!r} breaks off: {error}") from error


def _csv(path: Path) -> Iterator[list[str]]:
    last = 0
    try:
        with path.open(encoding=encoding_of(path), newline="") as stream:
            for last, cells in enumerate(csv.reader(stream, strict=True), 1):  # noqa: B007 - named when it breaks off
                yield cells
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise damaged(path, last + 1, str(error)) from error


def _version(path: Path) -> str:
    stated = re.search(r"[vV]?(\d\.\d)", path.name)
    return stated[1] if stated else release(path)


class ChineseIcd10Importer:
    """国临版 or 医保版."""

    name = "icd10_cn"
    title = "Chinese ICD-10, 国临版/医保版 (xlsx or csv)"

    def recognises(self, path: Path) -> bool:
        """By a header with codes and names, and a code below it."""
        if not path.is_file() or path.suffix.lower() not in (".xlsx", ".csv"):
            return False
        try:
            return any(_CODE.match(code.upper().replace("X", "x")) for _, code, _, _ in islice(_rows(path), 50))
        except KnowledgeSourceError:
            return False

    def reader(self, path: Path) -> Reader:
        """The reader of that file."""
        return ChineseIcd10Reader(path)

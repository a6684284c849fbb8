"""Which format a file has: by its name and its first bytes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args

from medgo.deid.formats.ccda import Ccda
from medgo.deid.formats.columns import Columns
from medgo.deid.formats.fhir import FhirFile, FhirLines
from medgo.deid.formats.hl7 import Hl7V2
from medgo.deid.formats.json_records import JsonFile, JsonLines
from medgo.deid.formats.plain import PlainText
from medgo.deid.formats.protocol import Format
from medgo.deid.formats.tables import Table
from medgo.deid.formats.units import opened
from medgo.errors import InputError
from medgo.store.compression import uncompressed_name

FormatName = Literal["jsonl", "json", "fhir", "fhir-ndjson", "ccda", "hl7v2", "csv", "text"]
FORMAT_NAMES: tuple[FormatName, ...] = get_args(FormatName)

_HEAD = 1 << 16
_MESSAGE = re.compile(rb"[\x0b\s]*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z]\w{0,80})(?=[\s/>])([^>]{0,4000})")
_FHIR_XML = re.compile(rb"=\s?[\"']http://hl7\.org/fhir[\"']")
_RESOURCE = re.compile(rb'"resourceType"\s*:\s*"[A-Z]')


def open_format(name: FormatName, columns: Columns) -> Format:
    """The format of that name."""
    formats: dict[FormatName, Format] = {
        "jsonl": JsonLines(columns),
        "json": JsonFile(columns),
        "fhir": FhirFile(),
        "fhir-ndjson": FhirLines(),
        "ccda": Ccda(),
        "hl7v2": Hl7V2(),
        "csv": Table(columns),
        "text": PlainText(),
    }
    return formats[name]


def detect_format(path: Path) -> FormatName | None:
    """The format of a file; None where it is none of those that are read.

    Raises:
        InputError: The file cannot be read.
    """
    with opened(path) as stream:
        head = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    suffix = Path(uncompressed_name(path)).suffix.lower()
    if _MESSAGE.match(head):
        return "hl7v2"
    if suffix in (".jsonl", ".ndjson"):
        return "fhir-ndjson" if _RESOURCE.search(head.partition(b"\n")[0]) else "jsonl"
    if suffix == ".json":
        return _json(head)
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix in (".xml", ".cda"):
        return _xml(head)
    return "text" if suffix in (".txt", ".text", ".md", "") and b"\x00" not in head else None


def _json(head: bytes) -> FormatName:
    """Many files of lines are called ``.json``: an object that ends on its line, with another below, is one."""
    first, _, rest = head.strip().partition(b"\n")
    is_lines = first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
    if _RESOURCE.search(head):
        return "fhir-ndjson" if is_lines else "fhir"
    return "jsonl" if is_lines else "json"


def _xml(head: bytes) -> FormatName | None:
    """By the first element; a document of either standard may quote the other's name."""
    match = _ROOT.search(head)
    if match is None:
        return None
    if match[1] == b"ClinicalDocument":
        return "ccda"
    return "fhir" if _FHIR_XML.search(match[2]) else None


def files_of(path: Path) -> list[Path]:
    """The file, or all files below a folder in the order of their names; hidden ones are left out.

    Raises:
        InputError: There is nothing there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path} does not exist", hint="name a file or a folder that is there")
    found = [
        one
        for one in sorted(path.rglob("*"))
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts)
    ]
    if not found:
        raise InputError(f"{path} holds no file", hint="name a folder with records in it")
    return found

"""Reads large files of licensed vocabularies line by line and element by element, and says where one is damaged.

Knows encodings, delimiters and XML; no vocabulary.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree

from medgo.errors import KnowledgeSourceError

_HEAD = 65_536
_MAX_CELL = 16 * 1024 * 1024
_AGAIN = "get the file again, or unpack the archive again"


def below(path: Path, *patterns: str) -> Path | None:
    """The first file under a folder that matches a pattern; the path itself where it is such a file.

    Args:
        path: Folder or file.
        patterns: As for :meth:`pathlib.Path.rglob`, in the order of preference.
    """
    for pattern in patterns:
        if path.is_file():
            if path.match(pattern):
                return path
        else:
            found = sorted(item for item in path.rglob(pattern) if item.is_file())
            if found:
                return found[0]
    return None


def beside(path: Path, *patterns: str) -> Path | None:
    """As :func:`below`, but a file's neighbours are looked at too."""
    return below(path.parent if path.is_file() else path, *patterns)


def need(path: Path | None, what: str) -> Path:
    """The path.

    Raises:
        KnowledgeSourceError: There is none.
    """
    if path is None:
        raise KnowledgeSourceError(f"{what} is not there", hint=_AGAIN)
    return path


def rows(path: Path, delimiter: str, width: int) -> Iterator[list[str]]:
    """Rows of a file without quotation marks (RRF, RF2), in constant memory.

    Args:
        path: UTF-8; ``.gz`` is unpacked on the way.
        delimiter: ``|`` or a tab. RRF ends each row with one more, which is taken off.
        width: Number of columns.

    Raises:
        KnowledgeSourceError: A row has another number of columns (it is torn), or is not UTF-8.
    """
    number = 0
    try:
        with _open(path) as stream:
            for number, raw in enumerate(stream, 1):
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if not line:
                    continue
                cells = line.removesuffix("|").split(delimiter) if delimiter == "|" else line.split(delimiter)
                if len(cells) != width:
                    raise damaged(path, number, f"{len(cells)} columns where there should be {width}: the row is torn")
                yield cells
    except UnicodeDecodeError as error:
        raise damaged(path, number, f"byte {error.start + 1} is not UTF-8") from error
    except (OSError, EOFError) as error:
        raise damaged(path, number, str(error)) from error


def table(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[dict[str, str]]:
    """Rows of an RF2 file with a header, by its names.

    Raises:
        KnowledgeSourceError: The header is another, or a row is damaged.
    """
    reader = rows(path, delimiter, len(columns))
    header = next(reader, None)
    if header is None:
        raise damaged(path, 1, "the file is empty")
    if [name.strip() for name in header] != list(columns):
        raise damaged(path, 1, f"the header is {header}, expected {list(columns)}")
    for cells in reader:
        yield dict(zip(columns, cells, strict=True))


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    """Records of a CSV file with quotation marks, by the header's names; UTF-8 or GB18030.

    Args:
        path: The file.
        columns: Names that the header must have; others are given too.

    Raises:
        KnowledgeSourceError: A column is missing, a record is torn, or the encoding is neither.
    """
    csv.field_size_limit(_MAX_CELL)
    number = 1
    try:
        with path.open(encoding=encoding_of(path), newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if missing := [name for name in columns if name not in header]:
                raise damaged(path, 1, f"columns {missing} are missing; there are {header}")
            for number, cells in enumerate(reader, 2):
                if cells and len(cells) != len(header):
                    raise damaged(path, number, f"{len(cells)} cells where there should be {len(header)}")
                if cells:
                    yield dict(zip(header, cells, strict=True))
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise damaged(path, number, str(error)) from error


def encoding_of(path: Path) -> str:
    """``utf-8-sig``, or ``gb18030`` where the beginning of the file is not UTF-8."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    try:
        # The last character may be cut in the middle.
        head[: max(len(head) - 3, 0) if len(head) == _HEAD else None].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def elements(path: Path, tag: str) -> Iterator[ElementTree.Element]:
    """Elements of that name, each cleared after it was used, in constant memory.

    Raises:
        KnowledgeSourceError: The file is not well-formed, breaks off, or defines entities.
    """
    try:
        with _open(path) as stream:
            _refuse_entities(stream, path)
            # Entities are refused above: nothing in the file can grow or reach out.
            events = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314
            above: list[ElementTree.Element] = []
            for event, element in events:
                if event == "start":
                    above.append(element)
                    continue
                above.pop()
                if element.tag == tag:
                    yield element
                    # What was read hangs on every element that is still open.
                    for parent in (element, *above):
                        parent.clear()
    except ElementTree.ParseError as error:
        raise damaged(path, error.position[0], f"it is not well-formed XML, or breaks off ({error})") from error
    except (OSError, EOFError) as error:
        raise damaged(path, 0, str(error)) from error


def text(element: ElementTree.Element, path: str) -> str:
    """Text of the first element at a path below; empty where there is none."""
    return (element.findtext(path) or "").strip()


def begins_with(path: Path, *marks: str) -> bool:
    """Whether the beginning of a file has one of these texts; never raises."""
    try:
        with _open(path) as stream:
            head = stream.read(_HEAD).decode("utf-8", errors="replace")
    except (OSError, EOFError):
        return False
    return any(mark in head for mark in marks)


def damaged(path: Path, line: int, why: str) -> KnowledgeSourceError:
    """The error for a file that cannot be read to its end."""
    place = f"{path}:{line}" if line else str(path)
    return KnowledgeSourceError(f"{place}: {why}", hint=_AGAIN)


def release(path: Path | None) -> str:
    """A release date or year in a path's names (``20260101``, ``desc2026``); empty where there is none."""
    names = "/".join(path.parts[-4:]) if path is not None else ""
    found = re.findall(r"(?<!\d)(20\d{6}|20\d\d(?:A[AB])?)(?!\d)", names)
    return found[-1] if found else ""


def _refuse_entities(stream: IO[bytes], path: Path) -> None:
    if b"<!ENTITY" in stream.read(_HEAD):
        raise damaged(path, 0, "it defines entities, which none of these vocabularies does")
    stream.seek(0)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")

"""CSV and TSV as rows of texts: encoding and delimiter by what the file holds. Knows no column."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from medgo.corpus.ledger import Ledger
from medgo.corpus.opening import HEAD_BYTES, open_source
from medgo.errors import InputError
from medgo.text.encoding import encoding_of

_DELIMITERS = ",\t;|"
_SAMPLE_ROWS = 20
_LONGEST_CELL = 64 * 2**20


def rows(path: Path, ledger: Ledger, encoding: str = "", delimiter: str = "") -> Iterator[tuple[int, list[str] | None]]:
    """Rows with the numbers of the lines on which they end; None for one with bytes that are no text.

    Args:
        path: The file.
        ledger: Is told of its encoding.
        encoding: Python's name; empty tells it by the bytes.
        delimiter: One character; empty tells it by the first rows.

    Raises:
        InputError: The file is damaged, or a quotation mark is never closed.
    """
    with open_source(path) as stream:
        head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
        codec = encoding or encoding_of(head, whole=False)
        ledger.note(f"encoding {codec}")
        try:
            sample = head.decode(codec, errors="replace")
            text = io.TextIOWrapper(stream, codec, errors="surrogateescape", newline="")
        except LookupError as error:
            raise InputError(f"there is no encoding {codec}", hint="utf-8, gb18030, big5, …") from error
        # The limit of the module is of the process: another reader may need a larger one.
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
        reader = csv.reader(text, delimiter=delimiter or delimiter_of(sample))
        try:
            for row in reader:
                yield reader.line_num, [cell.strip() for cell in row] if all(map(_is_text, row)) else None
        except csv.Error as error:
            raise InputError(f"{path.name}, line {reader.line_num}: {error}") from error
        except UnicodeError as error:
            raise InputError(f"{path.name}, line {reader.line_num}: bytes that are no {codec}") from error


def delimiter_of(sample: str) -> str:
    """The sign that cuts most of the first rows into as many cells, of comma, tab, semicolon and bar."""
    lines = sample.splitlines()
    lines = lines[: max(1, min(_SAMPLE_ROWS, len(lines) - 1))]
    scores: dict[str, tuple[int, int]] = {}
    for sign in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if len(row) > 1)
        except csv.Error:
            continue
        if widths:
            width, count = max(widths.items(), key=lambda one: (one[1], one[0]))
            scores[sign] = (count, width)
    return max(scores, key=lambda sign: scores[sign], default=",")


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in cell)

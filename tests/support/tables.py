"""Writes the same rows in every shape in which benchmark files circulate. Asserts nothing itself."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def json_array(rows: Rows) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()


def json_named(rows: Rows) -> bytes:
    return json.dumps({f"row-{number}": row for number, row in enumerate(rows)}, ensure_ascii=False).encode()


def json_nested(rows: Rows) -> bytes:
    return json.dumps({"exam": {f"row-{number}": row for number, row in enumerate(rows)}}).encode()


def json_columns(rows: Rows) -> bytes:
    """As ``pandas.DataFrame.to_json`` writes it."""
    return json.dumps({name: {str(i): row[name] for i, row in enumerate(rows)} for name in rows[0]}).encode()


def json_lists(rows: Rows) -> bytes:
    return json.dumps({name: [row[name] for row in rows] for name in rows[0]}).encode()


def json_wrapped(rows: Rows) -> bytes:
    return json.dumps({"version": "1.0", "data": list(rows)}).encode()


def cells(rows: Rows, delimiter: str = ",", *, header: bool = True, index: bool = False) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    if header:
        writer.writerow([*([""] if index else []), *rows[0]])
    writer.writerows(
        [*([number] if index else []), *(row[name] for name in rows[0])] for number, row in enumerate(rows)
    )
    return stream.getvalue().encode()


def tsv(rows: Rows) -> bytes:
    return cells(rows, "\t")


def parquet(rows: Rows) -> bytes:
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), stream)
    return stream.getvalue()


def xlsx(rows: Rows) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append([row[name] for name in rows[0]])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zst(data: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(data)


SHAPES: dict[str, Callable[[Rows], bytes]] = {
    "lines.jsonl": jsonl,
    "lines.json": jsonl,
    "bom.jsonl": lambda rows: b"\xef\xbb\xbf" + jsonl(rows),
    "packed.jsonl.gz": lambda rows: gzip.compress(jsonl(rows)),
    "packed.jsonl.zst": lambda rows: zst(jsonl(rows)),
    "array.json": json_array,
    "array.jsonl": json_array,
    "packed.json.gz": lambda rows: gzip.compress(json_array(rows)),
    "named.json": json_named,
    "nested.json": json_nested,
    "columns.json": json_columns,
    "lists.json": json_lists,
    "wrapped.json": json_wrapped,
    "cells.csv": cells,
    "bom.csv": lambda rows: b"\xef\xbb\xbf" + cells(rows),
    "crlf.csv": lambda rows: cells(rows).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "packed.csv.gz": lambda rows: gzip.compress(cells(rows)),
    "cells.tsv": tsv,
    "table.xlsx": xlsx,
    "table.parquet": parquet,
}


def put(path: Path, data: bytes) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path

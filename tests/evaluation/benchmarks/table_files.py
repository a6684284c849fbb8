"""Files that benchmarks come in besides JSON and CSV: Parquet, and TSV without a header. Asserts nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as the Hub does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def write_tsv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """Write cells with tabs between them, without a header and without quoting."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path

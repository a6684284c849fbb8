"""What people have said of a run's output so far: kept in its run folder, never forgotten by a later certificate."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from medgo.deid.proving.review import Correction
from medgo.store import RowFile, encode_row, replacing

_FILE = "reviews.jsonl"


def reviewed_so_far(folder: Path, sha256: str) -> tuple[int, int]:
    """Texts of an output that were read, and those with a leak.

    Args:
        folder: The run folder.
        sha256: Hash of the output; what was said of another one does not count.
    """
    said = _said(folder, sha256)
    return len(said), sum(said.values())


def add_review(folder: Path, sha256: str, corrections: Iterable[Correction]) -> tuple[int, int]:
    """Keep a review; a text that is read twice counts once, and a leak that was seen once stays one.

    Returns:
        As :func:`reviewed_so_far`, with this review.

    Raises:
        StorageError: It cannot be written.
    """
    path = folder / _FILE
    rows = [row.value for row in RowFile(path) if row.value] if path.exists() else []
    rows += [{"output": sha256, "id": one.id, "leak": bool(one.missed)} for one in corrections]
    with replacing(path) as file:
        os.fchmod(file.fileno(), 0o600)  # ids of records
        file.writelines(map(encode_row, rows))
    return reviewed_so_far(folder, sha256)


def _said(folder: Path, sha256: str) -> dict[str, bool]:
    path = folder / _FILE
    said: dict[str, bool] = {}
    for row in RowFile(path) if path.exists() else ():
        if row.value and row.value.get("output") == sha256:
            said[str(row.value["id"])] = said.get(str(row.value["id"]), False) or bool(row.value["leak"])
    return said

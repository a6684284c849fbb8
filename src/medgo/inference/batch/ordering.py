"""Puts a finished output into the order of its input, in constant memory but for one number a row."""

from __future__ import annotations

from array import array
from pathlib import Path

from medgo.inference.batch.index import InputIndex
from medgo.inference.batch.resume import output_lines
from medgo.store import replacing


def sort_output(output: Path, index: InputIndex) -> None:
    """Rewrite the output in input order, atomically: a kill at any moment leaves either order, whole.

    Raises:
        StorageError: The disk did not take the new file; the old one still stands.
    """
    offsets = array("q", [-1]) * len(index)
    offset, last, in_order = 0, -1, True
    for _, line, row in output_lines(output):
        position = index.position_of(row["id"])
        if position is not None:
            offsets[position] = offset
            in_order, last = in_order and position > last, position
        offset += len(line)
    if in_order:
        return
    with replacing(output, ".ordering") as sorted_file, output.open("rb") as file:
        for offset in offsets:
            if offset >= 0:
                file.seek(offset)
                sorted_file.write(file.readline())

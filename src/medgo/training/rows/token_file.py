"""Tokenised rows on disk: one Arrow file, memory-mapped by every process that trains. Knows no trainer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from medgo.errors import InputError
from medgo.training.rows.tokens import TokenRow

_IDS = pa.list_(pa.int32())
# Answers of all kinds share the columns: a labelled or SFT row has `chosen_*` only.
SCHEMA = pa.schema(
    [
        ("row_id", pa.string()),
        ("task", pa.string()),
        ("lang", pa.string()),
        ("thinking", pa.bool_()),
        ("prompt_ids", _IDS),
        ("answer_ids", _IDS),  # completion, or the chosen answer
        ("answer_reasoning", pa.int32()),
        ("rejected_ids", _IDS),  # empty but for preference rows
        ("rejected_reasoning", pa.int32()),
        ("label", pa.bool_()),  # true but for unwanted answers
    ]
)
_BATCH = 1000


def write_token_file(path: Path, rows: Iterable[TokenRow]) -> int:
    """Write rows in their order, in constant memory.

    Returns:
        How many.
    """
    count = 0
    partial = path.with_name(path.name + ".partial")
    with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(_columns(row))
            count += 1
            if len(batch) == _BATCH:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))
                batch = []
        if batch:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))
    partial.replace(path)
    return count


def read_token_file(path: Path) -> Any:
    """Memory-map a file of rows as a ``datasets.Dataset`` with the columns of :data:`SCHEMA`.

    Raises:
        InputError: The file is missing or damaged.
    """
    from datasets import Dataset

    try:
        return Dataset.from_file(str(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is not a file of tokenised rows: {error}", hint="run medgo train prepare") from error


def _columns(row: TokenRow) -> dict[str, Any]:
    first = row.answers.get("chosen") or row.answers["completion"]
    second = row.answers.get("rejected")
    return {
        "row_id": row.row_id,
        "task": row.task,
        "lang": row.lang,
        "thinking": row.thinking,
        "prompt_ids": row.prompt,
        "answer_ids": first.ids,
        "answer_reasoning": first.reasoning,
        "rejected_ids": second.ids if second else (),
        "rejected_reasoning": second.reasoning if second else 0,
        "label": row.label is not False,
    }

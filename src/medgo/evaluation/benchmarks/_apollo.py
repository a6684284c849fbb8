"""Rows of Apollo's XMedBench, which packs several Chinese exams into one file. Knows no exam but by its name there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medgo.evaluation.benchmarks._ids import stem_id
from medgo.evaluation.benchmarks._inline import inline_options
from medgo.evaluation.benchmarks.row import Row
from medgo.schema import EvalItem

APOLLO = frozenset({"question", "options", "answer", "source"})
"""Fields of every row."""


def apollo_item(
    row: Row, benchmark: str, source: str, *, multiple: bool = False, meta: Mapping[str, Any] | None = None
) -> EvalItem | None:
    """Read a row; None where it belongs to another exam.

    Args:
        row: The row.
        benchmark: What its item is asked in.
        source: What Apollo calls the exam.
        multiple: Several options may be right.
        meta: Fields of the exam's own rows that Apollo dropped.

    Raises:
        BenchmarkDataError: A field does not fit.
    """
    if row.text("source") != source:
        return None
    # Apollo wrote a full stop behind every option, the empty ones too.
    options = {label: text.removesuffix(".").strip() for label, text in inline_options(row, "options").items()}
    options = row.checked_options("options", options.items())
    question = row.text("question")
    return EvalItem(
        id=stem_id(question, options),
        benchmark=benchmark,
        lang="zh",
        question=question,
        options=options,
        answer=row.labels("answer", options),
        multiple=multiple,
        meta=meta or {},
    )

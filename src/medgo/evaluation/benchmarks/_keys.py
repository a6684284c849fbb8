"""Joins questions with the answers that were published in a file of their own. Knows no benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from medgo.evaluation.benchmarks._tables import Table
from medgo.evaluation.benchmarks.definition import AnswerKey
from medgo.evaluation.benchmarks.row import Row


def answers_in(tables: Iterable[Table], key: AnswerKey) -> dict[str, Row]:
    """Rows of the key's files by what they are joined on.

    Raises:
        BenchmarkDataError: Two rows answer the same question.
    """
    answers: dict[str, Row] = {}
    for table in tables:
        for row in table:
            name = row.text(key.on)
            if name in answers:
                raise row.error(key.on, f"a name of its own ({answers[name].file} has it, too)", name)
            answers[name] = row
    return answers


def completed(row: Row, key: AnswerKey, answers: Mapping[str, Row]) -> Row:
    """The row with what the key says of it; where both say something and differ, the files are not of one edition.

    Raises:
        BenchmarkDataError: They contradict each other.
    """
    answer = answers.get(row.text(key.on, default=""))
    if answer is None:
        return row
    values: dict[str, Any] = dict(answer.values)
    for field, value in row.values.items():
        if _says_nothing(value):
            continue
        if field in values and field != key.on and values[field] != value:
            raise row.error(field, f"what {answer.file} says of this question ({values[field]!r})", value)
        values[field] = value
    return replace(row, values=values)


def _says_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())

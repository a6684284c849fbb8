"""Replies in files: one row in, one row out; a row that cannot be understood becomes a row that says why.

Takes any model's replies, and the output of ``medgo batch`` as it is. Opens no file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from medgo.errors import BenchmarkDataError, InputError
from medgo.evaluation.benchmarks.row import Row
from medgo.evaluation.reading.reader import read_answer
from medgo.store.jsonl import RawRow

REPLY_FIELDS = ("reply", "response")
_EXCERPT = 80


def read_row(raw: RawRow, *, multiple: bool | None = None) -> dict[str, Any]:
    """Read the answer out of a row.

    Args:
        raw: The row: ``id``, ``reply`` (or ``response``), ``options`` (object or list; may be missing), ``multiple``
            and ``truncated`` (or ``finish_reason``: ``length``), both optional.
        multiple: Whether several labels may be right, where the row does not say so itself.

    Returns:
        ``id``, ``answer`` (labels, or None), ``status``, ``rule``, ``span``; for a bad row the status is ``error``, and
        ``error`` holds ``code`` and ``message``. A row without an id has the id None: a number made up for it could be
        another row's id. ``line`` says where such a row, or a bad one, stands.
    """
    values = raw.value or {}
    row_id = values.get("id", values.get("custom_id"))
    place = {"line": raw.number}
    try:
        if raw.error is not None:
            raise raw.error
        reply = _reply(values)
        answer = read_answer(
            reply,
            _options(values),
            multiple=_flag(values, "multiple", multiple),
            truncated=bool(_flag(values, "truncated", values.get("finish_reason") == "length")),
        )
    except InputError as error:
        failure = {"code": error.code, "message": error.message}
        return {"id": row_id, **place, "answer": None, "status": "error", "rule": "", "span": None, "error": failure}
    return {
        "id": row_id,
        **({} if row_id is not None else place),
        "answer": list(answer.labels) if answer.labels else None,
        "status": answer.status,
        "rule": answer.rule,
        "span": answer.span,
    }


def _reply(values: Mapping[str, Any]) -> str:
    for field in REPLY_FIELDS:
        if isinstance(values.get(field), str):
            reply: str = values[field]
            return reply
    failure = values.get("error")
    if isinstance(failure, dict) and failure.get("message"):
        raise InputError(f"there is no reply, the model failed: {failure['message']}")
    raise InputError(f"no text in field {' or '.join(map(repr, REPLY_FIELDS))}")


def _options(values: Mapping[str, Any]) -> dict[str, str]:
    if not values.get("options"):
        return {}
    try:
        return Row(values, "", 0).options("options")
    except BenchmarkDataError as error:  # it speaks of a benchmark's file; this one is the user's own
        found = json.dumps(values["options"], ensure_ascii=False)
        shown = found if len(found) <= _EXCERPT else f"{found[:_EXCERPT]}…"
        raise InputError(
            "field 'options': expected two options or more, as an object with letters A to Z for names "
            f'({{"A": "…", "B": "…"}}) or as a list of texts, found {shown}'
        ) from error


def _flag(values: Mapping[str, Any], field: str, default: bool | None) -> bool | None:
    value = values.get(field)
    if value is None or isinstance(value, bool):
        return default if value is None else value
    raise InputError(f"field {field!r}: expected true or false, found {str(value)[:80]!r}")

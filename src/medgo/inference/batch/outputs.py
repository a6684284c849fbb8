"""From a completion to a row of the output. Pure; knows no file and no engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from medgo.errors import MedGoError
from medgo.inference.batch.inputs import RowId
from medgo.inference.protocol import Completion, RequestError, TokenLogprob

# Names that the output uses itself; an input field of such a name is kept as input_<name>.
OUTPUT_FIELDS = (
    "response",
    "reasoning",
    "finish_reason",
    "usage",
    "thinking_forced",
    "logprobs",
    "latency",
    "error",
)


def output_row(
    row: Mapping[str, Any], row_id: RowId, completion: Completion, *, latency: bool = False
) -> dict[str, Any]:
    """The input's fields, untouched, followed by what came of them.

    Args:
        row: The row of the input.
        row_id: Its id; added as ``id`` when the row calls it otherwise or has none.
        completion: The reply.
        latency: Add ``latency`` (seconds) and ``usage.cached``, which differ from run to run.
    """
    out = _kept(row, row_id)
    failed = completion.error is not None
    out["response"] = None if failed else completion.text
    if completion.reasoning is not None:
        out["reasoning"] = completion.reasoning
    out["finish_reason"] = completion.finish_reason
    usage = completion.usage
    out["usage"] = {"prompt": usage.prompt, "completion": usage.completion, "reasoning": usage.reasoning}
    if latency:
        out["usage"]["cached"] = usage.cached
        out["latency"] = round(completion.latency, 4)
    if completion.thinking_forced:
        out["thinking_forced"] = True
    if completion.logprobs is not None:
        out["logprobs"] = [_logprob(token) for token in completion.logprobs]
    out["error"] = _error(completion.error)
    return out


def bad_row(row: Mapping[str, Any] | None, row_id: RowId, text: str, error: MedGoError) -> dict[str, Any]:
    """The row for an input that no request could be made of.

    Args:
        row: Its fields; None when it could not even be parsed.
        row_id: Its id.
        text: The beginning of the raw line where there are no fields; kept as ``input_text``.
        error: What is wrong.
    """
    fields = {"input_text": text} if row is None else row
    return output_row(fields, row_id, Completion.failed(str(row_id), error))


def timing_row(row_id: RowId, completion: Completion) -> dict[str, Any]:
    """What a run's clock and cache said about one row; goes into the side log."""
    return {"id": row_id, "latency": round(completion.latency, 4), "cached": completion.usage.cached}


def _kept(row: Mapping[str, Any], row_id: RowId) -> dict[str, Any]:
    has_it = row.get("id") == row_id and not isinstance(row["id"], bool)
    out: dict[str, Any] = {} if has_it else {"id": row_id}
    for name, value in row.items():
        moved = name in OUTPUT_FIELDS or name in out
        while moved and (name in OUTPUT_FIELDS or name in row or name in out):
            name = f"input_{name}"
        out[name] = value
    return out


def _logprob(token: TokenLogprob) -> dict[str, Any]:
    top = [[text, _finite(logprob)] for text, logprob in token.top]
    return {"token_id": token.token_id, "token": token.token, "logprob": _finite(token.logprob), "top": top}


def _finite(number: float) -> float | None:
    """JSON has no infinity; null stands for the log-probability of what cannot happen."""
    return number if math.isfinite(number) else None


def _error(error: RequestError | None) -> dict[str, str] | None:
    return None if error is None else {"code": error.code, "message": error.message}

"""From a row of the input to a request: the input forms, ids and seeds. Pure; knows no file and no engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from medgo.errors import InputError
from medgo.inference.batch.multiple_choice import question_prompt
from medgo.inference.batch.openai_lines import apply_body, check_envelope
from medgo.inference.protocol import GenerationRequest, Sampling, Thinking
from medgo.schema import Message, parse_messages

RowId = str | int
ID_FIELDS = ("id", "custom_id", "idx")


@dataclass(frozen=True, slots=True)
class RowDefaults:
    """What applies to every row that does not say otherwise; ``sampling.seed`` is the run's."""

    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    system: str | None = None
    logprobs: int | None = None


def own_id(row: Mapping[str, Any]) -> RowId | None:
    """The id that a row brings itself: the first of ``id``, ``custom_id``, ``idx`` that is not empty.

    Raises:
        InputError: It is neither text nor a whole number.
    """
    for name in ID_FIELDS:
        value = row.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise InputError(f"{name}: expected text or a whole number, found {json.dumps(value)[:60]}")
    return None


def row_seed(run_seed: int, row_id: RowId) -> int:
    """The seed of one row, in [0, 2³¹): it depends on nothing but the run's seed and the row's id."""
    return int.from_bytes(hashlib.sha256(f"{run_seed}\0{row_id}".encode()).digest()[:4]) >> 1


def build_request(row: Mapping[str, Any], row_id: RowId, defaults: RowDefaults) -> GenerationRequest:
    """Read a row in the first of these forms that it has.

    1. ``body`` (with ``custom_id``, ``method``, ``url``): a line of an OpenAI Batch file; its sampling overrides ours.
    2. ``messages``: a conversation that ends with the user.
    3. ``prompt``: what the user says, or a conversation.
    4. ``question``, with ``options`` (an object or a list) or columns ``A``, ``B``, …: a multiple-choice question.
    5. ``instruction`` and, optionally, ``input``.

    A ``system`` field takes the place of the default system prompt.

    Raises:
        InputError: The row has none of the forms, or one that cannot be answered.
    """
    own_id(row)  # an id of the wrong kind fails the row
    request = GenerationRequest(
        id=str(row_id),
        messages=(),
        sampling=replace(defaults.sampling, seed=row_seed(defaults.sampling.seed, row_id)),
        thinking=defaults.thinking,
        logprobs=defaults.logprobs,
    )
    body = _json_cell(row.get("body"))
    if not _is_empty(body):
        check_envelope(row)
        request = apply_body(body, request)
        row = {**row, "messages": body.get("messages")}
    return replace(request, messages=_with_system(_conversation(row), row, defaults.system))


def _conversation(row: Mapping[str, Any]) -> tuple[Message, ...]:
    if not _is_empty(row.get("messages")):
        messages = parse_messages(_json_cell(row["messages"]))
    elif not _is_empty(row.get("prompt")):
        prompt = row["prompt"]
        messages = parse_messages(prompt) if isinstance(prompt, list) else _user(_text(row, "prompt"))
    elif not _is_empty(row.get("question")):
        messages = _user(question_prompt(_text(row, "question"), _options(row)))
    elif not _is_empty(row.get("instruction")):
        parts = [_text(row, name) for name in ("instruction", "input") if not _is_empty(row.get(name))]
        messages = _user("\n\n".join(parts))
    else:
        raise InputError(
            "nothing to answer: expected messages, prompt, question, instruction or an OpenAI Batch line; "
            f"found the fields {', '.join(row) or '(none)'}"[:300],
            hint="docs/batch.md lists the input forms",
        )
    if messages[-1].role != "user":
        raise InputError(f"the last message is the {messages[-1].role}'s; there is nothing to answer")
    if not messages[-1].content.strip():
        raise InputError("the last message is empty")
    return messages


def _with_system(messages: tuple[Message, ...], row: Mapping[str, Any], default: str | None) -> tuple[Message, ...]:
    """The row's ``system`` field, else its own system message, else the default."""
    has_own = any(message.role == "system" for message in messages)
    if _is_empty(row.get("system")):
        return messages if has_own or not default else (Message("system", default), *messages)
    if has_own:
        raise InputError("the row has a field system and a message of that role; which one is meant?")
    return (Message("system", _text(row, "system")), *messages)


def _options(row: Mapping[str, Any]) -> object:
    if not _is_empty(row.get("options")):
        return _json_cell(row["options"])
    # Tables spread the options over columns; one called A alone is something else.
    columns = {label: row[label] for label in "ABCDEFGHIJ" if not _is_empty(row.get(label))}
    return columns if {"A", "B"} <= columns.keys() else None


def _user(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise InputError(f"{name}: expected text, found {type(value).__name__}")
    return value


def _is_empty(value: object) -> bool:
    """Absent, null, or an empty cell of a table."""
    return value is None or value == ""


def _json_cell(value: Any) -> Any:
    """Objects and lists are written as JSON inside a cell of a CSV file."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the JSON inside the field is not valid: {error}") from error

"""A conversation: messages with a role, a content and, for a thinking model, the reasoning behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from medgo.errors import InputError

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Args:
        role: Who speaks.
        content: What is said, as plain text.
        reasoning_content: The assistant's reasoning, kept apart from the answer (TRL's and Qwen3's field name).
    """

    role: Role
    content: str
    reasoning_content: str | None = None

    def to_dict(self) -> dict[str, str]:
        """Return the message as chat templates and JSON files want it; absent reasoning is left out."""
        row = {"role": self.role, "content": self.content}
        if self.reasoning_content is not None:
            row["reasoning_content"] = self.reasoning_content
        return row


def parse_messages(value: object) -> tuple[Message, ...]:
    """Validate a JSON value as a conversation.

    Content is a string or the OpenAI form ``[{"type": "text", "text": …}, …]``; ``developer`` is read as ``system``.

    Returns:
        At least one message.

    Raises:
        InputError: Names the message and field that does not fit, and what was expected.
    """
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise InputError(f"messages: expected a non-empty list of objects, found {_kind(value)}")
    return tuple(_parse_message(item, f"messages[{i}]") for i, item in enumerate(value))


def _parse_message(value: object, where: str) -> Message:
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: expected an object with role and content, found {_kind(value)}")
    role = "system" if value.get("role") == "developer" else value.get("role")
    if role not in get_args(Role):
        raise InputError(f"{where}.role: expected one of {', '.join(get_args(Role))}, found {role!r}")
    reasoning = value.get("reasoning_content")
    if reasoning is not None and not isinstance(reasoning, str):
        raise InputError(f"{where}.reasoning_content: expected text, found {_kind(reasoning)}")
    return Message(cast(Role, role), _parse_content(value.get("content"), where), reasoning)


def _parse_content(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and not isinstance(value, bytes) and value:
        return "".join(_parse_part(part, f"{where}.content[{i}]") for i, part in enumerate(value))
    raise InputError(f"{where}.content: expected text, found {_kind(value)}")


def _parse_part(part: Any, where: str) -> str:
    if isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return cast(str, part["text"])
    raise InputError(f"{where}: expected {{'type': 'text', 'text': …}}; MedGo reads text only")


def _kind(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:60]!r}"

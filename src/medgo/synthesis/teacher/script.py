"""What a generator hands to a teacher: an item's whole work as straight code. Knows no engine and no file.

A script is a Python generator: ``reply = yield Ask(...)`` asks and gets a ``Completion``, ``return result`` ends it.
What cannot be used is given up with ``raise RejectionError("cut off")``, anywhere in the script.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from medgo.errors import MedGoError
from medgo.inference.protocol import Completion, RequestError, Sampling, Thinking
from medgo.schema import Message

T = TypeVar("T")
R = TypeVar("R")
ModelT = TypeVar("ModelT", bound=BaseModel)

# A greedy reply that was no use would come again word by word.
_RETRY_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Ask:
    """What a script asks the teacher.

    Args:
        messages: The conversation; the teacher writes the next turn.
        sampling: How to sample. Its seed is mixed with the item's id and the number of the question in its script: each
            question of each item has a seed of its own, whatever else is asked and in whatever order.
        thinking: Whether to think.
        json_schema: What JSON it must be; None is free.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    thinking: Thinking = Thinking()
    json_schema: str | None = None


# One item's whole work as straight code: `reply = yield Ask(...)`, and in the end `return result`.
Script = Generator[Ask, Completion, T]


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A script and who it is for.

    Args:
        id: Decides the seeds of all its questions: unique over a whole recipe, the same in every run of it
            (``Provenance.seed`` of its row).
        script: Its work, not begun.
    """

    id: str
    script: Script[T]


@dataclass(frozen=True, slots=True)
class Rejected:
    """What comes instead of a script's result when it gave up.

    Args:
        reason: One of a few words that can be counted (``cut off``, ``teacher failed: prompt_too_long``).
        detail: What happened to this item.
    """

    reason: str
    detail: str = ""


class RejectionError(MedGoError):
    """Raised by a script that gives its item up.

    Args:
        reason: One of a few that can be counted.
        detail: What happened to this item.
    """

    code = "rejected"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class AskFailedError(RejectionError):
    """Thrown into a script at its ``yield`` when the engine failed on that request; unhandled, the item is given up."""

    def __init__(self, error: RequestError) -> None:
        super().__init__(f"teacher failed: {error.code}", error.message)
        self.error = error


def ask_json(model: type[ModelT], ask: Ask, *, tries: int = 2) -> Generator[Ask, Completion, ModelT]:
    """Ask for JSON of a model and read it: ``plan = yield from ask_json(Plan, Ask(messages))``.

    Args:
        model: Pydantic model of the reply.
        ask: The question; its ``json_schema`` is replaced by the model's.
        tries: How often to ask; each has another seed, those after the first a temperature above 0.

    Raises:
        RejectionError: No try gave such JSON: ``cut off`` (out of tokens) or ``not the JSON asked for``.
        AskFailedError: The engine failed.
    """
    asked = replace(ask, json_schema=_schema_of(model))
    reason = detail = ""
    for attempt in range(tries):
        completion = yield warmer(asked) if attempt else asked
        try:
            return model.model_validate_json(completion.text)
        except ValidationError as error:
            reason = "cut off" if completion.finish_reason == "length" else "not the JSON asked for"
            detail = str(error)[:300]
    raise RejectionError(reason, detail)


def warmer(ask: Ask) -> Ask:
    """The same question, for another try: sampled where it was greedy."""
    temperature = ask.sampling.temperature or _RETRY_TEMPERATURE
    return replace(ask, sampling=replace(ask.sampling, temperature=temperature))


@lru_cache(maxsize=256)
def _schema_of(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), ensure_ascii=False)

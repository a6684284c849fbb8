"""Training rows, exactly as TRL reads them, with where each comes from. No input or output.

Every row has the same columns with the same types, so that Arrow reads a file of them without a schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medgo.errors import InputError
from medgo.schema.chat import Message
from medgo.schema.evaluation import Lang

Stage = Literal["stage1", "stage2", "preference"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One thing that a row was made from.

    Args:
        id: The source row: a CURIE, a relation, a document's or record's id.
        source: The collection it belongs to (``hpo``, ``medquad``, ``medgo``).
        licence: Its licence, as an SPDX id where there is one.
        retrieved: The version or retrieval date of the collection.
    """

    id: str
    source: str
    licence: str
    retrieved: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"id": self.id, "source": self.source, "licence": self.licence, "retrieved": self.retrieved}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row comes from.

    Args:
        sources: Everything it was made from; never empty.
        generator: Name of the generator.
        version: The generator's version.
        seed: Seed of the shard and the position in it (``7/complex_cases/3/112``): makes the row again.
        teacher: Fingerprint of the model that wrote part of it; empty for none.
        certificate: Id of the de-identification certificate, where a record is among the sources.
    """

    sources: tuple[SourceRef, ...]
    generator: str
    version: str
    seed: str = ""
    teacher: str = ""
    certificate: str = ""

    def __post_init__(self) -> None:
        if not self.sources:
            raise InputError(f"a row of {self.generator} names no source")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "sources": [source.to_dict() for source in self.sources],
            "generator": self.generator,
            "version": self.version,
            "seed": self.seed,
            "teacher": self.teacher,
            "certificate": self.certificate,
        }


@dataclass(frozen=True, slots=True)
class SftRow:
    """A prompt and the assistant's turn that is learnt. A dialogue is one row per assistant turn.

    Args:
        prompt: The conversation up to the turn; ends with a user turn.
        completion: The turn; ``reasoning_content`` present exactly where ``thinking`` is.
        thinking: Whether the template asks for reasoning (``enable_thinking``).
        task: Name of the task (``medgo task list``) or of the generator's own.
        stage: Which stage it is for.
        lang: Language of the turn.
        provenance: Where it comes from.
    """

    prompt: tuple[Message, ...]
    completion: Message
    thinking: bool
    task: str
    stage: Stage
    lang: Lang
    provenance: Provenance

    def __post_init__(self) -> None:
        _check_prompt(self.prompt, self.task)
        _check_turn(self.completion, self.thinking, self.task)

    @property
    def row_id(self) -> str:
        """Hash of what is learnt: two rows with the same text are the same row, wherever they come from."""
        return _hash(self.to_dict_without_origin())

    def to_dict_without_origin(self) -> dict[str, Any]:
        """The columns that TRL reads."""
        return {
            "prompt": [message.to_dict() for message in self.prompt],
            "completion": [_turn(self.completion)],
            "chat_template_kwargs": {"enable_thinking": self.thinking},
        }

    def to_dict(self) -> dict[str, Any]:
        """As a line of a file."""
        return _line(self, self.to_dict_without_origin())


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """A prompt with a better and a worse turn (DPO).

    Args:
        prompt: The conversation up to the turn.
        chosen: The better turn.
        rejected: The worse one; differs from ``chosen``.
        thinking: Whether the template asks for reasoning; both turns then hold some.
        task: See :class:`SftRow`; likewise ``stage``, ``lang``, ``provenance``.
    """

    prompt: tuple[Message, ...]
    chosen: Message
    rejected: Message
    thinking: bool
    task: str
    stage: Stage
    lang: Lang
    provenance: Provenance

    def __post_init__(self) -> None:
        _check_prompt(self.prompt, self.task)
        _check_turn(self.chosen, self.thinking, self.task)
        _check_turn(self.rejected, self.thinking, self.task)
        if self.chosen == self.rejected:
            raise InputError(f"a preference row of {self.task} has the same text on both sides: nothing can be learnt")

    @property
    def row_id(self) -> str:
        """Hash of what is learnt."""
        return _hash(self.to_dict_without_origin())

    def to_dict_without_origin(self) -> dict[str, Any]:
        """The columns that TRL reads."""
        return {
            "prompt": [message.to_dict() for message in self.prompt],
            "chosen": [_turn(self.chosen)],
            "rejected": [_turn(self.rejected)],
            "chat_template_kwargs": {"enable_thinking": self.thinking},
        }

    def to_dict(self) -> dict[str, Any]:
        """As a line of a file."""
        return _line(self, self.to_dict_without_origin())


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A prompt and a turn that is wanted or not (KTO). Fields as in :class:`SftRow`; ``label`` says whether wanted."""

    prompt: tuple[Message, ...]
    completion: Message
    label: bool
    thinking: bool
    task: str
    stage: Stage
    lang: Lang
    provenance: Provenance

    def __post_init__(self) -> None:
        _check_prompt(self.prompt, self.task)
        _check_turn(self.completion, self.thinking, self.task)

    @property
    def row_id(self) -> str:
        """Hash of what is learnt."""
        return _hash(self.to_dict_without_origin())

    def to_dict_without_origin(self) -> dict[str, Any]:
        """The columns that TRL reads."""
        return {
            "prompt": [message.to_dict() for message in self.prompt],
            "completion": [_turn(self.completion)],
            "label": self.label,
            "chat_template_kwargs": {"enable_thinking": self.thinking},
        }

    def to_dict(self) -> dict[str, Any]:
        """As a line of a file."""
        return _line(self, self.to_dict_without_origin())


Row = SftRow | PreferenceRow | LabelledRow


def _line(row: Row, learnt: dict[str, Any]) -> dict[str, Any]:
    origin = {"task": row.task, "stage": row.stage, "lang": row.lang, "row_id": _hash(learnt)}
    return {**learnt, **origin, "provenance": row.provenance.to_dict()}


def _turn(message: Message) -> dict[str, str]:
    """A learnt turn; its reasoning is empty where there is none, so that a file's columns have one type throughout.

    Qwen3's template treats an empty text and none alike.
    """
    return {"role": message.role, "content": message.content, "reasoning_content": message.reasoning_content or ""}


def _hash(learnt: Mapping[str, Any]) -> str:
    text = json.dumps(learnt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _check_prompt(prompt: tuple[Message, ...], task: str) -> None:
    if not prompt or prompt[-1].role != "user":
        raise InputError(f"the prompt of a row of {task} does not end with a user turn")
    if any(not message.content.strip() for message in prompt):
        raise InputError(f"the prompt of a row of {task} has an empty turn")


def _check_turn(turn: Message, thinking: bool, task: str) -> None:
    if turn.role != "assistant" or not turn.content.strip():
        raise InputError(f"a row of {task} has no assistant's text to learn")
    if thinking != bool(turn.reasoning_content and turn.reasoning_content.strip()):
        raise InputError(f"a row of {task} says thinking={thinking}, which its reasoning does not bear out")

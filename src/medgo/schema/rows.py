"""Training rows, exactly as TRL reads them, with where each comes from. No input or output.

Every row has the same columns with the same types, so that Arrow reads a file of them without a schema.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _LearntRow(ABC):
    """What all rows have.

    Args:
        prompt: The conversation up to the turn that is learnt; ends with a user turn.
        thinking: Whether the template asks for reasoning (``enable_thinking``); every learnt turn then holds some.
        task: Name of the task (``medgo task list``) or of the generator's own.
        stage: Which stage it is for.
        lang: Language of the turn.
        provenance: Where it comes from.
    """

    prompt: tuple[Message, ...]
    thinking: bool
    task: str
    stage: Stage
    lang: Lang
    provenance: Provenance

    def __post_init__(self) -> None:
        _check_prompt(self.prompt, self.task)
        for turn in self.turns().values():
            _check_turn(turn, self.thinking, self.task)

    @abstractmethod
    def turns(self) -> dict[str, Message]:
        """Column → the assistant's turn that stands in it."""

    def columns(self) -> dict[str, Any]:
        """The columns that TRL reads."""
        return {
            "prompt": [message.to_dict() for message in self.prompt],
            **{name: [_turn(turn)] for name, turn in self.turns().items()},
            "chat_template_kwargs": {"enable_thinking": self.thinking},
        }

    @property
    def row_id(self) -> str:
        """Hash of what is learnt: two rows with the same text are the same row, wherever they come from."""
        return _hash(self.columns())

    def to_dict(self) -> dict[str, Any]:
        """As a line of a file."""
        learnt = self.columns()
        origin = {"task": self.task, "stage": self.stage, "lang": self.lang, "row_id": _hash(learnt)}
        return {**learnt, **origin, "provenance": self.provenance.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SftRow(_LearntRow):
    """A prompt and the assistant's turn that is learnt. A dialogue is one row per assistant turn."""

    completion: Message

    def turns(self) -> dict[str, Message]:
        """The completion."""
        return {"completion": self.completion}


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRow(_LearntRow):
    """A prompt with a better and a worse turn (DPO), which differ."""

    chosen: Message
    rejected: Message

    def __post_init__(self) -> None:
        _LearntRow.__post_init__(self)  # a slotted dataclass is made twice, and super() knows only the first
        if self.chosen == self.rejected:
            raise InputError(f"a preference row of {self.task} has the same text on both sides: nothing can be learnt")

    def turns(self) -> dict[str, Message]:
        """The better turn, then the worse one."""
        return {"chosen": self.chosen, "rejected": self.rejected}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow(_LearntRow):
    """A prompt and a turn that is wanted or, where ``label`` is false, unwanted (KTO)."""

    completion: Message
    label: bool

    def turns(self) -> dict[str, Message]:
        """The completion."""
        return {"completion": self.completion}

    def columns(self) -> dict[str, Any]:
        """The columns that TRL reads, the label among them."""
        return {**_LearntRow.columns(self), "label": self.label}


Row = SftRow | PreferenceRow | LabelledRow


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

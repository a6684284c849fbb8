"""Training rows, exactly as TRL reads them, with where each comes from. No input or output.

Every row has the same columns with the same types, so that Arrow reads a file of them without a schema.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar, cast, get_args

from medgo.errors import InputError
from medgo.schema.chat import Message, parse_messages
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

_TURNS = ("completion", "chosen", "rejected")
_COLUMNS = frozenset(
    ("prompt", *_TURNS, "label", "chat_template_kwargs", "task", "stage", "lang", "row_id", "provenance")
)
_ValueT = TypeVar("_ValueT", str, bool)


def row_from_dict(value: Mapping[str, Any]) -> Row:
    """A row from a line of a file.

    Which kind it is follows from its columns: ``chosen`` and ``rejected``, or ``completion`` with or without ``label``.

    Raises:
        InputError: Names the field that is missing, unknown or of another type, or the rule of its kind that the row
            breaks.
    """
    unknown = sorted(set(value) - _COLUMNS)
    if unknown:  # "labels" for "label" would make an unwanted answer one to learn
        raise InputError(f"{unknown[0]}: no column of a row; there are {', '.join(sorted(_COLUMNS))}")
    kwargs = _object(value, "chat_template_kwargs", hint='say {"enable_thinking": true} or {"enable_thinking": false}')
    if set(kwargs) != {"enable_thinking"}:
        found = ", ".join(map(str, kwargs)) or "nothing"
        raise InputError(f"chat_template_kwargs: expected enable_thinking and nothing else, found {found}")
    common: dict[str, Any] = {
        "prompt": _turns(value, "prompt"),
        "thinking": _field(kwargs, "enable_thinking", bool, "chat_template_kwargs."),
        "task": _field(value, "task", str),
        "stage": _word(value, "stage", get_args(Stage)),
        "lang": _word(value, "lang", get_args(Lang)),
        "provenance": _provenance(_object(value, "provenance")),
    }
    has = tuple(name for name in _TURNS if name in value)
    if has == ("chosen", "rejected") and "label" not in value:
        return PreferenceRow(chosen=_answer(value, "chosen"), rejected=_answer(value, "rejected"), **common)
    if has != ("completion",):
        found = " and ".join((*has, *(["label"] if "label" in value else []))) or "neither"
        raise InputError(f"completion: expected it alone or with a label, or chosen and rejected; found {found}")
    completion = _answer(value, "completion")
    if "label" in value:
        return LabelledRow(completion=completion, label=_field(value, "label", bool), **common)
    return SftRow(completion=completion, **common)


def _field(value: Mapping[str, Any], name: str, kind: type[_ValueT], where: str = "") -> _ValueT:
    if name not in value:
        raise InputError(f"{where}{name}: missing")
    if not isinstance(value[name], kind):
        found = f"{type(value[name]).__name__} {str(value[name])[:60]!r}"
        raise InputError(f"{where}{name}: expected {'text' if kind is str else 'true or false'}, found {found}")
    return cast(_ValueT, value[name])


def _word(value: Mapping[str, Any], name: str, words: tuple[str, ...]) -> str:
    word = _field(value, name, str)
    if word not in words:
        raise InputError(f"{name}: expected one of {', '.join(words)}, found {word!r}")
    return word


def _object(value: Mapping[str, Any], name: str, where: str = "", hint: str = "") -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, Mapping):
        word = "missing" if name not in value else f"expected an object, found {type(found).__name__}"
        raise InputError(f"{where}{name}: {word}", hint=hint)
    return found


def _turns(value: Mapping[str, Any], name: str) -> tuple[Message, ...]:
    if name not in value:
        raise InputError(f"{name}: missing")
    try:
        turns = parse_messages(value[name])
    except InputError as error:
        raise InputError(error.message.replace("messages", name, 1), hint=error.hint) from error
    # A file's columns have one type throughout, so an absent reasoning is written as an empty one.
    return tuple(Message(turn.role, turn.content, turn.reasoning_content or None) for turn in turns)


def _answer(value: Mapping[str, Any], name: str) -> Message:
    turns = _turns(value, name)
    if len(turns) != 1:
        raise InputError(f"{name}: expected one turn of the assistant, found {len(turns)} turns")
    return turns[0]


def _provenance(value: Mapping[str, Any]) -> Provenance:
    listed = value.get("sources")
    if not isinstance(listed, list):
        raise InputError("provenance.sources: missing, or no list")
    sources = []
    for i, source in enumerate(listed):
        where = f"provenance.sources[{i}]"
        if not isinstance(source, Mapping):
            raise InputError(f"{where}: expected an object, found {type(source).__name__}")
        sources.append(SourceRef(**_texts(source, where, SourceRef, required=("id", "source", "licence"))))
    rest = {name: part for name, part in value.items() if name != "sources"}
    return Provenance(tuple(sources), **_texts(rest, "provenance", Provenance, required=("generator", "version")))


def _texts(value: Mapping[str, Any], where: str, kind: type, required: tuple[str, ...]) -> dict[str, str]:
    unknown = sorted(set(value) - {field.name for field in fields(kind)})
    if unknown:
        raise InputError(f"{where}.{unknown[0]}: no such field")
    for name in required:
        if not _field(value, name, str, f"{where}.").strip():
            raise InputError(f"{where}.{name}: empty")
    return {name: _field(value, name, str, f"{where}.") for name in value}


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

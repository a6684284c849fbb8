"""The texts inside an input or output, each with its place. Knows no check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_origin

from medgo.schema import Lang
from medgo.tasks.definition import Check, TaskModel

AnyCheck = Check[Any, Any]
# What stands where the material says nothing.
NOT_PROVIDED = ("未提供", "未提及", "not provided", "not stated", "not recorded")


def texts_of(model: TaskModel, *without: str) -> Iterator[tuple[str, str]]:
    """Each text of a model with its dotted field name; list items are numbered from 1.

    The values of a ``Literal`` are codes of ours, not text, and are left out.

    Args:
        model: An input or output.
        without: Fields of the model that are left out.
    """
    for name, info in type(model).model_fields.items():
        if name not in without and get_origin(info.annotation) is not Literal:
            yield from _texts(getattr(model, name), name)


def output_text(output: TaskModel, *without: str) -> str:
    """All texts of an output, one a line."""
    return "\n".join(text for _, text in texts_of(output, *without))


def input_text(value: TaskModel) -> str:
    """All texts of an input, one a line."""
    return output_text(value)


def value_of(value: TaskModel, output: TaskModel, name: str) -> Any:
    """What a dotted field holds, in the output or else in the input.

    Raises:
        AttributeError: Neither has it: the check is put together wrongly.
    """
    first, *deeper = name.split(".")
    found: Any = getattr(output if first in type(output).model_fields else value, first)
    for step in deeper:
        found = getattr(found, step)
    return found


def text_in(found: Any) -> str:
    """A field's content as text."""
    return "\n".join(text for _, text in _texts(found, ""))


def says_nothing(text: str) -> bool:
    """Whether a text is empty or only says that nothing was provided."""
    bare = text.strip().rstrip("。.").lower()
    return not bare or bare in NOT_PROVIDED


def say(lang: Lang, zh: str, en: str) -> str:
    """The words in the language of the output."""
    return zh if lang == "zh" else en


def _texts(found: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield place, found
    elif isinstance(found, TaskModel):
        for name, text in texts_of(found):
            yield f"{place}.{name}" if place else name, text
    elif isinstance(found, tuple):
        for number, item in enumerate(found, start=1):
            yield from _texts(item, f"{place}.{number}" if place else str(number))

"""How the fields of an output are laid out: their titles, their kinds, what may be left out. Knows no text."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from medgo.schema import Lang
from medgo.tasks.definition import TaskModel

# scalar: text, a number, yes or no, one of several words. model: fields of its own. The others are lists of these.
FieldKind = Literal["scalar", "model", "scalars", "models"]


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field.

    Args:
        name: In the model and in JSON.
        titles: How it is headed in each language.
        also: Other headings that are read as this one.
        kind: What stands below the heading.
        type: The scalar's type, or the model; of a list, that of its items.
        choices: Language → value of a ``Literal`` → how it is written.
        has_default: May be left out.
        default: What a field left out is.
        codes: ``loinc``, ``de``.
    """

    name: str
    titles: Mapping[Lang, str]
    also: tuple[str, ...]
    kind: FieldKind
    type: Any
    choices: Mapping[Lang, Mapping[Any, str]]
    has_default: bool
    default: Any
    codes: Mapping[str, str]

    @property
    def model(self) -> type[TaskModel]:
        """The model of a field that is one, or of the items of a list of models."""
        return cast("type[TaskModel]", self.type)


@cache
def layout_of(model: type[TaskModel]) -> tuple[FieldLayout, ...]:
    """The fields of a model, in the order in which they are written.

    Raises:
        TypeError: A field has a type that the text form cannot hold, or no titles.
    """
    return tuple(_field(model, name, info) for name, info in model.model_fields.items())


@cache
def is_flat(model: type[TaskModel]) -> bool:
    """Whether all fields are scalars: such a model may stand on one line of a list."""
    return all(field.kind == "scalar" for field in layout_of(model))


@cache
def lead_of(model: type[TaskModel]) -> FieldLayout | None:
    """The field that opens an item of a list without its title (``1. Influenza A; Code: J10.1``): a text that is always
    there. None where the first field is something else.
    """
    first = layout_of(model)[0]
    return first if _is_required_text(first) else None


@cache
def follower_of(model: type[TaskModel]) -> FieldLayout | None:
    """The only other field of a model with a lead: two texts that always go together stand on one line with a colon
    between them (``1. Hypertension: not controlled``). None for every other model.
    """
    fields = layout_of(model)
    return fields[1] if lead_of(model) and len(fields) == 2 and _is_required_text(fields[1]) else None


def _is_required_text(field: FieldLayout) -> bool:
    return field.type is str and field.kind == "scalar" and not field.has_default


def _field(model: type[TaskModel], name: str, info: FieldInfo) -> FieldLayout:
    extra = info.json_schema_extra
    if not isinstance(extra, dict) or not {"zh", "en"} <= extra.keys():
        raise TypeError(f"{model.__name__}.{name} has no titles: declare it with section(zh, en)")
    kind, inner = _kind(info.annotation, f"{model.__name__}.{name}")
    words = cast("dict[str, list[str]]", extra.get("choices", {}))
    languages: tuple[Lang, ...] = ("zh", "en")
    return FieldLayout(
        name=name,
        titles={lang: cast(str, extra[lang]) for lang in languages},
        also=tuple(cast("list[str]", extra.get("also", []))),
        kind=kind,
        type=inner,
        choices={lang: _choices(inner, words, place) for place, lang in enumerate(languages)},
        has_default=not info.is_required(),
        default=None if info.is_required() else info.get_default(call_default_factory=True),
        codes={code: cast(str, extra[code]) for code in ("loinc", "de") if code in extra},
    )


def _choices(inner: Any, words: Mapping[str, list[str]], place: int) -> dict[Any, str]:
    """How the values of a literal or of yes and no are written; empty for every other type."""
    if inner is bool:
        return {True: ("是", "yes")[place], False: ("否", "no")[place]}
    if get_origin(inner) is not Literal:
        return {}
    return {value: words[value][place] if value in words else str(value) for value in get_args(inner)}


def _kind(annotation: Any, where: str) -> tuple[FieldKind, Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [inner for inner in get_args(annotation) if inner is not types.NoneType]
        if len(kinds) == 1:
            return _kind(kinds[0], where)
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (Ellipsis,):
        kind, inner = _kind(get_args(annotation)[0], where)
        if kind in ("scalar", "model"):
            return ("scalars" if kind == "scalar" else "models"), inner
    if annotation in (str, int, float, bool) or get_origin(annotation) is Literal:
        return "scalar", annotation
    if isinstance(annotation, type) and issubclass(annotation, TaskModel):
        return "model", annotation
    raise TypeError(
        f"{where} is of type {annotation}; the text form holds text, numbers, bool, Literal, task models "
        "and tuple[X, ...] of these"
    )

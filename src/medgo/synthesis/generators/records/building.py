"""Turns a note's lines into the task's models and into the sentences of a row. Knows no medicine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from medgo.schema import Lang, Sentence
from medgo.synthesis.generators.records.note import Note
from medgo.synthesis.generators.records.scribe import Line
from medgo.tasks.definition import TaskModel
from medgo.tasks.layout import FieldLayout, layout_of

_OF_DRUG = ("dose", "route", "frequency")


def input_of(note: Note, lang: Lang) -> TaskModel:
    """The task's input."""
    between = "" if lang == "zh" else " "
    values: dict[str, Any] = {
        name: _spoken(lines, between) if name == "dialogue" else ("\n" if name in note.apart else between).join(
            line.text for line in lines
        )
        for name, lines in note.given.items()
    }  # fmt: skip
    if "sex" in values:
        values["sex"] = {"男": "male", "女": "female"}.get(values["sex"], values["sex"])
    found: TaskModel = note.task.input.model_validate({**values, **note.fixed})
    return found


def _spoken(lines: list[Line], between: str) -> str:
    """Turns of a conversation, each on its own line; a turn may have several sentences."""
    turns: list[str] = []
    for line in lines:
        if not turns or "：" in line.text[:4] or ": " in line.text[:9]:
            turns.append(line.text)
        else:
            turns[-1] += between + line.text
    return "\n".join(turns)


def output_of(note: Note, lang: Lang, *, lenient: bool = False) -> TaskModel:
    """The task's output.

    Args:
        note: The document.
        lang: Language.
        lenient: Leave empty what the note lacks, as a careless writer would.

    Raises:
        ValidationError: The note lacks a field, and is not to be lenient.
    """
    values = _model(note.task.output, note.written, note.number, lang)
    if lenient:
        _fill(note.task.output, values)
    found: TaskModel = note.task.output.model_validate(values)
    return found


def _fill(model: type[TaskModel], values: dict[str, Any]) -> None:
    for field in layout_of(model):
        if field.kind == "models":
            for item in values.setdefault(field.name, []):
                _fill(field.model, item)
        elif not field.has_default:
            values.setdefault(field.name, [] if field.kind == "scalars" else "")


def _model(
    model: type[TaskModel], written: Mapping[str, list[Line]], numbers: Mapping[str, Any], lang: Lang
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in layout_of(model):
        inner = {
            name[len(field.name) + 1 :]: lines for name, lines in written.items() if name.startswith(f"{field.name}.")
        }
        if field.name in numbers:
            values[field.name] = numbers[field.name]
        elif field.kind == "model":
            values[field.name] = _model(field.model, inner, {}, lang)
        elif field.name in written:
            values[field.name] = _value(field, written[field.name], lang)
    return values


def _value(field: FieldLayout, lines: list[Line], lang: Lang) -> Any:
    between = "" if lang == "zh" else " "
    if field.kind == "scalar":
        return between.join(line.text for line in lines)
    if field.kind == "scalars":
        return [line.text for line in lines]
    items: dict[int, dict[str, list[str]]] = {}
    for line in lines:
        items.setdefault(line.at, {}).setdefault(line.slot, []).append(line.text)
    return [{slot: between.join(texts) for slot, texts in item.items()} for item in items.values()]


def sentences(lines: Mapping[str, Iterable[Line]], part: str, text: str) -> list[Sentence]:
    """Sentences of a part, in its order.

    A drug with its dose, route and frequency is one sentence, from the name to the frequency as they stand in the text:
    a dose without the drug's name says nothing.
    """
    found: list[Sentence] = []
    reached = 0
    for name, entries in lines.items():
        for line in entries:
            start = max(text.find(line.text, reached), 0)
            if line.slot in _OF_DRUG and found:
                begun = found.pop()
                start = text.rfind(begun.text, 0, start)
                found.append(
                    Sentence(text[start : text.find(line.text, reached) + len(line.text)], part, line.facts, name)
                )
            else:
                found.append(Sentence(line.text, part, line.facts, name))
            reached = max(reached, text.find(line.text, reached) + len(line.text))
    return found

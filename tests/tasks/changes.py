"""An example with something changed, and which checks object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medgo.schema import Lang
from medgo.tasks.definition import Task, TaskModel

Change = Callable[[Any], Any]


def change(**fields: Any) -> Change:
    """Other values for some fields."""
    return lambda model: model.model_validate({**model.model_dump(), **fields})


def change_item(field: str, index: int, **fields: Any) -> Change:
    """Other values for some fields of one item of a list."""

    def apply(model: TaskModel) -> TaskModel:
        items = [item.model_dump() for item in getattr(model, field)]
        items[index] |= fields
        return type(model).model_validate({**model.model_dump(), field: items})

    return apply


def change_part(field: str, **fields: Any) -> Change:
    """Other values for some fields of a field that is a model."""
    return lambda model: model.model_validate(
        {**model.model_dump(), field: {**getattr(model, field).model_dump(), **fields}}
    )


def same(model: Any) -> Any:
    """No change."""
    return model


def objections(task: Task[Any, Any], lang: Lang, output: Change = same, value: Change = same) -> set[str]:
    """Names of the checks that find something wrong with the example once it is changed."""
    example = task.examples[lang]
    assert task.check(example.input, example.output, lang) == [], "the unchanged example is the passing case"
    return {finding.check for finding in task.check(value(example.input), output(example.output), lang)}


def spans(task: Task[Any, Any], lang: Lang, output: Change = same, value: Change = same) -> set[str]:
    """The words that the checks object to."""
    example = task.examples[lang]
    return {finding.span for finding in task.check(value(example.input), output(example.output), lang)}

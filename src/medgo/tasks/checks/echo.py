"""Whether an output only repeats the form that it was asked to fill in, as small models do."""

from __future__ import annotations

from collections.abc import Iterator

from medgo.schema import Lang
from medgo.tasks.checks.texts import AnyCheck, say
from medgo.tasks.definition import Finding, TaskModel
from medgo.tasks.layout import layout_of


def not_echoed() -> AnyCheck:
    """Texts that are the title of their own field, or the dots that stand for a text in the prompt."""

    def check(_value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
        words = say(lang, "照抄了标题，没有填写", "repeats the heading instead of filling it in")
        return [Finding("not_echoed", place, words, span=text) for place, text in _echoes(output, "")]

    return check


def _echoes(model: TaskModel, before: str) -> Iterator[tuple[str, str]]:
    for field in layout_of(type(model)):
        value = getattr(model, field.name)
        place = f"{before}{field.name}"
        items = list(enumerate(value, start=1)) if isinstance(value, tuple) else [(0, value)]
        for number, item in items:
            here = f"{place}.{number}" if number else place
            if isinstance(item, TaskModel):
                yield from _echoes(item, f"{here}.")
            elif isinstance(item, str) and item.rstrip("：:") in (*field.titles.values(), "…", "..."):
                yield here, item

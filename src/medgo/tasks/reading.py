"""A reply back into an output: the inverse of writing, and what language models do besides. Knows no engine.

Bold, bracketed and numbered headings, other titles of a section, half-width colons, bullets and a remark before the
first heading are read; a section that is missing or stands twice is an error that names it.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any, TypeVar

from pydantic import ValidationError

from medgo.errors import InputError
from medgo.schema import Lang
from medgo.tasks.definition import TaskModel
from medgo.tasks.headings import INDENT, Headings, headings_of
from medgo.tasks.layout import FieldLayout, follower_of, is_flat, layout_of, lead_of
from medgo.tasks.writing import ITEM_INDENT, NOTHING

M = TypeVar("M", bound=TaskModel)

_ITEM = re.compile(r" ?(?:\d{1,3}(?:[.．](?!\d)|[、)）])|[（(]\d{1,3}[)）]|[-*•](?= ))[ ]?")
_COLONS = re.compile("[：:]")
_EMPTY = {"", *NOTHING.values(), *(f"{word}{stop}" for word in NOTHING.values() for stop in "。."), "None", "None."}


def read_text(model: type[M], reply: str, lang: Lang) -> M:
    """Read the text form.

    Raises:
        InputError: Names the sections that are missing, stand twice, or hold what they cannot.
    """
    lines = reply.replace("\r\n", "\n").split("\n")
    whole = "\n".join(lines).strip()
    if whole.startswith("```") and whole.endswith("```") and whole.count("```") == 2:
        lines = whole.split("\n")[1:-1]
    return build(model, _fields(model, _outdented(lines), lang), lang)


def build(model: type[M], values: dict[str, Any], lang: Lang) -> M:
    """Make the model of what was read.

    Raises:
        InputError: Names each field that is missing or does not fit, by its title.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(f"the reply does not fit the task's output: {explain(model, error, lang)}") from error


def explain(model: type[TaskModel], error: ValidationError, lang: Lang) -> str:
    """What of a model is missing or wrong, by the titles of its fields."""
    missing = [_path(model, found["loc"], lang) for found in error.errors() if found["type"] == "missing"]
    wrong = [
        f"{_path(model, found['loc'], lang)}: {found['msg']}" for found in error.errors() if found["type"] != "missing"
    ]
    parts = ([f"missing sections: {', '.join(missing)}"] if missing else []) + wrong
    return "; ".join(parts)


def _path(model: type[TaskModel], loc: tuple[int | str, ...], lang: Lang) -> str:
    """A place in the model in titles: ``体格检查 › 生命体征``."""
    words: list[str] = []
    here: type[TaskModel] | None = model
    for step in loc:
        field = next((field for field in layout_of(here) if field.name == step), None) if here else None
        if isinstance(step, int):
            words.append(str(step + 1))
        elif field is None:
            words.append(step)
        else:
            words.append(field.titles[lang])
            here = field.model if field.kind in ("model", "models") else None
    return " › ".join(words)


def _fields(model: type[TaskModel], lines: list[str], lang: Lang, *, item: bool = False) -> dict[str, Any]:
    """Values of the model's fields, by name, from lines that hold its headings.

    Args:
        model: What stands in the lines.
        lines: Without the indentation of the whole.
        lang: Language of the headings.
        item: Of a list: what stands before the first heading is then its first field.
    """
    headings = headings_of(model, lang)
    found: dict[str, list[str]] = {}
    fields: dict[str, FieldLayout] = {}
    current: list[str] = []
    before = current
    for line in lines:
        begun = headings.find(line)
        if begun is None:
            current.append(line)
            continue
        field, rest = begun
        if field.name in found:
            raise InputError(f"the reply does not fit the task's output: {field.titles[lang]} stands twice")
        current = found[field.name] = [rest]
        fields[field.name] = field
    lead = lead_of(model)
    if item and lead and lead.name not in found and any(line.strip() for line in before):
        found[lead.name], fields[lead.name] = before, lead
    return {name: _value(model, fields[name], text, lang) for name, text in found.items()}


def _value(model: type[TaskModel], field: FieldLayout, lines: list[str], lang: Lang) -> Any:
    if field.kind == "scalar":
        headings = headings_of(model, lang)
        text = "\n".join([lines[0], *map(headings.unescape, lines[1:])])
        return _scalar(field, text, lang)
    if field.kind == "model":
        return _fields(field.model, _without_indent(lines, INDENT), lang)
    if "\n".join(lines).strip() in _EMPTY:
        return []
    return [_item(field, item, lang) for item in _items(lines)]


def _items(lines: list[str]) -> list[list[str]]:
    """The lines of each item of a list, its number taken away."""
    if not any(_ITEM.match(line) for line in lines):
        return [[line] for line in lines if line.strip()]
    items: list[list[str]] = []
    for line in lines:
        if match := _ITEM.match(line):
            items.append([line[match.end() :]])
        elif items:
            items[-1] += _without_indent([line], ITEM_INDENT)
    return items


def _item(field: FieldLayout, lines: list[str], lang: Lang) -> Any:
    while len(lines) > 1 and not lines[-1].strip():
        lines = lines[:-1]
    if field.kind == "scalars":
        return _scalar(field, "\n".join(lines), lang)
    if not is_flat(field.model) or len(lines) > 1:
        return _fields(field.model, lines, lang, item=True)
    return _inline(field.model, lines[0], lang)


def _inline(model: type[TaskModel], line: str, lang: Lang) -> dict[str, Any]:
    """A flat model on one line: ``title：value；title：value``."""
    headings = headings_of(model, lang)
    found = list(headings.inline.finditer(line))
    values: dict[str, Any] = {}
    opening = line[: found[0].start() if found else len(line)]
    lead, follower = lead_of(model), follower_of(model)
    if lead and opening.strip():
        values[lead.name] = _unmarked(headings, opening)
        pair = _COLONS.split(opening, maxsplit=1)
        if follower and not found and len(pair) > 1:
            values[lead.name], values[follower.name] = pair
    for match, following in zip_longest(found, found[1:]):
        field = headings.by_title[match["title"].lower()]
        if field.name in values:
            raise InputError(f"the reply does not fit the task's output: {field.titles[lang]} stands twice in {line!r}")
        text = line[match.end() : following.start() if following else len(line)]
        values[field.name] = _scalar(field, _unmarked(headings, text), lang)
    return values


def _unmarked(headings: Headings, text: str) -> str:
    """A value on a shared line without the marks before what looks like the next title."""
    return headings.escaped.sub(lambda mark: mark["before"] + mark["marks"].replace("\\", "", 1), text)


def _scalar(field: FieldLayout, text: str, lang: Lang) -> Any:
    text = text.strip()
    words = {word.lower(): value for value, word in field.choices[lang].items()}
    return words.get(text.lower().rstrip("。."), words.get(text.lower(), text)) if words else text


def _without_indent(lines: list[str], width: int) -> list[str]:
    return [line[min(width, len(line) - len(line.lstrip(" "))) :] for line in lines]


def _outdented(lines: list[str]) -> list[str]:
    """A reply that is indented as a whole, moved to the margin; what we write begins there."""
    first = next((line for line in lines if line.strip()), "")
    return _without_indent(lines, len(first) - len(first.lstrip(" ")))

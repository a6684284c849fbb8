"""An output as text: headings and prose as a clinician writes them. Knows nothing of reading but what it must escape.

::

    主诉：上腹痛3天。
    体格检查：
      生命体征：体温36.5 ℃，脉搏78次/分。
    诊断：
    1. 急性胃炎；编码：K29.1

A list is numbered, and its items open with their first field; what lies deeper is indented; a field that has its
default is left out.
"""

from __future__ import annotations

from typing import Any

from medgo.schema import Lang
from medgo.tasks.definition import TaskModel
from medgo.tasks.headings import COLON, INDENT, Headings, headings_of
from medgo.tasks.layout import FieldLayout, follower_of, is_flat, layout_of, lead_of

NOTHING = {"zh": "无", "en": "none"}
# Width of "1. ": how far the further lines of an item are indented.
ITEM_INDENT = 3
# How an outline shows the field that opens an item.
LEAD = {"zh": "〈{}〉", "en": "<{}>"}
_JOIN = {"zh": "；", "en": "; "}


def write_text(output: TaskModel, lang: Lang) -> str:
    """The output as text; :func:`medgo.tasks.reading.read_text` reads it back unchanged."""
    between = {"zh": "\n", "en": "\n\n"}[lang]
    return between.join("\n".join(block) for block in _blocks(output, lang))


def write_scalar(field: FieldLayout, value: Any, lang: Lang) -> str:
    """One value in words."""
    choices = field.choices[lang]
    return choices[value] if choices else str(value)


def write_outline(model: type[TaskModel], lang: Lang) -> str:
    """The shape of the text form, with dots where values go: for prompts."""
    return "\n".join(_outline(model, lang))


def _blocks(output: TaskModel, lang: Lang) -> list[list[str]]:
    """The lines of each field that is written."""
    headings = headings_of(type(output), lang)
    return [
        _lines(field, getattr(output, field.name), headings, lang)
        for field in layout_of(type(output))
        if not _left_out(field, getattr(output, field.name))
    ]


def _left_out(field: FieldLayout, value: Any) -> bool:
    return field.has_default and bool(value == field.default)


def _lines(field: FieldLayout, value: Any, headings: Headings, lang: Lang) -> list[str]:
    heading = f"{field.titles[lang]}{COLON[lang]}"
    if field.kind == "scalar":
        first, *others = write_scalar(field, value, lang).split("\n")
        return [f"{heading}{first}" if first else heading.rstrip(), *map(headings.escape, others)]
    if field.kind == "model":
        return [heading.rstrip(), *_indented([line for block in _blocks(value, lang) for line in block], INDENT)]
    if not value:
        return [f"{heading}{NOTHING[lang]}"]
    lines = [heading.rstrip()]
    for number, item in enumerate(value, start=1):
        first, *others = _item(field, item, lang)
        lines += [f"{number}. {first}", *_indented(others, ITEM_INDENT)]
    return lines


def _item(field: FieldLayout, item: Any, lang: Lang) -> list[str]:
    if field.kind == "scalars":
        return write_scalar(field, item, lang).split("\n")
    headings = headings_of(field.model, lang)
    blocks = _blocks(item, lang)
    lead, follower = lead_of(field.model), follower_of(field.model)
    if lead and follower:
        texts: tuple[str, str] = getattr(item, lead.name), getattr(item, follower.name)
        if headings.can_pair(*texts):
            return [COLON[lang].join(texts)]
    if lead and len(blocks[0]) == 1 and headings.can_lead(getattr(item, lead.name)):
        blocks[0] = [getattr(item, lead.name)]
    if not is_flat(field.model) or any(len(block) > 1 for block in blocks):
        return [line for block in blocks for line in block] or [""]
    escaped = headings.escaped
    return [_JOIN[lang].join(escaped.sub(r"\g<before>\\\g<marks>", line) for block in blocks for line in block)]


def _indented(lines: list[str], width: int) -> list[str]:
    """Empty lines stay empty: editors take the white space away anyway."""
    return [f"{' ' * width}{line}" if line else line for line in lines]


def _outline(model: type[TaskModel], lang: Lang) -> list[str]:
    lines: list[str] = []
    for field in layout_of(model):
        heading = f"{field.titles[lang]}{COLON[lang]}"
        value = {"zh": " / ", "en": " / "}[lang].join(field.choices[lang].values()) or "…"
        if field.kind == "scalar":
            lines.append(f"{heading}{value}")
        elif field.kind == "model":
            lines += [heading.rstrip(), *_indented(_outline(field.model, lang), INDENT)]
        elif field.kind == "scalars":
            lines += [heading.rstrip(), f"1. {value}"]
        elif is_flat(field.model):
            lines += [heading.rstrip(), f"1. {_JOIN[lang].join(_item_outline(field.model, lang))}"]
        else:
            first, *others = _item_outline(field.model, lang)
            lines += [heading.rstrip(), f"1. {first}", *_indented(others, ITEM_INDENT)]
    return lines


def _item_outline(model: type[TaskModel], lang: Lang) -> list[str]:
    lines, lead = _outline(model, lang), lead_of(model)
    if lead and follower_of(model):
        return [
            f"{LEAD[lang].format(lead.titles[lang])}{COLON[lang]}{LEAD[lang].format(layout_of(model)[1].titles[lang])}"
        ]
    return [LEAD[lang].format(lead.titles[lang]), *lines[1:]] if lead else lines

"""A record as one text, its sections under their titles. Knows no file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from medgo.corpus.clinical.sections import title_of
from medgo.schema import Lang
from medgo.tasks.definition import TaskModel
from medgo.tasks.layout import layout_of
from medgo.tasks.registry import all_tasks

# Whose titles count where a record is no task's document, or has a section that its task does not write.
_USUAL = ("outpatient_record", "admission_record")
# What readers call the body of a document that has no headings.
_UNTITLED = "text"


def text_of(sections: Mapping[str, str], document: str, lang: Lang) -> str:
    """Sections that say something, in their order, each below its title.

    Args:
        sections: Section key → text, as a record has them.
        document: Name of the task whose document this is; any other name has the usual titles.
        lang: Of the titles.
    """
    titles = _titles(document, lang)
    parts = []
    for key, body in sections.items():
        if body.strip():
            title = "" if key == _UNTITLED else titles.get(key) or title_of(key, lang) or _words(key)
            parts.append(f"{title}\n{body}" if title else body)
    return "\n\n".join(parts)


def _words(key: str) -> str:
    """``some_key`` as a title."""
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


@cache
def _titles(document: str, lang: Lang) -> Mapping[str, str]:
    outputs: dict[str, type[TaskModel]] = {task.name: task.output for task in all_tasks()}
    titles: dict[str, str] = {}
    for name in (*reversed(_USUAL), document):
        if name in outputs:
            titles |= {field.name: field.titles[lang] for field in layout_of(outputs[name])}
    return titles

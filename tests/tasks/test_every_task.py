"""Every task in both languages: its example holds, its prompts are whole, its schema compiles."""

from __future__ import annotations

from typing import Any

import pytest

from medgo.inference.grammar import check_schema
from medgo.schema import Lang
from medgo.tasks.definition import Form, Task
from medgo.tasks.layout import layout_of
from medgo.tasks.registry import TASKS, all_tasks

CASES = [pytest.param(task, lang, id=f"{task.name}-{lang}") for task in TASKS for lang in ("zh", "en")]
FORMS: tuple[Form, ...] = ("text", "json")


@pytest.mark.parametrize(("task", "lang"), CASES)
def test_the_example_passes_all_checks(task: Task[Any, Any], lang: Lang) -> None:
    example = task.examples[lang]
    assert task.check(example.input, example.output, lang) == []


@pytest.mark.parametrize(("task", "lang"), CASES)
def test_the_example_reads_back(task: Task[Any, Any], lang: Lang) -> None:
    output = task.examples[lang].output
    for form in FORMS:
        text = task.render(output, lang, form)
        assert task.read(text, lang, form) == output
        assert "\\" not in text  # nothing of ours needs an escape


@pytest.mark.parametrize(("task", "lang"), CASES)
def test_the_prompt_is_whole(task: Task[Any, Any], lang: Lang) -> None:
    for form in FORMS:
        system, user = task.messages(task.examples[lang].input, lang, form)
        for text in (system.content, user.content):
            assert text.strip()
            assert "{{" not in text and "{%" not in text and "<built-in" not in text
            assert "None" not in user.content
        for field in layout_of(task.output):
            assert (field.titles[lang] if form == "text" else f'"{field.name}"') in system.content


def test_prompts_are_written_in_their_language() -> None:
    for task in all_tasks():
        for lang in ("zh", "en"):
            system, _ = task.messages(task.examples[lang].input, lang)  # type: ignore[index,arg-type]
            han = sum("\u3400" <= character <= "\u9fff" for character in system.content)
            assert han > 0.3 * len(system.content) if lang == "zh" else han == 0, (task.name, lang)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_schema_compiles(task: Task[Any, Any]) -> None:
    check_schema(task.json_schema)


def test_names_are_unique_and_every_task_speaks_both_languages() -> None:
    assert len({task.name for task in TASKS}) == len(TASKS)
    for task in TASKS:
        for words in (task.titles, task.about, task.instructions, task.template, task.examples):
            assert set(words) == {"zh", "en"}, task.name

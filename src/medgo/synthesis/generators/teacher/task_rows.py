"""Rows of document tasks from texts that exist: the task's input from the text, its output from a teacher, checked.

The input is the text itself where a task takes one; else the teacher fills it in from the text, and every number must
stand there. The output goes through the task's own checks: an error is told to the teacher once, and then costs the
item.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from medgo.errors import InputError
from medgo.inference.protocol import Completion
from medgo.schema import Evidence, Fact, Lang, Message, Sentence, SftRow, SourceRef
from medgo.synthesis.generators.teacher.base import Drafts, TeacherGenerator
from medgo.synthesis.generators.teacher.replies import check_text
from medgo.synthesis.protocol import Draft, Source, option_error
from medgo.synthesis.teacher import Ask, RejectionError, Script
from medgo.tasks.definition import Finding, Task, TaskModel
from medgo.tasks.quoting import missing_numbers
from medgo.tasks.registry import find
from medgo.tasks.rendering import read_output, schema_of
from medgo.text import sentences

AnyTask = Task[Any, Any]

_FILL: dict[Lang, str] = {
    "zh": "根据下面的资料填写“{task}”所需的输入（{about}）。只用资料中的内容，数字、单位、日期、药名与原文一致；"
    "资料没有的项目写空字符串或空列表，不推测。输出 JSON。",
    "en": 'From the material below, fill in what the task "{task}" takes as input ({about}). Use only what the '
    "material says; numbers, units, dates and drug names stay as they are. Leave empty what it does not say; do not "
    "guess. Reply in JSON.",
}
_MATERIAL: dict[Lang, str] = {"zh": "资料：\n{text}", "en": "Material:\n{text}"}
_CORRECT: dict[Lang, str] = {
    "zh": "以下问题需要改正，其余内容不变，重新输出完整的 JSON：\n{findings}",
    "en": "Correct the following, leave the rest as it is, and reply with the whole JSON again:\n{findings}",
}


@dataclass(frozen=True, slots=True)
class Material:
    """A text that rows are made from: the ``number``-th item of its shard.

    Args:
        text: All of it.
        title: Its title; empty for none.
        lang: Its language.
        ref: Where it comes from.
        certificate: Of a record; empty for none.
    """

    text: str
    title: str
    lang: Lang
    ref: SourceRef
    certificate: str
    number: int


class TaskRows(TeacherGenerator):
    """What both generators share. A subclass says which materials and which tasks."""

    tasks: tuple[str, ...] = Field(min_length=1, description="Tasks whose rows are made, in turn (medgo task list).")
    longest: int = Field(
        12000, ge=200, description="Characters of a material; longer ones are given up, never cut, and counted."
    )

    @field_validator("tasks")
    @classmethod
    def _are_tasks(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(find(name).name for name in tasks)
        except InputError as error:
            raise option_error(error) from error

    def chosen_tasks(self) -> list[AnyTask]:
        """The tasks of the option."""
        return [find(name) for name in self.tasks]

    def material_script(
        self, source: Source, material: Material, task: AnyTask, rng: np.random.Generator
    ) -> Script[Drafts]:
        """The script of one material and one task."""
        return self._script(source, material, task, Ask((), self.sampling(rng)))

    def _script(self, source: Source, material: Material, task: AnyTask, ask: Ask) -> Script[Drafts]:
        lang = material.lang
        if len(material.text) > self.longest:
            raise RejectionError("material too long")
        value = direct_input(task, material)
        if value is None:
            value = yield from _filled(task, material, ask)
        output = yield from _written(task, value, lang, ask)
        completion = check_text(task.render(output, lang), lang)
        prompt = task.messages(value, lang)
        row = SftRow(
            prompt=prompt,
            completion=Message("assistant", completion),
            thinking=False,
            task=task.name,
            stage=source.stage,
            lang=lang,
            provenance=self.provenance(source, material.number, (material.ref,), material.certificate),
        )
        warnings = Counter(finding.check for finding in task.check(value, output, lang))
        return (Draft(row, _evidence(material, prompt, completion, dict(warnings))),)


def direct_input(task: AnyTask, material: Material) -> TaskModel | None:
    """The input of a task that takes a text as it is; None for one whose input has to be filled in."""
    fields = task.input.model_fields
    if [name for name, info in fields.items() if info.is_required()] != ["text"]:
        return None
    value = {"text": material.text} | ({"title": material.title} if "title" in fields else {})
    made: TaskModel = task.input.model_validate(value)
    return made


def _filled(task: AnyTask, material: Material, ask: Ask) -> Generator[Ask, Completion, TaskModel]:
    """The input as the teacher reads it out of the material."""
    lang = material.lang
    system = _FILL[lang].format(task=task.titles[lang], about=task.about[lang].rstrip("。."))
    messages = (Message("system", system), Message("user", _MATERIAL[lang].format(text=material.text)))
    completion = yield replace(ask, messages=messages, json_schema=json.dumps(schema_of(task.input)))
    value: TaskModel = _read(task.input, completion, lang)
    if missing := missing_numbers(_flat(value), material.text):
        raise RejectionError("number not in the material", ", ".join(missing))
    return value


def _written(task: AnyTask, value: TaskModel, lang: Lang, ask: Ask) -> Generator[Ask, Completion, TaskModel]:
    """The output, corrected once where the task's checks find errors."""
    asked = replace(ask, messages=task.messages(value, lang, "json"), json_schema=task.json_schema)
    completion = yield asked
    output: TaskModel = _read(task.output, completion, lang)
    errors = _errors(task, value, output, lang)
    if errors:
        told = "\n".join(f"- {finding.field}: {finding.text} {finding.span}".rstrip() for finding in errors)
        again = (Message("assistant", completion.text), Message("user", _CORRECT[lang].format(findings=told)))
        output = _read(task.output, (yield replace(asked, messages=(*asked.messages, *again))), lang)
        errors = _errors(task, value, output, lang)
    if errors:
        raise RejectionError(f"check: {errors[0].check}", errors[0].text)
    return output


def _errors(task: AnyTask, value: TaskModel, output: TaskModel, lang: Lang) -> list[Finding]:
    return [finding for finding in task.check(value, output, lang) if finding.severity == "error"]


def _read(model: type[Any], completion: Completion, lang: Lang) -> Any:
    if completion.finish_reason == "length":
        raise RejectionError("cut off", completion.text[-80:])
    try:
        return read_output(model, completion.text, lang, "json")
    except InputError as error:
        raise RejectionError("not the JSON asked for", error.message[:300]) from error


def _flat(value: TaskModel) -> str:
    """All texts of an input, one after the other."""

    def texts(part: Any) -> list[str]:
        if isinstance(part, dict):
            return [text for inner in part.values() for text in texts(inner)]
        if isinstance(part, list | tuple):
            return [text for inner in part for text in texts(inner)]
        return [str(part)] if isinstance(part, str | int | float) and not isinstance(part, bool) else []

    return "\n".join(texts(value.model_dump()))


def _evidence(material: Material, prompt: tuple[Message, ...], completion: str, warnings: dict[str, int]) -> Evidence:
    fact = Fact("f1", "passage", value=material.text, sources=(material.ref.id,))
    parts = [(f"prompt[{n}]", message.content) for n, message in enumerate(prompt) if message.role == "user"]
    stated = tuple(
        Sentence(text[span.start : span.end], part, ("f1",))
        for part, text in (*parts, ("completion", completion))
        for span in sentences(text, material.lang)
    )
    return Evidence((fact,), stated, {"warnings": warnings})

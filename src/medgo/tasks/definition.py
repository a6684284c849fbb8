"""What a task is: input, output, words in two languages, checks, an example. Knows no model and no file.

One definition renders training rows, evaluation items and service calls. Its output is a pydantic model whose fields
stand in the order in which they are written; :func:`section` gives each its titles and codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

import jinja2
from pydantic import BaseModel, ConfigDict, Field

from medgo.schema import Lang, Message

# text: headings and prose as a clinician writes them. json: the output model as JSON, for programs.
Form = Literal["text", "json"]
Severity = Literal["error", "warning"]

_TEMPLATES = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
    autoescape=False,  # noqa: S701  prompts are plain text, not HTML
)


class TaskModel(BaseModel):
    """Base of inputs and outputs: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


InputT = TypeVar("InputT", bound=TaskModel)
OutputT = TypeVar("OutputT", bound=TaskModel)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found wrong with an output.

    Args:
        check: Name of the check.
        field: Field of the output, dotted; empty for the whole.
        text: What is wrong, in the language of the output.
        severity: An ``error`` keeps a row out of training and a reply from being shown unmarked.
        span: The words concerned, as they stand in the output; empty where something is missing.
    """

    check: str
    field: str
    text: str
    severity: Severity = "error"
    span: str = ""


Check = Callable[[InputT, OutputT, Lang], list[Finding]]


@dataclass(frozen=True, slots=True)
class Example(Generic[InputT, OutputT]):
    """An input with a good output, written by us."""

    input: InputT
    output: OutputT


def section(zh: str, en: str, *, loinc: str = "", de: str = "", **constraints: Any) -> Any:
    """A field of an input or output: its titles, and the codes by which a record system knows it.

    Args:
        zh: Title in Chinese.
        en: Title in English.
        loinc: LOINC code of the section (C-CDA, FHIR, WS/T 500).
        de: Data element of WS 363.
        constraints: Passed to pydantic's ``Field`` (``default``, ``min_length``, …).
    """
    codes = {"zh": zh, "en": en} | ({"loinc": loinc} if loinc else {}) | ({"de": de} if de else {})
    return Field(title=en, json_schema_extra=codes, **constraints)


@dataclass(frozen=True)
class Task(Generic[InputT, OutputT]):
    """One thing that MedGo is asked to do.

    Args:
        name: As ``medgo task list`` shows it (``admission_record``).
        titles: Its name in each language.
        about: One sentence in each language: what comes in, what goes out, for whom.
        input: Model of the input.
        output: Model of the output; its fields in the order in which they are written.
        instructions: System prompt in each language.
        template: User prompt in each language, Jinja2 over the input's fields.
        examples: One in each language.
        checks: What is found wrong without a model.
        thinking: Whether the task is better done with reasoning.
    """

    name: str
    titles: Mapping[Lang, str]
    about: Mapping[Lang, str]
    input: type[InputT]
    output: type[OutputT]
    instructions: Mapping[Lang, str]
    template: Mapping[Lang, str]
    examples: Mapping[Lang, Example[InputT, OutputT]]
    checks: tuple[Check[InputT, OutputT], ...] = ()
    thinking: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)

    def messages(self, value: InputT, lang: Lang, form: Form = "text") -> tuple[Message, ...]:
        """The conversation that asks a model to do the task: a system and a user turn."""
        from medgo.tasks.rendering import form_instruction

        system = f"{self.instructions[lang].strip()}\n\n{form_instruction(self.output, lang, form)}".strip()
        user = self._templates[lang].render(value.model_dump(), lang=lang).strip()
        return Message("system", system), Message("user", user)

    @cached_property
    def json_schema(self) -> str:
        """JSON Schema of the output as JSON text, for constrained decoding."""
        from medgo.tasks.rendering import schema_of

        return json.dumps(schema_of(self.output), ensure_ascii=False)

    def render(self, output: OutputT, lang: Lang, form: Form = "text") -> str:
        """The output as a model should write it."""
        from medgo.tasks.rendering import render_output

        return render_output(output, lang, form)

    def read(self, reply: str, lang: Lang, form: Form = "text") -> OutputT:
        """Read a reply back into the output model; the inverse of :meth:`render`.

        Raises:
            InputError: The reply does not fit; says which section is missing or what of the JSON is wrong.
        """
        from medgo.tasks.rendering import read_output

        return read_output(self.output, reply, lang, form)

    def check(self, value: InputT, output: OutputT, lang: Lang) -> list[Finding]:
        """Everything that the task's checks find wrong."""
        return [finding for check in self.checks for finding in check(value, output, lang)]

    @cached_property
    def _templates(self) -> dict[Lang, jinja2.Template]:
        return {lang: _TEMPLATES.from_string(text) for lang, text in self.template.items()}

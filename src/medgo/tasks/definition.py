"""What a task is: input, output, words in two languages, checks, an example. Knows no model and no file.

One definition renders training rows, evaluation items and service calls. Its output is a pydantic model whose fields
stand in the order in which they are written; :func:`section` gives each its titles and codes.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

import jinja2
from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

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
    """Base of inputs and outputs: unknown fields and control characters are refused.

    White space around a text carries no meaning: it is removed here, and line ends become ``\\n``, so that a text is
    the same text in either form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _trim(cls, value: Any) -> Any:
        if isinstance(value, str):
            return _trimmed(value)
        if isinstance(value, list | tuple):
            return [_trimmed(item) if isinstance(item, str) else item for item in value]
        return value


def _trimmed(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if text.isprintable():
        return text
    strange = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"), None)
    if strange is not None:
        raise ValueError(f"holds the character U+{ord(strange):04X}, which no text does")
    return text


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


def section(
    zh: str,
    en: str,
    *,
    loinc: str = "",
    de: str = "",
    also: tuple[str, ...] = (),
    choices: Mapping[str, tuple[str, str]] | None = None,
    **constraints: Any,
) -> Any:
    """A field of an input or output: its titles, and the codes by which a record system knows it.

    Args:
        zh: Title in Chinese.
        en: Title in English.
        loinc: LOINC code of the section (C-CDA, FHIR, WS/T 500).
        de: Data element of WS 363.
        also: Other titles, in either language, that a reply may use.
        choices: Of a ``Literal``: value → how it is written in Chinese and English. Without it the value itself is
            written.
        constraints: Passed to pydantic's ``Field`` (``default``, ``min_length``, …). A field with a default is left out
            of the text form while it has that value.
    """
    codes: dict[str, JsonValue] = {"zh": zh, "en": en}
    codes |= {name: code for name, code in (("loinc", loinc), ("de", de)) if code}
    if also:
        codes["also"] = list(also)
    if choices:
        codes["choices"] = {value: list(words) for value, words in choices.items()}
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
        """The conversation that asks a model to do the task: a system and a user turn.

        The template sees the input's fields as they are (nested models by attribute, ``None`` where there is none), and
        ``written()``: the whole input in the text form, under its fields' titles.
        """
        from medgo.tasks.rendering import form_instruction
        from medgo.tasks.writing import write_text

        system = f"{self.instructions[lang].strip()}\n\n{form_instruction(self.output, lang, form)}".strip()
        fields = {name: getattr(value, name) for name in self.input.model_fields}
        user = self._templates[lang].render(fields, written=lambda: write_text(value, lang)).strip()
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

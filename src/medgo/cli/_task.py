"""``medgo task``: list the tasks, show one, have a model do one. No logic of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from medgo.cli._engine_options import takes_engine_options
from medgo.cli._errors import OK, ROWS_FAILED, errors_shown, without_controls
from medgo.errors import EngineFailureError, InputError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.models.registry import parse_model_name
from medgo.schema import Lang

if TYPE_CHECKING:
    from medgo.inference.protocol import Engine
    from medgo.tasks.definition import Finding, Task, TaskModel
    from medgo.tasks.run import TaskResult

Language = Annotated[
    Literal["zh", "en"] | None,
    typer.Option("--lang", help="Language; by default that of the input, else of the locale. 语言，默认与输入一致。"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON. 输出 JSON。")]
TaskName = Annotated[str, typer.Argument(metavar="NAME", help="As medgo task list shows it. 任务名称。")]

_EMBEDDED = (
    "The embedded model only shows that the machinery works: it has no medical skill and little Chinese, "
    "so do not expect a usable output. 内置模型仅用于演示流程，没有医学能力，不要使用其结果。"
)
_DRAFT = {"zh": "草稿，须经医师审核后使用。", "en": "A draft: a clinician has to review it before use."}


_MORE = {
    "zh": "一个任务的字段与示例：medgo task show 名称。英文列表：medgo task list --lang en。",
    "en": "Fields and example of one: medgo task show NAME. In Chinese: medgo task list --lang zh.",
}


def build_task() -> typer.Typer:
    """The commands of ``medgo task``."""
    app = typer.Typer(no_args_is_help=True, help="What MedGo is asked to do: list, show, run. 临床任务。")
    app.command("list")(task_list_command)
    app.command("show")(task_show_command)
    app.command("run")(task_run_command)
    return app


def task_list_command(lang: Language = None, as_json: AsJson = False) -> None:
    """List the tasks. 列出所有任务。"""
    from medgo.cli._chat_texts import user_language
    from medgo.tasks.registry import all_tasks

    if as_json:
        typer.echo(json.dumps([_row(task) for task in all_tasks()], indent=2, ensure_ascii=False))
        return
    shown: Lang = lang or user_language()
    console = Console(highlight=False)
    for task in all_tasks():
        console.print(Text.assemble((task.name, "bold cyan"), f"  {task.titles[shown]}"), soft_wrap=True)
        console.print(Padding(Text(task.about[shown]), (0, 0, 0, 4)))
    console.print(Text(f"\n{_MORE[shown]}", style="dim"))


def task_show_command(name: TaskName, lang: Language = None, as_json: AsJson = False) -> None:
    """Show a task: schemas, prompt, example. 查看任务的输入输出结构、提示词与示例。"""
    from medgo.cli._chat_texts import user_language
    from medgo.tasks.registry import find

    with errors_shown(Console(stderr=True)):
        task = find(name)
    lang = lang or user_language()
    example = task.examples[lang]
    messages = task.messages(example.input, lang)
    if as_json:
        shown = {
            **_row(task),
            "input_schema": task.input.model_json_schema(),
            "output_schema": json.loads(task.json_schema),
            "messages": [message.to_dict() for message in messages],
            "example": {
                "input": example.input.model_dump(mode="json"),
                "output": example.output.model_dump(mode="json"),
            },
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    parts = [
        (f"{task.name} · {task.titles[lang]}", task.about[lang]),
        ("input", _fields(task.input, lang)),
        ("output", _fields(task.output, lang)),
        *((message.role, message.content) for message in messages),
        ("example", task.render(example.output, lang)),
    ]
    console = Console(highlight=False, soft_wrap=True)
    for place, (title, text) in enumerate(parts):
        console.print(f"{'' if place == 0 else chr(10)}[bold cyan]{escape(title)}[/]")
        console.print(text, markup=False)


@takes_engine_options
def task_run_command(
    name: TaskName,
    input_file: Annotated[
        str | None,
        typer.Argument(metavar="INPUT", help="JSON file with the task's input; - is standard input. 输入文件。"),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Alias, hub id, folder, .gguf file, or the endpoint's model.")
    ] = "embedded",
    *,
    options: EngineOptions,
    example: Annotated[
        bool, typer.Option("--example", help="Use the task's own example as input. 使用自带示例。")
    ] = False,
    lang: Language = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Hold the reply to the output's JSON Schema; print all as JSON. 约束为 JSON。"),
    ] = False,
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "--max_new_tokens", help="Longest reply in tokens, reasoning included.")
    ] = 3072,
    thinking: Annotated[
        str | None, typer.Option(help="off, on, or at most N tokens of reasoning; by default as the task needs. 推理。")
    ] = None,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the reply.")] = 0,
) -> None:
    """Have a model do a task once, and check what it wrote. 让模型完成一次任务并检查结果。

    Exit codes: 0 an output without errors, 1 no whole output or one in which a check found an error (it is still shown,
    with what is wrong), 2 nothing could start, 3 the engine died.
    """
    from medgo.inference.protocol import Sampling, Thinking
    from medgo.tasks.registry import find
    from medgo.tasks.run import run_task

    with errors_shown(Console(stderr=True)):
        task = find(name)
        value, lang = _read_input(task, input_file, lang, example=example)
        sampling = Sampling(max_new_tokens=max_new_tokens, temperature=temperature, seed=seed)
        asked = None if thinking is None else Thinking.parse(thinking)
        with _engine(replace(options, model=model)) as engine:
            result = run_task(engine, task, value, lang, "json" if as_json else "text", sampling, thinking=asked)
        if result.error is not None and result.error.code == EngineFailureError.code:
            raise EngineFailureError(result.error.message)
    if as_json:
        typer.echo(json.dumps(_report(result), indent=2, ensure_ascii=False))
    else:
        _show(task, result, lang)
    raise typer.Exit(OK if result.clean else ROWS_FAILED)


@contextmanager
def _engine(options: EngineOptions) -> Iterator[Engine]:
    """The engine, with a word where it is the embedded model; closed in the end."""
    errors = Console(stderr=True)
    remote = options.engine == "openai" or options.base_url is not None
    if not remote and parse_model_name(options.model).scope == "embedded":
        errors.print(_EMBEDDED, style="yellow", highlight=False, soft_wrap=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # Only on a terminal: elsewhere the reply and what was found of it are all that is wanted.
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        shown = progress.add_task(f"{escape(options.model)}: loading 正在加载", total=None)
        engine = open_engine(options)
        try:
            progress.update(shown, description=f"{escape(options.model)}: writing 正在书写")
            yield engine
        finally:
            engine.close()


def _read_input(task: Task[Any, Any], path: str | None, lang: Lang | None, *, example: bool) -> tuple[TaskModel, Lang]:
    """The task's input from a file, standard input, or the task's own example; and the language to do it in."""
    from medgo.cli._chat_texts import user_language
    from medgo.tasks.checks import input_text
    from medgo.tasks.rendering import read_input
    from medgo.text import language_of

    if example:
        if path is not None:
            raise InputError("both an input and --example were given", hint="leave one of them out")
        asked: Lang = lang or user_language()
        own: TaskModel = task.examples[asked].input
        return own, asked
    if path is None:
        raise InputError(
            "no input was given",
            hint=f"give a JSON file, - for standard input, or --example; medgo task show {task.name} has its fields",
        )
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    spoken: Lang = lang or user_language()
    where = path if path != "-" else "标准输入" if spoken == "zh" else "standard input"
    try:
        value: TaskModel = read_input(task.input, text, spoken, where)
    except InputError as error:
        raise InputError(error.message, hint=f"medgo task show {task.name} has the fields and an example") from error
    return value, lang or language_of(input_text(value)) or user_language()


def _show(task: Task[Any, Any], result: TaskResult[Any], lang: Lang) -> None:
    """The output on standard output; everything about it on standard error."""
    errors = Console(stderr=True)
    if result.error is not None:
        errors.print(f"error: {without_controls(result.error.message)}", style="red", markup=False, soft_wrap=True)
        if result.reply:
            errors.print("the model wrote:", style="bold")
            errors.print(without_controls(result.reply), markup=False, highlight=False, soft_wrap=True)
        return
    typer.echo(without_controls(task.render(result.output, lang)))
    _show_findings(errors, result.findings)
    errors.print(_DRAFT[lang], style="cyan", highlight=False)


def _show_findings(console: Console, findings: Sequence[Finding]) -> None:
    for finding in findings:
        where = f"{finding.field}: " if finding.field else ""
        span = f" “{finding.span}”" if finding.span else ""
        style = "red" if finding.severity == "error" else "yellow"
        text = without_controls(f"{finding.severity} · {finding.check} · {where}{finding.text}{span}")
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def _report(result: TaskResult[Any]) -> dict[str, Any]:
    """A result as JSON."""
    return {
        "task": result.task,
        "lang": result.lang,
        "output": None if result.output is None else result.output.model_dump(mode="json"),
        "findings": [asdict(finding) for finding in result.findings],
        "error": None if result.error is None else asdict(result.error),
        "reply": result.reply,
        "reasoning": result.completion.reasoning,
        "finish_reason": result.completion.finish_reason,
        "usage": asdict(result.completion.usage),
    }


def _row(task: Task[Any, Any]) -> dict[str, Any]:
    return {
        "name": task.name,
        "titles": dict(task.titles),
        "about": dict(task.about),
        "thinking": task.thinking,
        **task.meta,
    }


def _fields(model: type[TaskModel], lang: Lang) -> str:
    """The fields of an input or output with their titles and types."""
    from medgo.tasks.layout import layout_of

    lines = []
    for field in layout_of(model):
        many = "list of " if field.kind in ("scalars", "models") else ""
        kind = field.model.__name__ if field.kind in ("model", "models") else getattr(field.type, "__name__", "")
        words = " | ".join(str(value) for value in field.choices[lang]) if kind == "Literal" or not kind else kind
        # A data element's code already begins with DE.
        codes = " ".join(code if name == "de" else f"{name.upper()} {code}" for name, code in field.codes.items())
        optional = ", optional" if field.has_default else ""
        lines.append(f"  {field.name}: {many}{words}{optional} — {field.titles[lang]}{f' ({codes})' if codes else ''}")
    return "\n".join(lines)

"""``medgo pipeline``: steps that need each other, run by one command and gone on with by the same. Decides nothing."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown

if TYPE_CHECKING:
    from medgo.pipeline.engine import Outcome
    from medgo.pipeline.place import Tools
    from medgo.pipeline.step import Step

RecipeArgument = Annotated[Path, typer.Argument(help="The pipeline, a YAML file. 流水线文件。")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Changes, key=value: output=DIR, steps.training.set.seed=2. 修改流水线中的字段。"),
]
_COLOURS = {
    "done": "green", "skipped": "dim", "failed": "bold red", "blocked": "yellow",
    "current": "green", "new": "cyan", "changed": "cyan", "interrupted": "yellow", "waits": "dim",
}  # fmt: skip


def build_pipeline_app() -> typer.Typer:
    """The commands of ``medgo pipeline``."""
    app = typer.Typer(
        no_args_is_help=True,
        help="From rows to a model and its card: steps are skipped when unchanged, resumed when stopped. 全流程。",
    )
    app.command("run")(run_command)
    app.command("status")(status_command)
    return app


def run_command(recipe: RecipeArgument, overrides: Overrides = None) -> None:
    """Run what must be run; run it again to go on after a kill. 运行流水线，未变化的步骤跳过，中断后可续跑。

    Exit codes: 0 all is done, 1 a step failed, 2 nothing could start, 4 the disk took no more, 130 stopped.
    """
    from medgo.pipeline.build import build_pipeline, state_file
    from medgo.pipeline.engine import run_pipeline

    console = Console(stderr=True)
    with errors_shown(console):
        pipeline, steps = build_pipeline(recipe, overrides or (), _tools(console))
        outcomes = run_pipeline(steps, state_file(pipeline), _Screen(console))
    failed = [name for name, outcome in outcomes.items() if outcome in ("failed", "blocked")]
    if failed:
        console.print(f"not done: {escape(', '.join(failed))}; run the same command again to go on", style="yellow")
    raise typer.Exit(ROWS_FAILED if failed else OK)


def status_command(recipe: RecipeArgument, overrides: Overrides = None) -> None:
    """Show what each step is and what a run would do; runs nothing. 查看各步骤状态。"""
    from medgo.pipeline.build import build_pipeline, state_file
    from medgo.pipeline.engine import survey
    from medgo.pipeline.state import State

    console = Console(stderr=True)
    with errors_shown(console):
        pipeline, steps = build_pipeline(recipe, overrides or (), _tools(console, may_index=False))
        found = survey(steps, state_file(pipeline))
        states = State(state_file(pipeline)).steps
    table = Table("step", "state", "why", "seconds", "files", "folder", box=None, pad_edge=False)
    for step in steps:
        judgement, state = found[step.name], states.get(step.name)
        seconds = f"{state.seconds:,.1f}" if state and state.seconds else "–"
        files = str(len(state.outputs)) if state and state.outputs else "–"
        verdict = f"[{_COLOURS[judgement.verdict]}]{judgement.verdict}[/]"
        table.add_row(step.name, verdict, escape(judgement.why), seconds, files, escape(str(step.folder)))
    Console().print(table)


def _tools(console: Console, *, may_index: bool = True) -> Tools:
    from medgo.cli._benchmark_items import find_overlap, open_guard
    from medgo.pipeline.place import Tools

    def say(text: str) -> None:
        console.print(f"  {escape(text)}", style="dim", highlight=False)

    return Tools(say, find_overlap, open_guard, date.today(), os.cpu_count() or 1, may_index)


class _Screen:
    """Lines on stderr."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begins(self, step: Step, why: str) -> None:
        """A step is run."""
        self._console.print(f"[bold]{escape(step.name)}[/] · {escape(why)}", highlight=False)

    def ends(self, step: Step, outcome: Outcome, words: str, seconds: float) -> None:
        """It was run, skipped, or cannot be run."""
        colour, took = _COLOURS[outcome], f" in {seconds:,.1f} s" if outcome == "done" else ""
        self._console.print(f"[{colour}]{escape(step.name)}: {outcome}{took}[/]", highlight=False)
        if words and outcome != "skipped":
            self._console.print(f"  {escape(words)}", highlight=False)

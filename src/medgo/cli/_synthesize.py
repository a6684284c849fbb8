"""``medgo synthesize``: a recipe in, rows out; and what there is to make rows with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from typer.core import TyperGroup

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown

if TYPE_CHECKING:
    from medgo.synthesis.joining import SetReport
    from medgo.synthesis.recipe import SetName

_RUN = "run"

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file. 配方文件。")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Changes, key=value: output=DIR, sets.stage1.rows=100. 修改配方中的字段。"),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes for what needs no teacher; default: all cores. 进程数。")
]
Benchmarks = Annotated[
    list[Path] | None,
    typer.Option(
        help="Folders with benchmark files, whose items rows must not hold. Default: $MEDGO_DATA. 评测集目录。"
    ),
]


class _RecipeFirst(TyperGroup):
    """``medgo synthesize RECIPE`` means ``medgo synthesize run RECIPE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``run`` before a first argument that is no command."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


def build_synthesize() -> typer.Typer:
    """The commands of ``medgo synthesize``."""
    app = typer.Typer(
        cls=_RecipeFirst,
        no_args_is_help=True,
        help="Training rows from knowledge, documents, records: medgo synthesize RECIPE.yaml [key=value …]. 合成数据。",
    )
    app.command(_RUN)(run_command)
    app.command("preview")(preview_command)
    app.command("generators")(generators_command)
    app.command("datasets")(datasets_command)
    return app


def run_command(
    recipe: RecipeArgument, overrides: Overrides = None, workers: Workers = None, benchmarks: Benchmarks = None
) -> None:
    """Make the rows of a recipe; run it again to go on after a kill. 按配方生成数据，可断点续跑。"""
    from medgo.cli._benchmark_items import find_overlap
    from medgo.synthesis.plan import check_recipe, plan_synthesis
    from medgo.synthesis.recipe import load_recipe
    from medgo.synthesis.runner import run_synthesis, summarise
    from medgo.synthesis.teaching import open_models

    console = Console(stderr=True)
    with errors_shown(console):
        loaded = load_recipe(recipe, overrides or ())
        check_recipe(loaded)
        if loaded.keep.overlap != "off":
            console.print("looking for benchmark items …", style="dim")
        overlap, mark = find_overlap(loaded, [str(path) for path in benchmarks or ()] or None, Path(loaded.output))
        plan = plan_synthesis(loaded, today=date.today(), overlap=mark)
        for line in plan.missing:
            console.print(f"[yellow]not here:[/] {escape(line)}", highlight=False)
        with _Bar(console) as watch:
            report = run_synthesis(
                plan,
                overlap,
                workers=workers or os.cpu_count() or 1,
                watch=watch,
                open_models=lambda folder: open_models(loaded, folder),
            )
    _show(report.sets, summarise(report.shards), console)
    console.print(f"{escape(loaded.output)}: rows, evidence, report.json, README.md, README_zh.md", highlight=False)
    raise typer.Exit(ROWS_FAILED if report.short else OK)


def preview_command(
    folder: Annotated[Path, typer.Argument(help="Output folder of a run. 运行的输出目录。")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; default: FOLDER/preview.html.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows of each set. 每个数据集的行数。")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Which rows are drawn.")] = 0,
) -> None:
    """Show rows with their evidence side by side, as an HTML page. 并排查看数据与依据。"""
    from medgo.knowledge import open_knowledge
    from medgo.synthesis.preview import names_in, write_preview

    console = Console(stderr=True)
    target = output or folder / "preview.html"
    with errors_shown(console):
        shown = write_preview(folder, target, rows, seed, names_in(open_knowledge()))
    console.print(f"{escape(str(target))}: {shown} rows", highlight=False)


def generators_command(
    name: Annotated[str | None, typer.Argument(help="One generator, with its options. 某一生成器及其选项。")] = None,
) -> None:
    """List generators with what they make and need, or show the options of one. 列出生成器，或查看其选项。"""
    from medgo.synthesis.registry import GENERATORS, find_generator

    console = Console()
    if name is None:
        table = Table(_name("generator"), "makes", "needs", _words("what"), box=None, pad_edge=False)
        for generator in sorted(GENERATORS, key=lambda g: g.name):
            needs = ", ".join(sorted(generator.needs)) or "–"
            table.add_row(generator.name, generator.makes, needs, (generator.__doc__ or "").split("\n")[0])
        console.print(table)
        return
    with errors_shown(Console(stderr=True)):
        found = find_generator(name)
    console.print(f"[bold]{found.name}[/] {found.version}: {escape((found.__doc__ or '').strip())}", highlight=False)
    for option, field in found.model_fields.items():
        default = "required" if field.is_required() else repr(field.get_default(call_default_factory=True))
        console.print(
            f"  [cyan]{option}[/] = {escape(default)}\n      {escape(field.description or '')}", highlight=False
        )


def datasets_command() -> None:
    """List data sets that can be read, with their licences. 列出可读取的数据集及许可证。"""
    from medgo.synthesis.datasets import DATASETS

    table = Table(_name("data set"), "holds", "languages", "licence", _words("what"), box=None, pad_edge=False)
    for dataset in DATASETS:
        table.add_row(
            dataset.name, dataset.holds, ", ".join(dataset.langs), dataset.licence, f"{dataset.title}\n{dataset.url}"
        )
    Console().print(table)


def _show(sets: Mapping[SetName, SetReport], components: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """Yield and reasons, a line per component, and what each set has."""
    table = Table(_name("component"), "kept", "of", "tried", _words("refused or given up"), box=None, pad_edge=False)
    for name, part in components.items():
        reasons = {**part["refused"], **part["given_up"]}
        words = ", ".join(f"{reason} {count}" for reason, count in reasons.items())
        table.add_row(name, str(part["kept"]), str(part["wanted"]), str(part["tried"]), escape(words) or "–")
    console.print(table)
    for name, report in sets.items():
        left_out = f", {report.duplicates} duplicates left out" if report.duplicates else ""
        style = "yellow" if report.rows < report.wanted else "green"
        console.print(f"[{style}]{name}[/]: {report.rows} of {report.wanted} rows{left_out}", highlight=False)


def _name(header: str) -> Column:
    """A column of names, which people copy."""
    return Column(header, no_wrap=True)


def _words(header: str) -> Column:
    """A column that takes what room is left; a long address goes on in the next line and is not cut."""
    return Column(header, overflow="fold")


class _Bar:
    """A progress bar on stderr; lines instead where that is no terminal come from rich itself."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(), console=console,
        )  # fmt: skip
        self._task = self._bar.add_task("opening knowledge", total=None, rate="")

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        """So many rows are wanted."""
        self._bar.update(self._task, total=total, description="making rows")

    def made(self, rows: int) -> None:
        """Rows were kept."""
        self._bar.advance(self._task, rows)
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, rate=f"{speed:,.0f} rows/s" if speed else "")

    def note(self, text: str) -> None:
        """Say what is done now."""
        self._bar.update(self._task, description=text)

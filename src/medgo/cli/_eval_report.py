"""``medgo eval report``: run folders in, a folder of pages and pictures out. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from medgo.cli._errors import errors_shown
from medgo.evaluation.runs import open_run


def eval_report_command(
    runs: Annotated[list[Path], typer.Argument(help="Run folders; several are shown side by side. 结果目录。")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write the report into. 报告目录。")],
    items: Annotated[
        int, typer.Option(min=0, help="Answers of each benchmark that the page holds. 网页中每个评测集的回答数。")
    ] = 200,
) -> None:
    """Write a report: a page to browse, Markdown, pictures, model-card metadata. 生成评测报告。"""
    from medgo.evaluation.report import write_report

    console = Console(stderr=True)
    with errors_shown(console):
        files = write_report([open_run(run) for run in runs], output, items_per_benchmark=items)
    for file in files:
        typer.echo(file)

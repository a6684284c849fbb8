"""``medgo corpus``: options in, one reading, a table and an exit code out. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from medgo.cli._errors import OK, ROWS_FAILED, USAGE, errors_shown
from medgo.corpus.reading import AUTO, ReadConfig, beside, files_of, read_corpus
from medgo.corpus.registry import FORMATS, find_reader
from medgo.corpus.reports import ReadReport
from medgo.errors import InputError
from medgo.execution import ExecutorName, open_executor
from medgo.schema import Lang

ExecutorOption = Annotated[
    ExecutorName, typer.Option(help="Processes of this machine, or a Ray cluster. 本机多进程，或 Ray 集群。")
]
Workers = Annotated[int, typer.Option(min=1, help="Files or shards at once. 同时处理的文件或分片数。")]
RayAddress = Annotated[
    str,
    typer.Option(help="Of a Ray cluster that is up; otherwise Ray starts here. 已有 Ray 集群的地址，缺省在本机启动。"),
]


def build_corpus() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Sources become documents and records. 将各类来源读取为文档与病历。")
    app.command("read", no_args_is_help=True)(corpus_read_command)
    app.command("formats")(corpus_formats_command)
    return app


def corpus_read_command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT... OUTPUT",
            help="Files, folders or patterns; the last one is the JSONL file to write. 输入…输出。",
        ),
    ],
    form: Annotated[
        str, typer.Option("--format", help=f"auto, or one of {', '.join(FORMATS)}. 格式，缺省自动识别。")
    ] = AUTO,
    collection: Annotated[str, typer.Option(help="What the collection is called. 数据集名称。")] = "",
    licence: Annotated[
        str, typer.Option(help="Licence (SPDX) of what states none itself. 原文未注明许可时采用的许可证。")
    ] = "",
    retrieved: Annotated[str, typer.Option(help="Version or date of retrieval. 版本或获取日期。")] = "",
    lang: Annotated[
        str, typer.Option(help="zh or en where a file does not say; auto tells by the text. 语言。")
    ] = "auto",
    mapping: Annotated[
        Path | None, typer.Option(help="YAML that says what a table's columns mean. 表格列映射文件。")
    ] = None,
    workers: Workers = 1,
    executor: ExecutorOption = "local",
    ray_address: RayAddress = "",
) -> None:
    """Read sources into one file of documents or records. 读取来源文件。

    Beside OUTPUT lie what was left out with its reason (.omitted.jsonl), what a source takes back (.withdrawn.jsonl)
    and all counts (.report.json). A stopped run goes on where it was. Patients' records are private: the next command
    on them is `medgo deid run`.

    Exit codes: 0 every file was read whole, 1 some were not (named), 2 nothing could be read, 4 a file could not be
    written.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        if len(inputs) < 2:
            raise InputError("an input and an output are asked for", hint="medgo corpus read INPUT OUTPUT.jsonl")
        if lang not in ("auto", "zh", "en"):
            raise InputError(f"--lang is auto, zh or en, not {lang}")
        config = ReadConfig(
            tuple(inputs[:-1]),
            Path(inputs[-1]),
            form,
            collection,
            licence,
            retrieved,
            None if lang == "auto" else cast(Lang, lang),
            mapping,
        )
        chosen = open_executor(executor, workers=workers, address=ray_address)
        files = files_of(config.inputs)
        with _bar(console) as bar:
            progress = bar.add_task("reading", total=len(files))
            report = read_corpus(config, chosen, lambda _name, _size: bar.advance(progress))
        _show(console, config, report)
    if report.failed:
        raise typer.Exit(ROWS_FAILED if report.total("items") else USAGE)
    raise typer.Exit(OK)


def corpus_formats_command() -> None:
    """The formats that are read. 支持的格式。"""
    table = Table("format 格式", "holds 内容", "about 说明")
    for name in FORMATS:
        reader = find_reader(name)
        lines = (type(reader).__doc__ or "").strip().splitlines()
        table.add_row(name, {"documents": "documents 文档", "records": "records 病历"}[reader.holds], lines[0])
    Console().print(table)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


def _show(console: Console, config: ReadConfig, report: ReadReport) -> None:
    table = Table("format 格式", "files 文件", "items 条目", "characters 字符", "withdrawn 撤回", "omitted 略去")
    for name in dict.fromkeys(one.format for one in report.files):
        part = ReadReport([one for one in report.files if one.format == name], {})
        counts = (
            part.total("items"),
            part.total("characters"),
            part.total("withdrawn"),
            part.counted("omitted").total(),
        )
        table.add_row(name or "–", f"{len(part.files):,}", *(f"{count:,}" for count in counts))
    console.print(table)
    for reason, count in report.counted("omitted").most_common():
        console.print(f"  {reason}: {count:,}", highlight=False)
    for file, why in list(report.failed.items())[:20]:
        console.print(f"[red]not read whole 未能完整读取[/] {file}: {why}", highlight=False, soft_wrap=True)
    if report.counted("omitted"):
        console.print(
            f"what was left out 略去内容: {beside(config.output, 'omitted')}", soft_wrap=True, highlight=False
        )

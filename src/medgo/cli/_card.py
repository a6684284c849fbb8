"""``medgo card``: a training run's records in, a model card in both languages out. Works nothing out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from medgo.cli._errors import errors_shown
from medgo.errors import InputError


def card_command(
    run: Annotated[Path, typer.Argument(help="Output folder of medgo train run. 训练输出目录。")],
    evaluation: Annotated[
        list[Path] | None,
        typer.Option(
            "--evaluation",
            "-e",
            help="An evaluation of its base or a stage; repeat it. 评测目录，可多次指定。",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the card; default: RUN/card. 模型卡目录。")
    ] = None,
    licence: Annotated[str, typer.Option(help="SPDX id; default: the base model's, where it is known. 许可证。")] = "",
    name: Annotated[str, typer.Option(help="Of the model; default: the recipe's. 模型名称。")] = "",
    rows: Annotated[
        str, typer.Option(help="Instead of a card, list the rows that a stage learnt, as JSONL. 列出某阶段学习的行。")
    ] = "",
) -> None:
    """Write the model card of a training run, from its own records. 由训练记录生成模型卡。"""
    from medgo.training.card.write import CardRequest, write_card

    console = Console(stderr=True)
    with errors_shown(console):
        if rows:
            _list_rows(run, rows)
            return
        request = CardRequest(run, tuple(evaluation or ()), output or run / "card", licence, name)
        for file in write_card(request):
            console.print(escape(str(file)), highlight=False)


def _list_rows(run: Path, stage: str) -> None:
    from medgo.training.card.lineage import list_rows
    from medgo.training.card.records import read_records

    records = read_records(run)
    found = next((each for each in records.stages if each.name == stage), None)
    if found is None:
        names = ", ".join(each.name for each in records.stages)
        raise InputError(f"{run} has no stage {stage}", hint=f"stages: {names}")
    for row in list_rows(found):
        typer.echo(json.dumps(row, ensure_ascii=False))

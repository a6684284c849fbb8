"""``medgo eval contamination``: a run and a list of items in, two figures a benchmark out. No logic of its own."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from medgo.cli._errors import errors_shown
from medgo.evaluation.contamination import ContaminationSplit, read_marked, split_by_contamination
from medgo.evaluation.results import graded_predictions
from medgo.evaluation.runs import open_run
from medgo.evaluation.statistics import Estimate


def eval_contamination_command(
    run: Annotated[Path, typer.Argument(help="Run folder. 结果目录。")],
    index: Annotated[
        Path,
        typer.Option(help="Items that the corpus holds, JSONL with benchmark and item. 语料中的题目。"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出 JSON。")] = False,
    seed: Annotated[int, typer.Option(help="Of the resamples: the same seed gives the same intervals.")] = 0,
) -> None:
    """Measure on items that the training corpus holds and on the rest. 区分训练语料中出现过的题目。"""
    with errors_shown(Console(stderr=True)):
        splits = split_by_contamination(
            graded_predictions(open_run(run)), read_marked(index), np.random.default_rng(seed)
        )
    if as_json:
        typer.echo(json.dumps([asdict(split) for split in splits], indent=2))
        return
    _show(Console(), splits)


def _show(console: Console, splits: list[ContaminationSplit]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("benchmark")
    for name in ("clean %", "95 %", "n", "in corpus %", "95 %", "n", "not asked"):
        table.add_column(name, justify="right")
    for split in splits:
        table.add_row(split.benchmark, *_cells(split.clean), *_cells(split.contaminated), str(split.unknown or ""))
    console.print(table)
    if not splits:
        console.print("the list names no benchmark of this run")


def _cells(estimate: Estimate | None) -> tuple[str, str, str]:
    if estimate is None:
        return "–", "", "0"
    return f"{100 * estimate.value:.1f}", f"{100 * estimate.low:.0f}-{100 * estimate.high:.0f}", f"{estimate.n:,}"

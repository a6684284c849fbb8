"""``medgo eval compare``: two run folders in, a table or JSON out. No statistics of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from medgo.cli._errors import errors_shown, without_controls
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from medgo.evaluation.compare import BenchmarkComparison, Comparison, compare, mismatches
from medgo.evaluation.results import graded_predictions
from medgo.evaluation.runs import Run, open_run

_COLUMNS = ("pairs", "A %", "B %", "B - A", "95 % interval", "p (Holm)")


def eval_compare_command(
    a: Annotated[Path, typer.Argument(help="Run folder of A, such as the model in use. 基准模型的结果目录。")],
    b: Annotated[Path, typer.Argument(help="Run folder of B, such as its successor. 对照模型的结果目录。")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出 JSON。")] = False,
    seed: Annotated[int, typer.Option(help="Of the resamples: the same seed gives the same intervals.")] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Pair by item id although data or protocol differ. 数据或协议不同仍比较。")
    ] = False,
) -> None:
    """Tell whether model B is really better than model A. 判断模型 B 是否确实优于模型 A。

    Paired by item: McNemar's exact test, adjusted over benchmarks, the interval of the difference, and the smallest
    difference that so many items could have shown.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        run_a, run_b = open_run(a), open_run(b)
        found = compare_runs(run_a, run_b, seed=seed, force=force)
    if as_json:
        names = {"a": run_a.manifest.get("model"), "b": run_b.manifest.get("model")}
        typer.echo(json.dumps(names | found.to_row(), ensure_ascii=False, indent=2))
        return
    _show(Console(), run_a, run_b, found)


def compare_runs(a: Run, b: Run, *, seed: int, force: bool) -> Comparison:
    """Compare two run folders.

    Raises:
        InputError: They have nothing that can be compared.
        RunFolderError: One is damaged.
    """
    of_a, of_b = graded_predictions(a), graded_predictions(b)
    return compare(
        of_a,
        of_b,
        benchmarks={each.name: each for each in BENCHMARKS},
        rng=np.random.default_rng(seed),
        mismatch=mismatches(a.manifest, b.manifest),
        force=force,
    )


def _show(console: Console, a: Run, b: Run, found: Comparison) -> None:
    for letter, run in (("A", a), ("B", b)):
        console.print(Text(without_controls(f"{letter}: {run.manifest.get('model')} ({run.path})")), soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("benchmark", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for each in found.benchmarks:
        table.add_row(*_cells(each))
    console.print(table)
    for each in found.benchmarks:
        style = "bold" if each.winner else ""
        line = f"{each.benchmark}: {each.verdict('en')} · {each.verdict('zh')}"
        console.print(Text(line, style=style), soft_wrap=True)
        counts = f"A better on {each.better_a}, B on {each.better_b} of {each.units} questions"
        console.print(f"  {counts}; {each.test} p {_p(each.p)}", highlight=False, soft_wrap=True)
        if lost := _lost(each):
            console.print(Text(f"  {lost}", style="yellow"), soft_wrap=True)
    if found.overall is not None:
        o = found.overall
        console.print(
            f"mean of {len(found.benchmarks)} differences: {_signed(o.value)} points, "
            f"95 % interval {_signed(o.low)} to {_signed(o.high)}: {found.verdict('en')} · {found.verdict('zh')}",
            highlight=False,
            soft_wrap=True,
        )
    for warning in found.warnings:
        console.print(Text(f"differs: {without_controls(warning)}", style="yellow"), soft_wrap=True)
    for name, why in found.left_out.items():
        console.print(Text(f"not compared: {name}: {why}", style="yellow"), soft_wrap=True)


def _cells(each: BenchmarkComparison) -> tuple[str, ...]:
    d = each.difference
    return (
        each.benchmark,
        str(each.pairs),
        f"{100 * each.a:.1f}",
        f"{100 * each.b:.1f}",
        _signed(d.value),
        f"{_signed(d.low)} to {_signed(d.high)}",
        _p(each.p_adjusted),
    )


def _lost(each: BenchmarkComparison) -> str:
    parts = {
        "only in A's run": each.only_in_a,
        "only in B's run": each.only_in_b,
        "failed or without a judge's score in either": each.failed,
    }
    counted = [f"{count} items {what}" for what, count in parts.items() if count]
    return f"left out: {', '.join(counted)}" if counted else ""


def _signed(fraction: float) -> str:
    return f"{100 * fraction:+.1f}"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"

"""``medgo train nodes``: can these machines train a stage together?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown

if TYPE_CHECKING:
    from medgo.training.running.nodes import NodesReport


def nodes(
    folder: Annotated[Path, typer.Argument(help="A prepared stage. 已准备好的阶段目录。")],
    machines: Annotated[int, typer.Option(min=1, help="How many machines. 机器总数。")] = 1,
    rank: Annotated[int, typer.Option(min=0, help="Number of this one, from 0. 本机序号，从 0 开始。")] = 0,
    address: Annotated[str, typer.Option(help="Of the first machine, HOST:PORT. 首台机器地址。")] = "127.0.0.1:29500",
    seconds: Annotated[float, typer.Option(min=1, help="Wait for the others so long. 等待其他机器的秒数。")] = 120.0,
    free_gb: Annotated[
        float, typer.Option(min=0, help="Free space that the disk should have. 磁盘最少剩余空间。")
    ] = 10,
) -> None:
    """Check versions, GPUs, network, clocks, disk and stage; run it on all machines at once. 多机训练体检。"""
    from medgo.training.running.nodes import Meeting, check_nodes

    errors = Console(stderr=True)
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise typer.BadParameter(f"{address} is not HOST:PORT", param_hint="--address")
    with errors_shown(errors):
        meeting = Meeting(machines, rank, host, int(port), seconds)
        report = check_nodes(folder, meeting, least_free=int(free_gb * 2**30))
    _show(Console(), report)
    raise typer.Exit(ROWS_FAILED if report.problems else OK)


def _show(console: Console, report: NodesReport) -> None:
    table = Table("machine", "host", "GPUs", "torch", "backends", "free GB", "clock s", "stage")
    for node in report.nodes:
        table.add_row(
            str(node.rank),
            escape(node.host),
            escape(_counted(node.gpus)),
            node.versions["torch"],
            " ".join(node.backends),
            f"{node.free_bytes / 2**30:.0f}",
            f"{node.clock_offset:+.3f}",
            node.stage[:8],
        )
    console.print(table)
    if report.backend:
        console.print(f"{report.backend}: {report.gigabytes_per_second:.2f} GB/s (64 MiB, all-reduce)")
    for problem in report.problems:
        console.print(f"[red]✗[/red] {escape(problem)}")
    if not report.problems:
        console.print("[green]✓[/green] nothing keeps them from training this stage 可以训练")


def _counted(gpus: tuple[str, ...]) -> str:
    return ", ".join(f"{gpus.count(name)} × {name}" for name in sorted(set(gpus))) or "–"

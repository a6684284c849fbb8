"""``medgo models``, ``medgo download``, ``medgo doctor``: options in, tables or JSON out. No logic of its own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

if TYPE_CHECKING:
    from medgo.inference.models.doctor import Report
    from medgo.inference.models.memory import Fit

_STATES = {"present": "[green]yes[/]", "absent": "no", "damaged": "[red]damaged[/]"}

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output. 输出 JSON。")]


def models_command(as_json: AsJson = False) -> None:
    """List the models with a name, and which are here. 列出可用模型及其本地状态。"""
    from medgo.inference.models.inventory import list_known_models

    rows = list_known_models()
    if as_json:
        _print_json([dataclasses.asdict(row) for row in rows])
        return
    from medgo.inference.models.memory import show_bytes

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("name", "is", "licence", "download", "here"):
        table.add_column(name, justify="right" if name == "download" else "left", overflow="fold")
    for row in rows:
        size = "with MedGo" if row.alias == "embedded" else show_bytes(row.download_bytes)
        table.add_row(row.alias, row.resolves_to, row.licence, size, _STATES[row.state])
    console = Console()
    console.print(table)
    for row in rows:
        if row.state == "damaged":
            console.print(f"\n[red]{row.alias}[/]: {row.detail}", highlight=False)
    console.print(
        "\n[bold]embedded[/] shows that the machinery works; it has no medical skill and no Chinese. "
        "The medical model is [bold]medgo[/].\n"
        "[bold]embedded[/] 仅用于验证流程，没有医学能力，也不会中文；医学模型是 [bold]medgo[/]。\n"
        "Get one with [bold]medgo download NAME[/]; any hub id, folder or .gguf file works too.",
        highlight=False,
    )


def download_command(
    model: Annotated[str, typer.Argument(help="Name, hub id, or modelscope:organisation/name. 模型名称。")],
    source: Annotated[
        Literal["hf", "modelscope"] | None, typer.Option(help="Hugging Face (or HF_ENDPOINT), or ModelScope 魔搭.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit. 版本。")] = None,
    local_dir: Annotated[
        Path | None, typer.Option("--local-dir", help="Folder to write to instead of the hub's cache. 保存目录。")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="Only files like this; repeatable. 仅下载匹配的文件。")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files like this; repeatable. 排除匹配的文件。")] = None,
) -> None:
    """Get a model; continues an interrupted download and checks every hash. 下载模型（断点续传、校验哈希）。"""
    from medgo.inference.models import DownloadRequest, fetch_model, plan_download
    from medgo.inference.models.memory import show_bytes

    console = Console(stderr=True)
    request = DownloadRequest(model, source, revision, local_dir, tuple(include or ()), tuple(exclude or ()))
    plan = plan_download(request)
    console.print(
        f"{plan.model.model_id} at {plan.model.commit[:12]}: {len(plan.model.files)} files, "
        f"{show_bytes(plan.model.size)}, {show_bytes(plan.missing_bytes)} missing",
        highlight=False,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("downloading", total=plan.total_bytes)
        folder = fetch_model(plan, lambda count: progress.advance(task, count))
    console.print("[green]complete, all hashes right[/]")
    # The path alone on stdout: model=$(medgo download …)
    Console(soft_wrap=True, highlight=False).print(str(folder), markup=False)


def doctor_command(
    as_json: AsJson = False,
    context: Annotated[int, typer.Option(min=1, help="Tokens a conversation, for what fits. 上下文长度。")] = 4096,
    batch: Annotated[int, typer.Option(min=1, help="Conversations at once, for what fits. 并发数。")] = 1,
) -> None:
    """Say what is installed, which engines work and which models fit. 检查环境、引擎与显存/内存是否足够。"""
    from medgo.inference.models.doctor import examine

    report = examine(context=context, batch=batch)
    if as_json:
        _print_json({**dataclasses.asdict(report), "healthy": report.healthy})
    else:
        show_report(Console(), report)
    raise typer.Exit(0 if report.healthy else 1)


def show_report(console: Console, report: Report) -> None:
    """Print a report as tables that stay readable at 80 columns."""
    console.print(_facts_table(report), highlight=False)
    console.print("\n[bold]Engines[/]")
    engines = Table(box=None, show_header=False, pad_edge=False)
    for state in report.engines:
        engines.add_row(_mark(state.works), state.engine, state.detail)
    engines.add_row(_mark(report.embedded.works), "embedded model", report.embedded.detail)
    console.print(engines, highlight=False)
    console.print(f"\n[bold]What fits[/] with {report.context} tokens × {report.batch} at once")
    console.print(_fits_table(report), highlight=False)
    console.print("[dim]q8_0: 8-bit weights, for the openvino engine. KV tokens: room beside the weights.[/]")


def _facts_table(report: Report) -> Table:
    from medgo.inference.models.memory import show_bytes

    machine = report.machine
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("system", f"{machine.system}, Python {machine.python}")
    table.add_row("processor", f"{machine.processor}, {machine.cores} cores")
    table.add_row("features", " ".join(machine.features) or "unknown")
    table.add_row("memory", f"{show_bytes(machine.memory_available)} available of {show_bytes(machine.memory_total)}")
    for index, gpu in enumerate(machine.gpus):
        memory = f"{show_bytes(gpu.memory_free)} free of {show_bytes(gpu.memory_total)}"
        table.add_row(f"GPU {index}", f"{gpu.name}, {memory}")
    if not machine.gpus:
        table.add_row("GPU", "none that torch can use")
    usable = {fit.device: show_bytes(fit.usable) for model in report.fits for fit in model.fits}
    table.add_row("for a model", ", ".join(f"{size} of {device}" for device, size in usable.items()))
    table.add_row("cache", f"{machine.cache}, {show_bytes(machine.disk_free)} free")
    # No break between a name and its version.
    table.add_row("packages", ", ".join(f"{name}\u00a0{version}" for name, version in machine.packages.items()))
    marks = {"present": "", "damaged": " (damaged)"}
    here = [row.alias + marks[row.state] for row in report.models if row.state in marks]
    table.add_row("models here", ", ".join(here) or "none")
    return table


def _fits_table(report: Report) -> Table:
    from medgo.inference.models.memory import show_bytes

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("model", "on", "as", "weights", "KV cache", "fits?"):
        table.add_column(name, justify="right" if name in ("weights", "KV cache") else "left", no_wrap=name != "fits?")
    for model in report.fits:
        name = model.alias
        for fit in model.fits:
            sizes = (show_bytes(fit.weights), show_bytes(fit.kv_cache))
            table.add_row(name, fit.device, fit.number_format, *sizes, _verdict(fit))
            name = ""
    return table


def _verdict(fit: Fit) -> str:
    return f"[green]yes[/]: {fit.kv_tokens:,} KV tokens" if fit.fits else f"[red]no[/]: {fit.reason}"


def _mark(works: bool) -> str:
    return "[green]✓[/]" if works else "[red]✗[/]"


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))

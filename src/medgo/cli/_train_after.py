"""``medgo train merge | verify | export``: from what was learnt to a model that can be served."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown

if TYPE_CHECKING:
    from medgo.training.after.export import ExportReport
    from medgo.training.after.merge import MergeReport
    from medgo.training.after.verify import VerifyReport

BaseArgument = Annotated[str, typer.Argument(help="What was trained on: alias, hub id or folder. 训练所用的底座模型。")]
LearntArgument = Annotated[Path, typer.Argument(help="Folder adapter/ or model/ of a stage. 训练结果目录。")]


class MergedDtype(StrEnum):
    """How merged weights are stored."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class ExportForm(StrEnum):
    """What a merged model is exported as."""

    safetensors = "safetensors"
    openvino = "openvino"
    gguf_f16 = "gguf-f16"
    gguf_bf16 = "gguf-bf16"
    gguf_q8_0 = "gguf-q8_0"
    awq = "awq"
    fp8 = "fp8"


def merge(
    base: BaseArgument,
    learnt: LearntArgument,
    output: Annotated[Path, typer.Argument(help="Folder to write. 要写入的目录。")],
    dtype: Annotated[
        MergedDtype, typer.Option(help="How weights are stored; auto: as in the base. 存储精度，默认与底座一致。")
    ] = MergedDtype.auto,
) -> None:
    """Add what was learnt to its base: a complete model folder, in constant memory. 合并为完整模型。"""
    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.training.after.merge import merge as merge_folders

    console = Console(stderr=True)
    with errors_shown(console):
        report = merge_folders(ensure_hf_folder(resolve_model(base)), learnt, output, dtype=dtype.value)
    Console().print(_merge_table(report))
    console.print(f"{escape(str(output))}: verify it with medgo train verify", highlight=False)


def verify(
    base: BaseArgument,
    learnt: LearntArgument,
    merged: Annotated[Path, typer.Argument(help="Folder that merge wrote. 合并后的目录。")],
    prompts: Annotated[
        Path | None,
        typer.Option(help="A text file, one prompt to a line; default: 16 in zh and en. 提示文件。"),
    ] = None,
    min_agreement: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least top-1 agreement; default 0.99, or 0.97 if stored in 16 bits."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda:N.")] = "auto",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report as JSON too.")] = None,
) -> None:
    """Load a merged model again and compare it with adapter-on-base; exit code 1 if they differ. 校验合并结果。"""
    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.training.after.prompts import DEFAULT_PROMPTS, read_prompts
    from medgo.training.after.verify import VerifyOptions
    from medgo.training.after.verify import verify as verify_folders

    console = Console(stderr=True)
    with errors_shown(console):
        asked = DEFAULT_PROMPTS if prompts is None else read_prompts(prompts)
        options = VerifyOptions(prompts=asked, min_agreement=min_agreement, device=device)
        report = verify_folders(ensure_hf_folder(resolve_model(base)), learnt, merged, options)
        if output is not None:
            report.write(output)
    for table in _verify_tables(report):
        Console().print(table)
    raise typer.Exit(OK if report.passed else ROWS_FAILED)


def export(
    merged: Annotated[Path, typer.Argument(help="A model folder, such as merged/ of a stage. 模型目录。")],
    output: Annotated[Path, typer.Argument(help="Folder to write. 要写入的目录。")],
    form: Annotated[ExportForm, typer.Option("--form", "-f", help="What to make. 导出形式。")] = ExportForm.safetensors,
    calibration: Annotated[
        Path | None, typer.Option(help="rows.arrow of a prepared stage; awq needs it. AWQ 校准数据。")
    ] = None,
) -> None:
    """Make a model ready to serve (vLLM, OpenVINO, GGUF, AWQ, FP8), reload it and compare. 导出并校验。"""
    from medgo.training.after.export import ExportOptions
    from medgo.training.after.export import export as export_model

    console = Console(stderr=True)
    with errors_shown(console):
        report = export_model(merged, output, form.value, ExportOptions(calibration=calibration))
    Console().print(_export_table(report))
    raise typer.Exit(OK if report.passed else ROWS_FAILED)


def _merge_table(report: MergeReport) -> Table:
    table = Table("merged", "value", box=None, pad_edge=False)
    table.add_row("learnt", f"{report.kind} {report.learnt[:16]}")
    table.add_row("base", report.base[:16])
    table.add_row("tensors changed", f"{report.changed} of {report.tensors}")
    table.add_row("stored as", f"{report.dtype}, {report.bytes / 1e6:,.1f} MB")
    table.add_row("norm of the change", f"{report.delta_norm:.4g}")
    table.add_row("rounding, share of it", f"{report.rounding:.2%}")
    return table


def _verify_tables(report: VerifyReport) -> list[Table]:
    checks = Table("", "check", "found", box=None, pad_edge=False)
    for check in report.checks:
        mark = "[yellow]![/]" if check.warning else "[green]✓[/]" if check.passed else "[red]✗[/]"
        checks.add_row(mark, check.name, escape(check.found))
    if report.speech is None:
        return [checks]
    speech = report.speech
    drift = Table("logits", "top-1", "mean", "max", "KL, nats", box=None, pad_edge=False)
    for name, part in (("merged / adapter-on-base", speech.drift), ("adapter-on-base / base", speech.change)):
        drift.add_row(
            name, f"{part.top1_agreement:.2%}", f"{part.mean_abs:.2e}", f"{part.max_abs:.2e}", f"{part.kl:.2e}"
        )
    drift.caption = (
        f"{speech.same_replies:.0%} of greedy replies the same; {speech.ended} of {speech.asked} short answers ended "
        f"by themselves; computed in {speech.computed_in}"
    )
    return [checks, drift]


def _export_table(report: ExportReport) -> Table:
    table = Table(report.form, "", box=None, pad_edge=False)
    table.add_row("size", f"{report.bytes / 1e6:,.1f} MB in {len(report.files)} files")
    for check in report.checks:
        table.add_row(f"{'[green]✓[/]' if check.passed else '[red]✗[/]'} {check.name}", escape(check.found))
    return table

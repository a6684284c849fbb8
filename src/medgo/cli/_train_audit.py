"""``medgo train audit``: what a recipe's rows would teach, and whether they may, before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from medgo.cli._errors import OK, ROWS_FAILED, errors_shown

if TYPE_CHECKING:
    from medgo.training.audit.stage import StageAudit
    from medgo.training.recipe import TrainingRecipe


def audit(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file. 配方文件。")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Changes, key=value: model=embedded. 修改配方中的字段。")
    ] = None,
    rows_shown: Annotated[
        int,
        typer.Option("--rows", min=0, help="Rows to show, of each stage here, of each task in the page. 展示行数。"),
    ] = 3,
    html: Annotated[Path | None, typer.Option(help="Write an HTML page with coloured masks. 写出网页。")] = None,
    out: Annotated[Path | None, typer.Option("--json", help="Write everything as JSON. 写出 audit.json。")] = None,
) -> None:
    """Show what rows would teach: kept, cut and left out, masks, gates. Exits with 1 if a gate fails. 训练数据审计。"""
    from medgo.training.recipe import load_training_recipe

    errors = Console(stderr=True)
    with errors_shown(errors):
        loaded = load_training_recipe(recipe, overrides or ())
        audits = _audit_stages(loaded, rows_shown, errors)
        _show(audits, rows_shown, Console())
        _write(loaded.name, audits, html, out)
    for path in (html, out):
        if path is not None:
            errors.print(escape(str(path)), highlight=False)
    raise typer.Exit(ROWS_FAILED if any(each.failed for each in audits) else OK)


def _audit_stages(recipe: TrainingRecipe, rows_shown: int, errors: Console) -> list[StageAudit]:
    from medgo.inference.models import ensure_hf_folder, resolve_model
    from medgo.training.audit.stage import Auditor
    from medgo.training.rows.benchmarks import benchmarks_for

    model_dir = ensure_hf_folder(resolve_model(recipe.model))
    if recipe.gates.overlap != "off":
        errors.print("looking for benchmark items …", style="dim")
    auditor = Auditor(model_dir, recipe.gates, benchmarks_for(recipe.gates), date.today(), rows_shown)
    audits = []
    for stage in recipe.stages:
        errors.print(f"reading the rows of {stage.name} …", style="dim", highlight=False)
        audits.append(auditor.audit(stage))
    return audits


def _show(audits: Sequence[StageAudit], rows_shown: int, console: Console) -> None:
    from medgo.training.audit.terminal import audit_table, gate_lines, legend, mask_view

    for each in audits:
        stage = each.report.stage
        console.rule(f"[bold]{escape(stage.name)}[/] · {stage.method}", align="left")
        console.print(audit_table(each.report))
        if rows_shown:
            console.print(legend())
        for view in each.shown[:rows_shown]:
            console.print(mask_view(view), soft_wrap=True)
        console.print(gate_lines(each.gates), soft_wrap=True, end="")


def _write(name: str, audits: Sequence[StageAudit], html: Path | None, out: Path | None) -> None:
    from medgo.store import replacing
    from medgo.training.audit.page import write_page

    if html is not None:
        write_page(html, name, audits)
    if out is not None:
        with replacing(out) as file:
            value = {"name": name, "stages": [each.to_dict() for each in audits]}
            file.write(json.dumps(value, ensure_ascii=False, indent=1).encode())

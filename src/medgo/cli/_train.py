"""``medgo train``: a recipe in, a model out; each part of that as a command of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from medgo.cli._errors import errors_shown
from medgo.cli._train_after import MergedDtype, export, merge, verify
from medgo.cli._train_audit import audit
from medgo.cli._train_nodes import nodes
from medgo.cli._train_plan import plan
from medgo.cli._train_probes import probes

if TYPE_CHECKING:
    from medgo.training.prepare import Prepared, Surroundings
    from medgo.training.recipe import TrainingRecipe
    from medgo.training.run import Phase

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file. 配方文件。")]
Overrides = Annotated[
    list[str] | None, typer.Argument(help="Changes, key=value: output=DIR, stages.0.epochs=2. 修改配方中的字段。")
]
StageName = Annotated[str | None, typer.Option("--stage", help="Only this stage; default: all. 仅处理该阶段。")]


def build_train() -> typer.Typer:
    """The commands of ``medgo train``."""
    app = typer.Typer(no_args_is_help=True, help="Train a model: plan, audit, run, merge, verify, export. 训练模型。")
    app.command("plan")(plan)
    app.command("audit")(audit)
    app.command("run")(run_command)
    app.command("prepare")(prepare_command)
    app.command("finish")(finish_command)
    app.command("merge")(merge)
    app.command("verify")(verify)
    app.command("export")(export)
    app.command("probes")(probes)
    app.command("nodes")(nodes)
    return app


def run_command(recipe: RecipeArgument, overrides: Overrides = None) -> None:
    """Train all stages; run it again to go on after a kill. 按配方训练全部阶段，可断点续训。"""
    from medgo.training.run import Watch, run_training

    console = Console(stderr=True)
    with errors_shown(console):
        loaded, around = _open(recipe, overrides, console)

        class Screen(Watch):
            def begin(self, stage: str, phase: Phase) -> None:
                console.print(f"[bold]{escape(stage)}[/] · {phase}", highlight=False)

            def prepared(self, found: Prepared) -> None:
                _show(found, console)

        folder = run_training(loaded, around, Screen())
    console.print(f"{escape(str(folder))}: the model of the last stage", highlight=False)


def prepare_command(recipe: RecipeArgument, overrides: Overrides = None, stage: StageName = None) -> None:
    """Read, gate, tokenise, mix and order the rows of a stage; any launcher can train it. 准备训练数据。"""
    from medgo.training.prepare import prepare_stage
    from medgo.training.run import base_of, write_recipe

    console = Console(stderr=True)
    with errors_shown(console):
        loaded, around = _open(recipe, overrides, console)
        for number in _numbers(loaded, stage):
            found = prepare_stage(loaded, number, base_of(loaded, number), around)
            write_recipe(loaded)
            _show(found, console)
            typer.echo(found.job.folder)


def finish_command(
    folder: Annotated[Path, typer.Argument(help="Folder of a trained stage. 已训练阶段的目录。")],
    dtype: Annotated[
        MergedDtype, typer.Option(help="How weights are stored; auto: as in the base. 存储精度，默认与底座一致。")
    ] = MergedDtype.auto,
) -> None:
    """Merge and verify a trained stage, so that the next can start from it. 合并并验证已训练的阶段。"""
    from medgo.training.after.finish import finish_stage
    from medgo.training.job import Job

    console = Console(stderr=True)
    with errors_shown(console):
        job = Job.load(folder.resolve())
        finish_stage(job, dtype=dtype.value)
        console.print(f"{escape(str(job.merged))}: merged and verified", highlight=False)


def _open(recipe: Path, overrides: list[str] | None, console: Console) -> tuple[TrainingRecipe, Surroundings]:
    from medgo.training.prepare import Surroundings
    from medgo.training.recipe import load_training_recipe
    from medgo.training.rows.benchmarks import benchmarks_for

    loaded = load_training_recipe(recipe, overrides or ())
    if loaded.gates.overlap != "off":
        console.print("looking for benchmark items …", style="dim")
    found = benchmarks_for(loaded.gates)
    return loaded, Surroundings(date.today(), found.index, found)


def _numbers(recipe: TrainingRecipe, name: str | None) -> list[int]:
    from medgo.errors import InputError

    names = [stage.name for stage in recipe.stages]
    if name is None:
        return list(range(len(names)))
    if name not in names:
        raise InputError(f"there is no stage {name!r}", hint=f"stages: {', '.join(names)}")
    return [names.index(name)]


def _show(found: Prepared, console: Console) -> None:
    if found.intake is None or found.mix is None:
        console.print("  prepared before from the same inputs", style="dim")
        return
    for table in found.mix.tables():
        console.print(table)

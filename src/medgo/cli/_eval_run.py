"""``medgo eval run``: options in, one run, a table and an exit code out. No logic of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from medgo.cli._engine_options import takes_engine_options
from medgo.cli._errors import OK, ROWS_FAILED, errors_shown, without_controls
from medgo.cli._eval_options import Asking, takes_asking_options
from medgo.cli._eval_table import show_missing, show_summaries
from medgo.evaluation.config import RunConfig
from medgo.evaluation.results import write_summaries
from medgo.evaluation.runs import Run, RunPlan, RunResult, open_run, plan_run, run_evaluation
from medgo.evaluation.runs.folder import has_predictions
from medgo.evaluation.selection import Selection, load_selected, parse_sources
from medgo.inference.batch import ConsoleProgress, stop_on_signals
from medgo.inference.engines import EngineOptions

Benchmarks = Annotated[
    str,
    typer.Option(
        "--benchmarks", "-b", help="Names with commas between them, card (the card's twenty) or all. 评测集。"
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        help="Folder with benchmark files, or NAME=PATH; may be given more than once. Default: $MEDGO_DATA. 数据目录。"
    ),
]
Download = Annotated[bool, typer.Option(help="Fetch what is not here from the Hub. 缺少的数据从 Hub 下载。")]
Model = Annotated[str, typer.Option(help="Alias, hub id, folder, .gguf file, or the endpoint's model.")]
Force = Annotated[
    bool, typer.Option("--force-answer/--no-force-answer", help="Ask replies that were cut off for their label.")
]
Template = Annotated[
    Literal["chat", "plain"], typer.Option(help="plain: no chat template, for base models. 基座模型用 plain。")
]
Seed = Annotated[int, typer.Option(help="Of sampling, few-shot draw and limit.")]
Temperature = Annotated[float | None, typer.Option(help="Default is the protocol's (greedy), 0.6 with thinking.")]


@takes_engine_options
@takes_asking_options
def eval_run_command(
    output: Annotated[Path, typer.Option(help="Run folder; the same command continues it. 结果目录。")],
    model: Model = "embedded",
    benchmarks: Benchmarks = "card",
    data: Data = None,
    download: Download = False,
    *,
    asking: Asking,
    force_answer: Force = True,
    seed: Seed = 0,
    temperature: Temperature = None,
    template: Template = "chat",
    options: EngineOptions = EngineOptions(),
) -> None:
    """Measure a model on benchmarks. 在评测集上测量模型。

    Exit codes: 0 every item answered, 1 the engine failed on some (run again to ask them), 2 nothing could start,
    3 the engine died, 4 a file could not be written, 130 and 143 stopped by a signal.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        config = RunConfig(
            engine=replace(options, model=model, template=template),
            output=output,
            **asking,
            force=force_answer,
            seed=seed,
            temperature=temperature,
        )
        selection = load_selected(benchmarks, parse_sources(data, download=download))
        raise typer.Exit(run_and_show(config, selection, console))


def run_and_show(config: RunConfig, selection: Selection, console: Console) -> int:
    """Run, summarise, show.

    Returns:
        The exit code.
    """
    for note in selection.notes:
        console.print(note, soft_wrap=True)
    plan: RunPlan = plan_run(config, selection)
    show_missing(console, plan.skipped)
    with stop_on_signals() as should_stop:
        result: RunResult = run_evaluation(plan, progress=ConsoleProgress(console), should_stop=should_stop)
    run = open_run(config.output)
    if has_predictions(run.path):
        show_summaries(Console(), run, write_summaries(run))
    show_notes(console, plan)
    if plan.skipped:
        console.print(f"not in this run: {', '.join(plan.skipped)} (see above)", soft_wrap=True, highlight=False)
    if result.interrupted:
        console.print("stopped; the same command continues")
        return should_stop.exit_code
    if result.failed:
        show_failures(console, run, result.failed)
        return ROWS_FAILED
    return OK


def show_notes(console: Console, plan: RunPlan) -> None:
    """Print what a reader of the figures should know of the data."""
    for part in plan.benchmarks:
        for note in part.notes:
            console.print(f"{part.benchmark.name}: {without_controls(note)}", soft_wrap=True, highlight=False)


def show_failures(console: Console, run: Run, failed: int) -> None:
    """Print how many requests failed, and what most of them failed of."""
    reasons = Counter(prediction.error for prediction in run.predictions() if prediction.status == "error")
    ((reason, times),) = reasons.most_common(1)
    requests = "1 request" if failed == 1 else f"{failed} requests"
    console.print(f"{requests} failed and are not counted; the same command asks again.", soft_wrap=True)
    console.print(f"  {times} ×: {without_controls(reason)}", soft_wrap=True, highlight=False, markup=False)

"""``medgo eval judge`` and ``judge-meta``: options in, verdicts asked for, tables out. No logic of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from medgo.cli._batch import ThinkingMode
from medgo.cli._engine_options import takes_engine_options
from medgo.cli._errors import OK, errors_shown, without_controls
from medgo.evaluation.judging import (
    FLOOR,
    Judge,
    JudgeSettings,
    MetaEvaluation,
    VerdictCache,
    meta_evaluate,
    read_labelled,
)
from medgo.evaluation.judging.judges import OnVerdict
from medgo.evaluation.judging.run import VERDICTS, JudgedRun, grade_run
from medgo.evaluation.judging.templates import RubricOrder
from medgo.evaluation.results import write_summaries
from medgo.evaluation.runs import open_run
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import Sampling, Thinking

Judges = Annotated[
    list[str],
    typer.Option("--judge", "-j", help="Model that judges; several make a panel, the first decides ties. 评审模型。"),
]
Template = Annotated[
    RubricOrder,
    typer.Option(help="Rubric template; shared-prefix computes a third of the prompt text, but is another protocol."),
]
Floor = Annotated[
    float,
    typer.Option(min=0.0, max=1.0, help="Balanced F1 beside people below which headlines are withheld. 验证下限。"),
]
MaxNewTokens = Annotated[int, typer.Option("--max-new-tokens", help="Longest verdict in tokens, reasoning included.")]
Labelled = Annotated[
    Path | None,
    typer.Option(
        help="Verdicts that people gave, to validate the judge on; without it headlines are withheld. 人工标注。"
    ),
]


@takes_engine_options
def eval_judge_command(
    run: Annotated[Path, typer.Argument(help="Run folder with free-text answers. 结果目录。")],
    judge: Judges,
    options: EngineOptions,
    meta: Labelled = None,
    floor: Floor = FLOOR,
    template: Template = "official-order",
    thinking: ThinkingMode = "off",
    max_new_tokens: MaxNewTokens = 1024,
) -> None:
    """Grade the free-text answers of a run. 为开放式回答评分。

    Continues where it was stopped: no verdict is asked for twice. Exit codes as of medgo eval run.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        folder = open_run(run)
        settings = JudgeSettings(Sampling(max_new_tokens), Thinking.parse(thinking))
        labelled = None if meta is None else read_labelled(meta)
        with _judges(judge, options, settings) as judges, _progress(console) as on_verdict:
            validated = None
            if labelled is not None:
                with VerdictCache(run / f"meta_{VERDICTS}") as cache:
                    validated = meta_evaluate(judges, labelled, template=template, cache=cache, floor=floor)
            judged = grade_run(folder, judges, template=template, meta=validated, on_verdict=on_verdict)
        write_summaries(folder)
    _show_run(Console(), judged)
    if judged.meta is not None:
        _show_meta(Console(), judged.meta)
    raise typer.Exit(OK)


@takes_engine_options
def eval_judge_meta_command(
    judge: Judges,
    input_file: Annotated[Path, typer.Option("--input", help="Verdicts that people gave, JSONL. 人工标注的评判。")],
    options: EngineOptions,
    cache: Annotated[Path | None, typer.Option(help="Keep verdicts in this file. 评判缓存文件。")] = None,
    floor: Floor = FLOOR,
    template: Template = "official-order",
    thinking: ThinkingMode = "off",
    max_new_tokens: MaxNewTokens = 1024,
) -> None:
    """Compare a judge's verdicts with people's. 用人工标注检验评审模型。

    Exit codes: 0 headlines may rest on this judge, 1 they may not, others as of medgo eval run.
    """
    console = Console(stderr=True)
    with errors_shown(console):
        labelled = read_labelled(input_file)
        settings = JudgeSettings(Sampling(max_new_tokens), Thinking.parse(thinking))
        with _judges(judge, options, settings) as judges, VerdictCache(cache) as verdicts:
            found = meta_evaluate(judges, labelled, template=template, cache=verdicts, floor=floor)
    _show_meta(Console(), found)
    raise typer.Exit(OK if found.headline_allowed else 1)


@contextmanager
def _judges(models: Sequence[str], options: EngineOptions, settings: JudgeSettings) -> Iterator[list[Judge]]:
    """Open the judges' engines, and close them whatever happens."""
    with ExitStack() as stack:
        judges = []
        for model in models:
            engine = open_engine(replace(options, model=model))
            stack.callback(engine.close)
            judges.append(Judge(engine, settings, name=model))
        yield judges


@contextmanager
def _progress(console: Console) -> Iterator[OnVerdict]:
    columns = (TextColumn("verdicts"), BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("verdicts", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_run(console: Console, judged: JudgedRun) -> None:
    table = Table(title="judged answers / 评分结果")
    table.add_column("benchmark", no_wrap=True)
    for name in ("items", "score", "95 % interval", "others", "coverage", "checked", "ties", "no score", "no reply"):
        table.add_column(name, justify="right")
    for each in judged.benchmarks:
        summary, score = each.summary, each.summary.scores.get("score")
        value, interval = "withheld", ""
        if score is None:
            value = "–"
        elif each.headline.allowed:
            value, interval = f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}"
        others = (f"{name} {s.value:.3f}" for name, s in summary.scores.items() if name not in ("score", "listed"))
        counts = (summary.checked, summary.ties, summary.undefined, each.left_out)
        table.add_row(
            each.benchmark,
            str(summary.items),
            value,
            interval,
            ", ".join(others) if each.headline.allowed else "",
            f"{100 * summary.coverage:.1f} %",
            *(str(count or "") for count in counts),
        )
    console.print(table)
    for each in judged.benchmarks:
        state = "headline" if each.headline.allowed else "headline withheld"
        _say(console, f"{each.benchmark}: {state}: {each.headline.reason}")
        if each.summary.agreement is not None:
            alpha = each.summary.agreement.alpha
            pairs = (f"{' / '.join(pair.judges)} {pair.rate:.0%}" for pair in each.summary.agreement.pairs)
            _say(console, f"  judges agree on {', '.join(pairs)}; alpha {'–' if alpha is None else f'{alpha:.2f}'}")
    for name in judged.related:
        _say(console, f"{name} judges its own family: such judges are known to favour their own. 评审与被评模型同源。")


def _show_meta(console: Console, meta: MetaEvaluation) -> None:
    table = Table(title="the judge beside people / 评审与人工标注的一致性")
    table.add_column("", no_wrap=True)
    for name in ("verdicts", "none given", "balanced F1", "people's own", "mean of categories", "kappa", "bias"):
        table.add_column(name, justify="right")
    rows = [(f"together, {kind}", found) for kind, found in meta.kinds.items()]
    rows += list(meta.single.items()) if len(meta.judges) > 1 else []
    for name, found in rows:
        own = "–" if found.people_f1 is None else f"{found.people_f1:.2f}"
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        figures: tuple[str, ...] = (
            f"{found.balanced_f1:.2f}",
            own,
            f"{found.category_mean:.2f}",
            kappa,
            f"{found.bias:+.1f} points",
        )
        if not found.verdicts:
            figures = ("–",) * len(figures)
        table.add_row(without_controls(name), str(found.verdicts), str(found.unavailable or ""), *figures)
    console.print(table)
    _say(
        console,
        f"headlines may rest on it (floor {meta.floor:.2f})"
        if meta.headline_allowed
        else f"headlines are withheld: {meta.reason}",
    )


def _say(console: Console, text: str) -> None:
    console.print(without_controls(text), highlight=False, markup=False, soft_wrap=True)

"""``medgo eval estimate``: what a run would cost. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from medgo.cli._errors import errors_shown
from medgo.cli._eval_options import Asking, takes_asking_options
from medgo.cli._eval_run import Benchmarks, Data, Model
from medgo.cli._eval_table import show_missing
from medgo.evaluation.config import RunConfig
from medgo.evaluation.estimate import RunEstimate, estimate_run, guess_tokens
from medgo.evaluation.runs import plan_run
from medgo.evaluation.selection import load_selected, parse_sources
from medgo.evaluation.tokenizing import local_tokenizer, shape_of
from medgo.inference.devices import DEVICES, find_device
from medgo.inference.engines import EngineOptions

ReplyTokens = Annotated[int | None, typer.Option(min=1, help="Mean length of a reply, where you know better.")]
Price = Annotated[float | None, typer.Option(min=0, help="What an hour of one device costs you, in any currency.")]


@takes_asking_options
def eval_estimate_command(
    model: Model = "medgo",
    benchmarks: Benchmarks = "card",
    data: Data = None,
    *,
    asking: Asking,
    device: Annotated[str, typer.Option(help=f"One of {', '.join(DEVICES)}.")] = "h200",
    reply_tokens: ReplyTokens = None,
    price: Price = None,
) -> None:
    """Say what a run would cost before it starts: tokens, time, memory. 运行前的代价估算。"""
    console = Console(stderr=True)
    with errors_shown(console):
        config = RunConfig(
            engine=EngineOptions(model=model),
            output=Path(),
            **asking,
            temperature=0.6 if asking["epochs"] > 1 else None,
        )
        figures = find_device(device)
        plan = plan_run(config, load_selected(benchmarks, parse_sources(data, download=False)))
        tokenize = local_tokenizer(model, config.thinking)
        estimate = estimate_run(
            plan,
            shape_of(model),
            figures,
            tokenize or guess_tokens,
            exact=tokenize is not None,
            reply_tokens=reply_tokens,
        )
    show_estimate(Console(), estimate, price)
    show_missing(console, plan.skipped)


def show_estimate(console: Console, estimate: RunEstimate, price: float | None) -> None:
    """Print tokens a benchmark, then time, memory, energy and cost."""
    table = Table(title="Tokens")
    table.add_column("benchmark")
    for name in ("requests", "prompt", "computed", "reply"):
        table.add_column(name, justify="right")
    for row in estimate.benchmarks:
        numbers = (row.requests, row.prompt, row.forwarded, row.reply)
        table.add_row(row.name, *(f"{number:,}" for number in numbers))
    totals = [
        sum(getattr(row, name) for row in estimate.benchmarks) for name in ("requests", "prompt", "forwarded", "reply")
    ]
    table.add_section()
    table.add_row("all", *(f"{number:,}" for number in totals))
    console.print(table)
    hours = estimate.seconds / 3600
    how = (
        "counted with the model's tokenizer" if estimate.exact else "guessed from characters: its tokenizer is not here"
    )
    console.print(f"tokens: {how}; replies: assumed lengths (--reply-tokens)")
    console.print(f"device: {estimate.devices} × {estimate.device.name}")
    console.print(f"memory: {estimate.weights / 1e9:.1f} GB weights, {estimate.cache / 1e9:.1f} GB cache")
    time = f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"
    console.print(f"time:   {time}, good to about a factor of two; {estimate.kilowatt_hours:.2f} kWh")
    if price is not None:
        console.print(f"cost:   {hours * estimate.devices * price:,.2f} at {price:,.2f} a device hour")

"""How figures of a run look on a terminal. Knows no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from medgo.cli._errors import without_controls
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.registry import card_average, find
from medgo.evaluation.runs import Run
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary

_ON_THE_CARD = 20
_EMBEDDED = (
    "The embedded model shows that the machinery works. It has no medical skill: these figures say nothing about "
    "MedGo. 内置模型只用于演示流程，不具备医学能力。"
)


def show_summaries(console: Console, run: Run, summaries: Sequence[BenchmarkSummary]) -> None:
    """Print the figures by the card's groups, what went wrong beside every accuracy, and the mean."""
    manifest = run.manifest
    title = f"{manifest['model']} · {manifest['method']} · protocol {manifest['protocol']}"
    table = Table(title=without_controls(title), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("benchmark", no_wrap=True)
    for name in ("n", "%", "95 %", "chance", "unread", "cut", "refuse", "fail", "card"):
        table.add_column(name, justify="right", no_wrap=True)
    group = ""
    for summary, benchmark in sorted(((s, find(s.benchmark)) for s in summaries), key=lambda pair: _order(pair[1])):
        if benchmark.group != group:
            group = benchmark.group
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]")
        table.add_row(*_cells(summary, benchmark))
    console.print(table)
    counted = [(s.headline.value, card.medgo) for s in summaries if s.headline and (card := find(s.benchmark).card)]
    if counted:
        mean, card_mean = (sum(column) / len(counted) for column in zip(*counted, strict=True))
        same = f"; the card on these: {card_mean:.1f}" if len(counted) < _ON_THE_CARD else ""
        console.print(
            f"mean of {len(counted)} of the card's 20: {100 * mean:.1f}{same} (the card on all 20: {card_average().medgo})"
        )
    unjudged = sum(summary.unjudged for summary in summaries)
    if unjudged:
        console.print(f"{unjudged} free-text answers await a judge: medgo eval judge {run.path} --judge MODEL")
    console.print(f"figures: {run.path / 'summary.json'}; pages: medgo eval report {run.path} --output DIR")
    if manifest["model"] == "embedded":
        console.print(_EMBEDDED, style="yellow")


def show_missing(console: Console, skipped: Mapping[str, str]) -> None:
    """Print what is not in a run, why, and how to get it."""
    if not skipped:
        return
    console.print(f"\n{len(skipped)} benchmarks are not in this run:", style="bold")
    for name, why in skipped.items():
        console.print(
            f"  {without_controls(why)}" if why.startswith(f"{name}:") else f"  {name}: {without_controls(why)}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _order(benchmark: Benchmark) -> int:
    groups = ("Medical Knowledge", "Clinical Reasoning", "Medical Standard", "Beyond the card")
    return groups.index(benchmark.group)


def _cells(summary: BenchmarkSummary, benchmark: Benchmark) -> tuple[str, ...]:
    rates = summary.rates
    card = f"{benchmark.card.medgo:.1f}" if benchmark.card else ""
    chance = "" if benchmark.chance is None else f"{benchmark.chance:.1f}"
    value, interval = _estimate(summary.headline)
    shares = (_share(rate) for rate in (rates.unparsed, rates.truncated + rates.forced, rates.refused))
    n = 0 if summary.headline is None else summary.headline.n
    return (benchmark.name, f"{n:,}", value, interval, chance, *shares, str(summary.errors or ""), card)


def _estimate(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    return f"{100 * estimate.value:.1f}", f"{100 * estimate.low:.0f}-{100 * estimate.high:.0f}"


def _share(rate: float) -> str:
    return f"{100 * rate:.0f} %" if rate else ""

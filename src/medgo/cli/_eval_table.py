"""How figures of a run look on a terminal. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from medgo.cli._errors import without_controls
from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures
from medgo.evaluation.benchmarks.registry import BENCHMARKS
from medgo.evaluation.runs import Run
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary
from medgo.evaluation.table import Average, TableGroup, results_table

_COLUMNS = ("n", "%", "95 %", "chance", "unread", "cut", "refuse", "fail", "card")
_EMBEDDED = (
    "The embedded model shows that the machinery works. It has no medical skill: these figures say nothing about "
    "MedGo. 内置模型只用于演示流程，不具备医学能力。"
)


def show_summaries(console: Console, run: Run, summaries: Sequence[BenchmarkSummary]) -> None:
    """Print the figures by the card's groups, what went wrong beside every accuracy, and the means."""
    manifest = run.manifest
    title = f"{manifest['model']} · {manifest['method']} · protocol {manifest['protocol']}"
    # Every column in 80 characters, with the longest name and ten thousand items.
    table = Table(title=without_controls(title), box=box.SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("benchmark", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    results = results_table(summaries, BENCHMARKS)
    for group in results.groups:
        _add_group(table, group)
    console.print(table)
    if results.overall is not None:
        for line in _mean(results.overall):
            _say(console, line)
    for line in _scoreless(run, summaries):
        _say(console, line)
    _say(console, f"figures: {run.path / 'summary.json'}; pages: medgo eval report {run.path} --output DIR")
    if manifest["model"] == "embedded":
        console.print(_EMBEDDED, style="yellow")


def _add_group(table: Table, group: TableGroup) -> None:
    measured = [(row.summary, row.benchmark) for row in group.rows if row.summary is not None]
    if not measured:
        return
    table.add_section()
    table.add_row(f"[bold]{group.name}[/bold]")
    for summary, benchmark in measured:
        table.add_row(*_cells(summary, benchmark))
    average = group.average
    if average is not None and len(average.present) > 1:
        of = f"mean of {len(average.present)} of {len(average.present) + len(average.missing)}"
        table.add_row(of, "", *_estimate(average.ours), *[""] * 5, _card(average.card), style="italic")


def _mean(average: Average) -> Iterator[str]:
    """What the mean over the card's benchmarks is, and what the card says of the same ones."""
    if average.ours is None:
        return
    ours, present = average.ours, len(average.present)
    total = present + len(average.missing)
    low, high = f"{100 * ours.low:.1f}", f"{100 * ours.high:.1f}"
    yield f"mean of {present} of the card's {total}: {100 * ours.value:.1f}, 95 % interval {low} to {high}"
    same = f"{_card(average.card)} on these, " if average.missing else ""
    yield f"the card's own mean: {same}{_card(average.card_all)} on all {total}"


def _scoreless(run: Run, summaries: Sequence[BenchmarkSummary]) -> Iterator[str]:
    """What became of free-text answers without a score: nobody judged them, or the judge is not to be believed."""
    if unjudged := sum(summary.unjudged for summary in summaries):
        way = f"medgo eval judge {run.path} --judge MODEL"
        yield f"{unjudged} free-text answers have no judge's score yet: {way}. 尚无评分的自由文本回答：{unjudged}。"
    if withheld := sum(summary.withheld for summary in summaries):
        yield (
            f"{withheld} free-text answers were judged, but their scores are withheld; {run.path / 'judging.json'} "
            f"says why. 已评分但得分不予显示的回答：{withheld}，原因见该文件。"
        )


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


def _cells(summary: BenchmarkSummary, benchmark: Benchmark) -> tuple[str, ...]:
    rates = summary.rates
    chance = "" if benchmark.chance is None else f"{benchmark.chance:.1f}"
    value, interval = _estimate(summary.headline)
    shares = (_share(rate) for rate in (rates.unparsed, rates.truncated + rates.forced, rates.refused))
    n = 0 if summary.headline is None else summary.headline.n
    return (
        benchmark.name,
        f"{n:,}",
        value,
        interval,
        chance,
        *shares,
        str(summary.errors or ""),
        _card(benchmark.card),
    )


def _estimate(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    return f"{100 * estimate.value:.1f}", f"{100 * estimate.low:.0f}-{100 * estimate.high:.0f}"


def _card(card: CardFigures | None) -> str:
    return "" if card is None else f"{card.medgo:.1f}"


def _share(rate: float) -> str:
    return f"{100 * rate:.0f} %" if rate else ""


def _say(console: Console, text: str) -> None:
    console.print(without_controls(text), highlight=False, markup=False, soft_wrap=True)

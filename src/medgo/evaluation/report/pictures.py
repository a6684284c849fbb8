"""The results as pictures: the table in the card's grouping, and bars with intervals and the card's points.

Text is English: most machines have no Chinese font for matplotlib. Where one is installed, names in Chinese show;
elsewhere a box stands for each character that no font has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.text import Text

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures
from medgo.evaluation.report.content import Report, ReportGroup, ReportRun
from medgo.evaluation.report.words import interval, percent, sample_size, share
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary
from medgo.evaluation.table import Average
from medgo.store import replacing

_CHINESE_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei",
                  "PingFang SC", "SimHei")  # fmt: skip
_INK, _SOFT, _LINE, _CARD = "#1c2330", "#5d6675", "#dfe2e6", "#b4552d"
_RUNS = ("#0b6e75", "#6a51a3", "#2f6fb3", "#8c6d1f", "#7a3e57", "#4c7a34")
_ROW, _TITLE = 0.30, 0.75  # inches
_DPI = 160
_COLUMNS = (("Benchmark", 3.3), ("Run", 2.4), ("Score %", 0.85), ("95 % interval", 1.25), ("n", 0.75),
            ("unparsed", 0.9), ("cut off", 0.8), ("refused", 0.8), ("failed", 0.75),
            ("MedGo", 0.85), ("Lingshu-32B", 1.1), ("MedGemma-27B", 1.3))  # fmt: skip
# What a line of the table is (group, one benchmark, mean), and its cells.
Line = tuple[str, list[str]]


def draw_table(report: Report, path: Path) -> None:
    """Draw the table: our number, interval and rates beside the card's figures.

    Args:
        report: What it says.
        path: The PNG to write.
    """
    lines = list(_lines(report))
    several = len(report.runs) > 1
    columns = [c for c in _COLUMNS if several or c[0] != "Run"]
    edges = list(accumulate((width for _, width in columns), initial=0.0))
    cells = list(pairwise(edges))
    figure, axes = _blank(edges[-1], (len(lines) + 2.5) * _ROW + _TITLE)
    axes.set(xlim=(0, edges[-1]), ylim=(len(lines) + 0.8, -1.4))
    texts = 2 if several else 1
    axes.text(cells[-1][1] - 0.08, -0.9, "model card (published, unverified)", color=_CARD, fontsize=8.5, ha="right")
    for i, (head, _) in enumerate(columns):
        _put(axes, head, cells[i], 0.0, right=i >= texts, color=_SOFT, fontsize=8.5)
    axes.plot([0, edges[-1]], [0.55, 0.55], color=_SOFT, linewidth=0.8)
    for y, (kind, values) in enumerate(lines, 1):
        if kind == "mean":
            axes.plot([0, edges[-1]], [y - 0.48, y - 0.48], color=_LINE, linewidth=0.8)
        for i, value in enumerate(values):
            color = _CARD if i >= len(columns) - 3 else _RUNS[0] if kind == "group" else _INK
            weight = "bold" if kind != "one" or i == texts else "normal"
            _put(axes, value, cells[i], float(y), right=i >= texts, color=color, fontsize=9, fontweight=weight)
    _save(figure, _title(report), path)


def draw_bars(report: Report, path: Path) -> None:
    """Draw a bar with its interval for each benchmark and run, and the card's figures as points.

    Args:
        report: What it says.
        path: The PNG to write.
    """
    rows: list[ReportGroup | Benchmark] = []
    for group in report.groups:
        rows += [group, *group.benchmarks]
    step = max(1.0, 0.55 * len(report.runs) + 0.35)
    legend = 0.2 + 0.22 * (len(report.runs) + 3) / 2
    figure, axes = _blank(10.0, (len(rows) * step + 1.5) * _ROW + legend + _TITLE)
    axes.set(xlim=(-45, 103), ylim=(len(rows) * step + 1.2 + legend / _ROW, -1.0))
    y = 0.0
    for row in rows:
        if isinstance(row, ReportGroup):
            axes.text(-1.5, y, row.name, ha="right", va="center", fontsize=9, fontweight="bold", color=_RUNS[0])
        else:
            axes.text(-1.5, y, _short(row.title, 44), ha="right", va="center", fontsize=9, color=_INK)
            _bars(axes, report.runs, row, y)
        y += step
    for x in range(0, 101, 20):
        axes.plot([x, x], [-0.6, y - 0.4], color=_LINE, linewidth=0.7, zorder=0)
        axes.text(x, y + 0.1, str(x), ha="center", va="center", fontsize=8.5, color=_SOFT)
    _legend(axes, report)
    _save(figure, _title(report), path)


def _bars(axes: Axes, runs: Sequence[ReportRun], benchmark: Benchmark, y: float) -> None:
    height = 0.5 if len(runs) > 1 else 0.6
    for number, run in enumerate(runs):
        offset = (number - (len(runs) - 1) / 2) * 0.55
        summary = run.summaries.get(benchmark.name)
        if summary is None or summary.headline is None:
            continue
        e, color = summary.headline, _RUNS[number % len(_RUNS)]
        axes.barh(y + offset, 100 * e.value, height=height, color=color, alpha=0.35, linewidth=0, zorder=1)
        axes.plot([100 * e.low, 100 * e.high], [y + offset] * 2, color=color, linewidth=1.8, zorder=2)
    if benchmark.chance is not None:
        axes.plot([benchmark.chance] * 2, [y - 0.42, y + 0.42], color=_SOFT, linewidth=0.9, linestyle=":", zorder=2)
    if benchmark.card is not None:
        for x in (benchmark.card.lingshu_32b, benchmark.card.medgemma_27b):
            axes.plot([x], [y], "o", markersize=4.2, markerfacecolor="none", markeredgecolor=_SOFT, zorder=3)
        axes.plot(
            [benchmark.card.medgo], [y], "D", markersize=4.6, markerfacecolor="white", markeredgecolor=_CARD, zorder=4
        )


def _legend(axes: Axes, report: Report) -> None:
    handles = [
        Line2D([], [], color=_RUNS[i % len(_RUNS)], linewidth=5, alpha=0.6, label=_short(run.label, 48))
        for i, run in enumerate(report.runs)
    ]
    handles += [
        Line2D([], [], marker="D", color="none", markerfacecolor="white", markeredgecolor=_CARD, label="MedGo (card)"),
        Line2D([], [], marker="o", color="none", markerfacecolor="none", markeredgecolor=_SOFT,
               label="Lingshu-32B, MedGemma-27B (card)"),
        Line2D([], [], color=_SOFT, linestyle=":", label="guessing"),
    ]  # fmt: skip
    axes.legend(handles=handles, loc="lower center", ncols=2, fontsize=8.5, frameon=False)


def _lines(report: Report) -> Iterator[Line]:
    several = len(report.runs) > 1
    for group in report.groups:
        yield "group", [group.name]
        for benchmark in group.benchmarks:
            for position, (run_label, summary) in enumerate(report.lines(benchmark)):
                name = _short(benchmark.title, 34) if position == 0 else ""
                label = [_short(run_label, 26)] if several else []
                card = _figures(benchmark.card if position == 0 else None)
                yield "one", [name, *label, *_ours(summary), *card]
        for run in report.runs:
            average = run.average(group.name)
            if average is not None:
                yield _average_line("Mean", run, average, several=several)
    for run in report.runs:
        if run.table.overall is not None:
            yield _average_line("Mean of the card's", run, run.table.overall, several=several)


def _ours(summary: BenchmarkSummary | None) -> list[str]:
    if summary is None:
        return ["–", *[""] * 6]
    rates = summary.rates
    shares = [share(rate) for rate in (rates.unparsed, rates.truncated + rates.forced, rates.refused, rates.error)]
    return [*_estimate(summary.headline), sample_size(summary), *shares]


def _average_line(name: str, run: ReportRun, average: Average, *, several: bool) -> Line:
    total = len(average.present) + len(average.missing)
    card = average.card if average.ours is not None else average.card_all
    label = [_short(run.label, 26)] if several else []
    mean = f"{name} ({len(average.present)} of {total})"
    return "mean", [mean, *label, *_estimate(average.ours), *[""] * 5, *_figures(card)]


def _estimate(estimate: Estimate | None) -> list[str]:
    return ["–", ""] if estimate is None else [percent(estimate.value), interval(estimate)]


def _figures(card: CardFigures | None) -> list[str]:
    return [""] * 3 if card is None else [f"{v:.1f}" for v in (card.medgo, card.lingshu_32b, card.medgemma_27b)]


def _title(report: Report) -> str:
    """The models, and what their runs have in common."""
    models = _short(", ".join(_short(run.label, 60) for run in report.runs), 90)
    note = "  (no medical skill: shows the machinery only)" if report.is_demonstration else ""
    manifests = [run.manifest for run in report.runs]
    facts = {key: {str(manifest.get(key, "")) for manifest in manifests} for key in ("method", "protocol")}
    shared = [f"{key} {values.pop()}" for key, values in facts.items() if len(values) == 1]
    which = f"run {str(manifests[0].get('fingerprint', ''))[:12]}" if len(manifests) == 1 else f"{len(manifests)} runs"
    return f"{models}{note}\n{', '.join([*shared, which])}"


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _blank(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of this size in inches whose axes leave room for the title."""
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.02, 0.96, 1 - 0.02 - _TITLE / height))
    axes.set_axis_off()
    return figure, axes


def _put(axes: Axes, text: str, cell: tuple[float, float], y: float, *, right: bool, **style: Any) -> None:
    """Write into a cell between two x, at its right or left end."""
    x = cell[1] - 0.08 if right else cell[0] + 0.08
    axes.text(x, y, text, ha="right" if right else "left", va="center", **style)


def _save(figure: Figure, title: str, path: Path) -> None:
    height = figure.get_size_inches()[1]
    figure.text(0.02, 1 - 0.12 / height, title, ha="left", va="top", fontsize=10.5, color=_INK, linespacing=1.5)
    installed = set(fontManager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _CHINESE_FONTS if name in installed)]
    known = {code for font in fonts for code in get_font(findfont(font)).get_charmap()}
    for text in figure.findobj(Text):
        text.set_fontfamily(fonts)
        text.set_parse_math(False)  # a "$" in a model's name is a "$"
        shown = "".join(char if ord(char) in known or char == "\n" else "□" for char in text.get_text())
        text.set_text(shown)
    with replacing(path) as file:
        figure.savefig(file, format="png")

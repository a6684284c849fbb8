"""The report as one HTML file that needs nothing else: no network, no other file. Lays out; works nothing out.

Two rules keep what a model wrote from becoming part of the page: the template escapes every value, and answers travel
as JSON in which ``<`` cannot occur, from where the script writes them as text. The page's own policy allows no script
but that one (by its hash) and no connection at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures
from medgo.evaluation.report.browser import Embedded, embed
from medgo.evaluation.report.content import Report, ReportComparison, ReportRun
from medgo.evaluation.report.markdown import number
from medgo.evaluation.report.remarks import remarks
from medgo.evaluation.report.words import (
    GROUPS,
    WORDS,
    Words,
    interval,
    percent,
    points,
    probability,
    sample_size,
    share,
)
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary
from medgo.evaluation.table import Average

# The plot of a row: 0 % and 100 % in units of its drawing.
_LEFT, _RIGHT = 5.0, 205.0
# What HTML or JavaScript would take for more than text, and halves of surrogate pairs, which UTF-8 cannot carry.
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
# Names of verdicts in the words of the page.
_VERDICTS = {"error": "failed"} | {
    name: name for name in ("right", "wrong", "answered", "unparsed", "truncated", "refused", "forced", "counted_wrong")
}
_RATES = 5


def as_page(report: Report, *, items_per_benchmark: int) -> str:
    """Write the page.

    Args:
        report: What it says.
        items_per_benchmark: Answers of each benchmark and run that it holds; how many it leaves out is said on it.
    """
    script, style = _asset("page.js"), _asset("page.css")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("page.html")).render(
        report=report,
        several=len(report.runs) > 1,
        words=WORDS,
        rows=list(_rows(report)),
        remarks=[{"label": run.label, "text": text} for run in report.runs for text in remarks(run)],
        comparisons=[_comparison(each, {b.name: b.title for b in report.measured}) for each in report.comparisons],
        panels=[_panel(run) for run in report.runs],
        details=list(_details(report)),
        data=as_script_data(_data(report, embed(report, items_per_benchmark))),
        script=script,
        style=style,
        script_hash=_policy_hash(script),
        style_hash=_policy_hash(style),
    )


def as_script_data(value: Any) -> str:
    """Write JSON that cannot end or open anything in HTML, whatever its texts say."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _asset(name: str) -> str:
    return files("medgo.evaluation.report").joinpath(name).read_text(encoding="utf-8")


def _policy_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(report: Report, embedded: Mapping[tuple[int, str], Embedded]) -> dict[str, Any]:
    used = {key: {"en": words.en, "zh": words.zh} for key, words in WORDS.items()}
    return {
        "words": used,
        "verdicts": _VERDICTS,
        "runs": [run.label for run in report.runs],
        "benchmarks": {benchmark.name: benchmark.title for benchmark in report.measured},
        "embedded": [
            {"run": run, "benchmark": name, "shown": len(part.rows), "total": part.total}
            for (run, name), part in embedded.items()
        ],
        "rows": [row for part in embedded.values() for row in part.rows],
    }


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    """Rows of the table: groups, benchmarks and means."""
    for group in report.groups:
        yield {"kind": "group", "name": GROUPS[group.name]}
        for benchmark in group.benchmarks:
            for position, (label, summary) in enumerate(report.lines(benchmark)):
                yield _benchmark_row(benchmark, label, summary, first=position == 0)
        for run in report.runs:
            average = run.average(group.name)
            if average is not None:
                yield _average_row("mean", WORDS["mean"], run, average)
    for run in report.runs:
        if run.table.overall is not None:
            yield _average_row("all", WORDS["mean_all"], run, run.table.overall)


def _benchmark_row(
    benchmark: Benchmark, label: str, summary: BenchmarkSummary | None, *, first: bool
) -> dict[str, Any]:
    headline = summary.headline if summary is not None else None
    rates = [""] * _RATES
    if summary is not None:
        of = summary.rates
        rates = [share(rate) for rate in (of.unparsed, of.truncated, of.forced, of.refused, of.error)]
    return {
        "kind": "one",
        "title": benchmark.title if first else "",
        "run": label,
        "n": "" if summary is None else sample_size(summary),
        "tip": "" if summary is None else f"{summary.metric}, {summary.average}; {summary.items} / {summary.size}",
        "rates": rates,
        "card": _card(benchmark.card if first else None),
        **_plot(headline, benchmark.card, benchmark.chance),
    }


def _average_row(kind: str, name: Words, run: ReportRun, average: Average) -> dict[str, Any]:
    counts = {"n": len(average.present), "total": len(average.present) + len(average.missing)}
    of = WORDS["of_card"]
    card = average.card if average.ours is not None else average.card_all
    return {
        "kind": kind,
        "title": Words(f"{name.en} ({of.en.format(**counts)})", f"{name.zh}（{of.zh.format(**counts)}）"),
        "run": run.label,
        "n": "",
        "tip": ", ".join(average.present),
        "rates": [""] * _RATES,
        "card": _card(card),
        **_plot(average.ours, card, None),
    }


def _card(card: CardFigures | None) -> list[str]:
    return [""] * 3 if card is None else [f"{v:.1f}" for v in (card.medgo, card.lingshu_32b, card.medgemma_27b)]


def _plot(estimate: Estimate | None, card: CardFigures | None, chance: float | None) -> dict[str, Any]:
    return {
        "score": "–" if estimate is None else percent(estimate.value),
        "interval": "" if estimate is None else interval(estimate),
        "ours": None if estimate is None else _x(100 * estimate.value),
        "low": None if estimate is None else _x(100 * estimate.low),
        "high": None if estimate is None else _x(100 * estimate.high),
        "chance": None if chance is None else _x(chance),
        "medgo": None if card is None else _x(card.medgo),
        "others": [] if card is None else [_x(card.lingshu_32b), _x(card.medgemma_27b)],
    }


def _x(percentage: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * min(max(percentage, 0.0), 100.0) / 100, 1)


def _comparison(comparison: ReportComparison, titles: Mapping[str, str]) -> dict[str, Any]:
    found = comparison.found
    rows = [] if found is None else found.benchmarks
    return {
        "a": comparison.a,
        "b": comparison.b,
        "why": comparison.why,
        "rows": [
            {
                "title": titles[each.benchmark],
                "winner": each.winner,
                "figures": [
                    str(each.pairs),
                    percent(each.a),
                    percent(each.b),
                    points(each.difference),
                    probability(each.p_adjusted),
                ],
                "verdict": Words(each.verdict("en"), each.verdict("zh")),
            }
            for each in rows
        ],
        "overall": "" if found is None or found.overall is None else points(found.overall),
        "average": Words("", "") if found is None else Words(found.verdict("en"), found.verdict("zh")),
        "differs": () if found is None else found.warnings,
        "left_out": {} if found is None else found.left_out,
    }


def _panel(run: ReportRun) -> dict[str, Any]:
    manifest = run.manifest
    engine = manifest.get("engine", {})
    facts = {
        "method": manifest.get("method"),
        "protocol": manifest.get("protocol"),
        "engine": ", ".join(str(engine[key]) for key in ("engine", "numbers", "device") if engine.get(key)),
        "weights": engine.get("weights"),
        "fingerprint": manifest.get("fingerprint"),
        "version": manifest.get("medgo"),
    }
    shown = [(key, value) for key, value in facts.items() if value]
    return {"label": run.label, "facts": shown, "skipped": manifest.get("skipped", {})}


def _details(report: Report) -> Iterator[dict[str, Any]]:
    for benchmark in report.measured:
        for run in report.runs:
            summary = run.summaries.get(benchmark.name)
            if summary is not None:
                yield _detail(benchmark, run, summary)


def _detail(benchmark: Benchmark, run: ReportRun, summary: BenchmarkSummary) -> dict[str, Any]:
    described = run.manifest.get("benchmarks", {}).get(benchmark.name, {})
    of_data = " · ".join(str(described[key]) for key in ("revision", "data_sha256") if described.get(key))
    spent = summary.rates.thinking_forced
    facts = [
        ("thinking_forced", share(spent) if spent else ""),
        ("data", of_data),
        ("form", described.get("form")),
        ("protocol", described.get("protocol_sha256")),
    ]
    facts += [("notes", note) for note in described.get("notes", ())]
    metrics = [
        (name, number(name, e.value), f"{number(name, e.low)} – {number(name, e.high)}")
        for name, e in summary.metrics.items()
        if name != summary.metric
    ]
    metrics += [(name, f"{value:.3f}", "") for name, value in summary.diagnostics.items()]
    by = {"by_lang": summary.by_lang, "by_variant": summary.by_variant, "by_category": summary.by_category}
    part = {"n": summary.items, "size": summary.size}
    return {
        "title": benchmark.title,
        "label": run.label,
        "metric": f"{summary.metric} ({summary.average})",
        "part": Words(WORDS["part"].en.format(**part), WORDS["part"].zh.format(**part)),
        "metrics": metrics,
        "strata": [
            (key, [(name, percent(e.value), interval(e), e.n) for name, e in strata.items()])
            for key, strata in by.items()
            if strata
        ],
        "gaps": [(f"{g.privileged} – {g.unprivileged}", points(g.difference), f"{g.p:.3g}") for g in summary.gaps],
        "facts": [(key, value) for key, value in facts if value],
    }

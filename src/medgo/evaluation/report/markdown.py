"""The report as Markdown, Chinese and English one after the other. Lays out; works nothing out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medgo.evaluation.benchmarks.definition import Benchmark, CardFigures
from medgo.evaluation.report.content import Report, ReportComparison, ReportRun
from medgo.evaluation.report.remarks import remarks
from medgo.evaluation.report.words import GROUPS, interval, percent, points, probability, sample_size, say, share
from medgo.evaluation.summary import BenchmarkSummary
from medgo.evaluation.table import Average
from medgo.schema import Lang

_CARD = ("MedGo", "Lingshu-32B", "MedGemma-27B")
_RATES = ("unparsed", "truncated", "forced", "refused", "failed")


def as_markdown(report: Report) -> str:
    """Write the report.

    Returns:
        One document: all of it in English, then all of it in Chinese.
    """
    return "\n".join([*_in(report, "en"), "", "---", "", *_in(report, "zh")]) + "\n"


def _in(report: Report, lang: Lang) -> Iterator[str]:
    yield f"# {say('title', lang)}"
    if report.is_demonstration:
        yield from ("", f"> **{say('embedded', lang)}**")
    yield from ("", f"## {say('results', lang)}", "")
    yield from _table(report, lang)
    yield from ("", f"{say('how_counted', lang)} {say('card_note', lang)}")
    for run in report.runs:
        yield from _remarks(run, lang)
    for comparison in report.comparisons:
        yield from _comparison(comparison, lang)
    yield from ("", f"## {say('runs', lang)}")
    for run in report.runs:
        yield from _identity(run, lang)
    yield from ("", f"## {say('details', lang)}")
    for benchmark in report.measured:
        yield from _details(report, benchmark, lang)


def _table(report: Report, lang: Lang) -> Iterator[str]:
    several = len(report.runs) > 1
    head = [say("benchmark", lang), *([say("run", lang)] if several else []), say("score", lang), say("interval", lang)]
    head += [say("n", lang), *(say(name, lang) for name in _RATES), *(f"{name} (card)" for name in _CARD)]
    left = 2 if several else 1
    yield _row(head)
    yield _row(["---"] * left + ["--:"] * (len(head) - left))
    for group in report.groups:
        yield _row([f"**{GROUPS[group.name][lang]}**", *[""] * (len(head) - 1)])
        for benchmark in group.benchmarks:
            for position, (label, summary) in enumerate(report.lines(benchmark)):
                name = _cell(benchmark.title) if position == 0 else ""
                card = _card(benchmark.card if position == 0 else None)
                yield _row([name, *([_cell(label)] if several else []), *_figures(summary), *card])
        for run in report.runs:
            yield from _average(say("mean", lang), run, run.average(group.name), several, lang)
    for run in report.runs:
        yield from _average(say("mean_all", lang), run, run.table.overall, several, lang)


def _figures(summary: BenchmarkSummary | None) -> list[str]:
    if summary is None:
        return ["–", *[""] * (2 + len(_RATES))]
    rates = summary.rates
    shares = [share(rate) for rate in (rates.unparsed, rates.truncated, rates.forced, rates.refused, rates.error)]
    if summary.headline is None:
        return ["–", "", sample_size(summary), *shares]
    return [f"**{percent(summary.headline.value)}**", interval(summary.headline), sample_size(summary), *shares]


def _average(name: str, run: ReportRun, average: Average | None, several: bool, lang: Lang) -> Iterator[str]:
    if average is None:
        return
    total = len(average.present) + len(average.missing)
    label = f"*{name}* ({say('of_card', lang, n=len(average.present), total=total)})"
    ours = ["–", ""] if average.ours is None else [f"**{percent(average.ours.value)}**", interval(average.ours)]
    cells = [label, *([_cell(run.label)] if several else []), *ours, *[""] * (1 + len(_RATES))]
    yield _row([*cells, *_card(average.card if average.ours is not None else average.card_all)])


def _card(card: CardFigures | None) -> list[str]:
    return [""] * 3 if card is None else [f"{v:.1f}" for v in (card.medgo, card.lingshu_32b, card.medgemma_27b)]


def _remarks(run: ReportRun, lang: Lang) -> Iterator[str]:
    lines = [text[lang] for text in remarks(run)]
    if lines:
        yield from ("", f"**{_cell(run.label)}**", "", *(f"- {_cell(line)}" for line in lines))


def _comparison(comparison: ReportComparison, lang: Lang) -> Iterator[str]:
    yield from ("", f"## {say('comparison', lang)}", "")
    yield from (f"- A: {_cell(comparison.a)}", f"- B: {_cell(comparison.b)}", "")
    found = comparison.found
    if found is None:
        yield _cell(comparison.why)
        return
    yield _row([say("benchmark", lang), say("pairs", lang), "A %", "B %", say("difference", lang), "p (Holm)", ""])
    yield _row(["---", "--:", "--:", "--:", "--:", "--:", "---"])
    for each in found.benchmarks:
        figures = [percent(each.a), percent(each.b), points(each.difference), probability(each.p_adjusted)]
        yield _row([each.benchmark, str(each.pairs), *figures, each.verdict(lang)])
    if found.overall is not None:
        yield _row([f"*{say('mean_difference', lang)}*", "", "", "", points(found.overall), "", found.verdict(lang)])
    yield ""
    yield from (f"- {say('differs', lang)}: {_cell(warning)}" for warning in found.warnings)
    yield from (f"- {say('not_compared', lang)}: {name}: {_cell(why)}" for name, why in found.left_out.items())


def _identity(run: ReportRun, lang: Lang) -> Iterator[str]:
    manifest, engine = run.manifest, run.manifest.get("engine", {})
    facts = {
        "method": manifest.get("method"),
        "protocol": manifest.get("protocol"),
        "engine": ", ".join(str(engine[key]) for key in ("engine", "numbers", "device") if engine.get(key)),
        "weights": engine.get("weights"),
        "fingerprint": manifest.get("fingerprint"),
        "version": manifest.get("medgo"),
    }
    yield from ("", f"### {_cell(run.label)}", "")
    yield from (f"- {say(key, lang)}: {_code(value)}" for key, value in facts.items() if value)
    for name, why in manifest.get("skipped", {}).items():
        yield f"- {say('skipped', lang)}: {name}: {_cell(why)}"


def _details(report: Report, benchmark: Benchmark, lang: Lang) -> Iterator[str]:
    for run in report.runs:
        summary = run.summaries.get(benchmark.name)
        if summary is None:
            continue
        described = run.manifest.get("benchmarks", {}).get(benchmark.name, {})
        label = f" · {_cell(run.label)}" if len(report.runs) > 1 else ""
        part = say("part", lang, n=summary.items, size=summary.size)
        yield from ("", f"### {_cell(benchmark.title)}{label}", "")
        yield f"{say('metric', lang)}: {summary.metric} ({summary.average}); {part}"
        hashes = {"data": described.get("data_sha256"), "protocol": described.get("protocol_sha256")}
        yield from (f"- {say(key, lang)}: {_code(value)}" for key, value in hashes.items() if value)
        yield from (f"- {say('notes', lang)}: {_cell(note)}" for note in described.get("notes", ()))
        yield from _further(summary, lang)


def _further(summary: BenchmarkSummary, lang: Lang) -> Iterator[str]:
    if summary.rates.thinking_forced:
        yield f"- {say('thinking_forced', lang)}: {share(summary.rates.thinking_forced)}"
    for name, estimate in summary.metrics.items():
        if name == summary.metric:
            continue
        yield f"- {name}: {number(name, estimate.value)} ({number(name, estimate.low)} – {number(name, estimate.high)})"
    yield from (f"- {name}: {value:.3f}" for name, value in summary.diagnostics.items())
    by = {"by_lang": summary.by_lang, "by_variant": summary.by_variant, "by_category": summary.by_category}
    for key, strata in by.items():
        if strata:
            cells = (f"{_cell(name) or '–'} {percent(e.value)} (n = {e.n})" for name, e in strata.items())
            yield f"- {say(key, lang)}: {'; '.join(cells)}"
    for gap in summary.gaps:
        pair = _cell(f"{gap.privileged} – {gap.unprivileged}")
        yield f"- {say('gaps', lang)}: {pair}: {points(gap.difference)}, p = {gap.p:.3g}"


def number(name: str, value: float) -> str:
    """Write a metric: shares in percent, others (a distance, a judge's points) as they are."""
    shares = ("accuracy", "exact_match", "partial_credit", "jaccard", "majority", "pass@", "all_rotations", "macro_f1")
    judged = ("score", "top1", "top5")
    return percent(value) + " %" if name.startswith(shares) or name in judged else f"{value:.3f}"


def _cell(value: object) -> str:
    """Text that cannot end a cell or a line, nor become markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{char}" if char in "\\|`<>*[" else char for char in text)


def _code(value: object) -> str:
    return "`" + " ".join(str(value).split()).replace("`", "'").replace("|", "¦") + "`"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

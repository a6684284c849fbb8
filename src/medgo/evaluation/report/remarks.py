"""What a reader of the figures must know beside them: what failed, what is missing, who judged. Lays nothing out."""

from __future__ import annotations

from collections.abc import Iterator

from medgo.evaluation.report.content import ReportRun
from medgo.evaluation.report.words import WORDS, Words, percent


def remarks(run: ReportRun) -> Iterator[Words]:
    """The remarks on a run, in both languages."""
    for summary in run.summaries.values():
        if summary.errors and summary.bounds:
            low, high = map(percent, summary.bounds)
            yield _filled("failures", summary.benchmark, n=summary.errors, low=low, high=high)
        if summary.unjudged:
            yield _filled("no_judge", summary.benchmark, n=summary.unjudged)
        if summary.withheld:
            yield _filled("scored_withheld", summary.benchmark, n=summary.withheld)
    for name, judged in run.judging.get("benchmarks", {}).items():
        headline = judged.get("headline", {})
        yield _filled("judge" if headline.get("allowed") else "withheld", name, reason=headline.get("reason", ""))
    if run.judging.get("related_judges"):
        yield _filled("related", "", names=", ".join(run.judging["related_judges"]))
    if run.table.overall is not None and run.table.overall.missing:
        yield _filled("missing", "", names=", ".join(run.table.overall.missing))


def _filled(key: str, name: str, **values: object) -> Words:
    en, zh = WORDS[key].en.format(**values), WORDS[key].zh.format(**values)
    return Words(f"{name}: {en}", f"{name}：{zh}") if name else Words(en, zh)

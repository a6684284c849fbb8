"""``model-index`` for a model card on the Hub: each number with n, interval and the hashes that it depends on."""

from __future__ import annotations

from typing import Any

import yaml

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.report.content import Report, ReportRun
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import BenchmarkSummary


def as_model_index(report: Report) -> str:
    """Write the metadata of all runs as YAML.

    Numbers are in percent, as the card writes them. ``verified`` is false: only the Hub's own evaluation may set it.
    """
    models = [{"name": run.label, "results": _results(report, run)} for run in report.runs]
    text: str = yaml.safe_dump({"model-index": models}, allow_unicode=True, sort_keys=False, width=120)
    return text


def _results(report: Report, run: ReportRun) -> list[dict[str, Any]]:
    results = []
    for benchmark in report.measured:
        summary = run.summaries.get(benchmark.name)
        if summary is not None and summary.headline is not None:
            results.append(_result(run, benchmark, summary, summary.headline))
    return results


def _result(run: ReportRun, benchmark: Benchmark, summary: BenchmarkSummary, headline: Estimate) -> dict[str, Any]:
    described = run.manifest.get("benchmarks", {}).get(benchmark.name, {})
    dataset = {"type": benchmark.source.hub or benchmark.name, "name": benchmark.title, "split": "test"}
    if described.get("revision"):
        dataset["revision"] = described["revision"]
    return {
        "task": {"type": "question-answering", "name": "Question Answering"},
        "dataset": dataset,
        "metrics": [_metric(run, described, summary, headline)],
        "source": {"name": f"MedGo evaluation {run.manifest.get('medgo', '')}".strip(), "url": benchmark.source.page},
    }


def _metric(run: ReportRun, described: dict[str, Any], summary: BenchmarkSummary, headline: Estimate) -> dict[str, Any]:
    rates = summary.rates
    args = {
        "n": headline.n,
        "items": summary.counted,
        "size": summary.size,
        "interval": [round(100 * headline.low, 2), round(100 * headline.high, 2)],
        "level": headline.level,
        "interval_method": headline.method,
        "average": summary.average,
        "method": run.manifest.get("method"),
        "protocol": run.manifest.get("protocol"),
        "protocol_sha256": described.get("protocol_sha256"),
        "data_sha256": described.get("data_sha256"),
        "run_fingerprint": run.manifest.get("fingerprint"),
        "epochs": summary.epochs,
        "unparsed_percent": round(100 * rates.unparsed, 2),
        "truncated_percent": round(100 * rates.truncated, 2),
        "forced_percent": round(100 * rates.forced, 2),
        "thinking_forced_percent": round(100 * rates.thinking_forced, 2),
        "refused_percent": round(100 * rates.refused, 2),
        "failed": summary.errors,
    }
    return {
        "type": summary.metric,
        "name": summary.metric.replace("_", " "),
        "value": round(100 * headline.value, 2),
        "verified": False,
        "args": {key: value for key, value in args.items() if value is not None},
    }

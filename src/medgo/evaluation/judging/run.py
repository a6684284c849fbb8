"""Grading a run folder: its free-text answers in, ``grades.jsonl`` and ``judging.json`` out.

Needs nothing but the folder: what was asked stands in its ``items.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from medgo.errors import InputError, RunFolderError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.benchmarks.registry import find
from medgo.evaluation.judging.cache import VerdictCache
from medgo.evaluation.judging.grader import Grade, Grader, TaskName
from medgo.evaluation.judging.judges import Judge, OnVerdict, judges_itself
from medgo.evaluation.judging.meta import Headline, MetaEvaluation, headline
from medgo.evaluation.judging.summary import JudgedSummary, summarise
from medgo.evaluation.outcomes import WITHHELD
from medgo.evaluation.runs.folder import Run
from medgo.evaluation.statistics import Estimate
from medgo.evaluation.summary import summarise as figures_of
from medgo.schema import Criterion, EvalItem, Prediction, parse_messages
from medgo.store import encode_row, replacing

VERDICTS, GRADES, JUDGING = "verdicts.jsonl", "grades.jsonl", "judging.json"
# Cases with several confirmed diagnoses each; the other diagnosis benchmarks ask for a ranking.
_LISTS = frozenset({"clinbench_cases"})


@dataclass(frozen=True, slots=True)
class JudgedBenchmark:
    """One benchmark of a graded run.

    Args:
        benchmark: Its name.
        summary: The figures.
        headline: Whether they may be printed as a headline.
        left_out: Predictions that are no replies (the engine failed, or the reply is withheld); they are in no mean.
        grader: What the grades depend on.
    """

    benchmark: str
    summary: JudgedSummary
    headline: Headline
    left_out: int
    grader: Mapping[str, Any]

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        row = self.summary.to_row()
        figures = {name: row.pop(name) for name in ("bounds", "bootstrap_std")}
        kept = {name: _named(row.pop(name), self.headline) for name in ("scores", "tags")}
        return {
            "summary": kept | _named(figures, self.headline) | row,
            "headline": {"allowed": self.headline.allowed, "reason": self.headline.reason},
            "left_out": self.left_out,
            "grader": dict(self.grader),
        }


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A graded run.

    Args:
        benchmarks: Its free-text benchmarks.
        related: Judges that share weights or family with the judged model, by name.
        meta: The meta-evaluation that the headlines rest on.
    """

    benchmarks: tuple[JudgedBenchmark, ...]
    related: tuple[str, ...]
    meta: MetaEvaluation | None


def task_of(benchmark: Benchmark) -> TaskName | None:
    """How replies to a benchmark are graded; None where reading them is enough."""
    if benchmark.kind == "choice":
        return None
    return "diagnosis-list" if benchmark.name in _LISTS else benchmark.kind


def grade_predictions(
    items: Mapping[str, EvalItem],
    predictions: Sequence[Prediction],
    grader: Grader,
    on_verdict: OnVerdict | None = None,
) -> list[tuple[Prediction, Grade]]:
    """Grade the replies of one benchmark: cut off, refusing and empty ones too, as the publishers do.

    Args:
        items: Id → item.
        predictions: All of the benchmark; what is no reply (the engine failed) is left out.
        grader: Of the benchmark's kind.
        on_verdict: See :meth:`Grader.grade`.

    Raises:
        InputError: A prediction's item is not there.
    """
    replies = [prediction for prediction in predictions if is_reply(prediction)]
    missing = [prediction.item for prediction in replies if prediction.item not in items]
    if missing:
        raise InputError(f"{len(missing)} predictions are to items that are not there, such as {missing[0]!r}")
    pairs = ((items[prediction.item], prediction.reply or "") for prediction in replies)
    return list(zip(replies, grader.grade(pairs, on_verdict), strict=True))


def is_reply(prediction: Prediction) -> bool:
    """Whether there is something to be graded."""
    return prediction.status != "error" and prediction.reply is not None


def grade_run(
    run: Run,
    judges: Sequence[Judge],
    *,
    template: str = "official-order",
    meta: MetaEvaluation | None = None,
    seed: int = 0,
    on_verdict: OnVerdict | None = None,
) -> JudgedRun:
    """Grade all free-text benchmarks of a run; the same command after a kill asks only what is missing.

    Args:
        run: The folder.
        judges: In the order in which they decide ties.
        template: Rubric template.
        meta: Whether these judges can be trusted; without it every headline is withheld.
        seed: Of the resamples.
        on_verdict: See :meth:`Grader.grade`.

    Raises:
        InputError: The run has no free-text benchmark.
        RunFolderError: The folder is damaged.
        UnusableJudgeError: A judge returns mostly nonsense; ``grades.jsonl`` is as it was.
        JudgeFailingError: Its engine mostly fails; likewise.
    """
    tasks = {name: task for name in run.manifest["benchmarks"] if (task := task_of(find(name))) is not None}
    if not tasks:
        raise InputError(
            f"{run.path} holds no free-text benchmark: its answers are read, not judged",
            hint="medgo eval list shows which benchmarks are judged (healthbench, diagnosisarena_open, cmb_clin …)",
        )
    items = _items(run)
    predictions = run.predictions()
    judged, rows = [], []
    with VerdictCache(run.path / VERDICTS) as cache:
        for name, task in tasks.items():
            grader = Grader(task, judges, template=template, cache=cache)
            own = [prediction for prediction in predictions if prediction.benchmark == name]
            pairs = grade_predictions(items.get(name, {}), own, grader, on_verdict)
            allowed = headline(grader, meta)
            rows += [_row(prediction, grade, allowed) for prediction, grade in pairs]
            figures = summarise(
                [grade for _, grade in pairs],
                np.random.default_rng(seed),
                judges=[judge.name for judge in judges],
                mean=grader.mean,
                scores=_estimates(own, pairs, find(name), seed),
            )
            judged.append(JudgedBenchmark(name, figures, allowed, len(own) - len(pairs), grader.identity))
    result = JudgedRun(tuple(judged), _related(run, judges), meta)
    _write(run, rows, result)
    return result


def _estimates(
    predictions: Sequence[Prediction], pairs: Sequence[tuple[Prediction, Grade]], benchmark: Benchmark, seed: int
) -> dict[str, Estimate]:
    """The figures of ``summary.json``, worked out as they are there: the same score has the same interval in both."""
    if not predictions:
        return {}
    scores = {prediction.key: grade.scores for prediction, grade in pairs}
    graded = [replace(each, scores={**each.scores, **scores.get(each.key, {})}) for each in predictions]
    return dict(figures_of(graded, benchmark, rng=np.random.default_rng(seed)).metrics)


def _related(run: Run, judges: Sequence[Judge]) -> tuple[str, ...]:
    weights = str((run.manifest.get("engine") or {}).get("weights", ""))
    model = str(run.manifest["model"])
    return tuple(judge.name for judge in judges if judges_itself(judge.engine, model=model, weights=weights))


def _row(prediction: Prediction, grade: Grade, allowed: Headline) -> dict[str, Any]:
    names = {"benchmark": prediction.benchmark, "item": prediction.item, "epoch": prediction.epoch}
    return grade.to_row() | names | {"scores": _named(grade.scores, allowed)}


def _named(scores: Mapping[str, Any], allowed: Headline) -> dict[str, Any]:
    prefix = "" if allowed.allowed else WITHHELD
    return {prefix + name: score for name, score in scores.items()}


def _write(run: Run, rows: Sequence[dict[str, Any]], judged: JudgedRun) -> None:
    with replacing(run.path / GRADES) as file:
        for row in rows:
            file.write(encode_row(row))
    document = {
        "benchmarks": {each.benchmark: each.to_row() for each in judged.benchmarks},
        "related_judges": list(judged.related),
        "meta_evaluation": None if judged.meta is None else judged.meta.to_row(),
    }
    with replacing(run.path / JUDGING) as file:
        file.write(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


def _items(run: Run) -> dict[str, dict[str, EvalItem]]:
    """Benchmark → id → item, as far as grading needs it: what was asked, and what it is graded against."""
    items: dict[str, dict[str, EvalItem]] = {}
    for (benchmark, name), row in run.items().items():
        if row.get("messages") is None or row.get("options"):
            continue
        try:
            items.setdefault(benchmark, {})[name] = _item(benchmark, name, row)
        except (InputError, KeyError, TypeError) as error:
            raise RunFolderError(
                f"{run.path / 'items.jsonl'}: item {benchmark}/{name} cannot be read: {error}"
            ) from error
    return items


def _item(benchmark: str, name: str, row: Mapping[str, Any]) -> EvalItem:
    rubric = tuple(Criterion(c["text"], float(c["points"]), tuple(c["tags"])) for c in row.get("rubric", ()))
    category = row.get("category", "")
    meta = row.get("meta") or ({"example_tags": [f"theme:{category}"]} if rubric and category else {})
    return EvalItem(
        id=name,
        benchmark=benchmark,
        lang=row["lang"],
        question="",
        conversation=parse_messages(row["messages"]),
        reference=row.get("reference", ""),
        rubric=rubric,
        category=category,
        meta=meta,
    )

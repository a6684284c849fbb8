"""Measurements of the models of a run: which model each is of, how it did, and whether it beats the base. No text.

A measurement belongs to a model by the hash of its weights, never by a name that somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.benchmarks.registry import BENCHMARKS, find
from medgo.evaluation.compare import compare, mismatches
from medgo.evaluation.results import graded_predictions, summaries_of
from medgo.evaluation.runs import Run, open_run
from medgo.evaluation.summary import BenchmarkSummary
from medgo.inference.models import resolve_model, weights_hash
from medgo.training.card.measurement import BASE, Against, Measurement
from medgo.training.card.probe_results import asked_items, is_probe_folder, probe_measurements, read_probes
from medgo.training.card.records import RunRecords
from medgo.training.probes.history import mark_of


@dataclass(frozen=True, slots=True)
class ChosenOn:
    """Items with which a stage's step was chosen, among those that the stages were measured with afterwards.

    Args:
        stage: Its name.
        shared: How many they have in common.
        asked: Items that it was measured with.
    """

    stage: str
    shared: int
    asked: int


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Everything that was measured.

    Args:
        measured: Base first, then stages in their order.
        absent: Benchmarks of the published card that none of the models was measured on.
        unmeasured: Models of the run without a single number.
        chosen_on: Stages whose step was chosen with items that also measured it here.
    """

    measured: tuple[Measurement, ...]
    absent: tuple[str, ...]
    unmeasured: tuple[str, ...]
    chosen_on: tuple[ChosenOn, ...] = ()

    def of(self, subject: str) -> list[Measurement]:
        """The numbers of one model."""
        return [each for each in self.measured if each.subject == subject]


def subjects_of(records: RunRecords) -> dict[str, frozenset[str]]:
    """Model → every hash that its weights are known by: ``base``, then each stage that left a merged model."""
    found: dict[str, frozenset[str]] = {}
    if records.stages:
        first = records.stages[0].job
        found[BASE] = frozenset({first.model_hash, *_hashes(first.model_dir)})
    for stage in records.stages:
        if stage.job.merged.is_dir():
            found[stage.name] = frozenset(_hashes(stage.job.merged))
    return found


def read_evaluations(records: RunRecords, folders: Sequence[Path]) -> Evaluations:
    """Read run folders of ``medgo eval run`` and answers to probes; each stage stands beside the base.

    Raises:
        InputError: A folder is of a model that is none of this run.
        RunFolderError: A folder is damaged.
    """
    subjects = subjects_of(records)
    runs: dict[str, list[Run]] = {name: [] for name in subjects}
    probes: dict[str, list[Path]] = {name: [] for name in subjects}
    for folder in folders:
        if is_probe_folder(folder):
            probes[_subject(folder, read_probes(folder).weights, subjects)].append(folder)
        else:
            run = open_run(folder)
            runs[_subject(folder, _weights_of(run), subjects)].append(run)
    measured: list[Measurement] = []
    for name in subjects:
        bases = () if name == BASE else probes[BASE]
        measured += [each for folder in probes[name] for each in probe_measurements(name, folder, bases)]
        measured += [each for run in runs[name] for each in _measure(name, run, runs[BASE])]
    names = {each.name for each in measured}
    return Evaluations(
        measured=tuple(measured),
        absent=tuple(each.title for each in BENCHMARKS if each.card is not None and each.name not in names),
        unmeasured=tuple(name for name in subjects if not any(each.subject == name for each in measured)),
        chosen_on=tuple(_chosen_on(records, [folder for found in probes.values() for folder in found])),
    )


def _chosen_on(records: RunRecords, folders: Sequence[Path]) -> Iterator[ChosenOn]:
    asked = {mark_of(item) for folder in folders for item in asked_items(folder)}
    for stage in records.stages:
        chosen = {mark for line in stage.probes for mark in line.get("item_marks", ())}
        if shared := len(asked & chosen):
            yield ChosenOn(stage.name, shared, len(asked))


def _hashes(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    model = resolve_model(str(folder.absolute()))
    return {model.weights, weights_hash(model)}


def _weights_of(run: Run) -> str:
    found, engine = run.manifest.get("found", {}), run.manifest.get("engine", {})
    return str(found.get("weights") or engine.get("weights") or "")


def _subject(folder: Path, weights: str, subjects: Mapping[str, frozenset[str]]) -> str:
    for name, hashes in subjects.items():
        if weights in hashes:
            return name
    raise InputError(
        f"{folder} is an evaluation of a model with the weights {weights[:12] or 'not recorded'}, which is neither the "
        "base nor a stage of this run",
        hint="evaluate the folders <stage>/merged and the base themselves",
    )


def _measure(subject: str, run: Run, bases: Sequence[Run]) -> list[Measurement]:
    found = [_measurement(subject, run, row) for row in summaries_of(run)]
    measured = [each for each in found if each is not None]
    if subject == BASE:
        return measured
    against = {name: each for base in bases for name, each in _against(base, run).items()}
    return [replace(each, against=against.get(each.name)) for each in measured]


def _measurement(subject: str, run: Run, summary: BenchmarkSummary) -> Measurement | None:
    if summary.headline is None:
        return None
    benchmark = find(summary.benchmark)
    described = run.manifest["benchmarks"].get(benchmark.name, {})
    dataset = {"type": benchmark.source.hub or benchmark.name, "split": "test"}
    if described.get("revision"):
        dataset["revision"] = described["revision"]
    facts = {
        "method": run.manifest.get("method"),
        "protocol": run.manifest.get("protocol"),
        "protocol_sha256": described.get("protocol_sha256"),
        "data_sha256": described.get("data_sha256"),
        "run_fingerprint": run.manifest.get("fingerprint"),
        "items": summary.counted,
        "size": summary.size,
        "unparsed": summary.rates.unparsed,
        "truncated": summary.rates.truncated,
        "refused": summary.rates.refused,
        "failed": summary.errors,
    }
    known = {key: value for key, value in facts.items() if value is not None}
    return Measurement(
        subject=subject,
        name=benchmark.name,
        title=benchmark.title,
        metric=summary.metric,
        estimate=summary.headline,
        dataset=dataset,
        facts=known,
        page=benchmark.source.page,
    )


def _against(base: Run, run: Run) -> dict[str, Against]:
    """Benchmark → comparison; none where data or protocol differ."""
    both = set(base.manifest["benchmarks"]) & set(run.manifest["benchmarks"])
    found = mismatches(base.manifest, run.manifest)
    if not both - set(found.benchmarks):
        return {}
    result = compare(
        graded_predictions(base),
        graded_predictions(run),
        benchmarks={each.name: each for each in BENCHMARKS},
        rng=np.random.default_rng(0),
        mismatch=found,
    )
    return {
        each.benchmark: Against(each.difference, each.better_b, each.better_a, each.test, each.p_adjusted)
        for each in result.benchmarks
    }

"""The step that asks probes of the base and of every stage's model. Hands everything to the room of training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medgo import __version__
from medgo.errors import MedGoError, RunFolderError
from medgo.execution import LocalExecutor
from medgo.inference.models import resolve_model, weights_hash
from medgo.inference.models.machine import usable_cores
from medgo.pipeline.aside import put_aside
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import EvaluationStep
from medgo.pipeline.step import Inputs, Step
from medgo.training.card.measurement import BASE
from medgo.training.card.probe_results import is_probe_folder
from medgo.training.card.records import RunRecords, read_records
from medgo.training.probes.items import fingerprint_of, read_items
from medgo.training.probes.scoring import evaluate_probes


def evaluation_step(name: str, asked: EvaluationStep, place: Place) -> Step:
    """Make the step: ``<name>/base/`` and ``<name>/<stage>/``, answers of what is no stage any more are put aside."""
    folder, items = place.folder(name), place.input_file(asked.items)

    def work() -> None:
        records = read_records(place.folder(asked.training))
        questions = read_items(items, limit=asked.limit)
        mark = fingerprint_of(questions)
        models = dict(models_of(records))
        for gone in sorted(path.parent for path in folder.glob("*/asked.json") if path.parent.name not in models):
            # Otherwise card and report would take them for measurements of this run, and refuse them.
            place.tools.say(f"no stage of the run; now in {put_aside(gone, beside=folder)}")
        for subject, model in models.items():
            _leave_other_answers(folder / subject, model, mark, place)
        place.tools.say(f"{', '.join(models)}: {len(questions):,} items each")
        workers = min(asked.workers, len(models))
        asking = [_Asking(model, items, folder / subject, asked.limit, workers) for subject, model in models.items()]
        failed: MedGoError | None = None
        for outcome in LocalExecutor(workers).run(_ask, asking):
            subject = asking[outcome.number].out.name
            if outcome.value is None:
                failed = failed or outcome.error
                place.tools.say(f"{subject}: {outcome.error}")
            else:
                place.tools.say(f"{subject}: {outcome.value}")
        if failed is not None:
            raise failed

    def inputs() -> Inputs:
        return Inputs({"medgo": __version__, "limit": asked.limit}, {"items": items})

    outputs = ("*/summary.json", "*/predictions.jsonl", "*/items.jsonl")
    return Step(name, folder, inputs, work, outputs, asked.needs, reworks=True)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A model, what it is asked, and how many are asked at once."""

    model: Path
    items: Path
    out: Path
    limit: int | None
    workers: int


def _ask(asking: _Asking) -> str:
    """Ask one model; its figures in one line. Models asked at once share the cores; one alone has its own way."""
    threads = max(1, usable_cores() // asking.workers) if asking.workers > 1 else None
    summary = evaluate_probes(asking.model, asking.items, asking.out, limit=asking.limit, threads=threads)
    return ", ".join(f"{key} {100 * e.value:.1f} %" for key, e in summary.estimates.items() if "/" not in key)


def models_of(records: RunRecords) -> Iterator[tuple[str, Path]]:
    """The base, then each stage's merged model: name → folder.

    Raises:
        RunFolderError: No stage was begun.
    """
    if not records.stages:
        raise RunFolderError(f"{records.folder} holds no stage", hint="run the training step first")
    yield BASE, records.stages[0].job.model_dir
    for stage in records.stages:
        if stage.job.merged.is_dir():
            yield stage.name, stage.job.merged


def _leave_other_answers(out: Path, model: Path, items: str, place: Place) -> None:
    """Put answers of another model, or to other items, aside; those of this one are gone on from."""
    if not is_probe_folder(out):
        return
    try:
        before = json.loads((out / "asked.json").read_bytes())
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{out / 'asked.json'} cannot be read: {error}", hint=f"remove {out}") from error
    if before != {"weights": weights_hash(resolve_model(str(model))), "items": items}:
        # Beside the step's folder, not in it: what lies in it is taken for a measurement of this run.
        place.tools.say(f"changed; earlier answers are now in {put_aside(out, beside=out.parent)}")

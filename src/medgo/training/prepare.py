"""From a recipe's stage to a folder that a worker can train: read, gate, tokenise, mix, order, write. Trains nothing.

A prepared stage is kept as long as nothing that it was made from has changed. What one step learnt from other inputs is
removed; what more steps learnt stops preparation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

from medgo.curation.decontamination import OverlapIndex
from medgo.errors import RunFolderError
from medgo.inference.models import ResolvedModel, ensure_hf_folder, weights_hash
from medgo.inference.prompt import ChatRenderer
from medgo.store import replacing
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.training.job import Job
from medgo.training.ordering.mix_report import MixReport
from medgo.training.ordering.planning import plan_order
from medgo.training.ordering.sizes import RowSizes
from medgo.training.probes.callback import guarded_items, kept_steps
from medgo.training.recipe import StageRecipe, TrainingRecipe, as_dict
from medgo.training.rows.benchmarks import BenchmarkItems
from medgo.training.rows.gates import verified_certificates
from medgo.training.rows.intake import RowIntake, TakenRow
from medgo.training.rows.reading import row_files
from medgo.training.rows.report import IntakeReport
from medgo.training.rows.token_file import write_token_file
from medgo.training.rows.tokens import RowTokenizer, TokenRow
from medgo.training.running.checkpoints import forget_first_step, only_first_step

# Raised when the same rows would be gated, tokenised or ordered otherwise than before.
_FORMAT = 1
# Files that decide how text becomes tokens; a model folder has some of them.
_TEMPLATE_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared stage.

    Args:
        job: What a worker trains.
        intake: What was kept and dropped; None when an earlier preparation still holds.
        mix: The realised mix; None likewise.
    """

    job: Job
    intake: IntakeReport | None
    mix: MixReport | None


class Sizes:
    """Collects what mixing must know of rows while they pass by."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.loss_tokens: list[int] = []
        self.task: list[str] = []
        self.lang: list[str] = []
        self.entry: list[int] = []
        self.label: list[bool] = []

    def add(self, taken: TakenRow) -> None:
        """One more row."""
        row = taken.row
        self.tokens.append(row.tokens)
        self.loss_tokens.append(row.loss_tokens)
        self.task.append(row.task)
        self.lang.append(row.lang)
        self.entry.append(taken.entry)
        self.label.append(row.label is not False)

    def done(self) -> RowSizes:
        """All of them."""
        return RowSizes(
            tokens=np.array(self.tokens, dtype=np.int64),
            loss_tokens=np.array(self.loss_tokens, dtype=np.int64),
            task=self.task,
            entry=np.array(self.entry, dtype=np.int64),
            label=np.array(self.label, dtype=np.bool_),
            lang=self.lang,
        )


def stage_folder(recipe: TrainingRecipe, number: int) -> Path:
    """Folder of a stage: ``<output>/<number>-<name>``, numbered from 1."""
    return Path(recipe.output) / f"{number + 1}-{recipe.stages[number].name}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What preparation needs besides the recipe.

    Args:
        today: Against which certificates are read.
        overlap: Finds benchmark items in rows; None where the recipe does not ask or none is at hand.
        compared: Which items these are, for the report; None where nobody says.
    """

    today: date
    overlap: OverlapIndex | None
    compared: BenchmarkItems | None = None


def prepare_stage(recipe: TrainingRecipe, number: int, base: ResolvedModel, around: Surroundings) -> Prepared:
    """Prepare one stage, unless that was done before from the same inputs.

    Args:
        recipe: Of the run.
        number: Of the stage, from 0.
        base: Model that the stage starts from.
        around: What the gates need.

    Raises:
        InputError: A row, a licence, a certificate or a length stops the run.
        RunFolderError: The folder holds what more than one step learnt of a stage that was prepared from other inputs.
        StorageError: What one step left of such a stage cannot be removed, or the disk took no more.
    """
    verified_certificates(recipe.gates, around.today)  # every time: they expire, and files change
    if (probe := recipe.stages[number].probe) is not None:
        guarded_items(probe)  # a file that cannot be asked must not stop a worker hours later
    job = _job(recipe, number, base, around)
    if _still_holds(job):
        job.save()  # devices, trackers and checkpoints may be others than when it was prepared
        return Prepared(job, None, None)
    job.folder.mkdir(parents=True, exist_ok=True)
    forget_first_step(job.checkpoints)  # the first save must not hold a recipe fast that diverges at step 2
    (job.folder / "job.json").unlink(missing_ok=True)  # rows and order are about to be others than it says
    tokenizer = RowTokenizer(ChatRenderer.load(job.model_dir))
    intake = RowIntake(job.stage, recipe.gates, tokenizer, around.overlap, around.today, around.compared)
    sizes = Sizes()
    write_token_file(job.rows_file, _counted(intake, sizes))
    report = intake.report()
    order, mix = plan_order(sizes.done(), job.stage, seed=job.seed, packing=job.packed)
    order.save(job.order_file)
    _write(job.folder / "audit.json", report.to_dict())
    _write(job.folder / "mix.json", mix.to_json())
    job.save()  # last: it says that the rest is there
    return Prepared(job, report, mix)


def _job(recipe: TrainingRecipe, number: int, base: ResolvedModel, around: Surroundings) -> Job:
    stage = recipe.stages[number]
    model_dir = ensure_hf_folder(base).resolve()
    model_hash, template_hash, packed = weights_hash(base), _hash_of_template(model_dir), _packs(stage)
    learnt = {key: value for key, value in as_dict(stage).items() if key != "checkpoints"}
    made_from = {
        "the base model": model_hash,
        "its tokenizer or template": template_hash,
        "the rows": fingerprint([sha256_of_file(file) for entry in stage.data for file in row_files(entry)]),
        "the stage's recipe": fingerprint(learnt),
        "the gates": fingerprint(as_dict(recipe.gates)),
        "the benchmark items at hand": around.overlap.fingerprint if around.overlap else "",
        "seed or precision": fingerprint([recipe.seed, recipe.precision]),
        "packing": str(packed),
        "how MedGo prepares rows": str(_FORMAT),
    }
    return Job(
        folder=stage_folder(recipe, number).resolve(),
        model_dir=model_dir,
        model_hash=model_hash,
        template_hash=template_hash,
        stage=stage,
        seed=(recipe.seed * 1000 + number * 100 + stage.seed) % 2**32,
        precision=recipe.precision,
        devices=recipe.devices,
        trackers=recipe.trackers,
        inputs=fingerprint(made_from),
        packed=packed,
        made_from=made_from,
    )


def _packs(stage: StageRecipe) -> bool:
    """Packing pays on a GPU; on a CPU, whose attention builds the whole mask, it measured slower."""
    if stage.batch.packing == "auto":
        return stage.method == "sft" and torch.cuda.is_available()
    return stage.batch.packing == "on"


def _still_holds(job: Job) -> bool:
    """Whether the folder holds this very stage, prepared.

    Raises:
        RunFolderError: It holds another one that learnt for more than a step; that work is not thrown away silently.
    """
    if not (job.folder / "job.json").exists():
        return False
    before = Job.load(job.folder)
    if before.inputs == job.inputs:
        return True
    results = (before.learnt, job.learnt, job.merged)  # another kind of adapter has another name
    best = max(kept_steps(job.folder), default=0)
    if best > 1 or not only_first_step(job.checkpoints) or any(result.exists() for result in results):
        changed = [what for what, mark in job.made_from.items() if before.made_from.get(what) != mark]
        raise RunFolderError(
            f"{job.folder} was trained before something changed: {', '.join(changed)}",
            hint="restore it, give another output, or remove the folder to train the stage anew",
        )
    return False


def _counted(intake: RowIntake, sizes: Sizes) -> Iterator[TokenRow]:
    for taken in intake.rows():
        sizes.add(taken)
        yield taken.row


def _hash_of_template(model_dir: Path) -> str:
    files = [model_dir / name for name in _TEMPLATE_FILES]
    return fingerprint({file.name: sha256_of_file(file) for file in files if file.is_file()})


def _write(path: Path, value: dict[str, Any]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1).encode())

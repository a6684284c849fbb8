"""What a pipeline is: named steps that need each other, each with a recipe of its own. Runs nothing.

Steps lie in ``<output>/<name>/``. A step's recipe may be run alone, too: what it calls its ``output`` is here the
step's folder, and wherever another step's recipe names a file below that output, the file in the step's folder is
meant. So one ``output=`` moves a whole pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from medgo.deid.policy import BUILT_IN
from medgo.execution import ExecutorName
from medgo.schema import Lang
from medgo.store.recipes import read_recipe

NAME = r"^[a-z0-9][a-z0-9_-]*$"


class _Step(BaseModel):
    """What all steps have.

    Args:
        needs: Steps that come before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: tuple[str, ...] = ()


class _WithRecipe(_Step):
    """A step with a recipe file of its own.

    Args:
        recipe: The file; a relative path begins where the pipeline's own file lies.
        set: Changes to it, dotted key → value.
    """

    recipe: str
    set: dict[str, Any] = Field(default_factory=dict)


class _Sharded(_Step):
    """A step whose work is dealt out; workers and executor change no byte of what comes out.

    Args:
        workers: Processes, or most tasks at once on a cluster; None takes all cores.
        executor: ``local``, or ``ray``, which needs a file system that all machines share.
        ray_address: Of a Ray cluster that is up; empty starts Ray on this machine.
    """

    workers: int | None = Field(default=None, gt=0)
    executor: ExecutorName = "local"
    ray_address: str = ""


class CorpusStep(_Sharded):
    """Sources become documents or records (``medgo corpus read``): ``<name>/corpus.jsonl``.

    Args:
        inputs: Files, folders or patterns; ``${MEDGO_DATA}`` is replaced.
        optional: Whether the pipeline goes on where none of them is here; what is missing is then named in the card.
        damaged: What to do where a file cannot be read whole: ``stop``, or go on with what was read of it and ``name``
            it in the report.
        format: Name of a reader (``medgo corpus formats``); ``auto`` looks into each file.
        collection: Name of the collection; empty takes the reader's.
        licence: Of what states none itself; empty leaves it unknown, which curation removes.
        retrieved: Version or date of retrieval.
        lang: Where a file does not say; None tells it by the text.
        mapping: YAML that says what a table's columns mean; ``${MEDGO_DATA}`` is replaced.
    """

    kind: Literal["corpus"]
    inputs: tuple[str, ...] = Field(min_length=1)
    optional: bool = False
    damaged: Literal["stop", "name"] = "stop"
    format: str = "auto"
    collection: str = ""
    licence: str = ""
    retrieved: str = ""
    lang: Lang | None = None
    mapping: str = ""

    @field_validator("retrieved", mode="before")
    @classmethod
    def _as_written(cls, retrieved: object) -> object:
        # YAML reads 2025-11-01 as a date.
        return retrieved.isoformat() if isinstance(retrieved, date) else retrieved


class DeidStep(_Step):
    """Records of a corpus step without identities, and a certificate beside them (``medgo deid run``, ``certify``).

    It leaves ``records.jsonl``, its certificate, ``public.pem`` (for a recipe's ``trusted_keys``), and
    ``documents.jsonl``: the same records as texts, for curation. The last two are written only where the certificate
    lacks nothing that the policy asks for; otherwise the step fails, and what needs it is not run.

    Args:
        corpus: The step whose records are read.
        issuer: Who answers for the result; stands in the certificate.
        key_file: Made by ``medgo deid key new``; empty makes one in the step's folder, which is then to be kept apart.
        policy: Name of a policy, or a file.
        mode: ``surrogate`` or ``tag``.
        tier: ``a``: rules and lexicons; ``ab``: models, too.
        columns: YAML with classes of keys, on top of the built-in ones.
        cleared: Lines of ``suspects.jsonl`` that a person has found to be nobody's.
        workers: Processes; None takes all cores.
    """

    kind: Literal["deid"]
    corpus: str
    issuer: str = Field(min_length=1)
    key_file: str = ""
    policy: str = BUILT_IN
    mode: Literal["surrogate", "tag"] = "surrogate"
    tier: Literal["a", "ab"] = "a"
    columns: str = ""
    cleared: str = ""
    workers: int | None = Field(default=None, gt=0)


class CurationStep(_WithRecipe, _Sharded):
    """Documents become a clean, licensed corpus with a data card (``medgo curate run``).

    Args:
        inputs: Steps whose documents are read, in this order, instead of what the recipe names: steps that read
            documents, and steps that de-identified records.
        benchmarks: Folders with benchmark files; empty takes ``$MEDGO_DATA``.
    """

    kind: Literal["curation"]
    inputs: tuple[str, ...] = ()
    benchmarks: tuple[str, ...] = ()


class SynthesisStep(_WithRecipe):
    """Rows from knowledge, documents and records (``medgo synthesize``).

    Args:
        workers: Processes for what needs no teacher; None takes all cores.
        benchmarks: Folders with benchmark files; empty takes ``$MEDGO_DATA``.
    """

    kind: Literal["synthesis"]
    workers: int | None = Field(default=None, gt=0)
    benchmarks: tuple[str, ...] = ()


class ProbesStep(_Step):
    """Probe items about what a synthesis holds out (``medgo train probes``): ``<name>/items.jsonl``.

    Args:
        synthesis: The step whose rows leave those concepts out; items that its rows give away are left out, too.
        counts: Kind → items; kinds that are not named have none. Empty takes the default.
        seed: Other seeds give other items.
        known_as: What other recipes call the file.
    """

    kind: Literal["probes"]
    synthesis: str
    counts: dict[str, int] = Field(default_factory=dict)
    seed: int = Field(default=0, ge=0)
    known_as: str = ""


class ReviewsStep(_Step):
    """Experts' verdicts (accept, edit, reject) as rows for preference training.

    Args:
        path: A JSONL file of reviews; ``${MEDGO_DATA}`` is replaced.
    """

    kind: Literal["reviews"]
    path: str


class TrainingStep(_WithRecipe):
    """All stages of a training recipe (``medgo train run``)."""

    kind: Literal["training"]


class EvaluationStep(_Step):
    """Probes asked of the base and of every stage's merged model.

    Args:
        training: The step whose models are asked.
        items: File of probe items; ``${MEDGO_DATA}`` is replaced.
        limit: At most so many of each kind, always the same ones; None takes all.
        workers: Models that are asked at once, each by a process with its share of the cores.
    """

    kind: Literal["evaluation"]
    training: str
    items: str
    limit: int | None = Field(default=None, gt=0)
    workers: int = Field(default=1, gt=0)


class CardStep(_Step):
    """The model card (``medgo card``).

    Args:
        training: The step whose last model it is of.
        evaluations: Steps, or folders of ``medgo eval run``, with its measurements.
        licence: SPDX id that the publisher chose; empty takes the base model's where that is known.
        name: Of the model; empty takes the recipe's.
    """

    kind: Literal["card"]
    training: str
    evaluations: tuple[str, ...] = ()
    licence: str = ""
    name: str = ""


class ReportStep(_Step):
    """One page about everything: results, curves, mix, audit, durations, hashes.

    Args:
        training: The step that it is about.
        evaluations: As in the card.
    """

    kind: Literal["report"]
    training: str
    evaluations: tuple[str, ...] = ()


AnyStep = Annotated[
    CorpusStep
    | DeidStep
    | CurationStep
    | SynthesisStep
    | ProbesStep
    | ReviewsStep
    | TrainingStep
    | EvaluationStep
    | CardStep
    | ReportStep,
    Field(discriminator="kind"),
]


class PipelineRecipe(BaseModel):
    """One run of ``medgo pipeline``.

    Args:
        name: Of the pipeline.
        output: Its folder.
        steps: Name → step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    output: str
    steps: dict[Annotated[str, Field(pattern=NAME)], AnyStep] = Field(min_length=1)

    @field_validator("steps")
    @classmethod
    def _steps_that_are_named_are_needed(cls, steps: dict[str, AnyStep]) -> dict[str, AnyStep]:
        trained = {name for name, step in steps.items() if isinstance(step, TrainingStep)}
        made = {name for name, step in steps.items() if isinstance(step, SynthesisStep)}
        read = {name for name, step in steps.items() if isinstance(step, CorpusStep)}
        clean = {name for name, step in steps.items() if isinstance(step, DeidStep)}
        for name, step in steps.items():
            for other in named_by(step):
                if other in steps and other not in step.needs:
                    raise ValueError(f"{name} reads {other}: add it to {name}.needs")
            if isinstance(step, EvaluationStep | CardStep | ReportStep) and step.training not in trained:
                raise ValueError(f"{name}.training: there is no training step {step.training}")
            if isinstance(step, ProbesStep) and step.synthesis not in made:
                raise ValueError(f"{name}.synthesis: there is no synthesis step {step.synthesis}")
            if isinstance(step, DeidStep) and step.corpus not in read:
                raise ValueError(f"{name}.corpus: there is no corpus step {step.corpus}")
            if isinstance(step, CurationStep) and (odd := sorted(set(step.inputs) - read - clean)):
                raise ValueError(f"{name}.inputs: {', '.join(odd)}: no corpus step and no deid step")
        return steps

    def folder_of(self, name: str) -> Path:
        """Folder of a step."""
        return Path(self.output) / name


def named_by(step: AnyStep) -> tuple[str, ...]:
    """Steps (and folders) that a step names besides its needs."""
    if isinstance(step, CardStep | ReportStep):
        return (step.training, *step.evaluations)
    if isinstance(step, ProbesStep):
        return (step.synthesis,)
    if isinstance(step, DeidStep):
        return (step.corpus,)
    if isinstance(step, CurationStep):
        return step.inputs
    return (step.training,) if isinstance(step, EvaluationStep) else ()


def relocated(path: str, moved: Mapping[str, Path]) -> str:
    """A path of a recipe, below the folder of the step that makes it.

    Args:
        path: As the recipe has it.
        moved: What a step's recipe calls its output → the step's folder.
    """
    place = Path(path)
    for output, folder in moved.items():
        if place.is_relative_to(output):
            return str(folder / place.relative_to(output))
    return path


def load_pipeline(path: Path, overrides: Sequence[str] = ()) -> PipelineRecipe:
    """Read a pipeline; see :func:`medgo.store.recipes.read_recipe`."""
    return read_recipe(path, PipelineRecipe, overrides)

"""What a training run left behind, read: one object a stage. Interprets nothing and writes nothing.

A record that is not there is None; one that is damaged stops, for a card must not be written from half a record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from medgo.errors import ModelNotFoundError, RunFolderError
from medgo.inference.models import embedded
from medgo.inference.models.check import known_sha256
from medgo.inference.models.registry import KNOWN_MODELS, KnownModel, parse_model_name
from medgo.training.card.learnt import Learnt, learnt_of
from medgo.training.job import Job
from medgo.training.probes.history import PROBES, PROMOTION
from medgo.training.recipe import TrainingRecipe

Record = Mapping[str, Any]
ENVIRONMENT = "environment.json"


@dataclass(frozen=True, slots=True)
class StageRecords:
    """What one stage left.

    Args:
        name: Of the stage.
        job: What it was prepared from.
        audit: ``audit.json``: rows kept and dropped.
        mix: ``mix.json``: the realised mix.
        curves: Lines of ``curves.jsonl``.
        verify: ``verify.json``: the merged model against base and adapter.
        done: ``done.json``; None where the stage was not finished.
        environment: ``environment.json``: versions and devices when it was trained.
        probes: Lines of ``probes.jsonl``: what was measured while it trained.
        promotion: ``promotion.json``: which step's weights were kept; None for a stage without probes.
        learnt: What its weights are the result of; None where the mix is not recorded.
        hashes: File of what was learnt or merged → SHA-256.
    """

    name: str
    job: Job
    audit: Record | None
    mix: Record | None
    curves: tuple[Record, ...]
    verify: Record | None
    done: Record | None
    environment: Record | None
    probes: tuple[Record, ...]
    promotion: Record | None
    learnt: Learnt | None
    hashes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunRecords:
    """What a run left.

    Args:
        folder: Of the run.
        recipe: As it was run, with every default.
        stages: Those that were begun, in their order.
        not_begun: Names of the recipe's others.
    """

    folder: Path
    recipe: TrainingRecipe
    stages: tuple[StageRecords, ...]
    not_begun: tuple[str, ...]

    @property
    def base(self) -> KnownModel | None:
        """The base model, where the registry knows it."""
        return next((known for known in KNOWN_MODELS if self.recipe.model in (known.alias, known.hub_id)), None)

    @property
    def base_hub_id(self) -> str:
        """The base model on the Hub; empty where it is not known to be there."""
        if self.base is not None:
            return self.base.hub_id
        if Path(self.recipe.model).expanduser().exists():
            return ""
        try:
            name = parse_model_name(self.recipe.model)
        except ModelNotFoundError:
            return ""  # a folder that was moved since
        return name.target if name.scope == "hub" else ""

    @property
    def base_name(self) -> str:
        """The base model as people call it: never a path of the machine that trained."""
        if self.recipe.model == "embedded":
            return embedded.FILE_NAME.partition(".")[0]
        return self.base_hub_id or Path(self.recipe.model).name

    @property
    def last(self) -> StageRecords | None:
        """The last stage that left a merged model."""
        merged = [stage for stage in self.stages if stage.job.merged.is_dir()]
        return merged[-1] if merged else None


def read_records(folder: Path) -> RunRecords:
    """Read a run folder.

    Raises:
        RunFolderError: It holds no run, or a record is damaged.
    """
    path = folder / "recipe.yaml"
    try:
        recipe = TrainingRecipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} holds no training run: there is no recipe.yaml", hint="give the output of medgo train run"
        ) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="run the recipe again") from error
    found: list[StageRecords] = []
    missing: list[str] = []
    for number, stage in enumerate(recipe.stages, 1):
        place = folder / f"{number}-{stage.name}"
        if (place / "job.json").exists():
            found.append(_stage(place, stage.name))
        else:
            missing.append(stage.name)
    return RunRecords(folder, recipe, tuple(found), tuple(missing))


def _stage(folder: Path, name: str) -> StageRecords:
    job = Job.load(folder)
    mix, promotion = _record(folder / "mix.json"), _record(folder / PROMOTION)
    weights = [*_files(job.learnt), *_files(job.merged)]
    return StageRecords(
        name=name,
        job=job,
        audit=_record(folder / "audit.json"),
        mix=mix,
        curves=tuple(_lines(folder / "curves.jsonl")),
        verify=_record(folder / "verify.json"),
        done=_record(folder / "done.json"),
        environment=_record(folder / ENVIRONMENT),
        probes=tuple(_lines(folder / PROBES)),
        promotion=promotion,
        learnt=learnt_of(job, mix, promotion),
        hashes={path.relative_to(folder).as_posix(): known_sha256(path) for path in weights},
    )


def _files(folder: Path) -> list[Path]:
    """Weights, tokenizer and template of a model or adapter."""
    kept = (".safetensors", ".json", ".jinja", ".model", ".txt")
    return sorted(path for path in folder.glob("*") if path.suffix in kept) if folder.is_dir() else []


def _record(path: Path) -> Record | None:
    if not path.exists():
        return None
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(value, dict):
        raise _damaged(path, "it is no object")
    return value


def _lines(path: Path) -> list[Record]:
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> RunFolderError:
    return RunFolderError(f"{path} cannot be read: {why}", hint="run the stage again: what is finished is kept")

"""A whole run: every stage prepared, trained, merged, verified, from the result of the one before. Sees no screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import yaml

from medgo.errors import RunFolderError, UnsupportedRequestError
from medgo.inference.models import ResolvedModel, resolve_model
from medgo.store import replacing, sole_writer
from medgo.training.after.finish import finish_stage
from medgo.training.job import Job
from medgo.training.prepare import Prepared, Surroundings, prepare_stage, stage_folder
from medgo.training.recipe import TrainingRecipe, as_dict
from medgo.training.running.launch import launch

Phase = Literal["prepare", "train", "finish", "done"]


class Watch:
    """Follows a run; this one says nothing."""

    def begin(self, stage: str, phase: Phase) -> None:
        """A stage's phase begins."""

    def prepared(self, found: Prepared) -> None:
        """What preparation found."""


def run_training(recipe: TrainingRecipe, around: Surroundings, watch: Watch) -> Path:
    """Train all stages; what is finished and unchanged is not done again.

    Returns:
        The model folder of the last stage.

    Raises:
        UnsupportedRequestError: The recipe names several machines.
        MedGoError: A stage cannot be prepared, trained or verified; those before it stay as they are.
    """
    if recipe.devices.machines > 1:
        raise UnsupportedRequestError(
            "medgo train run works on one machine, and the recipe names several",
            hint="start recipes/launch/run.sh on each of them (docs/training-32b.md)",
        )
    output = Path(recipe.output)
    output.mkdir(parents=True, exist_ok=True)
    with sole_writer(output / "run"):
        for number, stage in enumerate(recipe.stages):
            watch.begin(stage.name, "prepare")
            found = prepare_stage(recipe, number, base_of(recipe, number), around)
            watch.prepared(found)
            write_recipe(recipe)  # not before the folder has taken it
            if not is_trained(found.job):
                watch.begin(stage.name, "train")
                launch(found.job.folder, recipe.devices)
            watch.begin(stage.name, "finish")
            finish_stage(found.job)
            watch.begin(stage.name, "done")
    return stage_folder(recipe, len(recipe.stages) - 1) / "merged"


def base_of(recipe: TrainingRecipe, number: int) -> ResolvedModel:
    """The model that a stage starts from.

    Raises:
        RunFolderError: The stage before it is not finished.
    """
    if number == 0:
        return resolve_model(recipe.model)
    merged = stage_folder(recipe, number - 1) / "merged"
    if not merged.is_dir():
        raise RunFolderError(
            f"{recipe.stages[number].name} starts from {merged}, which is not there",
            hint=f"train and finish {recipe.stages[number - 1].name} first",
        )
    return resolve_model(str(merged))


def write_recipe(recipe: TrainingRecipe) -> None:
    """Keep the recipe with every default beside what it made."""
    with replacing(Path(recipe.output) / "recipe.yaml") as file:
        file.write(yaml.safe_dump(as_dict(recipe), allow_unicode=True, sort_keys=False).encode())


def is_trained(job: Job) -> bool:
    """Whether the stage's weights were written whole, from these very inputs."""
    return _inputs_in(job.learnt / "medgo.json") == job.inputs


def _inputs_in(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: {error}", hint="remove it; the step is done again") from error
    return str(value.get("inputs", ""))

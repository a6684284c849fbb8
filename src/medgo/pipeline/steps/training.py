"""The step that trains all stages. Hands everything to the room of training; decides only which stages begin anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from medgo import __version__
from medgo.errors import RunFolderError
from medgo.inference.models import resolve_model, weights_hash
from medgo.pipeline.aside import put_aside
from medgo.pipeline.place import Place, overrides_of
from medgo.pipeline.recipe import TrainingStep
from medgo.pipeline.step import Inputs, Step
from medgo.store import replacing
from medgo.store.hashing import fingerprint, sha256_of_file
from medgo.store.recipes import expand_path
from medgo.training.prepare import Prepared, Surroundings, stage_folder
from medgo.training.recipe import TrainingRecipe, as_dict, load_training_recipe
from medgo.training.rows.benchmarks import BenchmarkItems, benchmarks_for
from medgo.training.rows.reading import row_files
from medgo.training.run import Phase, Watch, run_training

OUTPUTS = (
    "recipe.yaml", "*/job.json", "*/audit.json", "*/mix.json", "*/curves.jsonl",
    "*/verify.json", "*/done.json", "*/environment.json", "*/merged/*", "*/adapter/*", "*/model/*",
    "*/probes.jsonl", "*/promotion.json",
)  # fmt: skip
_STAGES = "stages.json"


def training_recipe(asked: TrainingStep, folder: Path, place: Place) -> TrainingRecipe:
    """A step's recipe, with rows and probes where the steps that make them put them.

    Raises:
        RecipeError: It cannot be read, or does not fit.
    """
    recipe = load_training_recipe(place.recipe_file(asked.recipe), overrides_of(asked.set, folder))
    stages = []
    for stage in recipe.stages:
        data = tuple(e.model_copy(update={"path": place.input_name(e.path)}) for e in stage.data)
        probe = stage.probe and stage.probe.model_copy(update={"path": place.input_name(stage.probe.path)})
        stages.append(stage.model_copy(update={"data": data, "probe": probe}))
    return recipe.model_copy(update={"stages": tuple(stages)})


def training_step(name: str, asked: TrainingStep, place: Place) -> Step:
    """Make the step. What is right in its folder is kept: a changed stage begins anew with those after it."""
    folder = place.folder(name)

    def inputs() -> Inputs:
        recipe = training_recipe(asked, folder, place)
        plain = {key: value for key, value in as_dict(recipe).items() if key != "output"}
        value = {"medgo": __version__, "recipe": plain, "base": _base(recipe), "benchmarks": mark(recipe)}
        return Inputs(value, dict(_files(recipe)))

    def mark(recipe: TrainingRecipe) -> str:
        if recipe.gates.overlap == "off":
            return ""
        return place.benchmark_mark(recipe.gates.benchmarks or None, lambda: _fingerprint(benchmarks_for(recipe.gates)))

    def work() -> None:
        recipe = training_recipe(asked, folder, place)
        folder.mkdir(parents=True, exist_ok=True)
        found = benchmarks_for(recipe.gates)
        for aside in begin_changed_stages_anew(recipe, _fingerprint(found)):
            place.tools.say(f"changed; what was there is now {aside}")
        run_training(recipe, Surroundings(place.tools.today, found.index, found), _Lines(place))

    return Step(name, folder, inputs, work, OUTPUTS, asked.needs, reworks=True)


def begin_changed_stages_anew(recipe: TrainingRecipe, overlap: str) -> list[Path]:
    """Put aside the folders of the first stage whose recipe or rows changed, and of those that start from it.

    Args:
        recipe: As it is to be run; what was run last stands in ``stages.json`` of its output.
        overlap: Fingerprint of the benchmark items that rows are compared with; empty for none.

    Returns:
        Where they now are.

    Raises:
        RunFolderError: The record is damaged.
        StorageError: A folder cannot be moved.
    """
    path = Path(recipe.output) / _STAGES
    try:
        before: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}", hint="remove it") from error
    now = dict(_chain(recipe, overlap))
    moved: list[Path] = []
    for name, mark in now.items():
        folder = Path(recipe.output) / name
        if folder.exists() and before.get(name, mark) != mark:
            moved.append(put_aside(folder))
    with replacing(path) as file:
        file.write(json.dumps(now, indent=1).encode())
    return moved


def _chain(recipe: TrainingRecipe, overlap: str) -> Iterator[tuple[str, str]]:
    """Stage's folder → hash of what it and all before it are made from."""
    mark = fingerprint([_base(recipe), recipe.seed, recipe.precision, as_dict(recipe.gates), overlap])
    for number, stage in enumerate(recipe.stages):
        files = [sha256_of_file(file) for entry in stage.data for file in row_files(entry)]
        # They decide which step is kept, and whether any is.
        files += [sha256_of_file(expand_path(stage.probe.path))] if stage.probe else []
        mark = fingerprint([mark, as_dict(stage), files])
        yield stage_folder(recipe, number).name, mark


def _files(recipe: TrainingRecipe) -> Iterator[tuple[str, Path]]:
    for stage in recipe.stages:
        for number, entry in enumerate(stage.data):
            for file in row_files(entry):
                yield f"{stage.name}.data.{number}/{file.name}", file
        if stage.probe is not None:
            yield f"{stage.name}.probe", expand_path(stage.probe.path)


def _base(recipe: TrainingRecipe) -> str:
    """Hash of the weights that the run starts from."""
    return weights_hash(resolve_model(recipe.model))


def _fingerprint(found: BenchmarkItems) -> str:
    return found.index.fingerprint if found.index else ""


class _Lines(Watch):
    """Tells of a run in lines."""

    def __init__(self, place: Place) -> None:
        self._say = place.tools.say

    def begin(self, stage: str, phase: Phase) -> None:
        """A stage's phase begins."""
        self._say(f"{stage} · {phase}")

    def prepared(self, found: Prepared) -> None:
        """Rows were prepared."""
        if found.mix is not None:
            self._say(f"{found.job.stage.name}: {found.mix.rows:,} rows in {found.mix.steps:,} steps")

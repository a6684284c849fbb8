"""The step that makes rows. Hands everything to the room of synthesis."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from medgo import __version__
from medgo.pipeline.place import Place, Say, overrides_of
from medgo.pipeline.recipe import SynthesisStep
from medgo.pipeline.step import Inputs, Step
from medgo.synthesis.plan import SynthesisPlan, plan_synthesis
from medgo.synthesis.recipe import Recipe, SetName, load_recipe
from medgo.synthesis.registry import find_generator
from medgo.synthesis.runner import Overlap, run_synthesis
from medgo.synthesis.teaching import open_models

# Its log, which lies beside them, tells times.
OUTPUTS = (*(f"{name}*.jsonl" for name in get_args(SetName)), "report.json", "README*.md")


def synthesis_step(name: str, asked: SynthesisStep, place: Place) -> Step:
    """Make the step."""
    folder = place.folder(name)

    def loaded() -> Recipe:
        return synthesis_recipe(asked, folder, place)

    def indexed(recipe: Recipe) -> tuple[Overlap, str]:
        return place.tools.find_overlap(recipe, asked.benchmarks or None, place.overlap_cache)

    def planned() -> tuple[SynthesisPlan, Overlap]:
        recipe = loaded()
        overlap, mark = indexed(recipe)
        return plan_synthesis(recipe, today=place.tools.today, overlap=mark), overlap

    def inputs() -> Inputs:
        recipe, mark = loaded(), ""
        if recipe.keep.overlap != "off":
            mark = place.benchmark_mark(asked.benchmarks or None, lambda: indexed(recipe)[1])
        plan = plan_synthesis(recipe, today=place.tools.today, overlap=mark)
        generators = {job.generator: find_generator(job.generator).version for job in plan.jobs}
        value = recipe.model_dump(mode="json", exclude={"output"})
        return Inputs({"medgo": __version__, "generators": generators, "recipe": value, "plan": plan.mark})

    def work() -> None:
        plan, overlap = planned()
        run_synthesis(
            plan,
            overlap,
            workers=asked.workers or place.tools.workers,
            watch=_Lines(place.tools.say),
            open_models=lambda at: open_models(plan.recipe, at),
        )

    return Step(name, folder, inputs, work, OUTPUTS, asked.needs)


def synthesis_recipe(asked: SynthesisStep, folder: Path, place: Place) -> Recipe:
    """A step's recipe, with documents, records and keys where the steps that make them put them.

    Raises:
        RecipeError: It cannot be read, or does not fit.
    """
    recipe = load_recipe(place.recipe_file(asked.recipe), overrides_of(asked.set, folder))
    documents, records = (
        tuple(one.model_copy(update={"path": place.input_name(one.path)}) for one in collections)
        for collections in (recipe.documents, recipe.records)
    )
    keys = tuple(place.input_name(path) for path in recipe.trusted_keys)
    return recipe.model_copy(update={"documents": documents, "records": records, "trusted_keys": keys})


class _Lines:
    """Tells of a run in few lines: one each tenth of the rows."""

    def __init__(self, say: Say) -> None:
        self._say, self._total, self._made, self._said = say, 0, 0, 0

    def start(self, total: int) -> None:
        """So many rows are wanted."""
        self._total = total

    def made(self, rows: int) -> None:
        """Rows were kept."""
        self._made += rows
        tenth = 10 * self._made // self._total if self._total else 0
        if tenth > self._said:
            self._said = tenth
            self._say(f"{self._made:,} of {self._total:,} rows")

    def note(self, text: str) -> None:
        """Say what is done now."""
        self._say(text)

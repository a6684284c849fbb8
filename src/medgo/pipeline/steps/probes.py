"""The step that makes probe items about what the rows hold out. Hands everything to the room of training."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from medgo import __version__
from medgo.errors import RecipeError
from medgo.pipeline.place import PROBE_ITEMS, Place
from medgo.pipeline.recipe import ProbesStep, SynthesisStep
from medgo.pipeline.step import Inputs, Step
from medgo.pipeline.steps.synthesis import synthesis_recipe
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.recipe import Recipe, SetName
from medgo.training.probes.items import KINDS, write_items
from medgo.training.probes.writing import COUNTS, concepts_of, make_items


def probes_step(name: str, asked: ProbesStep, place: Place) -> Step:
    """Make the step.

    Raises:
        RecipeError: A kind of probes is not known.
    """
    folder, rows = place.folder(name), place.folder(asked.synthesis)
    if unknown := sorted(set(asked.counts) - set(KINDS)):
        raise RecipeError(
            f"{name}.counts: there are no probes of {', '.join(unknown)}", hint=f"take {', '.join(KINDS)}"
        )
    counts = {kind: asked.counts.get(kind, 0) for kind in KINDS if asked.counts.get(kind)} or dict(COUNTS)

    def recipe() -> Recipe:
        made_by = place.pipeline.steps[asked.synthesis]
        if not isinstance(made_by, SynthesisStep):
            raise RecipeError(f"{asked.synthesis} is no synthesis step")
        loaded = synthesis_recipe(made_by, rows, place)
        if loaded.concepts.part != "train":
            raise RecipeError(
                f"{name}: {made_by.recipe} makes rows with concepts.part: {loaded.concepts.part}; nothing is held out",
                hint="set concepts: {part: train} in that recipe, or leave the step of probes away",
            )
        return loaded

    def inputs() -> Inputs:
        held_out = recipe().concepts.model_dump(mode="json")
        return Inputs({"medgo": __version__, "counts": counts, "seed": asked.seed, "concepts": held_out})

    def work() -> None:
        loaded = recipe()
        knowledge = plan_synthesis(loaded, today=place.tools.today, overlap="").knowledge
        files = tuple(path for path in _row_files(rows) if path.exists())
        made = make_items(knowledge, concepts_of([rows]), counts=counts, seed=asked.seed, training_rows=files)
        written = write_items(folder / PROBE_ITEMS, made.items)
        left_out = ", ".join(f"{reason} {count:,}" for reason, count in made.left_out.items()) or "none"
        place.tools.say(f"{written:,} items; left out: {left_out}")

    return Step(name, folder, inputs, work, (PROBE_ITEMS,), asked.needs)


def _row_files(folder: Path) -> list[Path]:
    return [folder / f"{name}.jsonl" for name in get_args(SetName)]

"""From a pipeline's file to steps that can be run. Runs none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medgo.pipeline.place import STATE, Place, Tools, places_of
from medgo.pipeline.recipe import (
    AnyStep,
    CardStep,
    CorpusStep,
    CurationStep,
    DeidStep,
    EvaluationStep,
    PipelineRecipe,
    ProbesStep,
    ReviewsStep,
    SynthesisStep,
    TrainingStep,
    load_pipeline,
)
from medgo.pipeline.step import Step, in_order
from medgo.pipeline.steps.card import card_step
from medgo.pipeline.steps.corpus import corpus_step
from medgo.pipeline.steps.curation import curation_step
from medgo.pipeline.steps.deid import deid_step
from medgo.pipeline.steps.evaluation import evaluation_step
from medgo.pipeline.steps.probes import probes_step
from medgo.pipeline.steps.report import report_step
from medgo.pipeline.steps.reviews import reviews_step
from medgo.pipeline.steps.synthesis import synthesis_step
from medgo.pipeline.steps.training import training_step


def build_pipeline(path: Path, overrides: Sequence[str], tools: Tools) -> tuple[PipelineRecipe, tuple[Step, ...]]:
    """Read a pipeline and make its steps, in their order.

    Raises:
        RecipeError: The file or a step's recipe cannot be read, or the steps do not fit together.
    """
    recipe = load_pipeline(path, overrides)
    home = path.resolve().parent
    # Recipes are written with the paths of the pipeline as it is written, before any argument moves it.
    place = Place(recipe, home, places_of(recipe, load_pipeline(path).output, home), tools)
    return recipe, in_order(_step(name, asked, place) for name, asked in recipe.steps.items())


def state_file(recipe: PipelineRecipe) -> Path:
    """Where a pipeline's state is kept."""
    return Path(recipe.output) / STATE


def _step(name: str, asked: AnyStep, place: Place) -> Step:
    match asked:
        case CorpusStep():
            return corpus_step(name, asked, place)
        case DeidStep():
            return deid_step(name, asked, place)
        case CurationStep():
            return curation_step(name, asked, place)
        case SynthesisStep():
            return synthesis_step(name, asked, place)
        case ProbesStep():
            return probes_step(name, asked, place)
        case ReviewsStep():
            return reviews_step(name, asked, place)
        case TrainingStep():
            return training_step(name, asked, place)
        case EvaluationStep():
            return evaluation_step(name, asked, place)
        case CardStep():
            return card_step(name, asked, place)
        case _:
            return report_step(name, asked, place)

"""Opens the teacher that a recipe names. Knows engines by their options; no generator."""

from __future__ import annotations

from pathlib import Path

from medgo.errors import RecipeError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.teacher import ReplyCache, Teacher


def open_teacher(recipe: Recipe, folder: Path) -> Teacher:
    """Load the model that writes.

    Args:
        recipe: Names it.
        folder: Where its replies are kept; a run that goes on asks nothing twice.

    Raises:
        RecipeError: The recipe names none.
        MedGoError: The model cannot be loaded, or the endpoint not be reached.
    """
    if recipe.teacher is None:
        raise RecipeError("the recipe names no teacher", hint="add teacher: {model: …}")
    engine = open_engine(EngineOptions(**recipe.teacher.model_dump()))
    return Teacher(engine, ReplyCache(folder / "replies.jsonl"))

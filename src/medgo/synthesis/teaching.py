"""Opens the models that a recipe names: the teacher, and the policy where there is one. Knows no generator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import RecipeError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.synthesis.recipe import ModelRecipe, Recipe
from medgo.synthesis.teacher import ReplyCache, Teacher


@dataclass(frozen=True, slots=True)
class Models:
    """Models that write.

    Args:
        teacher: Writes and judges.
        policy: The model that is being trained, whose own replies are judged; None lets the teacher answer too.
    """

    teacher: Teacher
    policy: Teacher | None = None


@contextmanager
def open_models(recipe: Recipe, folder: Path) -> Iterator[Models]:
    """Load the models, and let them and their replies go at the end.

    Args:
        recipe: Names them.
        folder: Where replies are kept; a run that goes on asks nothing twice.

    Raises:
        RecipeError: The recipe names no teacher.
        MedGoError: A model cannot be loaded, or an endpoint not be reached.
    """
    if recipe.teacher is None:
        raise RecipeError("the recipe names no teacher", hint="add teacher: {model: …}")
    with ExitStack() as stack:
        teacher = _open(recipe.teacher, folder / "teacher.jsonl", stack)
        policy = None if recipe.policy is None else _open(recipe.policy, folder / "policy.jsonl", stack)
        yield Models(teacher, policy)


def _open(model: ModelRecipe, replies: Path, stack: ExitStack) -> Teacher:
    engine = open_engine(EngineOptions(**model.model_dump()))
    stack.callback(engine.close)
    return Teacher(engine, stack.enter_context(ReplyCache(replies)))

"""From a recipe to a run: inputs are found, steps and comparisons made of their options. Does nothing itself."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medgo.curation.comparisons import COMPARISONS
from medgo.curation.protocol import Comparison, Step
from medgo.curation.recipe import Component, Recipe
from medgo.curation.runs.runner import CurationPlan
from medgo.curation.steps import STEPS, Retraction
from medgo.errors import RecipeError
from medgo.store.compression import uncompressed_name
from medgo.store.recipes import expand_path

DECONTAMINATE = "decontaminate"
# Makes the step that compares with benchmarks, of its options, and what the report has to say of it; None where its
# options let a run go on without any.
OpenGuard = Callable[[Mapping[str, Any]], tuple[Step | None, Mapping[str, Any]]]


def make_plan(recipe: Recipe, open_guard: OpenGuard) -> CurationPlan:
    """Find everything that a recipe names.

    Args:
        recipe: What is asked for.
        open_guard: Makes the step called ``decontaminate``; this room does not know benchmarks.

    Raises:
        RecipeError: An input that is not optional is missing, a step is unknown, or its options do not fit.
        InputError: There is no benchmark to compare with.
    """
    inputs, missing = _inputs(recipe)
    notes: list[tuple[str, Any]] = []
    steps: list[Step] = []
    for component in recipe.steps:
        if component.use == DECONTAMINATE:
            guard, said = open_guard(component.options)
            steps += [] if guard is None else [guard]
            notes.append((DECONTAMINATE, dict(said)))
        elif component.use == Retraction.name:
            options = component.options
            beside = [str(file) for path in inputs for file in withdrawal_files(path)]
            steps.append(Retraction(**{**options, "withdrawn": (*options.get("withdrawn", ()), *beside)}))
        else:
            steps.append(_made(component, STEPS))
    comparisons: list[Comparison] = [_made(component, COMPARISONS) for component in recipe.comparisons]
    return CurationPlan(
        recipe.name,
        expand_path(recipe.output),
        tuple(inputs),
        tuple(steps),
        tuple(comparisons),
        recipe.shard_bytes,
        tuple(missing),
        tuple(notes),
    )


def withdrawal_files(path: Path) -> list[Path]:
    """Files of withdrawals of an input: in its folder, or beside the file of documents."""
    if path.is_dir():
        return sorted(path.rglob("*.withdrawn.jsonl"))
    beside = path.with_name(uncompressed_name(path).removesuffix(".jsonl") + ".withdrawn.jsonl")
    return [beside] if beside.is_file() else []


def _inputs(recipe: Recipe) -> tuple[list[Path], list[str]]:
    found: list[Path] = []
    missing: list[str] = []
    for one in recipe.inputs:
        try:
            path = expand_path(one.path)
        except RecipeError:
            if not one.optional:
                raise
            missing.append(one.path)
            continue
        if path.exists():
            found.append(path)
        elif one.optional:
            missing.append(one.path)
        else:
            raise RecipeError(f"{one.path} does not exist", hint="medgo corpus read writes it, or say optional: true")
    if not found:
        raise RecipeError(f"none of the inputs is here: {', '.join(missing)}")
    return found, missing


def _made(component: Component, kinds: Mapping[str, Any]) -> Any:
    kind = kinds.get(component.use)
    if kind is None:
        close = difflib.get_close_matches(component.use, [*STEPS, *COMPARISONS, DECONTAMINATE], n=1)
        where = " (it is a comparison)" if component.use in COMPARISONS else ""
        raise RecipeError(
            f"there is no step {component.use!r} here{where}",
            hint=f"did you mean {close[0]}?"
            if close and close[0] != component.use
            else "medgo curate steps lists them",
        )
    try:
        return kind(**component.options)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise RecipeError(f"{component.use}: {said}", hint="medgo curate steps shows its options") from error

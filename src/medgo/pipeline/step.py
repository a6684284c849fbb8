"""A step of a pipeline: what it depends on, what it does, what it leaves. Runs nothing.

A step's work is a function that goes on where it was when it is called again; the pipeline decides only whether.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgo.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a step's results depend on, besides the steps it needs.

    Args:
        value: JSON: the part of the recipe with every default, versions of the code.
        files: Name → file, by whose bytes the results change.
    """

    value: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Args:
        name: Unique in its pipeline.
        folder: What it writes lies in there.
        inputs: Says what it depends on; called when the steps it needs are done, so it may read what they left.
        work: Does it; called again after a kill, it goes on.
        outputs: Patterns of files in the folder that other steps read (``*/merged/*``); at least one must be there.
        needs: Steps that come before it.
        reworks: Whether ``work`` itself keeps what is still right in a folder when inputs changed. Otherwise the
            folder is put aside as ``<folder>.before-<n>`` and the step starts over.
    """

    name: str
    folder: Path
    inputs: Callable[[], Inputs]
    work: Callable[[], None]
    outputs: tuple[str, ...]
    needs: tuple[str, ...] = ()
    reworks: bool = False

    def output_files(self) -> list[Path]:
        """Files that the step left, sorted, each once."""
        return sorted({path for pattern in self.outputs for path in self.folder.glob(pattern) if path.is_file()})


def in_order(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps so that each comes after those it needs, otherwise as they were given.

    Raises:
        RecipeError: A name stands twice, a needed step is not there, or steps need each other in a circle.
    """
    left = list(steps)
    names = [step.name for step in left]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RecipeError(f"steps have one name: {', '.join(twice)}", hint="give each its own")
    for step in left:
        if unknown := sorted(set(step.needs) - set(names)):
            raise RecipeError(f"{step.name} needs {', '.join(unknown)}, which is no step", hint=f"steps: {names}")
    ordered: list[Step] = []
    while left:
        done = {step.name for step in ordered}
        ready = next((step for step in left if done.issuperset(step.needs)), None)
        if ready is None:
            circle = ", ".join(f"{step.name} needs {' and '.join(step.needs)}" for step in left)
            raise RecipeError(f"these steps wait for each other: {circle}", hint="take one of the needs away")
        ordered.append(ready)
        left.remove(ready)
    return tuple(ordered)

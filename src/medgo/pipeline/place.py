"""Where a pipeline's steps lie and what they share: folders, recipes of their own, the tools of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from medgo.curation.planning import OpenGuard
from medgo.errors import RecipeError
from medgo.pipeline.benchmarks import benchmark_mark
from medgo.pipeline.recipe import (
    CurationStep,
    PipelineRecipe,
    ProbesStep,
    SynthesisStep,
    TrainingStep,
    relocated,
)
from medgo.store.recipes import expand_path
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.runner import Overlap

STATE, PROBE_ITEMS = "pipeline.json", "items.jsonl"
Say = Callable[[str], None]
FindOverlap = Callable[[Recipe, Sequence[str] | None, Path], tuple[Overlap, str]]
GuardOf = Callable[[Sequence[str] | None], OpenGuard]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the caller gives to all steps.

    Args:
        say: Shows a line on how a step goes on.
        find_overlap: Indexes benchmark items for synthesis; arguments as ``medgo synthesize`` gives them.
        open_guard: Makes curation's step that compares documents with benchmarks, of their folders.
        today: Against which certificates are read.
        workers: Processes where a step says nothing.
        may_index: Whether benchmark items may be indexed to tell a step's state, which takes minutes.
    """

    say: Say
    find_overlap: FindOverlap
    open_guard: GuardOf
    today: date
    workers: int
    may_index: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A pipeline's surroundings.

    Args:
        pipeline: Its recipe.
        home: Folder of its file.
        moved: What recipes call their output → the folder of the step that makes it.
        tools: Of the caller.
    """

    pipeline: PipelineRecipe
    home: Path
    moved: Mapping[str, Path]
    tools: Tools

    def folder(self, name: str) -> Path:
        """Folder of a step."""
        return self.pipeline.folder_of(name)

    @property
    def state_file(self) -> Path:
        """Where the pipeline's state is kept."""
        return Path(self.pipeline.output) / STATE

    def recipe_file(self, path: str) -> Path:
        """A step's recipe."""
        return self.home / expand_path(path)

    def input_file(self, path: str) -> Path:
        """A file that a step reads, in the folder of the step that makes it."""
        return expand_path(self.input_name(path))

    def input_name(self, path: str) -> str:
        """The same as a recipe names it: what is recorded keeps its variables, and tells nothing of the machine."""
        return relocated(path, self.moved)

    def benchmark_mark(self, folders: Sequence[str] | None, work_out: Callable[[], str]) -> str:
        """Which benchmark items are at hand; see :func:`medgo.pipeline.benchmarks.benchmark_mark`."""
        return benchmark_mark(folders, self.overlap_cache, work_out, may_index=self.tools.may_index)

    @property
    def overlap_cache(self) -> Path:
        """Where indexes of benchmark items are kept."""
        return self.folder("overlap")

    def evaluations(self, names: Sequence[str]) -> list[Path]:
        """Folders of measurements: of a step all that it made, otherwise the folder itself."""
        found: list[Path] = []
        for name in names:
            if name in self.pipeline.steps:
                found += sorted(path.parent for path in self.folder(name).glob("*/summary.json"))
            else:
                found.append(expand_path(name))
        return found


def overrides_of(changes: Mapping[str, Any], output: Path) -> list[str]:
    """A step's ``set`` as ``key=value`` arguments, its output last."""
    given = [f"{key}={yaml.safe_dump(value, default_flow_style=True).strip()}" for key, value in changes.items()]
    return [*(text.removesuffix("\n...").strip() for text in given), f"output={output}"]


def places_of(pipeline: PipelineRecipe, written_output: str, home: Path) -> dict[str, Path]:
    """What recipes call the outputs of steps → the steps' folders.

    Raises:
        RecipeError: A step's recipe cannot be read.
    """
    moved: dict[str, Path] = {}
    for name, step in pipeline.steps.items():
        moved[str(Path(written_output) / name)] = pipeline.folder_of(name)
        if isinstance(step, CurationStep | SynthesisStep | TrainingStep):
            moved[_output_in(home / expand_path(step.recipe))] = pipeline.folder_of(name)
        elif isinstance(step, ProbesStep) and step.known_as:
            moved[step.known_as] = pipeline.folder_of(name) / PROBE_ITEMS
    return moved


def _output_in(path: Path) -> str:
    try:
        return str(yaml.safe_load(path.read_text(encoding="utf-8"))["output"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise RecipeError(
            f"{path} is no recipe with an output: {error}", hint="recipes of steps lie beside the pipeline's file"
        ) from error

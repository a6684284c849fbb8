"""The step that makes a clean, licensed corpus of documents. Hands everything to the room of curation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from medgo import __version__
from medgo.curation.card import write_cards
from medgo.curation.planning import DECONTAMINATE, OpenGuard, make_plan, withdrawal_files
from medgo.curation.protocol import Step as CurationPart
from medgo.curation.recipe import Input, Recipe
from medgo.curation.runs.runner import CurationPlan, CurationReport, run_curation
from medgo.curation.runs.shards import document_files
from medgo.curation.steps import Retraction
from medgo.errors import RecipeError
from medgo.execution import open_executor
from medgo.pipeline.place import Place, Say, overrides_of
from medgo.pipeline.recipe import CorpusStep, CurationStep, DeidStep
from medgo.pipeline.step import Inputs, Step
from medgo.pipeline.steps.corpus import ITEMS, about_of
from medgo.pipeline.steps.deid import certified_documents
from medgo.store.hashing import fingerprint
from medgo.store.recipes import read_recipe

OUTPUTS = ("documents/*.jsonl", "removed/*.jsonl", "report.json", "README*.md", "card.html")


def curation_step(name: str, asked: CurationStep, place: Place) -> Step:
    """Make the step."""
    folder = place.folder(name)

    def loaded() -> Recipe:
        recipe = read_recipe(place.recipe_file(asked.recipe), Recipe, overrides_of(asked.set, folder))
        if asked.inputs:
            paths = [str(_documents_of(step, place)) for step in asked.inputs]
            return recipe.model_copy(update={"inputs": tuple(Input(path=path) for path in paths)})
        moved = tuple(one.model_copy(update={"path": place.input_name(one.path)}) for one in recipe.inputs)
        return recipe.model_copy(update={"inputs": moved})

    # Indexing the benchmarks takes a minute, and both the step's inputs and its work ask for it.
    guard = cache(lambda: _Guard(place.tools.open_guard(asked.benchmarks or None)))

    def inputs() -> Inputs:
        recipe = loaded()
        compared = next((one.options for one in recipe.steps if one.use == DECONTAMINATE), None)
        mark = ""
        if compared is not None:
            mark = place.benchmark_mark(asked.benchmarks or None, lambda: guard().mark(compared))
        plan = make_plan(recipe, _unopened)
        value = {
            "medgo": __version__,
            "recipe": recipe.model_dump(mode="json", exclude={"output", "inputs"}),
            "parts": _parts(plan),
            "benchmarks": mark,
            "missing": _missing(plan, asked, place),
        }
        return Inputs(value, _files(recipe, plan, asked))

    def work() -> None:
        plan = make_plan(loaded(), guard())
        plan = replace(plan, missing=tuple(_missing(plan, asked, place)))
        compared = dict(plan.notes).get(DECONTAMINATE)
        if compared is not None and not compared["items"]:
            place.tools.say("NOT COMPARED WITH ANY BENCHMARK: none is at hand. 未与任何评测集比对：本机没有评测集。")
        executor = open_executor(
            asked.executor, workers=asked.workers or place.tools.workers, address=asked.ray_address
        )
        report = run_curation(plan, executor, _Lines(place.tools.say))
        write_cards(report, plan.output)
        _say(report, place.tools.say)

    return Step(name, folder, inputs, work, OUTPUTS, asked.needs)


class _Guard:
    """Opens the comparison with benchmarks once for the same options."""

    def __init__(self, open_guard: OpenGuard) -> None:
        self._open = open_guard
        self._opened: dict[str, tuple[CurationPart | None, Mapping[str, Any]]] = {}

    def __call__(self, options: Mapping[str, Any]) -> tuple[CurationPart | None, Mapping[str, Any]]:
        key = fingerprint(dict(options))
        if key not in self._opened:
            self._opened[key] = self._open(options)
        return self._opened[key]

    def mark(self, options: Mapping[str, Any]) -> str:
        """Equal for the same items; empty for none."""
        part, _ = self(options)
        return "" if part is None else fingerprint([part.fingerprint])


def _unopened(_options: Mapping[str, Any]) -> tuple[None, Mapping[str, Any]]:
    """In place of the comparison where only the rest of a plan is looked at."""
    return None, {}


def _documents_of(step: str, place: Place) -> Path:
    """Documents of another step.

    Raises:
        RecipeError: It holds records.
        CertificateError: It holds records whose certificate does not hold.
    """
    asked, folder = place.pipeline.steps[step], place.folder(step)
    if isinstance(asked, DeidStep):
        return certified_documents(asked, folder, place.tools.today)
    if about_of(folder).holds == "records":
        raise RecipeError(
            f"{step} holds patients' records, which are private", hint="put a deid step between, and name that"
        )
    return folder / ITEMS


def _missing(plan: CurationPlan, asked: CurationStep, place: Place) -> list[str]:
    steps = [name for name in asked.inputs if isinstance(place.pipeline.steps[name], CorpusStep)]
    corpora = [step.corpus for name in asked.inputs if isinstance(step := place.pipeline.steps[name], DeidStep)]
    return [*plan.missing, *(path for name in (*steps, *corpora) for path in about_of(place.folder(name)).missing)]


def _parts(plan: CurationPlan) -> str:
    """Hash of what the plan does; files of withdrawals, which lie in folders of this machine, are inputs themselves."""
    steps = [f"{one.name} {one.version}" if isinstance(one, Retraction) else one.fingerprint for one in plan.steps]
    return fingerprint([*steps, *(one.fingerprint for one in plan.comparisons)])


def _files(recipe: Recipe, plan: CurationPlan, asked: CurationStep) -> dict[str, Path]:
    """Files that no needed step left."""
    options = next((one.options for one in recipe.steps if one.use == Retraction.name), {})
    files = {f"withdrawn {path}": Path(path) for path in options.get("withdrawn", ())}
    if not asked.inputs:
        for number, path in enumerate(plan.inputs):
            found = {*document_files(path), *withdrawal_files(path)}
            files |= {f"{number}/{file.relative_to(path.parent)}": file for file in found}
    return files


class _Lines:
    """Tells of a run in few lines."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def begin(self, what: str, total: int) -> None:
        """A pass begins."""
        self._say(f"{what}: {total:,}")

    def advance(self) -> None:
        """A part of it is done."""


def _say(report: CurationReport, say: Say) -> None:
    say(f"{report.before.documents:,} documents read, {report.after.documents:,} kept")
    for reason, count in report.removed.most_common():
        say(f"− {count:,} {reason}")

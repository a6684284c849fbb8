"""Whole runs for tests: recipes as dicts, files as bytes. Run as a program it is a run to be killed:
``python -m tests.synthesis.runs OUTPUT`` makes rows of the counting generators, slowly.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from medgo.cli._benchmark_items import find_overlap
from medgo.curation.decontamination import ItemIndex
from medgo.knowledge import open_knowledge
from medgo.synthesis import registry, runner
from medgo.synthesis.keeping import Keeper
from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.recipe import Recipe
from medgo.synthesis.runner import SynthesisReport, run_synthesis
from medgo.synthesis.shelf import Place
from medgo.synthesis.teaching import Models
from medgo.synthesis.workshop import Bench
from tests.synthesis.rows import Counting, Lenient, Pairs

TODAY = date(2026, 11, 22)


@dataclass
class Watch:
    """Remembers what it is told."""

    total: int = 0
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    pause: float = 0.0

    def start(self, total: int) -> None:
        self.total = total

    def made(self, rows: int) -> None:
        self.rows += rows
        time.sleep(self.pause)

    def note(self, text: str) -> None:
        self.notes.append(text)


def recipe(output: Path, sets: dict[str, Any], **changes: Any) -> Recipe:
    value = {"name": "small", "seed": 3, "output": str(output), "shard_rows": 20, "sets": sets}
    return Recipe.model_validate({**value, **changes})


def one(generator: str, rows: int, **options: Any) -> dict[str, Any]:
    """A set of one generator."""
    return {"rows": rows, "mix": [{"generator": generator, "weight": 1, "options": options}]}


COUNTED = {
    "stage1": {
        "rows": 90,
        "mix": [
            {"generator": "counting", "weight": 0.7},
            {"generator": "counting", "weight": 0.3, "options": {"highest": 40}},
        ],
    },
    "preference": one("pairs", 30),
    "labels": one("pairs", 10),
}


def no_models(folder: Path) -> AbstractContextManager[Models]:
    raise AssertionError("no model is needed")


def run(
    asked: Recipe, workers: int = 1, benchmarks: Sequence[Path] = (), watch: Watch | None = None
) -> SynthesisReport:
    """What ``medgo synthesize run`` does, without the terminal."""
    overlap, mark = find_overlap(asked, [str(path) for path in benchmarks] or None, Path(asked.output))
    plan = plan_synthesis(asked, today=TODAY, overlap=mark)
    return run_synthesis(plan, overlap, workers=workers, watch=watch or Watch(), open_models=no_models)


def files(folder: Path) -> dict[str, bytes]:
    """Everything that must be the same for the same recipe: all but times, and the record of what happened when."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".jsonl", ".md")}
    report = json.loads((folder / "report.json").read_bytes())
    for component in report["components"].values():
        del component["seconds"]
    found["report.json"] = json.dumps(report).encode()
    return {name: data for name, data in found.items() if name != "log.jsonl"}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def counting_bench(
    asked: Recipe, _files: Sequence[Path], places: tuple[Place, ...], overlap: Path | None, models: Models | None = None
) -> Bench:
    """A bench whose verifier lets everything pass."""
    items = None if overlap is None else ItemIndex.load(overlap)
    return Bench(asked, open_knowledge(), Keeper(asked.keep, Lenient(), items), places, models)


if __name__ == "__main__":
    registry.GENERATORS = (Counting, Pairs)
    runner.open_bench = counting_bench
    run(recipe(Path(sys.argv[1]), COUNTED), watch=Watch(pause=0.01))

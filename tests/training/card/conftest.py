"""A run of two stages, prepared for real and trained in name only: what a card is written from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file, save_file

from medgo.inference.models import resolve_model
from medgo.training.prepare import Surroundings, prepare_stage
from medgo.training.recipe import TrainingRecipe, as_dict
from tests.evaluation.answers import random_answers
from tests.evaluation.run_folders import write_run
from tests.support.tiny_models import tiny_qwen3
from tests.training.rows.made_rows import pair, sft, write_rows

AROUND = Surroundings(date(2026, 1, 2), None)


@dataclass(frozen=True)
class SmallRun:
    """Folders of a run and its evaluations."""

    run: Path
    evaluations: Sequence[Path]
    stranger: Path


def changed_copy(model: Path, target: Path) -> None:
    """A model folder with one weight moved."""
    shutil.copytree(model, target)
    weights = load_file(target / "model.safetensors")
    weights["model.norm.weight"] += 0.125
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def make_run(folder: Path) -> SmallRun:
    rows = folder / "rows"
    write_rows(rows / "one.jsonl", [sft(f"What is {n} + 1?", f"It is {n + 1}.", task=f"t{n % 2}") for n in range(12)])
    write_rows(rows / "two.jsonl", [pair(f"Is {n} even?", f"No: {n}.", f"Yes: {n}.") for n in range(1, 9, 2)])
    (rows / "report.json").write_text(
        json.dumps(
            {
                "overlap": {"items": 4321, "benchmarks": ["medqa"], "absent": ["cmb"]},
                "sets": {},
                "material": [
                    {"dataset": "curated", "source": "pubmed", "licence": "CC0-1.0", "holds": "documents",
                     "count": 5678, "certificate": ""},
                    {"dataset": "records", "source": "records", "licence": "internal", "holds": "records",
                     "count": 97, "certificate": "deid-of-a-test"},
                ],
            }
        )
    )  # fmt: skip
    recipe = TrainingRecipe.model_validate(
        {
            "name": "small",
            "model": str(tiny_qwen3()),
            "output": str(folder / "run"),
            "stages": [
                {
                    "name": "words", "method": "sft", "data": [{"path": str(rows / "one.jsonl")}],
                    "optimiser": {"learning_rate": 0.0003}, "batch": {"rows": 4, "micro_rows": 2}, "epochs": 2,
                },
                {
                    "name": "prefer", "method": "dpo", "data": [{"path": str(rows / "two.jsonl")}],
                    "optimiser": {"learning_rate": 0.00002}, "batch": {"rows": 2, "micro_rows": 2},
                },
                {
                    "name": "later", "method": "dpo", "data": [{"path": str(rows / "none.jsonl")}],
                    "optimiser": {"learning_rate": 0.00002},
                },
            ],
        }
    )  # fmt: skip
    (folder / "run").mkdir()
    (folder / "run/recipe.yaml").write_text(yaml.safe_dump(as_dict(recipe), sort_keys=False))
    first = prepare_stage(recipe, 0, resolve_model(recipe.model), AROUND).job
    (first.folder / "curves.jsonl").write_text(
        "".join(json.dumps({"step": n, "loss": 2.5 / n, "tasks": {"t0": {"loss": 2.25 / n}}}) + "\n" for n in (1, 2, 5))
    )
    (first.folder / "verify.json").write_text(json.dumps({"top1_agreement": 0.9375, "merged_is_base": False}))
    (first.folder / "done.json").write_text(json.dumps({"seconds": 77.25, "inputs": first.inputs}))
    changed_copy(tiny_qwen3(), first.merged)
    prepare_stage(recipe, 1, resolve_model(str(first.merged)), AROUND)
    base, stage = (resolve_model(str(model)).weights for model in (tiny_qwen3(), first.merged))
    evaluations = folder / "evaluations"
    for name, weights, accuracy in (("base", base, 0.3), ("words", stage, 0.6), ("stranger", "e" * 64, 0.5)):
        write_run(evaluations / name, random_answers(200, accuracy, 3, name="medqa"), found={"weights": weights})
    return SmallRun(folder / "run", (evaluations / "words", evaluations / "base"), evaluations / "stranger")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    return make_run(tmp_path_factory.mktemp("card"))

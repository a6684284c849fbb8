"""The recipes that lie in ``recipes/nano``: all that they name is there, and what they make loads as a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json
import pytest

from medgo.synthesis.plan import plan_synthesis
from medgo.synthesis.recipe import Recipe, load_recipe
from medgo.synthesis.registry import build_generator
from tests.synthesis.datasets.files import REAL, SAMPLES
from tests.synthesis.runs import TODAY, files, lines, run

NANO = Path(__file__).parents[2] / "recipes/nano"
RECIPES = pytest.mark.parametrize("path", sorted(NANO.glob("synthesis*.yaml")), ids=lambda path: path.stem)
SCALED = {"stage1": 120, "stage2": 80, "preference": 40, "labels": 20}
ORIGIN = {"task": str, "stage": str, "lang": str, "row_id": str, "provenance": dict}


@RECIPES
def test_every_generator_that_a_recipe_names_is_there_and_takes_its_options(path: Path) -> None:
    for row_set in load_recipe(path).sets.values():
        for component in row_set.mix:
            build_generator(component.generator, component.options)


def test_there_is_one_without_downloads_and_one_with_them() -> None:
    bare, data = (load_recipe(NANO / f"{name}.yaml") for name in ("synthesis", "synthesis_data"))
    assert set(bare.sets) == {"stage1", "stage2", "preference", "labels"}
    assert (bare.documents, bare.records, bare.teacher, bare.knowledge.add) == ((), (), None, ())
    assert all(collection.optional for collection in data.documents)
    named = {
        name for row_set in data.sets.values() for part in row_set.mix for name in part.options.get("datasets", ())
    }
    assert named | {"medicalgpt_pairs"} == {collection.dataset for collection in data.documents}


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of our own making where the recipe looks for the published ones."""
    for each in SAMPLES:
        if each.real:
            each.below(tmp_path / "data/training" / each.real[0])
    monkeypatch.setenv("MEDGO_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@RECIPES
def test_a_recipe_can_be_planned(path: Path, data_folder: Path, tmp_path: Path) -> None:
    plan = plan_synthesis(load_recipe(path, [f"output={tmp_path / 'out'}"]), today=TODAY, overlap="")
    for name, row_set in plan.recipe.sets.items():
        # Labels are made of pairs, which give two rows each.
        assert sum(job.rows for job in plan.jobs if job.set == name) * (1 + (name == "labels")) == row_set.rows
    if path.stem != "synthesis_data":
        assert (plan.places, plan.missing) == ((), ())
    else:
        assert len(plan.places) == len(plan.recipe.documents)
        assert [line.split("/")[-1] for line in plan.missing] == ["hp-zh.babelon.tsv does not exist"]


def scaled(path: Path, output: Path) -> Recipe:
    sets = load_recipe(path).sets
    return load_recipe(path, [f"output={output}", *(f"sets.{name}.rows={SCALED[name]}" for name in sets)])


def null_fields(kind: pa.DataType, name: str) -> list[str]:
    """Fields without a type anywhere in a type: what another file of the same columns would not fit."""
    if pa.types.is_null(kind):
        return [name]
    if pa.types.is_struct(kind):
        return [found for field in kind for found in null_fields(field.type, f"{name}.{field.name}")]
    return null_fields(kind.value_type, f"{name}[]") if pa.types.is_list(kind) else []


def check_rows(path: Path, learnt: dict[str, type]) -> list[dict[str, Any]]:
    """Every line has the same columns with the same types, as Python and as Arrow see them."""
    rows = lines(path)
    for row in rows:
        assert {name: type(value) for name, value in row.items()} == learnt | ORIGIN
        for turn in (message for column in learnt if isinstance(row[column], list) for message in row[column]):
            assert set(turn) - {"reasoning_content"} == {"role", "content"}
        thinks = row["chat_template_kwargs"]["enable_thinking"]
        for column in ("completion", "chosen", "rejected"):
            assert all(bool(message["reasoning_content"]) == thinks for message in row.get(column, ()))
    table = pa.json.read_json(path)
    assert table.num_rows == len(rows)
    assert [found for field in table.schema for found in null_fields(field.type, field.name)] == []
    return rows


TURNS = {"prompt": list, "chat_template_kwargs": dict}
COLUMNS = {
    "stage1": {**TURNS, "completion": list},
    "stage2": {**TURNS, "completion": list},
    "preference": {**TURNS, "chosen": list, "rejected": list},
    "labels": {**TURNS, "completion": list, "label": bool},
}


def check_run(path: Path, output: Path) -> None:
    report = run(scaled(path, output))
    assert report.short == {}
    for name in report.sets:
        rows = check_rows(output / f"{name}.jsonl", COLUMNS[name])
        proofs = lines(output / f"{name}.evidence.jsonl")
        assert [row["row_id"] for row in rows] == [proof["row_id"] for proof in proofs]
        assert {row["lang"] for row in rows} == {"zh", "en"}
        for row, proof in zip(rows, proofs, strict=True):
            facts = {fact["id"] for fact in proof["facts"]}
            assert all(set(sentence.get("facts", ())) <= facts for sentence in proof["sentences"])
            assert {fact for one in proof["facts"] for fact in one.get("basis", ())} <= facts
            assert row["provenance"]["sources"]
    before = files(output)
    run(scaled(path, output))
    assert files(output) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_bare_recipe_makes_all_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDGO_DATA", raising=False)
    check_run(NANO / "synthesis.yaml", tmp_path)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(900)
def test_the_recipe_with_data_makes_all_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not REAL.is_dir():
        pytest.skip("no training folder: set MEDGO_DATA to the folder with training/ and knowledge/")
    monkeypatch.setenv("MEDGO_DATA", os.path.relpath(REAL.parent))
    check_run(NANO / "synthesis_data.yaml", tmp_path)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Asked for and not here" not in card
    assert "compared with" in card

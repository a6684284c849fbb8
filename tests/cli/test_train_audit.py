"""``medgo train audit``: exit codes and files; it needs nothing but recipe, rows and the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from medgo.cli._train_audit import audit
from tests.training.rows.made_rows import labelled, sft, write_rows

APP = typer.Typer()
APP.command("audit")(audit)


@pytest.fixture
def recipe(tmp_path: Path, embedded_folder: Path) -> Path:
    write_rows(tmp_path / "sft.jsonl", [sft(f"{i}?", "the answer") for i in range(4)])
    write_rows(tmp_path / "labels.jsonl", [labelled(f"{i}?", "a", i > 1) for i in range(4)])
    common = {"optimiser": {"learning_rate": 1e-4}}
    value = {
        "name": "small",
        "model": "embedded",
        "output": str(tmp_path / "out"),
        "gates": {"overlap": "off"},
        "stages": [
            {"name": "one", "method": "sft", "data": [{"path": str(tmp_path / "sft.jsonl")}], **common},
            {"name": "two", "method": "kto", "data": [{"path": str(tmp_path / "labels.jsonl")}], **common},
        ],
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    return path


def test_rows_that_may_be_learnt_from_end_with_0(tmp_path: Path, recipe: Path) -> None:
    page, record = tmp_path / "audit.html", tmp_path / "audit.json"
    done = CliRunner().invoke(APP, [str(recipe), "--html", str(page), "--json", str(record), "--rows", "1"])
    assert done.exit_code == 0, done.output
    assert "<|im_end|> (2), which is learnt" in done.stdout
    assert "FAIL" not in done.stdout
    assert page.read_text(encoding="utf-8").count("<article>") == 3  # one of each task and label
    stages = json.loads(record.read_bytes())["stages"]
    assert [stage["tasks"]["questions" if i == 0 else "labels"]["kept"] for i, stage in enumerate(stages)] == [4, 4]
    assert not (tmp_path / "out").exists()  # an audit leaves the run's folder alone


def test_a_gate_that_fails_ends_with_1_after_everything_was_shown(tmp_path: Path, recipe: Path) -> None:
    write_rows(tmp_path / "sft.jsonl", [sft("a?", "b", licence="CC-BY-NC-4.0"), sft("c?", "d", "reasons")])
    done = CliRunner().invoke(APP, [str(recipe), "stages.0.lengths.max_tokens=8"])
    assert done.exit_code == 1
    for gate in ("licence", "no thinking", "rows"):
        assert f"FAIL  {gate}" in done.stdout
    assert "label balance" in done.stdout  # the other stage is shown too


def test_a_row_that_cannot_be_read_ends_with_2_and_its_name(tmp_path: Path, recipe: Path) -> None:
    value = sft("a?", "b").to_dict()
    del value["chat_template_kwargs"]
    write_rows(tmp_path / "sft.jsonl", [value])
    done = CliRunner().invoke(APP, [str(recipe)])
    assert done.exit_code == 2
    assert "sft.jsonl, line 1: chat_template_kwargs: missing" in done.stderr

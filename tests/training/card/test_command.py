"""``medgo card`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from medgo.cli._card import card_command
from tests.training.card.conftest import SmallRun


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("card")(card_command)
    return app


def test_a_card_is_written_with_its_evaluations(app: typer.Typer, small_run: SmallRun, tmp_path: Path) -> None:
    options = [part for folder in small_run.evaluations for part in ("--evaluation", str(folder))]
    result = CliRunner().invoke(app, [str(small_run.run), *options, "--output", str(tmp_path), "--name", "Other"])
    assert result.exit_code == 0, result.output
    assert "# Other" in (tmp_path / "README_zh.md").read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "README.md", "README_zh.md", "lineage.json", "recipe.yaml",
    ]  # fmt: skip


def test_rows_are_listed(app: typer.Typer, small_run: SmallRun) -> None:
    result = CliRunner().invoke(app, [str(small_run.run), "--rows", "prefer"])
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 4
    result = CliRunner().invoke(app, [str(small_run.run), "--rows", "nobody"])
    assert result.exit_code == 2
    assert "stages: words, prefer" in result.output


def test_a_stranger_is_refused_with_the_way_out(app: typer.Typer, small_run: SmallRun, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(small_run.run), "-e", str(small_run.stranger), "-o", str(tmp_path)])
    assert result.exit_code == 2
    assert "neither the base nor a stage" in result.output

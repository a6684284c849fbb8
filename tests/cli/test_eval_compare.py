"""``medgo eval compare`` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from medgo.cli._eval_compare import eval_compare_command
from medgo.schema import Prediction
from tests.evaluation.answers import answer, random_answers
from tests.evaluation.run_folders import write_run


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(eval_compare_command)
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80"})


def predictions(accuracy: float, seed: int) -> list[Prediction]:
    return random_answers(300, accuracy, seed, name="medqa") + random_answers(50, 0.5, seed, name="pubmedqa")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    write_run(tmp_path / "a", predictions(0.5, 1), model="old/model")
    failed = answer("broken", status="error", name="medqa")
    write_run(tmp_path / "b", [*predictions(0.8, 2), failed], model="new\x1b[31m/model")
    return str(tmp_path / "a"), str(tmp_path / "b")


def test_table_and_words(folders: tuple[str, str]) -> None:
    result = run(*folders)
    assert result.exit_code == 0, result.output
    assert "B better by" in result.stdout
    assert "B 更好" in result.stdout
    assert "…" not in result.stdout
    assert "mcnemar p <0.001" in result.stdout
    assert "no difference shown" in result.stdout
    assert "1 items only in B's run" in result.stdout
    assert "B better on average · 平均而言 B 更好" in result.stdout
    assert "\x1b" not in result.stdout


def test_json(folders: tuple[str, str]) -> None:
    row = json.loads(run(*folders, "--json").stdout)
    assert row["a"] == "old/model"
    assert [each["benchmark"] for each in row["benchmarks"]] == ["medqa", "pubmedqa"]
    assert row["benchmarks"][0]["winner"] == "B"
    assert row == json.loads(run(*folders, "--json", "--seed", "0").stdout)


def test_no_run_there(folders: tuple[str, str], tmp_path: Path) -> None:
    result = run(folders[0], str(tmp_path / "nothing"))
    assert result.exit_code == 2
    assert "holds no run" in result.stderr


def test_other_data_is_refused_with_the_way_out(folders: tuple[str, str], tmp_path: Path) -> None:
    other = {"medqa": {"data_sha256": "x"}, "pubmedqa": {"data_sha256": "x"}}
    write_run(tmp_path / "c", predictions(0.5, 3), benchmarks=other)
    result = run(folders[0], str(tmp_path / "c"))
    assert result.exit_code == 2
    assert "the data" in result.stderr
    assert "--force" in result.stderr
    forced = run(folders[0], str(tmp_path / "c"), "--force")
    assert forced.exit_code == 0
    assert "differ" in forced.stdout

"""``medgo eval report`` as a user sees it."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from medgo.cli._eval_report import eval_report_command
from tests.evaluation.answers import random_answers
from tests.evaluation.run_folders import write_run


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(eval_report_command)
    return CliRunner().invoke(app, list(arguments))


def test_files_are_named_on_stdout(tmp_path: Path) -> None:
    write_run(tmp_path / "run", random_answers(20, 0.5, 0, name="medqa"))
    result = run(str(tmp_path / "run"), "--output", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    files = [Path(line) for line in result.stdout.splitlines()]
    assert len(files) == 5
    assert all(file.stat().st_size > 500 for file in files)


def test_no_run_no_report(tmp_path: Path) -> None:
    result = run(str(tmp_path), "--output", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "holds no run" in result.stderr
    assert not (tmp_path / "out").exists()

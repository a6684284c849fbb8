"""The options of an engine: one declaration, the same on every command that takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner, Result

from medgo.cli._engine_options import engine_options, takes_engine_options
from medgo.cli._eval_judge import eval_judge_command, eval_judge_meta_command
from medgo.inference.engines import EngineOptions


def run(*arguments: str) -> tuple[Result, list[tuple[str, EngineOptions, int]]]:
    seen: list[tuple[str, EngineOptions, int]] = []

    @takes_engine_options
    def command(
        name: Annotated[str, typer.Argument()], options: EngineOptions, limit: Annotated[int, typer.Option()] = 3
    ) -> None:
        """Do something."""
        seen.append((name, options, limit))

    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"}), seen


def test_what_is_not_said_is_the_engines_own_default() -> None:
    assert engine_options() == EngineOptions()
    assert run("x")[1] == [("x", EngineOptions(), 3)]


def test_every_option_arrives_in_either_spelling() -> None:
    flags = "--engine transformers --dtype float32 --device cuda:1 --base_url http://h/v1 --batch-size 2 --timeout 5"
    result, seen = run("x", *flags.split(), "--max_retries", "1", "--threads", "2", "--limit", "9")
    assert result.exit_code == 0, result.output
    expected = EngineOptions("embedded", "transformers", "float32", 2, "cuda:1", "http://h/v1", None, 5.0, 1, threads=2)
    assert seen == [("x", expected, 9)]


def test_a_value_that_no_engine_takes_ends_the_command_before_it_begins() -> None:
    result, seen = run("x", "--device", "gpu")
    assert (result.exit_code, seen) == (2, [])
    assert "no device 'gpu'" in result.stderr
    assert "use auto, cpu, cuda" in result.stderr


def test_help_names_them_and_the_command() -> None:
    result, _ = run("--help")
    assert "Do something." in result.stdout
    flags = "--engine --dtype --device --base-url --batch-size --timeout --max-retries --threads"
    for flag in flags.split():
        assert flag in result.stdout
    assert "--options" not in result.stdout


@pytest.mark.parametrize("command", [eval_judge_command, eval_judge_meta_command])
def test_judges_take_them(command: object, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    where = ("--input", str(tmp_path / "x")) if command is eval_judge_meta_command else (str(tmp_path / "x"),)
    result = CliRunner().invoke(app, [*where, "--judge", "m", "--device", "gpu"])
    assert result.exit_code == 2
    assert "no device 'gpu'" in result.stderr

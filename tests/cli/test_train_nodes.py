"""``medgo train nodes``: what is shown, and the code it ends with."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from medgo.cli._train_nodes import nodes
from tests.training.running.stages import prepare_stage

_APP = typer.Typer()
_APP.command()(nodes)


def test_a_sound_machine_is_shown(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    done = CliRunner().invoke(_APP, [str(job.folder), "--free-gb", "0"])
    assert done.exit_code == 0, done.output
    assert "gloo" in done.output
    assert "nothing keeps them" in done.output


def test_problems_end_with_another_code(tmp_path: Path) -> None:
    job = prepare_stage(tmp_path / "stage", steps=1)
    done = CliRunner().invoke(_APP, [str(job.folder), "--free-gb", "1e9"])
    assert done.exit_code == 1
    assert "GB free on the stage's disk" in " ".join(done.output.split())


def test_bad_addresses_and_folders_are_said(tmp_path: Path) -> None:
    assert CliRunner().invoke(_APP, [str(tmp_path), "--address", "nowhere"]).exit_code == 2
    done = CliRunner().invoke(_APP, [str(tmp_path)])
    assert done.exit_code != 0
    assert "medgo train prepare" in done.output

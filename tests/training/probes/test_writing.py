"""Probes are made only for rows that hold concepts out, and which ones is read from what made the rows."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from typer.testing import CliRunner

from medgo.cli._train_probes import probes
from medgo.errors import InputError
from medgo.knowledge import Knowledge
from medgo.synthesis.concepts import ALL_CONCEPTS, Concepts
from medgo.training.probes.writing import concepts_of, make_items

APP = typer.Typer()
APP.command()(probes)


def made(folder: Path, **concepts: Any) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"recipe": {"concepts": concepts}}))
    (folder / "stage1.jsonl").write_text("")
    return folder


def test_rows_that_hold_nothing_out_have_no_probes() -> None:
    with pytest.raises(InputError, match=r"concepts\.part: all") as caught:
        make_items(cast(Knowledge, None), ALL_CONCEPTS)
    assert "part: train" in str(caught.value.hint)


def test_share_and_seed_are_what_made_the_rows(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", part="train", share=0.2, seed=3)
    assert concepts_of([folder]) == Concepts(part="train", share=0.2, seed=3)
    assert concepts_of([folder / "stage1.jsonl"]) == Concepts(part="train", share=0.2, seed=3)
    other = made(tmp_path / "b", part="train", share=0.15, seed=3)
    with pytest.raises(InputError, match="hold out different concepts"):
        concepts_of([folder, other])
    with pytest.raises(InputError, match=r"manifest\.json is not there"):
        concepts_of([tmp_path])


def test_the_command_refuses_without_rows_and_with_rows_that_hold_nothing_out(tmp_path: Path) -> None:
    out = tmp_path / "items.jsonl"
    alone = CliRunner().invoke(APP, [str(out)])
    assert alone.exit_code != 0
    assert "--rows" in alone.output
    every = made(tmp_path / "all", part="all", share=0.15, seed=0)
    refused = CliRunner().invoke(APP, [str(out), "--rows", str(every)])
    assert refused.exit_code != 0
    assert "concepts.part" in " ".join(refused.output.split())
    assert not out.exists()

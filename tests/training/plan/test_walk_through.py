"""The walk-throughs show what the planner prints now, the same in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from medgo.cli._train_plan import plan

_ROOT = Path(__file__).parents[3]
_PAGES = [_ROOT / "docs" / name for name in ("training-32b.md", "training-32b.zh.md")]


def _run(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(_ROOT)
    app = Typer()
    app.command()(plan)
    words = shlex.split(line.replace("\\\n", " "))
    assert words[:3] == ["medgo", "train", "plan"]
    result = CliRunner().invoke(app, words[3:], env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"})
    return result.stdout, result.stderr


def _figures(text: str) -> list[str]:
    return re.findall(r"\d[\d,.]*", text)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_tables_are_what_the_command_prints(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, printed = re.search(
        r"```bash\n(medgo train plan [^`]*--tokens[^`]*)```\n\n```text\n(.*?)```", page.read_text(), re.S
    ).groups()  # type: ignore[union-attr]
    assert _figures(_run(command, monkeypatch)[0]) == _figures(printed)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_the_refusal_is_what_the_command_prints(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, printed = re.search(r"```text\n\$ (medgo train plan [^\n]*)\n(.*?)```", page.read_text(), re.S).groups()  # type: ignore[union-attr]
    assert _figures(_run(command, monkeypatch)[1]) == _figures(printed)


def test_both_pages_have_the_same_figures_in_their_tables_and_the_same_commands() -> None:
    blocks = [re.findall(r"```text\n(.*?)```", page.read_text(), re.S) for page in _PAGES]
    assert blocks[0] == blocks[1]
    commands = [sorted(re.findall(r"^medgo [^#\n]*", page.read_text(), re.M)) for page in _PAGES]
    assert [line.strip() for line in commands[0]] == [line.strip() for line in commands[1]]

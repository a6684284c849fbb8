"""The help pages of ``medgo deid``: nothing is cut off where a terminal is narrow, and nothing is in one language."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from medgo.cli._deid import build_deid

PAGES = ("", "run", "certify", "check", "review", "detect", "reidentify", "key", "key new", "key public")
HAN = re.compile("[\u4e00-\u9fff]")


def page(name: str, width: int) -> str:
    shown = CliRunner().invoke(
        build_deid(), [*name.split(), "--help"], env={"COLUMNS": str(width)}, terminal_width=width
    )
    assert shown.exit_code == 0
    return shown.output


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("name", PAGES)
def test_no_help_is_cut_off(name: str, width: int) -> None:
    assert "…" not in page(name, width)


@pytest.mark.parametrize("name", [name for name in PAGES if name])
def test_every_option_is_told_in_both_languages(name: str) -> None:
    # An option begins with its name; what is said of it goes on until the next one.
    pieces = re.split(r"(?m)^│\s*\*?\s+(?=--|[a-z_.]+\s{2})", page(name, 120))[1:]
    told = [piece for piece in pieces if piece.startswith("--") and not piece.startswith("--help")]
    assert all(HAN.search(piece) for piece in told), [piece[:30] for piece in told if not HAN.search(piece)]


@pytest.mark.parametrize("name", ["run", "certify", "check", "review"])
def test_what_is_asked_for_most_has_examples(name: str) -> None:
    assert f"medgo deid {name}" in page(name, 120).partition("Examples")[2]

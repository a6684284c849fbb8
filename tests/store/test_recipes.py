"""Recipes: words that YAML 1.1 takes for booleans stay words; a wrong name is answered with the nearest."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from medgo.errors import RecipeError
from medgo.store.recipes import read_recipe


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    overlap: Literal["on", "off", "if_present"] = "on"
    shuffle: bool = False


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    gates: _Inner = _Inner()


def _read(folder: Path, text: str, *overrides: str) -> _Outer:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return read_recipe(path, _Outer, overrides)


@pytest.mark.parametrize("word", ["on", "off"])
def test_on_and_off_are_words(tmp_path: Path, word: str) -> None:
    assert _read(tmp_path, f"name: a\ngates: {{overlap: {word}}}").gates.overlap == word
    assert _read(tmp_path, "name: a", f"gates.overlap={word}").gates.overlap == word


def test_true_and_false_are_booleans(tmp_path: Path) -> None:
    assert _read(tmp_path, "name: a\ngates: {shuffle: true}").gates.shuffle is True
    assert _read(tmp_path, "name: a", "gates.shuffle=False").gates.shuffle is False


@pytest.mark.parametrize(
    ("override", "hint"),
    [("gate.shuffle=true", "did you mean gates?"), ("shuffle=true", "shuffle is a field of a part further in")],
)
def test_a_wrong_name_is_answered(tmp_path: Path, override: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        _read(tmp_path, "name: a", override)
    assert caught.value.hint == hint


def test_an_empty_file_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="is not a recipe: expected name"):
        _read(tmp_path, "")

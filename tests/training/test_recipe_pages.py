"""Both pages on recipes name every field that a recipe has, with its default, and none that it has not (R18)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from medgo.training.recipe import TrainingRecipe

_DOCS = Path(__file__).parents[2] / "docs"


def _fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted name and default of every field, of the parts too."""
    for name, field in model.model_fields.items():
        yield (
            f"{path}{name}",
            _default(field.get_default(call_default_factory=True)) if not field.is_required() else "—",
        )
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                many = "[]" if get_args(field.annotation)[-1:] == (...,) else ""
                yield from _fields(kind, f"{path}{name}{many}.")


def _default(value: object) -> str:
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else (f"{value:g}" if isinstance(value, int | float) else value if isinstance(value, str) else "")
    )


@pytest.mark.parametrize("page", ["training-recipe.md", "training-recipe.zh.md"])
def test_every_field_stands_in_the_page(page: str) -> None:
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([^|]*) \| [^|]+ \|$", (_DOCS / page).read_text(), re.M)
    wanted = dict(_fields(TrainingRecipe))
    assert len(wanted) > 60
    assert [name for name, _ in rows] == list(dict.fromkeys(name for name, _ in rows))
    assert {name for name, _ in rows} == set(wanted)
    for name, default in rows:
        assert wanted[name] in ("", default), name

"""Pools that generated values are drawn from, one half for each part, so that no test value was seen in development."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from medgo.schema import Lang

Part = Literal["dev", "test"]


@lru_cache(maxsize=4)
def pools_of(lang: Lang, part: Part) -> dict[str, tuple[str, ...]]:
    """Names, places and bodies of one language by kind."""
    return {kind: _half(_items(text), part) for kind, text in read_yaml("pools.yaml")[lang].items()}


@lru_cache(maxsize=8)
def read_yaml(name: str) -> Any:
    """A YAML file of this package."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text("utf-8"))


def _items(text: str) -> list[str]:
    return [one.strip() for one in text.split(";")] if ";" in text else text.split()


def _half(items: list[str], part: Part) -> tuple[str, ...]:
    middle = len(items) // 2
    return tuple(items[:middle] if part == "dev" else items[middle:])

"""What surrogates are made of: own lists, read once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache
def pool(name: str) -> dict[str, Any]:
    """The content of ``NAME.yaml`` beside this file."""
    value: dict[str, Any] = yaml.safe_load(files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
    return value

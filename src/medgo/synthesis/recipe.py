"""What a run makes: sets of rows, mixed from generators, and what they may be made from. Knows no generator.

A recipe is a YAML file. ``key=value`` arguments change it; keys are dotted (``sets.stage1.rows=100``), values YAML.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from medgo.errors import RecipeError
from medgo.inference.engines.options import DtypeName, EngineName
from medgo.schema import Lang

SetName = Literal["stage1", "stage2", "preference", "labels"]

# Licences under which rows may be made and trained on. A recipe may name others that its user has agreed to.
OPEN_LICENCES = (
    "Apache-2.0",
    "MIT",
    "CC0-1.0",
    "CC-BY-4.0",
    "HPO licence",
    "LicenseRef-US-Government-Public-Domain",
    "MIT AND CC0-1.0",
)
_WEIGHTS_MAY_MISS = 1e-6


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Component(_Part):
    """One generator's share of a set.

    Args:
        generator: Its name (``medgo synthesize generators``).
        weight: Its share of the set's rows; the weights of a set add up to 1.
        options: Its options.
    """

    generator: str
    weight: float = Field(gt=0, le=1)
    options: dict[str, Any] = Field(default_factory=dict)


class RowSet(_Part):
    """One file of rows: how many, and from which generators."""

    rows: int = Field(gt=0)
    mix: tuple[Component, ...] = Field(min_length=1)

    @field_validator("mix")
    @classmethod
    def _weights_add_up(cls, mix: tuple[Component, ...]) -> tuple[Component, ...]:
        total = sum(component.weight for component in mix)
        if abs(total - 1) > _WEIGHTS_MAY_MISS:
            shares = " + ".join(f"{component.generator} {component.weight:g}" for component in mix)
            raise ValueError(f"the weights add up to {total:.6g}, not to 1: {shares}")
        return mix


class Collection(_Part):
    """Documents or records of one data set.

    Args:
        dataset: Name of its reader (``medgo synthesize datasets``).
        path: File or folder; ``${MEDGO_DATA}`` is replaced.
        optional: Whether the run may go on without it; it is then named as missing in the data card.
        limit: At most so many of its documents, the first ones; None takes all.
    """

    dataset: str
    path: str
    optional: bool = False
    limit: int | None = Field(default=None, gt=0)


class ModelRecipe(_Part):
    """A model that writes, opened as ``medgo batch`` opens one."""

    model: str = "embedded"
    engine: EngineName = "auto"
    base_url: str | None = None
    dtype: DtypeName = "auto"
    device: str = "auto"
    batch_size: int | None = Field(default=None, gt=0)


class KnowledgeRecipe(_Part):
    """Knowledge besides what is installed.

    Args:
        needs: Ids of sources without which the run must not start.
        add: Files of the user, added for this run (``${MEDGO_DATA}`` is replaced); those that are absent are named in
            the data card, unless ``needs`` asks for what they hold.
    """

    needs: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


class KeepRecipe(_Part):
    """What a row must be to be kept.

    Args:
        max_characters: Most characters of prompt, reasoning and answer together.
        overlap: Whether rows are compared with the benchmarks' items: ``required`` stops the run when no item is at
            hand, ``if_present`` says so in the data card, ``off`` does not compare.
        licences: Licences that rows may carry.
    """

    max_characters: int = Field(default=24_000, gt=0)
    overlap: Literal["required", "if_present", "off"] = "if_present"
    licences: tuple[str, ...] = OPEN_LICENCES


class Recipe(_Part):
    """One run of ``medgo synthesize``."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = Field(default=0, ge=0)
    langs: tuple[Lang, ...] = Field(default=("zh", "en"), min_length=1)
    output: str
    shard_rows: int = Field(default=500, gt=0)
    sets: dict[SetName, RowSet] = Field(min_length=1)
    documents: tuple[Collection, ...] = ()
    records: tuple[Collection, ...] = ()
    trusted_keys: tuple[str, ...] = ()
    teacher: ModelRecipe | None = None
    policy: ModelRecipe | None = None
    knowledge: KnowledgeRecipe = KnowledgeRecipe()
    keep: KeepRecipe = KeepRecipe()

    @field_validator("langs")
    @classmethod
    def _no_language_twice(cls, langs: tuple[Lang, ...]) -> tuple[Lang, ...]:
        if len(set(langs)) != len(langs):
            raise ValueError(f"a language is named twice: {', '.join(langs)}")
        return langs


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe and change it as ``key=value`` arguments say.

    Raises:
        RecipeError: The file cannot be read, an argument is not ``key=value``, or a field does not fit. All fields
            that do not fit are named at once.
    """
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}", hint="recipes lie in recipes/") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not YAML: {error}") from error
    if not isinstance(value, dict):
        raise RecipeError(f"{path} is not a recipe: expected name, output, sets")
    for override in overrides:
        _apply(value, override)
    try:
        return Recipe.model_validate(value)
    except ValidationError as error:
        raise RecipeError(f"{path}: {_all_of(error)}", hint=_near(error)) from error


def expand_path(text: str) -> Path:
    """A path of a recipe with ``${MEDGO_DATA}`` replaced.

    Raises:
        RecipeError: The variable is not set, or another one is named.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] != "MEDGO_DATA":
            raise RecipeError(f"{text}: a recipe's paths may name ${{MEDGO_DATA}} and no other variable")
        if not os.environ.get("MEDGO_DATA"):
            raise RecipeError(f"{text}: MEDGO_DATA is not set", hint="set it to the folder with the data")
        return os.environ["MEDGO_DATA"]

    return Path(re.sub(r"\$\{(\w+)\}", value, text)).expanduser()


def shares(rows: int, weights: Iterable[float]) -> list[int]:
    """Whole numbers in these proportions that add up to ``rows`` (largest remainder)."""
    parts = list(weights)
    exact = [rows * part / sum(parts) for part in parts]
    counts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: rows - sum(counts)]:
        counts[i] += 1
    return counts


def _apply(value: dict[str, Any], override: str) -> None:
    key, sign, text = override.partition("=")
    if not sign or not key:
        raise RecipeError(
            f"{override!r} is not key=value", hint="for example output=results/nano or sets.stage1.rows=100"
        )
    *path, last = key.split(".")
    place: Any = value
    for step in path:
        place = _inner(place, step, override)
    try:
        new = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{override}: the value is not YAML: {error}") from error
    if isinstance(place, list):
        place[_position(place, last, override)] = new
    elif isinstance(place, dict):
        place[last] = new
    else:
        raise RecipeError(f"{override}: there is nothing below {'.'.join(path)}")


def _inner(place: Any, step: str, override: str) -> Any:
    if isinstance(place, list):
        return place[_position(place, step, override)]
    if isinstance(place, dict):
        return place.setdefault(step, {})
    raise RecipeError(f"{override}: there is nothing below {step}")


def _position(place: list[Any], step: str, override: str) -> int:
    if not step.isdecimal() or int(step) >= len(place):
        raise RecipeError(f"{override}: expected a position from 0 to {len(place) - 1} instead of {step!r}")
    return int(step)


def _all_of(error: ValidationError) -> str:
    lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
    return "; ".join(lines)


def _near(error: ValidationError) -> str:
    """A word on the first name that is not known, where another one is like it."""
    known: Mapping[str, Any] = Recipe.model_fields
    for problem in error.errors():
        wrong = str(problem["loc"][-1]) if problem["loc"] else ""
        names = get_args(SetName) if problem["loc"][:1] == ("sets",) else list(known)
        close = difflib.get_close_matches(wrong, names, n=1)
        if problem["type"] in ("extra_forbidden", "literal_error") and close:
            return f"did you mean {close[0]}?"
    return ""

"""What a run makes: sets of rows, mixed from generators, and what they may be made from. Knows no generator.

A recipe is a YAML file. ``key=value`` arguments change it; keys are dotted (``sets.stage1.rows=100``), values YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from medgo.inference.engines.options import DtypeName, EngineName
from medgo.schema import Lang
from medgo.schema.licences import OPEN_LICENCES
from medgo.store.recipes import read_recipe
from medgo.synthesis.concepts import Concepts

SetName = Literal["stage1", "stage2", "preference", "labels"]

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
    policies: tuple[str, ...] = ("safe_harbor",)
    teacher: ModelRecipe | None = None
    policy: ModelRecipe | None = None
    knowledge: KnowledgeRecipe = KnowledgeRecipe()
    keep: KeepRecipe = KeepRecipe()
    concepts: Concepts = Concepts()

    @field_validator("langs")
    @classmethod
    def _no_language_twice(cls, langs: tuple[Lang, ...]) -> tuple[Lang, ...]:
        if len(set(langs)) != len(langs):
            raise ValueError(f"a language is named twice: {', '.join(langs)}")
        return langs


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe of a run of ``medgo synthesize``; see :func:`medgo.store.recipes.read_recipe`."""
    return read_recipe(path, Recipe, overrides)


def shares(rows: int, weights: Iterable[float]) -> list[int]:
    """Whole numbers in these proportions that add up to ``rows`` (largest remainder)."""
    parts = list(weights)
    exact = [rows * part / sum(parts) for part in parts]
    counts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: rows - sum(counts)]:
        counts[i] += 1
    return counts

"""What is done with each class of identifier, read from a file whose hash stands in every certificate."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from medgo.deid.classes import CLASSES, IdentifierClass
from medgo.errors import InputError
from medgo.store.hashing import fingerprint
from medgo.store.recipes import expand_path

Action = Literal["surrogate", "shift", "generalise", "tag", "keep"]
BUILT_IN = "safe_harbor"
POLICIES = (BUILT_IN, "strict")


class Rule(BaseModel):
    """What is done with one class, and which rule asks for it.

    Args:
        action: See the header of ``policies/safe_harbor.yaml``.
        hipaa: Letter of 45 CFR 164.514(b)(2)(i), A to R; None for what Safe Harbor does not list.
        gbt37964: Direct or quasi identifier of GB/T 37964-2019.
        gbt39725: Level of data of GB/T 39725-2020, 1 to 5.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    hipaa: str | None = Field(pattern="^[A-R]$")
    gbt37964: Literal["direct", "quasi"]
    gbt39725: int = Field(ge=1, le=5)


class Policy(BaseModel):
    """A whole policy; every class has its rule.

    Args:
        name: Its name.
        version: Changed by whoever changes it.
        max_date_shift_days: A patient's dates move by whole weeks and at most so many days.
        certificate_days: Days until a certificate expires.
        k: Least number of records that share their quasi-identifiers.
        max_residual: Most that the attack on the output may find.
        min_reviewed: Least number of records that a person reads against their originals.
        leak_rate: Most that the upper bound of the leak rate may be after that review.
        rare_diseases: ``generalise``: where a record names a rare disease, its ages, places and dates are made coarse;
            ``same``: it is treated as any other.
        classes: Rule of each class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    max_date_shift_days: int = Field(364, ge=7, le=3650)
    certificate_days: int = Field(365, ge=1)
    k: int = Field(1, ge=1)
    max_residual: int = Field(0, ge=0)
    min_reviewed: int = Field(0, ge=0)
    leak_rate: float = Field(0.01, gt=0, le=1)
    rare_diseases: Literal["generalise", "same"] = "generalise"
    classes: dict[IdentifierClass, Rule]

    @field_validator("classes")
    @classmethod
    def _whole(cls, value: dict[IdentifierClass, Rule]) -> dict[IdentifierClass, Rule]:
        missing = [name for name in CLASSES if name not in value]
        if missing:
            raise ValueError(f"no rule for {', '.join(missing)}")
        return value

    @cached_property
    def sha256(self) -> str:
        """Equal for policies that do the same."""
        return fingerprint(self.model_dump(mode="json"))

    @cached_property
    def kept(self) -> frozenset[IdentifierClass]:
        """Classes that are left as they are; nobody need look for them."""
        return frozenset(label for label, rule in self.classes.items() if rule.action == "keep")

    def action(self, label: IdentifierClass) -> Action:
        """What is done with a class."""
        return self.classes[label].action


def accepted_policies(names: Iterable[str]) -> frozenset[str]:
    """Hashes of policies, each the name of a built-in one or a file.

    Raises:
        InputError: One of them cannot be read, or is not a policy.
    """
    return frozenset(read_policy(name if name in POLICIES else expand_path(name)).sha256 for name in names)


def read_policy(which: str | Path = BUILT_IN) -> Policy:
    """A built-in policy by its name, or a policy file.

    Raises:
        InputError: It cannot be read, or is not a policy.
    """
    built_in = files("medgo.deid").joinpath("policies", f"{which}.yaml")
    place = built_in if which in POLICIES else Path(which)
    try:
        return Policy.model_validate(yaml.safe_load(place.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InputError(
            f"{which}: no policy: {error}",
            hint=f"built-in ones are {', '.join(POLICIES)}; their files show the shape",
        ) from error

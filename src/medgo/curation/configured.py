"""What steps and comparisons have in common: options that a recipe sets, and a fingerprint of them."""

from __future__ import annotations

import json
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Configured(BaseModel):
    """Options are fields, checked and frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    version: ClassVar[str]

    @property
    def fingerprint(self) -> str:
        """Equal for those that do the same: name, version and options."""
        return f"{self.name} {self.version} {json.dumps(self.model_dump(mode='json'), sort_keys=True)}"

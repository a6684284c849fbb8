"""Which concepts rows may be about: all, those for training, or those held out. Knows no generator and no row.

A concept belongs to one side as a whole: a disease with its synonyms in both languages, a sign, a drug, a topic of a
policy. The side follows from a hash of its id alone, so that it is the same in every recipe with the same share and
seed, whatever else a vocabulary holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from medgo.schema import Fact

Part = Literal["all", "train", "held_out"]
_BITS = 64
# Kinds of facts whose concepts a row is about, or names as such. Findings, values and drugs of a patient are what
# records consist of; no record would be left without them, and nothing is asked about them but what the record says.
_TELLING = frozenset({"diagnosis", "history", "term", "code"})


class Concepts(BaseModel):
    """A part of all concepts.

    Args:
        part: ``all``; ``train`` leaves out what is held out; ``held_out`` takes nothing else.
        share: Share of the concepts that is held out.
        seed: Another seed holds out others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part = "all"
    share: float = Field(default=0.15, gt=0, lt=1)
    seed: int = Field(default=0, ge=0)

    def held_out(self, concept: str) -> bool:
        """Whether a concept is on the held-out side, whichever part this is."""
        digest = hashlib.sha256(f"{self.seed}\x00{concept}".encode()).digest()
        return bool(int.from_bytes(digest[: _BITS // 8], "big") < self.share * 2**_BITS)

    def take(self, concept: str) -> bool:
        """Whether a row of this part may be about a concept."""
        return self.part == "all" or self.held_out(concept) == (self.part == "held_out")

    def may_name(self, concept: str) -> bool:
        """Whether a row of this part may name a concept beside the one it is about: training rows none held out."""
        return self.part != "train" or not self.held_out(concept)

    def foreign(self, facts: Iterable[Fact]) -> str:
        """The first concept that a row's facts tell of and this part may not name; empty for none."""
        if self.part != "train":
            return ""
        return next((one.concept for one in facts if one.kind in _TELLING and not self._may_tell(one.concept)), "")

    def _may_tell(self, concept: str) -> bool:
        return ":" not in concept or self.may_name(concept)


ALL_CONCEPTS = Concepts()

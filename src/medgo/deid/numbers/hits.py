"""What one reading of a text yields, before it becomes findings. No detector's knowledge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from medgo.deid.classes import IdentifierClass
from medgo.deid.view import lowered

_HAN = re.compile("[\u4e00-\u9fff]")


class Hit(NamedTuple):
    """A stretch of a text with its class and score."""

    start: int
    end: int
    label: IdentifierClass
    score: float


@dataclass(frozen=True)
class Reading:
    """A text and what is asked of it again and again.

    Args:
        text: As the view has it.
    """

    text: str

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, of the same length."""
        return lowered(self.text)

    @cached_property
    def has_han(self) -> bool:
        """Whether a common Chinese character is there."""
        return _HAN.search(self.text) is not None

    def before(self, position: int, width: int) -> str:
        """The characters in front of a position, in lower case; ``width`` at most."""
        return self.lowered[max(0, position - width) : position]

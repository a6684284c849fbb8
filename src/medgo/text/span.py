"""A stretch of a text. Knows no text."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of some text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters themselves."""
        return text[self.start : self.end]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether it shares a character with ``start`` to ``end``."""
        return self.start < end and start < self.end

"""A name that was found by its form or by what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

from medgo.deid.classes import IdentifierClass


@dataclass(frozen=True, slots=True)
class Form:
    """A name.

    Args:
        start: Position in the text.
        end: After it.
        label: Whose name it is.
        score: How sure it is.
    """

    start: int
    end: int
    label: IdentifierClass
    score: float

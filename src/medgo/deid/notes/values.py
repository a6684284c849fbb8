"""Small draws from an explicit source of randomness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw:
    """Draws numbers, letters and items.

    Args:
        rng: Source of randomness.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def choice(self, items: Sequence[T]) -> T:
        """One item."""
        return items[int(self._rng.integers(len(items)))]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Different items."""
        return [items[int(at)] for at in self._rng.choice(len(items), size=count, replace=False)]

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both possible."""
        return int(self._rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True so often."""
        return bool(self._rng.random() < probability)

    def digits(self, count: int) -> str:
        """Decimal digits."""
        return "".join(str(digit) for digit in self._rng.integers(0, 10, size=count))

    def letters(self, count: int) -> str:
        """Capital letters without I and O, which plates and serial numbers leave out."""
        return "".join(self.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))

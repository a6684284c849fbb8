"""k-anonymity of a corpus, and how many records an attacker could link to their originals. Counts combinations only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from medgo.deid.proving.quasi import QuasiIdentifiers


@dataclass(slots=True)
class Anonymity:
    """Add every record, then ask.

    Source: Sweeney 2002, k-anonymity. Memory grows with the number of different combinations, not of records.
    """

    groups: Counter[QuasiIdentifiers] = field(default_factory=Counter)
    _before: Counter[QuasiIdentifiers] = field(default_factory=Counter)
    _unchanged: Counter[QuasiIdentifiers] = field(default_factory=Counter)

    def add(self, after: QuasiIdentifiers, before: QuasiIdentifiers | None = None) -> None:
        """Count one record.

        Args:
            after: What its de-identified text tells.
            before: What its original tells; None where it is not at hand.
        """
        self.groups[after] += 1
        if before is not None:
            self._before[before] += 1
            self._unchanged[before] += before == after

    @property
    def k(self) -> int:
        """Size of the smallest group of records that share a combination; 0 without records."""
        return min(self.groups.values(), default=0)

    def below(self, k: int) -> int:
        """Records in groups smaller than ``k``."""
        return sum(count for count in self.groups.values() if count < k)

    @property
    def linkable(self) -> int:
        """Records whose combination is still that of their original, and of no other original."""
        return sum(kept for key, kept in self._unchanged.items() if self._before[key] == 1)

    def largest_field(self) -> str:
        """The field that tells records apart most, to be generalised first: without it, fewest groups are left."""
        names = QuasiIdentifiers.__slots__
        if not self.groups:
            return ""
        return min(
            names, key=lambda name: len({tuple(getattr(one, n) for n in names if n != name) for one in self.groups})
        )

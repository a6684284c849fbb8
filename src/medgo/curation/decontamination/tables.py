"""Sorted hashes with their owners, looked up for whole texts at once. Knows no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
_EMPTY: npt.NDArray[np.int64] = np.empty(0, np.int64)
# Bits of the filter per entry: about one hash in twenty passes that is not there.
_BITS_PER_ENTRY = 16
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False, slots=True)
class HashTable:
    """Hashes, each with one or more owners.

    Args:
        hashes: Sorted, one entry for each owner. shape [e].
        owners: Whose each is. shape [e].
        bits: A filter: which hashes cannot be here. shape [bytes], a power of two.
    """

    hashes: Hashes
    owners: Numbers
    bits: npt.NDArray[np.uint8]

    @classmethod
    def build(cls, hashes: Sequence[Hashes], owners: Sequence[Numbers], most: int | None = None) -> HashTable:
        """Sort them.

        Args:
            hashes: Arrays of hashes; none twice with the same owner.
            owners: Their owners, arrays of the same lengths.
            most: Hashes with more owners than that are left out; None keeps all.
        """
        every = np.concatenate([np.empty(0, np.uint64), *hashes])
        whose = np.concatenate([np.empty(0, np.int32), *owners])
        order = np.argsort(every, kind="stable")
        every, whose = every[order], whose[order]
        if most is not None and len(every):
            _, inverse, counts = np.unique(every, return_inverse=True, return_counts=True)
            kept = counts[inverse] <= most
            every, whose = every[kept], whose[kept]
        return cls(every, whose, _filter(every))

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is kept of it."""
        return {"hashes": self.hashes, "owners": self.owners, "bits": self.bits}

    def lookup(self, asked: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Which of the asked hashes are here.

        Returns:
            Positions in ``asked`` and the entry of each, once for every owner.
        """
        if not len(self.hashes) or not len(asked):
            return _EMPTY, _EMPTY
        place = _places(asked, len(self.bits))
        maybe = np.flatnonzero((self.bits[place >> np.uint64(3)] >> (place & np.uint64(7)).astype(np.uint8)) & 1)
        if not len(maybe):
            return _EMPTY, _EMPTY
        wanted = asked[maybe]
        first = np.searchsorted(self.hashes, wanted, "left")
        held = self.hashes[np.minimum(first, len(self.hashes) - 1)] == wanted
        maybe, first, wanted = maybe[held], first[held], wanted[held]
        counts = np.searchsorted(self.hashes, wanted, "right") - first
        if not len(maybe):
            return _EMPTY, _EMPTY
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(maybe, counts), np.repeat(first, counts) + within


def _filter(hashes: Hashes) -> npt.NDArray[np.uint8]:
    size = 1 << max(3, int(len(hashes) * _BITS_PER_ENTRY // 8).bit_length())
    place = _places(hashes, size)
    bits = np.zeros(size, np.uint8)
    np.bitwise_or.at(bits, place >> np.uint64(3), np.uint8(1) << (place & np.uint64(7)).astype(np.uint8))
    return bits


def _places(hashes: Hashes, size: int) -> Hashes:
    """Bit of each hash in a filter of that many bytes."""
    return (hashes * _SPREAD) >> np.uint64(64 - 3 - (size.bit_length() - 1))

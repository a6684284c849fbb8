"""Finds numbers, codes and network addresses in a note; knows the order of the searches, not what they look for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import ClassVar

from medgo.deid.numbers.codes import codes
from medgo.deid.numbers.digits import long_digits
from medgo.deid.numbers.hits import Hit, Reading
from medgo.deid.numbers.internet import internet
from medgo.deid.numbers.labelled import labelled
from medgo.deid.numbers.phones import broken_phones, signed_phones
from medgo.deid.numbers.spelled import spelled
from medgo.deid.numbers.tables import columns
from medgo.deid.protocol import Finding, Note

# Hits by length alone: what a label shows to be a public number (LOINC, 批号) outweighs them.
_BY_LENGTH = 0.75


class NumberDetector:
    """Every class of identifier that is written in digits or codes, in Chinese and English."""

    name: ClassVar[str] = "numbers"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterator[Finding]:
        """Findings with positions in the view; those of one number may overlap."""
        reading = Reading(note.view.text)
        public: list[tuple[int, int]] = []
        for hit, start, end in labelled(reading):
            if hit is None:
                public.append((start, end))
            else:
                yield self._finding(hit)
        public.sort()
        searches = (long_digits, codes, internet, spelled, signed_phones, broken_phones, columns)
        for hit in chain.from_iterable(search(reading) for search in searches):
            if hit.score > _BY_LENGTH or not _touches(public, hit):
                yield self._finding(hit)

    def _finding(self, hit: Hit) -> Finding:
        return Finding(hit.start, hit.end, hit.label, hit.score, self.name)


def _touches(public: Sequence[tuple[int, int]], hit: Hit) -> bool:
    """Whether one of the stretches, in order, holds a character of a hit."""
    at = bisect_left(public, (hit.end, 0))
    # They hardly overlap: the two before a hit's end are all that can reach into it.
    return any(end > hit.start for _, end in public[max(0, at - 2) : at])

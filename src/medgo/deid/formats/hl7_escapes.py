"""Running text of HL7 v2 with formatting commands in it: its stretches, and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from medgo.text.hl7 import Delimiters


@dataclass(frozen=True, slots=True)
class Escaped:
    """A component of running text: its stretches, and the formatting between them, which stays.

    Args:
        repetition: Where the component stands.
        at: Which one it is.
        stretches: Text without escapes.
        marks: Formatting commands as they stand after each stretch but the last.
        gaps: What a reader sees in their place.
        delimiters: The message's.
    """

    repetition: list[str]
    at: int
    stretches: tuple[str, ...]
    marks: tuple[str, ...]
    gaps: tuple[str, ...]
    delimiters: Delimiters

    @classmethod
    def of(cls, repetition: list[str], at: int, delimiters: Delimiters) -> Escaped:
        """Read a component."""
        mark = re.escape(delimiters.escape)
        # Line breaks, highlighting, indents: ``\\.br\\``, ``\\H\\``, ``\\.in+4\\``. Other escapes are characters.
        pieces = re.split(f"({mark}(?:[HNhn]|\\.[a-zA-Z]{{2}}[-+]?\\d{{0,4}}){mark})", repetition[at])
        marks = tuple(pieces[1::2])
        return cls(
            repetition, at, tuple(delimiters.decoded(one) for one in pieces[::2]), marks,
            tuple("" if len(one) == 3 else "\n" for one in marks), delimiters,
        )  # fmt: skip

    def puts(self) -> list[Callable[[str], None]]:
        """One function for each stretch; after the last was called the component is whole."""
        new = list(self.stretches)
        return [partial(self._put, new, number) for number in range(len(new))]

    def _put(self, new: list[str], number: int, text: str) -> None:
        new[number] = text
        encoded = [self.delimiters.encoded(one) for one in new]
        marks = (*self.marks, "")
        self.repetition[self.at] = "".join(piece + mark for piece, mark in zip(encoded, marks, strict=True))

"""One narrative out of stretches that lie apart in a file (cells, tags, lines), and its new text back into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from medgo.deid.replacing.protocol import Replaced


@dataclass(frozen=True, slots=True)
class Joined:
    """The narrative and where its stretches lie in it.

    A detector reads one text and sees a name that begins in one stretch and ends in the next.

    Args:
        text: Stretches with gaps between them.
        bounds: ``(start, end)`` of each stretch.
    """

    text: str
    bounds: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, stretches: Sequence[str], gaps: Sequence[str]) -> Joined:
        """Join stretches.

        Args:
            stretches: In reading order.
            gaps: What stands before each stretch but the first, for readers only (``""``, a line break).
        """
        pieces: list[str] = []
        bounds: list[tuple[int, int]] = []
        at = 0
        for number, stretch in enumerate(stretches):
            gap = gaps[number - 1] if number else ""
            bounds.append((at + len(gap), at + len(gap) + len(stretch)))
            pieces += (gap, stretch)
            at = bounds[-1][1]
        return cls("".join(pieces), tuple(bounds))

    def split(self, replaced: Replaced) -> list[str]:
        """The new text of each stretch.

        What stands for an identifier that lay over several stretches goes into the last of them; the others lose their
        share. Gaps are left out.
        """
        starts, pieces = iter_places(self.bounds), replaced.pieces
        moved: list[int] = []
        shift, at = 0, 0
        for position in starts:
            while at < len(pieces) and pieces[at].end <= position:
                shift = pieces[at].new_end - pieces[at].end
                at += 1
            inside = at < len(pieces) and pieces[at].start < position
            moved.append(pieces[at].new_start if inside else position + shift)
        return [replaced.text[moved[n] : moved[n + 1]] for n in range(0, len(moved), 2)]

    def putter(self, puts: Sequence[Callable[[str], None]]) -> Callable[[Replaced], None]:
        """A function that hands each stretch its new text."""

        def put(replaced: Replaced) -> None:
            for one, text in zip(puts, self.split(replaced), strict=True):
                one(text)

        return put


def iter_places(bounds: Sequence[tuple[int, int]]) -> list[int]:
    """Starts and ends, in order."""
    return [place for bound in bounds for place in bound]

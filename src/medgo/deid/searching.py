"""Where literal words stand in a text: what a search looks at before it tries a pattern. Knows no class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def places(text: str, stem: str) -> Iterator[int]:
    """Where a literal begins, in order, without overlaps."""
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + len(stem))


def places_of_any(text: str, stems: Iterable[str]) -> list[int]:
    """Where any of some literals begins, in order."""
    return sorted({at for stem in stems for at in places(text, stem)})

"""Fragments of a page in the order of reading: columns one after another, what crosses them between. Knows no PDF."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from medgo.corpus.pdf.characters import Fragment

_MAX_COLUMNS_DEEP = 3
_GUTTER = 0.7
_EDGE = 4.0
_FEWEST_LINES = 3
# A page of a newspaper has a thousand lines; what has more is a drawing, and has no columns.
_MOST_FRAGMENTS = 4_000
_FILLED = 0.5
_FEWEST_LETTERS = 12
_SAME_LINE = 0.35
_CELL_GAP = 2.2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a column.

    Args:
        text: What it says; cells of a table's row between bars.
        x0: Left edge in points.
        x1: Right edge.
        y: Baseline.
        size: Height of its letters.
        bold: Whether all of it is bold.
        hyphen: Whether it ends in a hyphen that breaks a word.
        cells: Fragments far from each other in it: 1 for running text.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    hyphen: bool = False
    cells: int = 1


def regions_of(fragments: Sequence[Fragment]) -> list[list[Line]]:
    """Stretches of columns in the order of reading, each from top to bottom."""
    return [lines for part in _ordered(_merged(fragments), 0) if (lines := _lines(part))]


def _merged(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Fragments that stand closer than a gutter as one: some files draw every word by itself."""
    merged: list[Fragment] = []
    for row in _rows(fragments):
        for one in sorted(row, key=lambda fragment: fragment.x0):
            last = merged[-1] if merged else None
            near = last is not None and abs(last.y - one.y) <= _SAME_LINE * max(last.size, one.size)
            if last is not None and near and -1 <= one.x0 - last.x1 <= _GUTTER * min(last.size, one.size):
                space = " " * (one.x0 - last.x1 > 0.12 * one.size)
                size = max(last.size, one.size)
                bold = last.bold and one.bold
                merged[-1] = Fragment(last.x0, one.x1, last.y, size, bold, last.text + space + one.text, one.hyphen)
            else:
                merged.append(replace(one))
    return merged


def _ordered(fragments: list[Fragment], depth: int) -> list[list[Fragment]]:
    gutter = _gutter(fragments) if depth < _MAX_COLUMNS_DEEP else None
    if gutter is None:
        return [fragments]
    regions: list[list[Fragment]] = []
    crossing = sorted((one for one in fragments if _crosses(one, gutter)), key=lambda one: -one.y)
    beside = sorted((one for one in fragments if not _crosses(one, gutter)), key=lambda one: -one.y)
    across: list[Fragment] = []
    place = 0
    for index in range(len(crossing) + 1):
        band: list[Fragment] = []
        floor = crossing[index].y if index < len(crossing) else float("-inf")
        while place < len(beside) and beside[place].y > floor + 0.2 * beside[place].size:
            band.append(beside[place])
            place += 1
        if band:
            if across:
                regions.append(across)
                across = []
            regions.extend(_band(band, gutter, depth))
        if index < len(crossing):
            across.append(crossing[index])
    if across:
        regions.append(across)
    return regions


def _band(band: list[Fragment], gutter: float, depth: int) -> list[list[Fragment]]:
    left = [one for one in band if one.x1 <= gutter]
    right = [one for one in band if one.x1 > gutter]
    if len(left) < 2 and len(right) < 2:
        return [band]
    return [part for side in (left, right) if side for part in _ordered(side, depth + 1)]


def _crosses(fragment: Fragment, gutter: float) -> bool:
    return fragment.x0 < gutter - 1 and fragment.x1 > gutter + 1


def _gutter(fragments: Sequence[Fragment]) -> float | None:
    """Where the best gap between two columns of running text lies; None for a single column or a table."""
    if not 2 * _FEWEST_LINES <= len(fragments) <= _MOST_FRAGMENTS:
        return None
    edges: dict[int, list[Fragment]] = {}
    for one in fragments:
        edges.setdefault(round(one.x0 / _EDGE), []).append(one)
    best: tuple[int, float] | None = None
    for bin_, starting in edges.items():
        near = len(starting) + len(edges.get(bin_ - 1, ())) + len(edges.get(bin_ + 1, ()))
        if near < _FEWEST_LINES:
            continue
        gutter = min(one.x0 for one in starting) - 1.5
        score = _columns_at(fragments, gutter)
        if score and (best is None or score > best[0]):
            best = (score, gutter)
    return best[1] if best else None


def _columns_at(fragments: Sequence[Fragment], gutter: float) -> int:
    """Lines that stand in columns on both sides of a place, less those that cross it; 0 where these are no columns."""
    left = [one for one in fragments if one.x1 <= gutter]
    right = [one for one in fragments if one.x0 >= gutter]
    crossing = len(fragments) - len(left) - len(right)
    if min(len(left), len(right)) < _FEWEST_LINES or not (_is_running(left) and _is_running(right)):
        return 0
    size = statistics.median(one.size for one in fragments)
    if gutter + 1.5 - sorted(one.x1 for one in left)[int(len(left) * 0.95) - 1] < _GUTTER * size:
        return 0
    overlap = min(max(one.y for one in left), max(one.y for one in right)) - max(
        min(one.y for one in left), min(one.y for one in right)
    )
    # A gap whose two sides stand above each other is no gutter.
    if overlap < size * _FEWEST_LINES / 2:
        return 0
    return max(0, len(left) + len(right) - 2 * crossing)


def _is_running(side: Sequence[Fragment]) -> bool:
    """Whether lines fill their column, as text does and cells of a table do not."""
    x0, x1 = min(one.x0 for one in side), max(one.x1 for one in side)
    # In a column of columns each line fills its own part of it.
    longest = statistics.quantiles([one.x1 - one.x0 for one in side], n=10)[8] if len(side) > 1 else x1 - x0
    widths = sorted(one.x1 - one.x0 for one in side)
    filled = statistics.median(widths[len(widths) // 4 :]) >= _FILLED * longest
    letters = statistics.median(sorted(_letters(one.text) for one in side)[len(side) // 4 :])
    return filled and letters >= _FEWEST_LETTERS


def _letters(text: str) -> int:
    """Letters of a text; a Chinese one counts for two."""
    return sum(1 + (letter >= "\u2e80") for letter in text if not letter.isspace())


def _rows(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments by baseline, from the top."""
    rows: list[list[Fragment]] = []
    for one in sorted(fragments, key=lambda fragment: -fragment.y):
        head = rows[-1][0] if rows else None
        # A number set raised before a line belongs to the line.
        reach = _SAME_LINE * max(head.size, one.size) if head else 0
        if head is not None and abs(head.y - one.y) <= reach:
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def _lines(fragments: Sequence[Fragment]) -> list[Line]:
    lines: list[Line] = []
    for row in _rows(fragments):
        ordered = sorted(row, key=lambda one: one.x0)
        text, cells = ordered[0].text, 1
        for before, one in pairwise(ordered):
            far = one.x0 - before.x1 > _CELL_GAP * max(before.size, one.size)
            cells += far
            text += (" | " if far else " ") + one.text
        largest = max(ordered, key=lambda one: len(one.text))
        # Words in another font (a name of a program, Latin in Chinese) are a little larger or smaller than the rest.
        size = sum(one.size * len(one.text) for one in ordered) / sum(len(one.text) for one in ordered)
        bold = all(one.bold for one in ordered)
        last = ordered[-1]
        lines.append(Line(text, ordered[0].x0, last.x1, largest.y, size, bold, last.hyphen, cells))
    return lines

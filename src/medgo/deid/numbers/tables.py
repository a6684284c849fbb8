"""Columns of numbers: a row of labels, and below it rows of values that have no label of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medgo.deid.numbers.hits import Hit, Reading
from medgo.deid.numbers.labels import Meaning, labels
from medgo.deid.numbers.values import value_end

_ROW = re.compile(r"[^\n]*+")
# Tabs and bars delimit cells, empty ones too; without them, wide gaps do.
_SEPARATORS = (re.compile(r"\t"), re.compile(r"\|"), re.compile(r" {2,}"))
_DIGIT = re.compile(r"\d")
# A header stands no further above its rows, in characters: text in between ends a table.
_REACH = 400


def columns(reading: Reading) -> Iterator[Hit]:
    """Values below labels, in tables with tabs, bars or wide gaps between their columns."""
    text = reading.text
    if "\n" not in text or not ("\t" in text or "|" in text or "  " in text):
        return
    header: Sequence[Meaning | None] = ()
    last = 0
    for row in _ROW.finditer(text):
        cells = _cells(text, row.start(), row.end())
        if len(cells) < 2:
            continue
        if _DIGIT.search(text, row.start(), row.end()) is None:
            meanings = [labels().meanings.get(reading.lowered[start:end].rstrip(":")) for start, end in cells]
            # The line of dashes below a header has no digits either.
            if any(meanings):
                header, last = meanings, row.end()
        elif len(cells) == len(header) and row.start() - last <= _REACH:
            last = row.end()
            for meaning, (start, end) in zip(header, cells, strict=True):
                if meaning and meaning.class_ != "none" and value_end(text, start, meaning, marked=True) == end:
                    yield Hit(start, end, meaning.class_, 0.9)


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the cells of a row lie, without the blanks around them."""
    separator = next((one for one in _SEPARATORS if one.search(text, start, end)), None)
    if separator is None:
        return []
    cells = []
    for match in (*separator.finditer(text, start, end), None):
        stop = match.start() if match else end
        cell = text[start:stop]
        bare = cell.strip()
        begin = start + len(cell) - len(cell.lstrip()) if bare else stop
        cells.append((begin, begin + len(bare)))
        start = match.end() if match else end
    return cells

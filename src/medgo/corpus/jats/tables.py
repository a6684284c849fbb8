"""Tables as lines: a row a line, cells between bars, a spanned cell's text in every row it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from medgo.corpus.xml import Element, local_name

_ROWS, _CELLS = frozenset(("tr", "row")), frozenset(("td", "th", "entry"))
# Beyond these a span is a slip of the pen, or made to fill the memory.
_MOST_ACROSS, _MOST_DOWN = 64, 1000
BAR = " | "


def table_rows(table: Element, text_of: Callable[[Element], str]) -> Iterator[str]:
    """The rows of a table, in order; rows without text are left out.

    A cell over several rows is repeated in each, so that a row says all of itself. A header over several columns is
    repeated over each; a cell of the body over several columns stands in the first.

    Args:
        table: ``table`` (XHTML's or OASIS's model), or its ``alternatives``.
        text_of: A cell's text as one line.
    """
    held: dict[int, tuple[int, str]] = {}
    for row in _rows(table):
        head = any(local_name(outer) == "thead" for outer in row.iterancestors())
        line: list[str] = []
        cells = [cell for cell in row if local_name(cell) in _CELLS]
        for cell in cells:
            _carry(line, held)
            text = text_of(cell)
            across = min(max(1, _number(cell, "colspan", 1)), _MOST_ACROSS)
            down = min(max(_number(cell, "rowspan", 1), 1 + _number(cell, "morerows", 0)), _MOST_DOWN)
            repeated = head or local_name(cell) == "th"
            for at in range(across):
                shown = text if not at or repeated else ""
                if down > 1:
                    held[len(line)] = (down - 1, shown)
                line.append(shown)
        _carry(line, held)
        while line and not line[-1]:
            line.pop()
        if line:
            yield BAR.join(line)


def _rows(table: Element) -> Iterator[Element]:
    """Its own rows, not those of tables in its cells."""
    for child in table:
        name = local_name(child)
        if name in _ROWS:
            yield child
        elif name not in _CELLS and name:
            yield from _rows(child)


def _carry(line: list[str], held: dict[int, tuple[int, str]]) -> None:
    """Put cells that reach down from rows above where the next cell would stand."""
    while len(line) in held:
        at = len(line)
        left, text = held.pop(at)
        if left > 1:
            held[at] = (left - 1, text)
        line.append(text)


def _number(cell: Element, name: str, otherwise: int) -> int:
    value = cell.get(name, "").strip()
    return int(value) if value.isdecimal() and len(value) < 6 else otherwise

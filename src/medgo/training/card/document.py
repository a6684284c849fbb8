"""A text in two languages that hold the same: sections of paragraphs and tables, as Markdown. Knows no model.

Both languages come from one list of sections, so neither can say a number that the other does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from medgo.evaluation.report.words import Words
from medgo.schema import Lang

Cell = str | Words
NOT_RECORDED = Words("not recorded", "未记录")


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Args:
        head: A heading a column.
        rows: Cells, as many a row as there are headings.
    """

    head: tuple[Words, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to copy, the same in both languages."""

    language: str
    text: str


Part = Words | Table | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: Words
    parts: tuple[Part, ...]


def as_markdown(sections: Iterable[Section], lang: Lang) -> str:
    """Write sections in one language."""
    lines: list[str] = []
    for section in sections:
        lines += [f"## {section.title[lang]}", ""]
        for part in section.parts:
            lines += [*_lines(part, lang), ""]
    return "\n".join(lines)


def number(value: float | None) -> Cell:
    """A number as the card writes it: whole ones in full, others with four figures."""
    if value is None:
        return NOT_RECORDED
    if isinstance(value, bool):
        return Words("yes", "是") if value else Words("no", "否")
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def percent(fraction: float) -> str:
    """A fraction of 1 in percent, one decimal."""
    return f"{100 * fraction:.1f}"


def joined(parts: Sequence[str]) -> Cell:
    """Names side by side; a dash where there are none."""
    return Words(", ".join(parts), "、".join(parts)) if parts else "–"


def _lines(part: Part, lang: Lang) -> list[str]:
    if isinstance(part, Words):
        return [part[lang]]
    if isinstance(part, Code):
        return [f"```{part.language}", part.text.rstrip("\n"), "```"]
    head = [words[lang] for words in part.head]
    rows = [[_cell(cell, lang) for cell in row] for row in part.rows]
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, lang: Lang) -> str:
    text = cell[lang] if isinstance(cell, Words) else cell
    return " ".join(text.split()).replace("|", "\\|")

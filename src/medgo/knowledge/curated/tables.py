"""Rows of the tables beside this file, and what of them is no relation between concepts. Knows no other vocabulary.

A table is tab-separated: comment lines (``#``), a header, one statement a line; a lone hyphen is an empty cell, so that
no editor takes off a trailing tab. The tables are textbook knowledge for making training rows, not for clinical use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from medgo.errors import KnowledgeSourceError

EMPTY = "-"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "signs_zh.tsv": ("id", "name_en", "name_zh", "colloquial_zh", "colloquial_en"),
    "signs_own.tsv": ("id", "name_en", "name_zh", "colloquial_zh", "colloquial_en"),
    "diseases_zh.tsv": ("id", "name_en", "name_zh", "also_zh"),
    "states.tsv": ("id", "name_en", "name_zh", "sex", "min_age", "max_age", "definition_en", "definition_zh"),
    "contraindications.tsv": ("drug", "target", "severity", "reason_en", "reason_zh"),
    "interactions.tsv": ("drug_a", "drug_b", "severity", "effect_en", "effect_zh"),
    "abbreviations.tsv": ("abbreviation", "expansion_en", "expansion_zh", "concept", "context_en", "context_zh"),
    "findings.tsv": ("key", "system", "text_en", "text_zh"),
    "confusions.tsv": ("disease_a", "disease_b", "distinction_en", "distinction_zh"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Args:
        table: File name.
        line: Its number in the file, from 1.
        cells: By column; empty where the file has a lone hyphen.
    """

    table: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def several(self, column: str) -> tuple[str, ...]:
        """The parts of a cell that semicolons separate."""
        return tuple(part.strip() for part in self.cells[column].split(";") if part.strip())

    def wrong(self, why: str) -> KnowledgeSourceError:
        """An error that names this line."""
        return KnowledgeSourceError(
            f"{self.table}, line {self.line}: {why}",
            hint="install the versions that medgo[knowledge] names, or correct the line",
        )


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """One meaning of a clinical abbreviation.

    Args:
        text: As it is written (``MS``).
        expansion_en: What it stands for.
        expansion_zh: The same in Chinese.
        concept: CURIE of exactly that meaning; empty where no vocabulary here has it.
        context_en: Words that stand near it where it means this.
        context_zh: The same in Chinese.
    """

    text: str
    expansion_en: str
    expansion_zh: str
    concept: str
    context_en: tuple[str, ...]
    context_zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a normal examination of one system reads like."""

    key: str
    system: str
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two diseases (CURIEs) that are taken for one another, and what tells them apart."""

    diseases: tuple[str, str]
    distinction_en: str
    distinction_zh: str


def path_of(table: str) -> Path:
    """Where a table lies."""
    return Path(__file__).with_name(table)


def rows(table: str) -> Iterator[Row]:
    """Read a table.

    Raises:
        KnowledgeSourceError: The header is not that of :data:`COLUMNS`, or a line has too few or too many cells.
    """
    columns = COLUMNS[table]
    header = False
    with path_of(table).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#"):
                continue
            cells = line.rstrip("\r\n").split("\t")
            row = Row(
                table, number, dict(zip(columns, ("" if cell == EMPTY else cell for cell in cells), strict=False))
            )
            if len(cells) != len(columns):
                raise row.wrong(f"{len(cells)} cells instead of {len(columns)}")
            if header:
                yield row
            elif tuple(cells) != columns:
                raise row.wrong(f"the columns are {cells} instead of {list(columns)}")
            header = True


@cache
def abbreviations() -> tuple[Abbreviation, ...]:
    """All meanings of all abbreviations; the meanings of an ambiguous one follow each other."""
    return tuple(
        Abbreviation(
            row["abbreviation"],
            row["expansion_en"],
            row["expansion_zh"],
            row["concept"],
            row.several("context_en"),
            row.several("context_zh"),
        )
        for row in rows("abbreviations.tsv")
    )


@cache
def findings() -> tuple[Finding, ...]:
    """All normal findings, in the order of a physical examination; simple tests last."""
    return tuple(Finding(*row.cells.values()) for row in rows("findings.tsv"))


@cache
def confusions() -> tuple[Confusion, ...]:
    """All pairs of diseases that are confused; each pair stands once."""
    return tuple(
        Confusion((row["disease_a"], row["disease_b"]), row["distinction_en"], row["distinction_zh"])
        for row in rows("confusions.tsv")
    )

"""Imports LOINC: Loinc.csv and its Chinese linguistic variant. Knows no index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medgo.knowledge.importers.files import begins_with, beside, csv_rows, need
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name

ID = "loinc"
PREFIX = "LOINC:"
_TABLE = ("Loinc.csv", "loinc.csv")
_CHINESE = ("zhCN*LinguisticVariant.csv",)
_COLUMNS = ("LOINC_NUM", "COMPONENT", "PROPERTY", "SYSTEM", "CLASS", "STATUS", "SHORTNAME", "LONG_COMMON_NAME")
_CHINESE_COLUMNS = ("LOINC_NUM", "COMPONENT", "SYSTEM", "LONG_COMMON_NAME")
_GONE = frozenset({"DEPRECATED", "DISCOURAGED"})
_VITAL_CLASSES = ("BP.", "BDYTMP", "BDYWGT", "BDYHGT", "HRTRATE", "RESP", "VITALS")


class LoincReader:
    """One release.

    Args:
        path: The folder of the release, or ``Loinc.csv``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table = beside(path, *_TABLE)
        self._chinese = beside(path, *_CHINESE)
        if self._chinese is None and self._table is not None and self._table.parent.name == "LoincTable":
            # In a release the table and the linguistic variants lie in sibling folders.
            self._chinese = beside(self._table.parent.parent, *_CHINESE)

    @property
    def source(self) -> KnowledgeSource:
        """LOINC, free for those who agree to its licence."""
        version = re.search(r"(?i)loinc[_-]?(\d+\.\d+)", str(self._table or ""))
        return KnowledgeSource(
            id=ID,
            title="LOINC",
            version=version[1] if version else "",
            licence="LicenseRef-LOINC",
            url="https://loinc.org/",
            attribution="This material contains content from LOINC (loinc.org). LOINC is copyright © Regenstrief "
            "Institute, Inc. and the LOINC Committee and is available at no cost under the licence at "
            "loinc.org/license",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """The table and the Chinese variant, what there is."""
        return tuple(path for path in (self._table, self._chinese) if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream codes, then their Chinese names.

        Raises:
            KnowledgeSourceError: A column is missing, a record is torn, or the table is absent.
        """
        for row in csv_rows(need(self._table, f"Loinc.csv in {self._path}"), _COLUMNS):
            if row["STATUS"] not in _GONE:
                yield _code(row)
        if self._chinese is not None:
            for row in csv_rows(self._chinese, _CHINESE_COLUMNS):
                yield from _labels(row)


def _code(row: dict[str, str]) -> Concept:
    long, short = row["LONG_COMMON_NAME"].strip(), row["SHORTNAME"].strip()
    preferred = long or short or row["COMPONENT"].strip()
    names = [Name(preferred, "en", "preferred", ID)]
    names += [Name(short, "en", "abbreviation", ID)] if short and short != preferred else []
    kind: ConceptKind = "vital" if row["CLASS"].startswith(_VITAL_CLASSES) else "lab"
    attributes = {
        "component": row["COMPONENT"],
        "property": row["PROPERTY"],
        "specimen": row["SYSTEM"],
        "class": row["CLASS"],
        "units": row.get("EXAMPLE_UCUM_UNITS", ""),
    }
    return Concept(PREFIX + row["LOINC_NUM"], kind, tuple(names), ID, attributes=attributes)


def _labels(row: dict[str, str]) -> Iterator[Label]:
    """The whole Chinese name where there is one; else component and specimen."""
    id_ = PREFIX + row["LOINC_NUM"]
    display = row.get("LinguisticVariantDisplayName", "").strip()
    long = row["LONG_COMMON_NAME"].strip()
    component, specimen = row["COMPONENT"].strip(), row["SYSTEM"].strip()
    built = f"{component}（{specimen}）" if component and specimen else component
    texts = list(dict.fromkeys(text for text in (display, long, built) if text))
    for place, text in enumerate(texts):
        yield Label(id_, Name(text, "zh", "preferred" if place == 0 else "synonym", ID))


class LoincImporter:
    """LOINC."""

    name = "loinc"
    title = "LOINC (Loinc.csv, Chinese linguistic variant)"

    def recognises(self, path: Path) -> bool:
        """By the header of Loinc.csv."""
        found = beside(path, *_TABLE) if path.is_dir() or path.name in _TABLE else None
        return found is not None and begins_with(found, "LOINC_NUM")

    def reader(self, path: Path) -> Reader:
        """The reader of that release."""
        return LoincReader(path)

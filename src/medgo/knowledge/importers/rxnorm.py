"""Imports RxNorm in Rich Release Format: RXNCONSO and RXNREL, RxNorm's own names only. Knows no index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from medgo.knowledge.importers.files import below, need, release, rows
from medgo.knowledge.sources.package_data import slug
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, NameRole, Relation

ID = "rxnorm"
PREFIX = "RXNORM:"
_CONSO, _REL = 18, 16
# Term types whose string is the name of a drug; the others name packs, forms and groups.
_ROLES: Mapping[str, NameRole] = {
    "IN": "preferred", "PIN": "preferred", "MIN": "preferred", "BN": "preferred", "SCD": "preferred",
    "SBD": "preferred", "SCDC": "preferred", "SCDF": "preferred", "SY": "synonym", "TMSY": "synonym", "PSN": "synonym",
}  # fmt: skip


class RxNormReader:
    """One release, or the prescribable subset.

    Args:
        path: The folder that has ``RXNCONSO.RRF`` somewhere in it, or that file.
    """

    def __init__(self, path: Path) -> None:
        conso = below(path, "RXNCONSO.RRF")
        self._folder = conso.parent if conso is not None else path

    @property
    def source(self) -> KnowledgeSource:
        """RxNorm. Its own names are free; the full release holds licensed ones, which are not read."""
        return KnowledgeSource(
            id=ID,
            title="RxNorm",
            version=release(self._folder),
            licence="LicenseRef-UMLS",
            url="https://www.nlm.nih.gov/research/umls/rxnorm/",
            attribution="RxNorm, courtesy of the U.S. National Library of Medicine, under the user's licence",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """The two tables."""
        return tuple(path for name in ("RXNCONSO.RRF", "RXNREL.RRF") if (path := self._folder / name).is_file())

    def read(self) -> Iterator[Statement]:
        """Stream drugs, then relations.

        Raises:
            KnowledgeSourceError: A row is torn, or RXNCONSO is absent.
        """
        conso = need(below(self._folder, "RXNCONSO.RRF"), f"RXNCONSO.RRF in {self._folder}")
        seen: set[str] = set()  # RxNorm does not promise the order of its rows; it has 250,000 drugs
        for cui, group in groupby(rows(conso, "|", _CONSO), key=lambda row: row[0]):
            yield from _drug(cui, list(group), seen)
        relations = self._folder / "RXNREL.RRF"
        if relations.is_file():
            yield from _relations(relations, seen)


def _drug(cui: str, group: list[list[str]], seen: set[str]) -> Iterator[Statement]:
    mine = [row for row in group if row[11] == "RXNORM" and row[12] in _ROLES and row[16] == "N" and row[14].strip()]
    if not mine:
        return
    mine.sort(key=lambda row: _ROLES[row[12]] != "preferred")
    names = tuple(Name(row[14].strip(), "en", _ROLES[row[12]], ID) for row in mine)
    id_ = PREFIX + cui
    if id_ in seen:
        yield from (Label(id_, name) for name in names)
        return
    seen.add(id_)
    yield Concept(id_, "drug", names, ID, attributes={"term_types": sorted({row[12] for row in mine})})
    for row in mine:
        if row[12] == "IN":
            yield Relation(id_, "maps_to", f"DRUG:{slug(row[14])}", ID)


def _relations(path: Path, seen: set[str]) -> Iterator[Relation]:
    """RELA says what the second concept is to the first."""
    for row in rows(path, "|", _REL):
        first, second, rela, sab = PREFIX + row[0], PREFIX + row[4], row[7], row[10]
        if sab == "RXNORM" and rela in ("isa", "tradename_of") and first in seen and second in seen:
            yield Relation(second, "is_a", first, ID, {"tradename": True} if rela == "tradename_of" else {})


class RxNormImporter:
    """An RxNorm release."""

    name = "rxnorm"
    title = "RxNorm (RRF: RXNCONSO, RXNREL)"

    def recognises(self, path: Path) -> bool:
        """By RXNCONSO.RRF."""
        return path.exists() and below(path, "RXNCONSO.RRF") is not None

    def reader(self, path: Path) -> Reader:
        """The reader of that release."""
        return RxNormReader(path)

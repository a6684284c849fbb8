"""Imports the UMLS Metathesaurus in Rich Release Format: MRCONSO, MRSTY and MRREL. Knows no index.

Only English and Chinese names of chosen source vocabularies. The files are sorted by concept, as the NLM ships them, so
that names and semantic types are joined while both stream; nothing is held but one concept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers.files import below, damaged, need, release, rows
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Lang, Name, NameRole, Relation

ID = "umls"
PREFIX = "UMLS:"
LANGUAGES: Mapping[str, Lang] = {"ENG": "en", "CHI": "zh"}
CHOICE_FILE = "medgo-sources.txt"
"""Names of source vocabularies (SAB), one a line, beside MRCONSO.RRF; takes the place of the default choice."""
DEFAULT_SOURCES = frozenset(
    {"MTH", "MSH", "SNOMEDCT_US", "RXNORM", "ICD10CM", "ICD10", "HPO", "LNC", "LNC-ZH-CN"}
    | {"MDR", "MDRCHI", "NCI", "ATC", "MED-RT", "ORPHANET"}
)
_CONSO, _STY, _REL = 18, 6, 16
_KINDS: Mapping[str, ConceptKind] = {
    **dict.fromkeys(("T047", "T191", "T046", "T048", "T049", "T019", "T020", "T037", "T190"), "disease"),
    **dict.fromkeys(("T184", "T033"), "sign"),
    **dict.fromkeys(("T121", "T200", "T195", "T125", "T129"), "drug"),
    **dict.fromkeys(("T034", "T059"), "lab"),
    **dict.fromkeys(("T060", "T061", "T058"), "procedure"),
}
_PREFERRED, _SUPPRESSED = "P", frozenset("OEY")


class UmlsReader:
    """One release, or a subset of one made with MetamorphoSys.

    Args:
        path: The folder that has ``MRCONSO.RRF`` somewhere in it, or that file.
        sources: Source vocabularies to take names and relations from; those of :data:`CHOICE_FILE` or the default.
    """

    def __init__(self, path: Path, sources: frozenset[str] | None = None) -> None:
        self._path = path
        conso = below(path, "MRCONSO.RRF")
        self._folder = conso.parent if conso is not None else path
        self._sources = sources

    @property
    def source(self) -> KnowledgeSource:
        """The Metathesaurus; what is made from it may not be passed on."""
        return KnowledgeSource(
            id=ID,
            title="UMLS Metathesaurus",
            version=release(self._folder),
            licence="LicenseRef-UMLS",
            url="https://www.nlm.nih.gov/research/umls/",
            attribution="UMLS Metathesaurus, courtesy of the U.S. National Library of Medicine, under the user's "
            "licence",
            share=False,
        )

    def files(self) -> tuple[Path, ...]:
        """The three tables, and the choice of sources."""
        names = ("MRCONSO.RRF", "MRSTY.RRF", "MRREL.RRF", CHOICE_FILE)
        return tuple(path for name in names if (path := self._folder / name).is_file())

    def read(self) -> Iterator[Statement]:
        """Stream concepts, then relations.

        Raises:
            KnowledgeSourceError: A row is torn, a file is not sorted by concept, or MRCONSO is absent.
        """
        chosen = self._chosen()
        types = _Types(self._folder / "MRSTY.RRF")
        conso = need(below(self._folder, "MRCONSO.RRF"), f"MRCONSO.RRF in {self._folder}")
        last = ""
        for cui, group in groupby(rows(conso, "|", _CONSO), key=lambda row: row[0]):
            if cui <= last:
                raise damaged(conso, 0, f"{cui} stands after {last}: the file is not sorted by concept")
            last = cui
            names = _names(group, chosen)
            if names:
                tuis = types.of(cui)
                yield Concept(PREFIX + cui, _kind(tuis), names, ID, attributes={"semantic_types": tuis})
        relations = self._folder / "MRREL.RRF"
        if relations.is_file():
            yield from _relations(relations, chosen)

    def _chosen(self) -> frozenset[str]:
        choice = self._folder / CHOICE_FILE
        if self._sources is not None:
            return self._sources
        if not choice.is_file():
            return DEFAULT_SOURCES
        names = frozenset(choice.read_text(encoding="utf-8").split())
        if not names:
            raise KnowledgeSourceError(f"{choice} names no source", hint="one SAB a line, or delete the file")
        return names


def _names(group: Iterator[list[str]], chosen: frozenset[str]) -> tuple[Name, ...]:
    """Names of one concept, preferred ones first, each text once in a language."""
    found: dict[tuple[Lang, str], NameRole] = {}
    for row in group:
        lang, status, preferred, sab, text, suppress = row[1], row[2], row[6], row[11], row[14], row[16]
        if lang not in LANGUAGES or sab not in chosen or suppress in _SUPPRESSED or not text.strip():
            continue
        key = (LANGUAGES[lang], text.strip())
        if status == _PREFERRED and preferred == "Y" and row[4] == "PF":
            found[key] = "preferred"
        else:
            found.setdefault(key, "synonym")
    ordered = sorted(found.items(), key=lambda item: item[1] != "preferred")
    return tuple(Name(text, lang, role, ID) for (lang, text), role in ordered)


class _Types:
    """Semantic types, read along with the names."""

    def __init__(self, path: Path) -> None:
        self._groups = groupby(rows(path, "|", _STY), key=lambda row: row[0]) if path.is_file() else None
        self._cui = ""
        self._tuis: list[str] = []

    def of(self, cui: str) -> list[str]:
        """The types of a concept; asked in ascending order."""
        while self._groups is not None and self._cui < cui:
            try:
                self._cui, group = next(self._groups)
            except StopIteration:
                self._groups = None
                break
            self._tuis = [row[1] for row in group]
        return list(self._tuis) if self._cui == cui else []


def _kind(tuis: list[str]) -> ConceptKind:
    return next((_KINDS[tui] for tui in tuis if tui in _KINDS), "class")


def _relations(path: Path, chosen: frozenset[str]) -> Iterator[Relation]:
    """Relations, each from the one of its two rows that reads forward.

    REL and RELA say what the *second* concept is to the first: PAR is "the second is a parent of the first".
    """
    for row in rows(path, "|", _REL):
        first, rel, second, rela, sab, suppress = row[0], row[3], row[4], row[7], row[10], row[14]
        if sab not in chosen or suppress in _SUPPRESSED or first == second:
            continue
        one, two = PREFIX + first, PREFIX + second
        if rel == "PAR":
            yield Relation(one, "is_a", two, ID)
        elif rela == "may_treat":
            yield Relation(one, "treated_by", two, ID)
        elif rela in ("has_contraindicated_drug", "contraindicated_with_disease"):
            drug, disease = (two, one) if rela == "contraindicated_with_disease" else (one, two)
            yield Relation(drug, "contraindicated_in", disease, ID)
        elif rela == "has_manifestation":
            yield Relation(two, "has_sign", one, ID)


class UmlsImporter:
    """A UMLS release."""

    name = "umls"
    title = "UMLS Metathesaurus (RRF: MRCONSO, MRSTY, MRREL)"

    def recognises(self, path: Path) -> bool:
        """By MRCONSO.RRF."""
        return path.exists() and below(path, "MRCONSO.RRF") is not None

    def reader(self, path: Path) -> Reader:
        """The reader of that release."""
        return UmlsReader(path)

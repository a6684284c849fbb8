"""Reads drugs: the dose ladders of faker-healthcare-provider, and drug-named-entity-recognition's dictionary of names.

Knows these packages; no index. The dictionary is a pickle: it is read by an unpickler that can build nothing but lists,
dicts, strings and numbers, so that a changed file cannot run anything.
"""

from __future__ import annotations

import bz2
import io
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import faker_healthcare as faker
from medgo.knowledge.sources.faker_healthcare import TreatmentNames, constants, paired
from medgo.knowledge.sources.package_data import literals, locate, require, slug, version
from medgo.knowledge.sources.reader import Label, Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, NameRole

ID = "drugs"
WIKIPEDIA = "drugs_wikipedia"
_DISTRIBUTION = "drug-named-entity-recognition"
_PACKAGE = "drug_named_entity_recognition"
# What makes an entry a drug. MeSH's tree of chemicals alone does not: it has receptors, genes and reagents.
_REGISTERS = ("drugbank_id", "medline_plus_id", "nhs_url")
_SHORTEST = 4
# Greek letters and dashes whose UTF-8 was read as Latin-1 before the dictionary was made (``î±`` for ``α``).
_MISREAD = re.compile(r"[îïâ][^\w\s]|[\u0080-\u009f]")
# Names that in a record nearly always mean a measurement, a food or an everyday thing, and not a drug that was given.
_NOT_GIVEN = frozenset(
    {"acetate", "alanine", "albumin", "aldosterone", "alkaline phosphatase", "bilirubin", "calcium", "cholesterol"}
    | {"copper", "corn", "cortisol", "creatine", "creatinine", "egg", "fibrinogen", "fructose", "generics", "glucose"}
    | {"glutamate", "gold", "histamine", "homocysteine", "hydrogen", "iron", "lactose", "leptin", "magnesium", "milk"}
    | {"oxygen", "phosphorus", "plasminogen", "potassium", "prothrombin", "rice", "sage", "serotonin", "silver"}
    | {"sodium", "thyroid", "thyroid-stimulating hormone", "thyrotropin", "tyrosine", "urea", "uric acid", "water"}
    | {"wheat", "yeast", "zinc"}
)
# Units as a prescription in Chinese writes them; mg, g and µg are written the same.
_UNITS_ZH = {"IU": "单位", "drop": "滴", "mL": "ml"}


class _PlainUnpickler(pickle.Unpickler):
    """Builds plain data only."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it wants to import {module}.{name}")


@dataclass(frozen=True, slots=True)
class DrugNames:
    """One drug of the dictionary.

    Args:
        canonical: The dictionary's key: the preferred name in lower case.
        name: Preferred name as written.
        clean: Further names from registers that may be passed on.
        share_alike: Further names that may come from Wikipedia (CC BY-SA).
        brands: Those of them that are trade names.
        registers: Identifiers elsewhere (``drugbank_id``, ``mesh_id``, …).
    """

    canonical: str
    name: str
    clean: tuple[str, ...]
    share_alike: tuple[str, ...]
    brands: frozenset[str] = frozenset()
    registers: Mapping[str, str] = field(default_factory=dict)

    @property
    def from_wikipedia_alone(self) -> bool:
        """Whether no other register has it."""
        return not any(key in self.registers for key in _REGISTERS)


def dictionary_path() -> Path | None:
    """The package's dictionary; None where it is absent."""
    return locate(_PACKAGE, "drug_ner_dictionary.pkl.bz2")


def dictionary(path: Path) -> Iterator[DrugNames]:
    """Drugs of the dictionary, in its order.

    The data do not say where a variant comes from. Variants of a drug that has an article in Wikipedia may come from
    there, unless the package lists them with the registers' own data; they are counted as share-alike.

    Raises:
        KnowledgeSourceError: The file is damaged, holds more than plain data, or has another shape.
    """
    try:
        with bz2.open(path) as stream:
            data = _PlainUnpickler(io.BytesIO(stream.read())).load()
        canonicals = data["drug_canonical_to_data"]
        variants = data["drug_variant_to_canonical"]
        details = data["drug_variant_to_variant_data"]
    except (OSError, EOFError, pickle.UnpicklingError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise KnowledgeSourceError(
            f"{path} is no dictionary of drug names: {error}", hint=f"reinstall {_DISTRIBUTION} 2.x"
        ) from error
    (ordinary,) = literals(require(locate(_PACKAGE, "util.py"), _DISTRIBUTION), "stopwords")
    names: dict[str, list[str]] = {}
    for variant, owners in variants.items():
        for owner in owners:
            if _is_name(variant, owner) and variant not in ordinary and variant not in _NOT_GIVEN:
                names.setdefault(owner, []).append(variant)
    for canonical, entry in canonicals.items():
        if canonical in _NOT_GIVEN or not any(key in entry for key in (*_REGISTERS, "wikipedia_url")):
            continue
        mine = [name for name in names.get(canonical, ()) if name != canonical]
        safe = {name for name in mine if "wikipedia_url" not in entry or name in details}
        yield DrugNames(
            canonical=canonical,
            name=entry.get("name", canonical),
            clean=tuple(name for name in mine if name in safe),
            share_alike=tuple(name for name in mine if name not in safe),
            brands=frozenset(name for name in mine if details.get(name, {}).get("is_brand")),
            registers={key: entry[key] for key in (*_REGISTERS, "mesh_id", "wikipedia_url") if key in entry},
        )


def _is_name(variant: str, canonical: str) -> bool:
    """No inverted heading (``hydrochloride, metformin``), no misread encoding, no few letters that mean much else."""
    inverted = ", " in variant and ", " not in canonical
    return len(variant) >= _SHORTEST and not inverted and not _MISREAD.search(variant)


@dataclass(frozen=True, slots=True)
class _Core:
    """A drug that the catalogue of diseases or the dose ladders name."""

    concept: Concept
    words: tuple[str, ...]


def core() -> Iterator[_Core]:
    """Drugs with dose ladders, then the others that the diseases are treated with; each once.

    Raises:
        KnowledgeSourceError: The package is absent or its tables do not fit together.
    """
    (ladders,) = constants(("prescribing.py",), "DOSE_LADDERS")
    words, english = constants(("clinical_labels.py",), "CLINICAL_LABELS", "MEDICATION_NAMES")
    words_zh, chinese = constants(("zh_CN", "clinical_labels.py"), "CLINICAL_LABELS", "MEDICATION_NAMES")
    if missing := sorted(key for key in ladders if key not in english or key not in chinese):
        raise KnowledgeSourceError(f"{faker.DISTRIBUTION}: dose ladders without a name: {missing}")
    names = TreatmentNames()
    seen: set[str] = set()
    for key, ladder in ladders.items():
        seen.add(english[key])
        attributes = _ladder(ladder, words, words_zh)
        concept = Concept(
            f"DRUG:{key}", "drug", names.names(english[key], chinese[key]), faker.ID, attributes=attributes
        )
        yield _Core(concept, (english[key].lower(), key.replace("_", " ")))
    (diseases,) = constants(("disease_correlations.py",), "DISEASE_CORRELATIONS")
    (diseases_zh,) = constants(("zh_CN", "disease_correlations.py"), "DISEASE_CORRELATIONS")
    for _, (entry, entry_zh) in paired(diseases, diseases_zh):
        for name, name_zh in zip(entry["medications"], entry_zh["medications"], strict=True):
            if name not in seen and names.kind(name) == "drug":
                seen.add(name)
                yield _Core(names.concept(name, name_zh), (name.lower(),))


def _ladder(ladder: Mapping[str, Any], english: Mapping[str, str], chinese: Mapping[str, str]) -> dict[str, Any]:
    """Adult doses of a drug, with the words for its route and frequencies in both languages."""
    frequencies = list(ladder["frequencies"])
    return {
        "doses": list(ladder["doses"]),
        "unit": ladder["unit"],
        "unit_zh": _UNITS_ZH.get(ladder["unit"], ladder["unit"]),
        "route": ladder["route"],
        "route_en": english[f"route_{ladder['route']}"].lower(),
        "route_zh": chinese[f"route_{ladder['route']}"],
        "frequencies": frequencies,
        "frequencies_en": [english[f"frequency_{item}"].lower() for item in frequencies],
        "frequencies_zh": [chinese[f"frequency_{item}"] for item in frequencies],
    }


class DrugReader:
    """Drugs under names that may be passed on."""

    @property
    def source(self) -> KnowledgeSource:
        """The dictionary without what may come from Wikipedia."""
        return KnowledgeSource(
            id=ID,
            title="Drug names of drug-named-entity-recognition: DrugBank open data, MedlinePlus, NHS",
            version=version(_DISTRIBUTION),
            licence="MIT AND CC0-1.0",
            url="https://pypi.org/project/drug-named-entity-recognition/",
            attribution="drug-named-entity-recognition (MIT), with DrugBank open data (CC0) and names from "
            "MedlinePlus, MeSH (courtesy of the U.S. National Library of Medicine) and the NHS website",
        )

    def files(self) -> tuple[Path, ...]:
        """The dictionary and the tables of doses."""
        return _files()

    def read(self) -> Iterator[Statement]:
        """Stream the drugs; those with dose ladders first.

        Raises:
            KnowledgeSourceError: A package is absent or changed.
        """
        known = _Merger()
        yield from known.concepts()
        for drug in dictionary(require(dictionary_path(), _DISTRIBUTION)):
            id_ = known.id_of(drug)
            if id_ in known.defined:
                extra = (drug.name, *drug.clean) if not drug.from_wikipedia_alone else ()
                yield from (Label(id_, _name(text, drug, ID)) for text in extra if not known.is_core(text))
            elif not drug.from_wikipedia_alone and id_ != "DRUG:":
                known.defined.add(id_)
                preferred = Name(drug.name, "en", "preferred", ID)
                names = (preferred, *(_name(text, drug, ID) for text in drug.clean))
                yield Concept(id_, "drug", names, ID, attributes=dict(drug.registers))


class WikipediaDrugReader:
    """The dictionary's names that may come from Wikipedia, apart: what is made from them is share-alike."""

    @property
    def source(self) -> KnowledgeSource:
        """Wikipedia's share of the dictionary."""
        return KnowledgeSource(
            id=WIKIPEDIA,
            title="Drug names of drug-named-entity-recognition that may come from Wikipedia",
            version=version(_DISTRIBUTION),
            licence="CC-BY-SA-3.0",
            url="https://pypi.org/project/drug-named-entity-recognition/",
            attribution="Wikipedia contributors (CC BY-SA 3.0), by way of drug-named-entity-recognition",
        )

    def files(self) -> tuple[Path, ...]:
        """As of the other drugs."""
        return _files()

    def read(self) -> Iterator[Statement]:
        """Stream further names, and drugs that nobody else has.

        Raises:
            KnowledgeSourceError: A package is absent or changed.
        """
        known = _Merger()
        drugs = list(dictionary(require(dictionary_path(), _DISTRIBUTION)))
        known.defined.update(known.id_of(drug) for drug in drugs if not drug.from_wikipedia_alone)
        for drug in drugs:
            id_ = known.id_of(drug)
            names = [_name(text, drug, WIKIPEDIA) for text in (*drug.clean, *drug.share_alike)]
            if id_ in known.defined:
                yield from (Label(id_, _name(text, drug, WIKIPEDIA)) for text in drug.share_alike)
            elif id_ != "DRUG:":
                known.defined.add(id_)
                preferred = Name(drug.name, "en", "preferred", WIKIPEDIA)
                yield Concept(id_, "drug", (preferred, *names), WIKIPEDIA, attributes=dict(drug.registers))


class _Merger:
    """Which identifier a drug of the dictionary gets: the core's where one of its names is the core's."""

    def __init__(self) -> None:
        self._core = list(core())
        self._by_word = {word: item.concept.id for item in self._core for word in item.words}
        self.defined = {item.concept.id for item in self._core}

    def is_core(self, text: str) -> bool:
        """Whether the core has that name already."""
        return text.lower() in self._by_word

    def concepts(self) -> Iterator[Concept]:
        """The core's own concepts."""
        return (item.concept for item in self._core)

    def id_of(self, drug: DrugNames) -> str:
        """Identifier of a drug; two names of the core in one entry leave it with the canonical or the first one."""
        words = (drug.canonical, *drug.clean, *drug.share_alike)
        found = next((self._by_word[word] for word in words if word in self._by_word), "")
        return found or f"DRUG:{slug(drug.name)}"


def _name(text: str, drug: DrugNames, source: str) -> Name:
    role: NameRole = "brand" if text in drug.brands else "synonym"
    return Name(text, "en", role, source)


def _files() -> tuple[Path, ...]:
    found = dictionary_path()
    if found is None:
        return ()
    tables = (
        ("prescribing.py",),
        ("clinical_labels.py",),
        ("zh_CN", "clinical_labels.py"),
        ("disease_correlations.py",),
        ("zh_CN", "disease_correlations.py"),
        ("constants.py",),
    )
    modules = tuple(path for parts in tables if (path := faker.module_path(*parts)) is not None)
    if not modules:
        return ()
    return (found, *modules, Path(__file__).with_name("words") / "treatments.tsv")


def reader() -> Reader:
    """The reader of the names that may be passed on."""
    return DrugReader()

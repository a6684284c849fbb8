"""What the readers of faker-healthcare-provider share: its tables, its licence, the spelling of its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources.package_data import literals, locate, require, slug, table, version
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name

ID = "faker"
OURS = "medgo"
"""Source of the names that our own word tables give."""
DISTRIBUTION = "faker-healthcare-provider"
_PACKAGE = "faker_healthcare"
# Words that stay as they are when a title is written as a sentence would write it: names of people and places,
# abbreviations, single letters.
_KEPT = re.compile(r"'s$|^Lyme$|[A-Z0-9]{2}|^.$")


def source() -> KnowledgeSource:
    """The package as a source. Its authors say that it is made for test data and is no clinical reference."""
    return KnowledgeSource(
        id=ID,
        title="Common diseases, doses and laboratory ranges of faker-healthcare-provider",
        version=version(DISTRIBUTION),
        licence="MIT",
        url="https://pypi.org/project/faker-healthcare-provider/",
        attribution="faker-healthcare-provider (MIT); made for synthetic data, not for clinical decisions",
    )


def module_path(*parts: str) -> Path | None:
    """A file of the package; None where it is absent."""
    return locate(_PACKAGE, *parts)


def constants(parts: tuple[str, ...], *names: str) -> tuple[Any, ...]:
    """Literal tables of one of its modules.

    Raises:
        KnowledgeSourceError: The package is absent or has no such table.
    """
    return literals(require(module_path(*parts), DISTRIBUTION), *names)


def sentence_case(title: str) -> str:
    """``Deep Vein Thrombosis`` → ``Deep vein thrombosis``; names of people, numbers and abbreviations stay."""
    first, *others = re.split(r"([ -])", title)
    return "".join([first, *(part if _KEPT.search(part) else part.lower() for part in others)])


def paired(
    english: dict[str, Any], chinese: dict[str, Any]
) -> Iterator[tuple[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]]]:
    """The catalogue's entries: names and entries, each in English and Chinese.

    The two tables are separate modules in the same order. They are taken for translations only where every position has
    the same ICD-10-CM code and equally many symptoms and treatments.

    Raises:
        KnowledgeSourceError: They do not correspond; nothing can be paired then.
    """
    if len(english) != len(chinese):
        raise KnowledgeSourceError(f"{DISTRIBUTION}: {len(english)} diseases in English, {len(chinese)} in Chinese")
    for (name, entry), (name_zh, entry_zh) in zip(english.items(), chinese.items(), strict=True):
        lists = ("symptoms", "medications")
        if entry["icd10"] != entry_zh["icd10"] or any(len(entry[key]) != len(entry_zh[key]) for key in lists):
            raise KnowledgeSourceError(
                f"{DISTRIBUTION}: {name} ({entry['icd10']}) and {name_zh} ({entry_zh['icd10']}) stand at the same "
                "place, but differ in code or number of symptoms or treatments: the languages cannot be paired",
                hint="install a version that medgo[knowledge] names",
            )
        yield (name, name_zh), (entry, entry_zh)


class TreatmentNames:
    """Identifiers, kinds and names of what the catalogue treats with, the same for every reader."""

    def __init__(self) -> None:
        rows = table("treatments.tsv", ("name", "kind", "en", "zh"))
        self._rows = {row["name"]: row for row in rows}
        (interventions,) = constants(("constants.py",), "NON_DRUG_INTERVENTIONS")
        self._interventions = frozenset(interventions)

    def kind(self, name: str) -> ConceptKind:
        """A single drug, a class of drugs, or a treatment that is no drug."""
        if name in self._interventions:
            return "procedure"
        return "class" if self._rows.get(name, {"kind": "drug"})["kind"] == "class" else "drug"

    def id(self, name: str) -> str:
        """``DRUG:<slug>`` (drugs and their classes) or ``PROCEDURE:<slug>``."""
        return f"{'PROCEDURE' if self.kind(name) == 'procedure' else 'DRUG'}:{slug(name)}"

    def names(self, name: str, chinese: str) -> tuple[Name, ...]:
        """English and Chinese names; where ours is in use in China, the package's becomes a synonym."""
        row = self._rows.get(name, {"en": "", "zh": ""})
        first, *others = (row["en"] or sentence_case(name)).split(";")
        english = (
            Name(first, "en", "preferred", OURS if row["en"] else ID),
            *(Name(other, "en", "synonym", OURS) for other in others),
        )
        ours = row["zh"]
        if not ours or ours == chinese:
            return (*english, Name(chinese, "zh", "preferred", ID))
        return (*english, Name(ours, "zh", "preferred", OURS), Name(chinese, "zh", "synonym", ID))

    def concept(self, name: str, chinese: str, attributes: dict[str, Any] | None = None) -> Concept:
        """The treatment as a concept."""
        return Concept(self.id(name), self.kind(name), self.names(name, chinese), ID, attributes=attributes or {})

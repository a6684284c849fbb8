"""A patient's visit or stay as facts. Knows no chance, no phrasing and no document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from medgo.schema import Fact, Lang, SourceRef
from medgo.synthesis.generators.cases.case import Case
from medgo.synthesis.generators.records.scenes import (
    Scene,
)

_PARENTERAL = frozenset({"intravenous"})


@dataclass(slots=True)
class Encounter:
    """A visit or stay. All fields but the case hold ids of facts of the case's book, or moments.

    Args:
        case: Patient, complaint, known diagnoses, drugs, values.
        scene: How the disease is met.
        seed: Chooses phrasings.
        plain: Key → fact that holds a sentence in both languages: ``social``, ``exam``, ``then``, ``care1``, …
        complaints: Signs that the patient tells.
        seen: Signs found on examination.
        shown: Signs found by tests.
        worse: Duration since it got worse; empty where it began recently.
        allergy: Allergy fact; empty for none.
        treatment: Drug given; empty for none.
        normal: Region of the examination → normal findings.
        vitals: Vital signs on admission, on both days of notes, at discharge.
        repeated: Values measured again: first value → the second.
        codes: Language → diagnosis → code fact.
        times: ``admitted``, ``admission_written``, ``first_written``, ``day1``, ``day2``, ``discharged``, ``written``.
        differential: Other diseases with what speaks for and against them.
        sources: Language → what states its facts and names them.
    """

    case: Case
    scene: Scene
    seed: int
    plain: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    worse: str = ""
    allergy: str = ""
    treatment: str = ""
    normal: dict[str, list[str]] = field(default_factory=dict)
    vitals: list[dict[str, str]] = field(default_factory=list)
    repeated: dict[str, str] = field(default_factory=dict)
    codes: dict[Lang, dict[str, str]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    differential: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    sources: dict[Lang, tuple[SourceRef, ...]] = field(default_factory=dict)

    @property
    def diagnoses(self) -> list[str]:
        """The main diagnosis and the known ones."""
        return [self.case.truth_fact, *self.case.history]

    @property
    def labs(self) -> list[str]:
        """Laboratory values on admission."""
        return [one.fact for one in self.case.values if self.case.book[one.fact].kind == "lab"]

    @property
    def abnormal_labs(self) -> list[str]:
        """Those outside their range."""
        return [fact for fact in self.labs if self.case.book[fact].attributes["state"] != "normal"]

    def facts(self, lang: Lang) -> tuple[Fact, ...]:
        """All facts, without the codes of other languages."""
        mine = set(self.codes[lang].values())
        return tuple(fact for fact in self.case.book.all() if fact.kind != "code" or fact.id in mine)

    @property
    def goes_home_with(self) -> list[str]:
        """Drugs at discharge: those of home, and the new one where it can be taken at home."""
        new = self.treatment and self.case.book[self.treatment].attributes["route"] not in _PARENTERAL
        return [*self.case.orders, *([self.treatment] if new else [])]

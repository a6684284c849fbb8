"""A case before it has words: a patient, facts, and how likely each disease is. Knows no language and no chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from medgo.synthesis.generators.cases.graph import FactBook
from medgo.synthesis.generators.cases.likelihood import Likelihood
from medgo.synthesis.generators.cases.ontology import Group, Sex

Kind = Literal["rare", "common", "mixed"]
Level = Literal["high", "moderate", "low"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the case states: its key in the likelihood, and its fact."""

    key: str
    fact: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A disease that may explain the case.

    Args:
        disease: CURIE.
        fact: Its diagnosis fact.
        log_likelihood: Of the stated findings, in nats.
        share: Its likelihood's share of the sum over all diseases allowed.
    """

    disease: str
    fact: str
    log_likelihood: float
    share: float

    @property
    def level(self) -> Level:
        """How likely, in one word of the task."""
        return "high" if self.share >= 0.6 else "moderate" if self.share >= 0.12 else "low"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How hard one case is to be.

    Args:
        level: 1 to 5.
        shown: Fewest and most signs told.
        imprecise: Share of them told by a broader term.
        negatives: Most signs stated absent.
        distractors: Most signs of another disease.
        diagnoses: Most diagnoses.
        rank: The true disease has at most this rank by likelihood, as long as there are further signs to tell.
    """

    level: int
    shown: tuple[int, int]
    imprecise: float
    negatives: int
    distractors: int
    diagnoses: int
    rank: int


@dataclass(slots=True)
class Case:
    """A patient with facts.

    Args:
        kind: What sort of diseases.
        book: All facts.
        likelihood: Under which diseases were compared.
        truth: The disease that the case was made from.
        truth_fact: Its diagnosis fact.
        sex: Sex.
        age: In years.
        intro: Facts of sex and age.
        duration: Fact of the time since the complaint began; empty where none is told.
        groups: Signs that the patient has, by where they are told.
        negatives: Signs that the patient does not have.
        history: Known diagnoses.
        orders: Drugs taken.
        values: Laboratory values and vital signs.
        candidates: Best first.
        base: Finding → its probability by the known diagnoses.
        explained: Fact of a finding → fact of the known diagnosis or drug that explains it.
        avoided: Drug facts with the fact of what forbids them.
        labels: For whoever checks the case.
    """

    kind: Kind
    book: FactBook
    likelihood: Likelihood
    truth: str
    truth_fact: str
    sex: Sex
    age: float
    intro: tuple[str, str] = ("", "")
    duration: str = ""
    groups: dict[Group, list[Finding]] = field(default_factory=dict)
    negatives: list[Finding] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    values: list[Finding] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    base: Mapping[str, float] = field(default_factory=dict)
    explained: dict[str, str] = field(default_factory=dict)
    avoided: list[tuple[str, str]] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)

    @property
    def signs(self) -> list[Finding]:
        """All signs that the patient has and that are told."""
        return [finding for group in self.groups.values() for finding in group]

    @property
    def abnormal(self) -> list[Finding]:
        """Values outside their range."""
        return [one for one in self.values if self.book[one.fact].attributes["state"] != "normal"]

    @property
    def present(self) -> list[Finding]:
        """Everything that speaks for a disease."""
        return self.signs + self.abnormal

    @property
    def absent_keys(self) -> list[str]:
        """Everything that is known not to be there: negatives, and both sides of normal values."""
        keys = [finding.key for finding in self.negatives]
        for one in self.values:
            if self.book[one.fact].attributes["state"] == "normal":
                keys += [f"{self.book[one.fact].concept}/high", f"{self.book[one.fact].concept}/low"]
        return [key for key in keys if key in self.likelihood.postings]

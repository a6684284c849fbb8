"""What speaks for and against each candidate of a case, and what tells them apart. Knows no words and no chance."""

from __future__ import annotations

from dataclasses import dataclass, field

from medgo.synthesis.generators.cases.case import Case, Finding
from medgo.synthesis.generators.cases.confirming import TESTS
from medgo.synthesis.generators.cases.graph import states
from medgo.synthesis.generators.cases.likelihood import either
from medgo.synthesis.generators.cases.ontology import LANGS
from medgo.synthesis.generators.cases.tables import Tables

_TELLING = 0.15  # a sign that fewer of all diseases show says something when it does not fit
_EXPECTED = 0.3  # a sign at least this frequent in a disease is missed when it is not there
_LIKELY = 0.15  # a sign rarer than this is no use to look for
_DECISIVE = 2.0  # likelihood ratio from which a sign not told is worth looking for


@dataclass(frozen=True)
class Weighing:
    """Weighs the findings of one case.

    Args:
        case: The facts; what would tell candidates apart is added to them.
        tables: What is typical of a disease and not told.
    """

    case: Case
    tables: Tables
    _supporting: dict[str, list[Finding]] = field(default_factory=dict)
    _mentioned: set[str] = field(default_factory=set)
    _unexplained: dict[str, list[Finding]] = field(default_factory=dict)

    def ratio(self, finding: Finding, disease: str) -> float:
        """Likelihood ratio of the finding between the disease and any disease."""
        likelihood = self.case.likelihood
        return either(likelihood.noise, likelihood.p(finding.key, disease)) / likelihood.background(finding.key)

    def supporting(self, disease: str) -> list[Finding]:
        """Findings that the disease has, the most telling first."""
        if disease not in self._supporting:
            p = self.case.likelihood.p
            mine = [one for one in self.case.present if p(one.key, disease) > 0]
            self._supporting[disease] = sorted(mine, key=lambda one: -self.ratio(one, disease))
        return self._supporting[disease]

    def unexplained(self, disease: str) -> list[Finding]:
        """Telling signs that the disease does not have, the rarest first.

        The catalogue of common diseases lists few symptoms of each: there a sign only counts against a disease that
        shows nothing in the same organ system.
        """
        if disease in self._unexplained:
            return self._unexplained[disease]
        case, likelihood = self.case, self.case.likelihood
        mine = [
            one
            for one in case.signs
            if likelihood.p(one.key, disease) == 0
            and one.fact not in case.explained
            and likelihood.background(one.key) < _TELLING
            and (case.kind != "common" or not self._shares_system(one.key, disease))
        ]
        self._unexplained[disease] = sorted(mine, key=lambda one: likelihood.background(one.key))
        return self._unexplained[disease]

    def denied(self, disease: str) -> list[Finding]:
        """Signs that are denied and that the disease would rather have, the most frequent first."""
        p = self.case.likelihood.p
        mine = [one for one in self.case.negatives if p(one.key, disease) >= _EXPECTED]
        return sorted(mine, key=lambda one: -p(one.key, disease))

    def normal(self, disease: str) -> list[Finding]:
        """Values inside their range that the disease moves."""
        if self.case.kind != "common":
            return []  # the signs of rare diseases are not compared with values
        p, book = self.case.likelihood.p, self.case.book
        return [
            one
            for one in self.case.values
            if book[one.fact].attributes["state"] == "normal"
            and max(p(f"{book[one.fact].concept}/{way}", disease) for way in ("high", "low")) >= _EXPECTED
        ]

    def to_look_for(self, disease: str, rival: str) -> str:
        """A sign not told that tells the disease from its rival, as a term fact; empty where there is none."""
        case, ontology, likelihood = self.case, self.tables.ontology, self.case.likelihood
        told = self._told()
        rare = self.tables.rare.diseases.get(disease)
        signs = [one.sign for one in rare.signs] if rare else self.tables.common.diseases[disease].symptoms
        mine, its = likelihood.tables[disease], likelihood.tables[rival]
        best, most = "", (_DECISIVE, 0.0)
        for sign in signs:
            p = mine[sign]
            gain = (either(likelihood.noise, p) / either(likelihood.noise, its.get(sign, 0.0)), p)
            if p < _LIKELY or gain <= most or sign in told or not ontology.named(sign, LANGS):
                continue
            if ontology.from_age(sign) <= case.age and ontology.sex(sign) in (None, case.sex):
                best, most = sign, gain
        if not best:
            return ""
        return case.book.add(
            "term", best, attributes={"disease": disease}, sources=(states(disease, "has_sign", best),)
        )

    def _told(self) -> set[str]:
        """Signs of which the case says something, broader terms included."""
        if not self._mentioned:
            case = self.case
            self._mentioned.update(one.key for one in (*case.present, *case.negatives))
            self._mentioned.update(term for one in case.signs for term in self.tables.ontology.ancestors(one.key))
        return self._mentioned

    def test(self, disease: str) -> str:
        """What would confirm or exclude a common disease, as a rule fact; empty where none is known."""
        code = self.tables.common.diseases[disease].icd10
        if code not in TESTS:
            return ""
        english, chinese = TESTS[code]
        source = f"medgo:confirming/{code}"
        return self.case.book.add("rule", value=english, attributes={"zh": chinese}, sources=(source,))

    def _shares_system(self, sign: str, disease: str) -> bool:
        mine = self.tables.ontology.systems.intersection(self.tables.ontology.ancestors(sign))
        return not mine or any(self.case.likelihood.p(system, disease) for system in mine)

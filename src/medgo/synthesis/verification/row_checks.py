"""Whether the facts of a row fit one another: one sex, one age, no contraindicated drug. Knows no text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation

from medgo.knowledge import Knowledge
from medgo.knowledge.severity import forbids
from medgo.schema import Evidence, Fact
from medgo.synthesis.verification.support import Library
from medgo.synthesis.verification.violation import Violation, ViolationKind

# A generator whose rows show a fault on purpose says which in ``Evidence.labels["intended"]``, by kind of violation.
_INTENDED = "intended"


class RowChecks:
    """Checks on the facts that sentences of a row cite, all together, its worse answer left out."""

    def __init__(self, knowledge: Knowledge, library: Library) -> None:
        self._library = library
        self._forbidden: dict[str, set[str]] = {}
        for relation in knowledge.statements("contraindicated_in"):
            if forbids(relation):
                self._forbidden.setdefault(relation.subject, set()).add(relation.object)

    def violations(self, evidence: Evidence, checked: Collection[str]) -> list[Violation]:
        """What does not fit, faults that the row shows on purpose excepted."""
        intended = set(evidence.labels.get(_INTENDED, ()))
        cited = {name for sentence in evidence.sentences for name in sentence.facts if sentence.part in checked}
        facts = [fact for fact in evidence.facts if fact.id in cited]
        found = [*_one_patient(facts), *_both_ways(facts), *_states(facts), *_excluded(facts), *self._drugs(facts)]
        return [violation for violation in found if violation.kind not in intended]

    def _drugs(self, facts: list[Fact]) -> Iterator[Violation]:
        drugs = [fact for fact in facts if fact.kind == "drug" and fact.polarity == "present"]
        if not drugs:
            return
        states = {
            fact.concept
            for fact in facts
            if fact.polarity == "present" and fact.kind in ("diagnosis", "history", "sign", "allergy") and fact.concept
        }
        for drug in drugs:
            for state in sorted(self._forbidden_to(drug.concept) & self._with_broader(states)):
                yield Violation(ViolationKind.CONTRAINDICATION, "", drug.concept, expected=f"none in {state}")
        allergies = {fact.concept for fact in facts if fact.kind == "allergy" and fact.polarity == "present"} - {""}
        for drug in drugs:
            if allergies and not allergies.isdisjoint(self._with_broader({drug.concept})):
                yield Violation(
                    ViolationKind.CONTRAINDICATION, "", drug.concept, expected="no drug that is not tolerated"
                )

    def _forbidden_to(self, drug: str) -> set[str]:
        """Diseases and states that forbid a drug or a group that it belongs to."""
        return set().union(*(self._forbidden.get(one, ()) for one in self._with_broader({drug})))

    def _with_broader(self, curies: Collection[str]) -> set[str]:
        """These concepts, the same ones in other vocabularies, and all that they are kinds of."""
        return {"", *curies}.union(*(self._library.concept(curie).family for curie in curies)) - {""}


def _one_patient(facts: list[Fact]) -> Iterator[Violation]:
    for kind in ("sex", "age"):
        values = sorted({f"{fact.value} {fact.unit}".strip() for fact in facts if fact.kind == kind})
        if len(values) > 1:
            yield Violation(ViolationKind.CONTRADICTION, "", " / ".join(values), expected=f"one {kind}")


def _both_ways(facts: list[Fact]) -> Iterator[Violation]:
    present = {(fact.concept, fact.side) for fact in facts if fact.kind == "sign" and fact.polarity == "present"}
    for fact in facts:
        timed = "time" in fact.attributes
        if fact.kind == "sign" and fact.polarity == "absent" and (fact.concept, fact.side) in present and not timed:
            yield Violation(ViolationKind.CONTRADICTION, "", fact.concept, expected="present or absent")


def _states(facts: list[Fact]) -> Iterator[Violation]:
    for fact in facts:
        value = _number(fact.value)
        if fact.kind not in ("lab", "vital") or value is None:
            continue
        state, low, high = (
            fact.attributes.get("state"),
            _number(fact.attributes.get("low")),
            _number(fact.attributes.get("high")),
        )
        below, above = low is not None and value < low, high is not None and value > high
        actual = "low" if below else "high" if above else "normal"
        known = low is not None or high is not None
        if known and state in ("low", "normal", "high") and actual != state:
            yield Violation(ViolationKind.STATE, "", f"{fact.concept} {fact.value} {fact.unit}", expected=str(state))


def _excluded(facts: list[Fact]) -> Iterator[Violation]:
    for fact in facts:
        if fact.kind == "sign" and fact.polarity == "present" and fact.attributes.get("bin") == "excluded":
            yield Violation(ViolationKind.EXCLUDED, "", fact.concept, expected="absent")


def _number(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None

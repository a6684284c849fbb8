"""Drugs in memory, and which of them a patient may have. Knows no disease's symptoms and no words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from medgo.knowledge import Knowledge
from medgo.knowledge.severity import FORBIDDEN, forbids
from medgo.schema import Relation
from medgo.synthesis.generators.cases.common import Direction

# Antimicrobials are taken for days, not as the regular medication of a lasting disease.
_SHORT_COURSE = re.compile(r"cillin|mycin|floxacin|cycline|:ce[fp]|vir$|conazole|nidazole|nitrofur|trimeth|sulfameth")
# The source names the drug for the disease, but a patient on its ladder's dose and on nothing else would be treated
# wrongly: no insulin, no iron, no vitamin B12, the dose of another indication, tablets where an ointment is meant.
_NOT_LIKE_THIS = frozenset(
    {
        ("DISEASE:type_1_diabetes", "DRUG:metformin"),
        ("DISEASE:type_1_diabetes", "DRUG:pramlintide"),
        ("DISEASE:iron_deficiency_anemia", "DRUG:folic_acid"),
        ("DISEASE:iron_deficiency_anemia", "DRUG:vitamin_c"),
        ("DISEASE:iron_deficiency_anemia", "DRUG:vitamin_b12"),
        ("DISEASE:pernicious_anemia", "DRUG:folic_acid"),
        ("DISEASE:pulmonary_hypertension", "DRUG:sildenafil"),
        ("DISEASE:pulmonary_hypertension", "DRUG:tadalafil"),
        ("DISEASE:eczema", "DRUG:hydrocortisone"),
        ("DISEASE:psoriasis", "DRUG:hydrocortisone"),
        ("DISEASE:obesity", "DRUG:naltrexone"),
    }
)
ADULT = 18  # years; the ladders hold adult doses


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug with a dose ladder."""

    id: str
    doses: tuple[str, ...]
    unit: str
    route: str
    frequencies: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Order:
    """A drug as a patient takes it, and the diagnosis that it is for."""

    drug: Drug
    dose: str
    frequency: str
    disease: str


@dataclass(frozen=True)
class Drugs:
    """Drugs with doses, what forbids them, what they move.

    Args:
        ladders: Drug → its doses.
        forbidden: Drug → disease or state → the statement.
        clashing: Pairs whose combination is contraindicated.
        moves: Drug → what it does to laboratory values and vital signs.
    """

    ladders: Mapping[str, Drug]
    forbidden: Mapping[str, Mapping[str, Relation]]
    clashing: Mapping[frozenset[str], Relation]
    moves: Mapping[str, tuple[tuple[str, Direction], ...]]

    @classmethod
    def read(cls, knowledge: Knowledge) -> Drugs:
        """Read the concepts ``DRUG:…`` that have doses."""
        ladders = {}
        for concept in knowledge.concepts(kind="drug"):
            given = concept.attributes
            if concept.id.startswith("DRUG:") and given.get("doses") and given.get("frequencies"):
                doses = tuple(f"{dose:g}" for dose in given["doses"])
                ladders[concept.id] = Drug(
                    concept.id,
                    doses,
                    str(given["unit"]),
                    str(given["route"]),
                    tuple(given["frequencies"]),
                    concept.source,
                )
        forbidden: dict[str, dict[str, Relation]] = {}
        for relation in knowledge.statements("contraindicated_in"):
            if forbids(relation):
                forbidden.setdefault(relation.subject, {})[relation.object] = relation
        clashing = {
            frozenset((relation.subject, relation.object)): relation
            for relation in knowledge.statements("interacts_with")
            if relation.attributes.get("severity") == FORBIDDEN
        }
        moves: dict[str, list[tuple[str, Direction]]] = {}
        for predicate, direction in (("raises", "high"), ("lowers", "low")):
            for relation in knowledge.statements(predicate):  # type: ignore[arg-type]
                if relation.subject.startswith("DRUG:"):
                    moves.setdefault(relation.subject, []).append((relation.object, direction))  # type: ignore[arg-type]
        return cls(ladders, forbidden, clashing, {drug: tuple(effects) for drug, effects in moves.items()})

    def against(self, drug: str, conditions: Iterable[str]) -> Relation | None:
        """Why the drug is not for a patient with these diseases and states; None where nothing forbids it."""
        mine = self.forbidden.get(drug, {})
        return next((mine[condition] for condition in conditions if condition in mine), None)

    def clash(self, drug: str, others: Iterable[str]) -> Relation | None:
        """A statement that the drug must not be combined with one of the others."""
        return next(
            (self.clashing[pair] for other in others if (pair := frozenset((drug, other))) in self.clashing), None
        )

    def choose(
        self, wanted: Mapping[str, Sequence[str]], conditions: Iterable[str], rng: np.random.Generator
    ) -> tuple[list[Order], list[Relation]]:
        """One drug for each diagnosis where there is an allowed one, in an order a prescriber could write.

        Args:
            wanted: Diagnosis → drugs it is treated with.
            conditions: All diseases and states of the patient.
            rng: Chance.

        Returns:
            Orders, and the statements that kept others away.
        """
        conditions = tuple(conditions)
        orders: list[Order] = []
        avoided: list[Relation] = []
        for disease, drugs in wanted.items():
            known = [
                drug
                for drug in drugs
                if drug in self.ladders and not _SHORT_COURSE.search(drug) and (disease, drug) not in _NOT_LIKE_THIS
            ]
            for at in rng.permutation(len(known)).tolist():
                drug = known[at]
                taken = [order.drug.id for order in orders]
                reason = self.against(drug, conditions) or self.clash(drug, taken)
                if reason is not None:
                    avoided.append(reason)
                elif drug not in taken:
                    orders.append(self._order(drug, disease, rng))
                    break
        return orders, avoided

    def _order(self, drug: str, disease: str, rng: np.random.Generator) -> Order:
        ladder = self.ladders[drug]
        dose = ladder.doses[int(rng.integers(len(ladder.doses)))]
        frequency = ladder.frequencies[int(rng.integers(len(ladder.frequencies)))]
        return Order(ladder, dose, frequency, disease)

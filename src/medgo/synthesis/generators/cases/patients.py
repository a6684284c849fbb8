"""What every case has, whatever its disease: the patient, known conditions, drugs, values, and the ranking.

Knows no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from medgo.schema import Relation
from medgo.synthesis.generators.cases.case import Candidate, Case, Finding
from medgo.synthesis.generators.cases.common import LASTING, CommonDisease, Direction
from medgo.synthesis.generators.cases.drugs import ADULT
from medgo.synthesis.generators.cases.graph import FactBook, states
from medgo.synthesis.generators.cases.labs import SATURATION, SIGN_MOVES, VITALS, Measured, directions, panel
from medgo.synthesis.generators.cases.likelihood import either, ranked
from medgo.synthesis.generators.cases.ontology import Sex
from medgo.synthesis.generators.cases.states import state_of_value
from medgo.synthesis.generators.cases.tables import Tables

DRUG_EFFECT_RATE = 0.35  # share of patients in whom a drug's stated effect on a value shows; our assumption
_LEFT_OUT = "medgo:"


def introduce(book: FactBook, sex: Sex, age: float, source: str) -> tuple[str, str]:
    """Facts of sex and age; below two years the age is told in months."""
    sex_fact = book.add("sex", value=sex, sources=(source,))
    value, unit = (str(round(age * 12)), "months") if age < 2 else (str(int(age)), "years")
    return sex_fact, book.add("age", value=value, unit=unit, sources=(source,))


def comorbidities(
    tables: Tables, wanted: int, main: CommonDisease | None, span: tuple[Sex, float], rng: np.random.Generator
) -> list[CommonDisease]:
    """Lasting diseases that a patient of that sex and age can have beside the main one, each of another family."""
    sex, age = span
    families = {main.icd10[:2]} if main else set()
    pool = [one for one in tables.common.diseases.values() if one.icd10 in LASTING]
    found: list[CommonDisease] = []
    for at in rng.permutation(len(pool)).tolist():
        one = pool[at]
        if len(found) >= wanted:
            break
        if one.icd10[:2] in families or (one.sex or sex) != sex or not one.ages[0] <= age <= one.ages[1]:
            continue
        families.add(one.icd10[:2])
        found.append(one)
    return found


def know(case: Case, tables: Tables, diseases: Sequence[CommonDisease]) -> None:
    """Write down known diagnoses, and which findings they make likely anyway."""
    base: dict[str, float] = {}
    for disease in diseases:
        case.history.append(
            case.book.add("history", disease.id, attributes={"icd10": disease.icd10}, sources=(disease.source,))
        )
        for key, p in tables.common.profiles[disease.id].items():
            base[key] = either(base.get(key, 0.0), p)
    case.base = base


def medicate(
    case: Case, tables: Tables, known: Sequence[CommonDisease], conditions: Iterable[str], rng: np.random.Generator
) -> None:
    """Drugs for the known diagnoses, without what the patient's diseases and states forbid."""
    case.labels["states"] = list(conditions)
    if case.age < ADULT:
        return
    orders, avoided = tables.drugs.choose({one.id: one.drugs for one in known}, conditions, rng)
    for order in orders:
        disease = next(fact for fact in case.history if case.book[fact].concept == order.disease)
        drug = order.drug
        case.orders.append(
            case.book.add(
                "drug",
                drug.id,
                value=order.dose,
                unit=drug.unit,
                attributes={
                    "dose": order.dose, "dose_unit": drug.unit, "route": drug.route,
                    "frequency": order.frequency.replace("_", " "),
                },
                sources=(states(order.disease, "treated_by", drug.id),),
                basis=(disease,),
            )
        )  # fmt: skip
    _remember(case, avoided)


def _remember(case: Case, avoided: Sequence[Relation]) -> None:
    """Why a drug was not given, where the reason is a diagnosis of the case."""
    concepts = {case.book[fact].concept: fact for fact in case.history}
    for relation in avoided:
        if relation.predicate == "contraindicated_in" and relation.object in concepts and not case.avoided:
            fact = case.book.add(
                "term", relation.subject, sources=(states(relation.subject, relation.predicate, relation.object),)
            )
            case.avoided.append((fact, concepts[relation.object]))


def measure(case: Case, tables: Tables, diseases: Sequence[CommonDisease], rng: np.random.Generator) -> None:
    """Values of the patient, moved by diseases, signs and drugs; what opposing effects pull at is not stated."""
    effects: list[tuple[str, Direction]] = [move for one in diseases for move in one.moves.items()]
    causes: dict[tuple[str, str], list[str]] = {}
    diagnosis = {case.book[fact].concept: fact for fact in case.history} | {case.truth: case.truth_fact}
    for one in diseases:
        for move in one.moves.items():
            causes.setdefault(move, []).append(diagnosis[one.id])
    for finding in case.signs:
        if finding.key in SIGN_MOVES:
            effects.append(SIGN_MOVES[finding.key])
            causes.setdefault(SIGN_MOVES[finding.key], []).append(finding.fact)
    taken = [case.book[fact].concept for fact in case.orders]
    for fact in case.orders:
        for move in tables.drugs.moves.get(case.book[fact].concept, ()):
            state = state_of_value(*move)
            if state and any(tables.drugs.against(drug, (state,)) for drug in taken):
                continue  # a value that would forbid a drug taken
            opposed = (move[0], "low" if move[1] == "high" else "high") in causes
            if opposed or move in causes or rng.random() < DRUG_EFFECT_RATE:
                effects.append(move)
                causes.setdefault(move, []).append(fact)
    found = panel(tables.quantities, directions(effects), (case.sex, case.age), rng)
    for curie, measured in sorted(found.items(), key=_place):
        quantity = measured.quantity
        mine = tuple(dict.fromkeys(causes.get((curie, measured.state), [])))
        sources = tuple(_effect(case, fact, curie, measured.state) for fact in mine) or (quantity.source,)
        fact = case.book.add(
            "vital" if curie.startswith("VITAL:") else "lab",
            curie,
            value=measured.value,
            unit=quantity.unit,
            attributes={"low": quantity.low, "high": quantity.high, "state": measured.state},
            sources=sources,
            basis=mine,
        )
        case.values.append(Finding(f"{curie}/{measured.state}", fact))


def _place(item: tuple[str, Measured]) -> tuple[int, str]:
    """Vital signs in the order in which they are told, then laboratory values."""
    order = (*VITALS, SATURATION)
    return (order.index(item[0]), "") if item[0] in order else (len(order), item[0])


def _effect(case: Case, fact: str, quantity: str, state: str) -> str:
    cause = case.book[fact]
    if cause.kind == "sign":
        return f"{_LEFT_OUT}{cause.concept} means {quantity} {state}"
    return states(cause.concept, "raises" if state == "high" else "lowers", quantity)


def settle(case: Case, tables: Tables) -> None:
    """Take back denials that a value or a known diagnosis contradicts: "no fever" at 38.6 °C, "no depression" in it."""
    shown = {finding.key for finding in case.abnormal}
    known = [tables.names[case.book[fact].concept].get("en", "").lower() for fact in case.history]
    kept = []
    for one in case.negatives:
        name = tables.names[one.key].get("en", "").lower()
        moved = one.key in SIGN_MOVES and "/".join(SIGN_MOVES[one.key]) in shown
        if moved or any(name in disease for disease in known):
            case.book.forget(one.fact)
        else:
            kept.append(one)
    case.negatives = kept


def explain(case: Case, tables: Tables) -> None:
    """Which findings a known diagnosis or a drug explains, so that they need no new disease."""
    for finding in case.present:
        fact = case.book[finding.fact]
        for known in [*case.history, *case.orders]:
            concept = case.book[known].concept
            moved = any(f"{curie}/{way}" == finding.key for curie, way in tables.drugs.moves.get(concept, ()))
            likely = concept in tables.common.likelihood.rows and tables.common.likelihood.p(finding.key, concept)
            if (likely or moved) and not fact.attributes.get("distractor"):
                case.explained.setdefault(finding.fact, known)


def rank(case: Case, allowed: NDArray[np.bool_], top: int) -> None:
    """Compare all allowed diseases by the likelihood of what the case states; the true one is always in the list."""
    total = case.likelihood.log_likelihoods([one.key for one in case.present], case.absent_keys, case.base)
    total = np.where(allowed, total, -np.inf)
    best = ranked(case.likelihood, total, top=top)
    p = case.likelihood.p
    fitting = [one for one in best if any(p(finding.key, one[0]) for finding in case.present)]
    best = fitting if len(fitting) > 1 else best[:2]
    row = case.likelihood.rows[case.truth]
    if case.truth not in [disease for disease, _ in best]:
        best = [*best[: max(1, len(best) - 1)], (case.truth, float(total[row]))]
    shares = np.exp(total - total.max())
    shares /= shares.sum()
    for at, (disease, value) in enumerate(best):
        known = case.truth_fact if disease == case.truth else ""
        fact = known or case.book.add(
            "diagnosis", disease, polarity="present" if at == 0 else "absent", sources=("medgo:likelihood",)
        )
        case.candidates.append(Candidate(disease, fact, value, float(shares[case.likelihood.rows[disease]])))
    above = int((total > total[row] + 1e-9).sum())
    case.labels |= {
        "truth": case.truth,
        "truth_rank": above + 1,
        "ranking": [
            {"disease": one.disease, "log_likelihood": round(one.log_likelihood, 3), "share": round(one.share, 4)}
            for one in case.candidates
        ],
    }

"""Makes the facts of one patient with a new common disease and known ones beside it. Knows no words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from medgo.schema import Lang
from medgo.synthesis.generators.cases.case import Case, Finding, Recipe
from medgo.synthesis.generators.cases.common import SYMPTOM_RATE, CommonDisease
from medgo.synthesis.generators.cases.confusers import Patient, confusers, denials, red_herrings
from medgo.synthesis.generators.cases.graph import FactBook, states
from medgo.synthesis.generators.cases.ontology import Ontology, Sex
from medgo.synthesis.generators.cases.patients import (
    comorbidities,
    explain,
    introduce,
    know,
    measure,
    medicate,
    rank,
    settle,
)
from medgo.synthesis.generators.cases.sampling import blur, tellable
from medgo.synthesis.generators.cases.states import states_of
from medgo.synthesis.generators.cases.tables import Tables

_RARE_IN_THAT_SEX = 0.05  # a disease that so few of its patients' sex have is no guess: breast cancer in a tired man
_DURATIONS = {"days": (1, 6), "weeks": (1, 7), "months": (2, 10), "years": (1, 6)}


def common_case(
    tables: Tables, main: CommonDisease, recipe: Recipe, langs: Sequence[Lang], rng: np.random.Generator
) -> Case | None:
    """Draw a patient who presents with the disease.

    Args:
        tables: The index in memory.
        main: The disease that is to be found.
        recipe: How hard.
        langs: Languages in which every sign told needs a name.
        rng: Chance.

    Returns:
        The facts; None where fewer than two symptoms can be told, or all of them leave the disease behind others.
    """
    sex, age = _person(main, recipe, rng)
    known = comorbidities(tables, int(rng.integers(0, recipe.diagnoses)), main, (sex, age), rng) if age >= 18 else []
    book = FactBook()
    truth = book.add("diagnosis", main.id, attributes={"truth": True, "icd10": main.icd10}, sources=(main.source,))
    case = Case("common", book, tables.common.likelihood, main.id, truth, sex, age)
    case.intro = introduce(book, sex, age, f"{main.source}:{main.id}")
    if not _complain(case, tables, main, (recipe, langs), rng):
        return None
    know(case, tables, known)
    if known:
        _also(case, tables, known[0], langs, rng)
    _mislead(case, tables, main, (recipe, langs), rng)
    has = [*case.labels["told"], *(finding.key for finding in case.signs)]
    medicate(case, tables, known, states_of([main, *known], has, (sex, age), tables.ontology), rng)
    measure(case, tables, [main, *known], rng)
    settle(case, tables)
    explain(case, tables)
    rank(
        case,
        _comparable(tables, main, allowed(tables, sex, age, [one.id for one in known])),
        5 if recipe.level >= 3 else 4,
    )
    return case if case.labels["truth_rank"] <= recipe.rank and len(case.candidates) > 1 else None


def allowed(tables: Tables, sex: Sex, age: float, known: Sequence[str]) -> NDArray[np.bool_]:
    """Which diseases a patient of that sex and age can newly have ``[diseases]``."""
    return np.array(
        [
            one.id not in known
            and (one.sex or sex) == sex
            and (one.female if sex == "female" else 1 - one.female) >= _RARE_IN_THAT_SEX
            and one.ages[0] <= age <= one.ages[1]
            for one in tables.common.diseases.values()
        ]
    )


def _comparable(tables: Tables, main: CommonDisease, fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without what is the same in other words or its heading: anaemia is no alternative to iron deficiency anaemia."""
    its = tables.names[main.id]["en"].lower()
    names = [tables.names[curie]["en"].lower() for curie in tables.common.diseases]
    same = np.array([name in its or its in name for name in names])
    true = np.array([curie == main.id for curie in tables.common.diseases])
    comparable: NDArray[np.bool_] = (fits & ~same) | true
    return comparable


def _person(main: CommonDisease, recipe: Recipe, rng: np.random.Generator) -> tuple[Sex, float]:
    sex: Sex = main.sex or ("female" if rng.random() < main.female else "male")
    low, high = main.ages
    if recipe.diagnoses > 1 and high > 55:
        low = max(low, 40)  # several diseases at once come with age
    elif high > 70 and low < 18 and main.icd10 not in ("K35.80", "J45.909", "H66.90", "J02.9", "J03.90"):
        low = 18
    age = low + (min(high, low + 45) - low) * float(rng.beta(1.4, 1.8))
    return sex, max(round(age * 12) / 12, 0.25) if age < 2 else float(int(age))


def _complain(
    case: Case, tables: Tables, main: CommonDisease, choice: tuple[Recipe, Sequence[Lang]], rng: np.random.Generator
) -> bool:
    """The symptoms of the disease; the source states no frequencies, and the facts say so."""
    recipe, langs = choice
    ontology = tables.ontology
    possible = [
        one for one in main.symptoms if ontology.from_age(one) <= case.age and ontology.sex(one) in (None, case.sex)
    ]
    order = tellable(possible, ontology, langs, rng)
    count = max(2, int((rng.random(len(order)) < SYMPTOM_RATE + 0.06 * (4 - recipe.level)).sum()))
    told = order[:count]
    broader = blur(told, recipe.imprecise, ontology, langs, rng)
    for sign in told:
        _tell(case, ontology, main.id, sign, broader.get(sign, sign), case.truth_fact)
    low, high = _DURATIONS[main.pace]
    value, unit = int(rng.integers(low, high + 1)), main.pace
    case.duration = case.book.add("duration", value=str(value), unit=unit, sources=("medgo:pace_of_the_disease",))
    case.labels |= {"imprecise": len(broader), "told": told}
    return len(told) >= 2


def _tell(case: Case, ontology: Ontology, disease: str, sign: str, term: str, cause: str) -> None:
    fact = case.book.add(
        "sign",
        sign,
        attributes={"bin": "frequency not stated"},
        sources=(states(disease, "has_sign", sign),),
        basis=(cause,),
    )
    if term != sign:
        fact = case.book.add(
            "sign", term, attributes={"imprecise": True}, sources=(states(sign, "is_a", term),), basis=(fact,)
        )
    case.groups.setdefault(ontology.group(term), []).append(Finding(term, fact))


def _also(case: Case, tables: Tables, known: CommonDisease, langs: Sequence[Lang], rng: np.random.Generator) -> None:
    """One symptom that a known disease brings along, now and then."""
    ontology = tables.ontology
    told = {finding.key for finding in case.signs}
    free = [
        one
        for one in known.symptoms
        if one not in told and ontology.named(one, langs) and told.isdisjoint(ontology.opposites(one))
    ]
    if free and rng.random() < 0.6:
        sign = free[int(rng.integers(len(free)))]
        _tell(case, ontology, known.id, sign, sign, case.history[0])


def _mislead(
    case: Case, tables: Tables, main: CommonDisease, choice: tuple[Recipe, Sequence[Lang]], rng: np.random.Generator
) -> None:
    recipe, langs = choice
    ontology, diseases = tables.ontology, tables.common.diseases
    fits = allowed(tables, case.sex, case.age, [case.book[fact].concept for fact in case.history])
    open_ = {curie for curie, fit in zip(diseases, fits, strict=True) if fit}
    others = [one for one in confusers(tables.common.likelihood, main.symptoms, main.id, top=12) if one in open_][:4]
    has = [finding.key for finding in case.signs] + list(case.labels["told"])
    closure = frozenset(term for sign in has for term in (sign, *ontology.ancestors(sign)))
    own = tables.common.profiles[main.id]
    patient = Patient(closure, frozenset(), own, case.sex, case.age)
    signs = {curie: diseases[curie].symptoms for curie in others}
    count = int(rng.integers((recipe.distractors + 1) // 2, recipe.distractors + 1)) if recipe.distractors else 0
    herrings = red_herrings(others, signs, patient, ontology, (min(count, 1 + (recipe.level > 4)), langs), rng)
    for one in herrings:
        fact = case.book.add(
            "sign",
            one.sign,
            attributes={"distractor": True, "confusable": one.disease},
            sources=(states(one.disease, "has_sign", one.sign),),
        )
        case.groups.setdefault(ontology.group(one.sign), []).append(Finding(one.sign, fact))
    case.labels["distractors"] = [[one.sign, one.disease] for one in herrings]
    extra = frozenset(term for one in herrings for term in (one.sign, *ontology.ancestors(one.sign)))
    patient = replace(patient, signs=closure | extra, told=tuple(finding.key for finding in case.signs))
    count = int(rng.integers(recipe.negatives // 2, recipe.negatives + 1))
    for one in denials(others, signs, patient, ontology, (count, langs), rng):
        fact = case.book.add(
            "sign",
            one.sign,
            polarity="absent",
            attributes={"confusable": one.disease},
            sources=(states(one.disease, "has_sign", one.sign), "medgo:pertinent_negative"),
        )
        case.negatives.append(Finding(one.sign, fact))

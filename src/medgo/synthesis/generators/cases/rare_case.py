"""Makes the facts of one patient with a rare disease. Knows no words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from medgo.schema import Lang
from medgo.synthesis.generators.cases.case import Case, Finding, Recipe
from medgo.synthesis.generators.cases.confusers import Borrowed, Patient, confusers, denials, red_herrings
from medgo.synthesis.generators.cases.graph import FactBook, states
from medgo.synthesis.generators.cases.ontology import Sex
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
from medgo.synthesis.generators.cases.rare import Annotation, RareDisease
from medgo.synthesis.generators.cases.sampling import blur, sample_signs, tell_enough, tellable
from medgo.synthesis.generators.cases.states import states_of
from medgo.synthesis.generators.cases.tables import Tables

_MOST_TYPICAL = 12  # signs by which a disease is compared with what it is mistaken for
_TYPICAL = 0.3  # signs at least this frequent make a disease what it is mistaken for
_INFANT = re.compile(r"\b(?:infant|neonat|congenital lethal|early-onset|perinatal)", re.I)
_ADULT = re.compile(r"\b(?:adult|late-onset|senile|wild type)", re.I)
_QUALIFIED = re.compile(
    r"^(?:isolated|familial|congenital|acquired|primary|hereditary|classic|孤立性|家族性|先天性|原发性)[ ]?"
)
# Youngest age in years of diseases that begin late, by name; the source states no onset. Written for this generator.
_STARTS_AT = (
    (
        re.compile(
            r"giant cell arteritis|wild type|progressive supranuclear|sporadic creutzfeldt|corticobasal"
            r"|multiple system atrophy|waldenstr",
            re.I,
        ),
        52,
    ),
    (
        re.compile(
            r"multiple myeloma|myelofibrosis|POEMS|AL amyloid|amyotrophic lateral|mantle cell|bullous pemphigoid"
            r"|inclusion body myositis|pulmonary fibrosis|variant of frontotemporal|aneurysmal subarachnoid",
            re.I,
        ),
        38,
    ),
    (re.compile(r"essential thrombocyth|primary biliary|stiff.person|acromegaly|lymphangioleiomyomatosis", re.I), 20),
)
_EARLY_FORM = re.compile(r"juvenile|pediatric|familial|early-onset|young|neonatal|infantile", re.I)
_OF_WOMEN = re.compile(r"lymphangioleiomyomatosis|primary biliary", re.I)
_CHILD_GROUPS = ("early", "growth")


def rare_case(
    tables: Tables,
    disease: RareDisease,
    recipe: Recipe,
    langs: Sequence[Lang],
    rng: np.random.Generator,
    *,
    mixed: bool,
) -> Case | None:
    """Draw a patient with the disease.

    Args:
        tables: The index in memory.
        disease: Which.
        recipe: How hard.
        langs: Languages in which every sign told needs a name.
        rng: Chance.
        mixed: Whether the patient has common diseases besides (an adult then).

    Returns:
        The facts; None where fewer than three of the patient's signs can be told.
    """
    ontology, likelihood = tables.ontology, tables.rare.likelihood
    sampled = sample_signs(disease.signs, rng)
    bins = {annotation.sign: annotation for annotation in sampled}
    told_by_name = [one.sign for one in sampled if not _is_the_disease(disease, ontology.names[one.sign])]
    order = tellable(told_by_name, ontology, langs, rng)
    if len(order) < 3:
        return None
    row = likelihood.rows[disease.id]

    def found(told: Sequence[str]) -> bool:
        total = likelihood.log_likelihoods(told, ())
        return int((total > total[row] + 1e-9).sum()) < recipe.rank

    told = tell_enough(order, int(rng.integers(recipe.shown[0], recipe.shown[1] + 1)), found)
    sex, age = _person(tables, told, disease.names.get("en", ""), rng, adult=mixed)
    book = FactBook()
    truth = book.add("diagnosis", disease.id, attributes={"truth": True}, sources=(disease.source,))
    case = Case("mixed" if mixed else "rare", book, likelihood, disease.id, truth, sex, age)
    case.intro = introduce(book, sex, age, "medgo:age_and_sex_fit_the_signs")
    _tell(case, tables, disease, (told, bins, recipe, langs), rng)
    _mislead(case, tables, disease, (sampled, recipe, langs), rng)
    if mixed:
        known = comorbidities(tables, int(rng.integers(1, recipe.diagnoses + 1)), None, (sex, age), rng)
        know(case, tables, known)
        has = [one.sign for one in sampled] + [finding.key for finding in case.signs]
        medicate(case, tables, known, states_of(known, has, (sex, age), ontology), rng)
        measure(case, tables, known, rng)
        settle(case, tables)
        explain(case, tables)
    rank(case, np.ones(len(likelihood.diseases), bool), 5 if recipe.level >= 3 else 4)
    by_bin: dict[str, list[str]] = {}
    for one in sampled:
        by_bin.setdefault(one.bin, []).append(one.sign)
    case.labels |= {"sampled": by_bin, "told": list(told)}
    return case


def _person(
    tables: Tables, told: Sequence[str], name: str, rng: np.random.Generator, *, adult: bool
) -> tuple[Sex, float]:
    """Sex and age that every sign told and the disease's name allow.

    The source states no ages: a child where growth, development or birth are part of the story.
    """
    ontology = tables.ontology
    usual: Sex | None = "female" if _OF_WOMEN.search(name) else None
    only = usual or next((one for sign in told if (one := ontology.sex(sign))), None)
    sex: Sex = only or ("female" if rng.random() < 0.5 else "male")
    youngest = max((ontology.from_age(sign) for sign in told), default=0.0)
    if not _EARLY_FORM.search(name):
        youngest = max([youngest, *(age for names, age in _STARTS_AT if names.search(name))])
    young = any(ontology.group(sign) in _CHILD_GROUPS for sign in told)
    chance = rng.random()
    infant = _INFANT.search(name) is not None
    if adult or youngest >= 16 or _ADULT.search(name) or (not infant and chance > (0.97 if young else 0.35)):
        return sex, float(rng.integers(max(18, int(youngest)), max(46, int(youngest) + 20)))
    lowest = max(youngest, 0.5)
    age = lowest + (max(lowest, 3) - lowest if infant else 17 - lowest) * float(rng.beta(1.0, 1.8))
    return sex, round(age * 12) / 12 if age < 2 else float(int(age))


def _is_the_disease(disease: RareDisease, sign: Mapping[Lang, str]) -> bool:
    """Whether a sign is called as the disease is (bladder exstrophy): told, it would be the answer."""
    pairs = [
        (_QUALIFIED.sub("", disease.names[lang].lower()), sign[lang].lower()) for lang in sign if lang in disease.names
    ]
    return any(name == word for name, word in pairs)


def of_childhood(tables: Tables, disease: RareDisease) -> bool:
    """Whether growth, development or birth belong to the usual story, so that adults with it are few."""
    share = sum(one.middle for one in disease.signs if tables.ontology.group(one.sign) in _CHILD_GROUPS)
    return share >= 1.0 or _INFANT.search(disease.names.get("en", "")) is not None


def _tell(
    case: Case,
    tables: Tables,
    disease: RareDisease,
    choice: tuple[Sequence[str], dict[str, Annotation], Recipe, Sequence[Lang]],
    rng: np.random.Generator,
) -> None:
    told, bins, recipe, langs = choice
    broader = blur(told, recipe.imprecise, tables.ontology, langs, rng)
    for sign in told:
        annotation = bins[sign]
        fact = case.book.add(
            "sign",
            sign,
            attributes={"bin": annotation.bin},
            sources=(states(disease.id, "has_sign", sign),),
            basis=(case.truth_fact,),
        )
        term = broader.get(sign, sign)
        if term != sign:
            # It stands in the case for the sign, which the case does not name.
            fact = case.book.add(
                "sign", term, attributes={"imprecise": True}, sources=(states(sign, "is_a", term),), basis=(fact,)
            )
        case.groups.setdefault(tables.ontology.group(term), []).append(Finding(term, fact))
    case.labels["imprecise"] = len(broader)


def _mislead(
    case: Case,
    tables: Tables,
    disease: RareDisease,
    choice: tuple[Sequence[Annotation], Recipe, Sequence[Lang]],
    rng: np.random.Generator,
) -> None:
    sampled, recipe, langs = choice
    ontology, diseases = tables.ontology, tables.rare.diseases
    typical = [one.sign for one in sorted(disease.signs, key=lambda one: -one.middle)[:_MOST_TYPICAL]]
    if disease.id not in tables.rare.confusers:
        tables.rare.confusers[disease.id] = confusers(tables.rare.likelihood, typical, disease.id)
    others = tables.rare.confusers[disease.id]
    has = [one.sign for one in sampled]
    closure = frozenset(term for sign in has for term in (sign, *ontology.ancestors(sign)))
    own = tables.rare.profiles[disease.id]
    patient = Patient(closure, frozenset(disease.excluded), own, case.sex, case.age)
    shown = {curie: [one.sign for one in diseases[curie].signs if one.low >= 0.05] for curie in others}
    count = int(rng.integers((recipe.distractors + 1) // 2, recipe.distractors + 1))
    herrings = red_herrings(others, shown, patient, ontology, (count, langs), rng)
    for one in herrings:
        _borrow(case, tables, one)
    extra = frozenset(term for one in herrings for term in (one.sign, *ontology.ancestors(one.sign)))
    told = tuple(finding.key for finding in case.signs)
    patient = Patient(closure | extra, patient.excluded, own, case.sex, case.age, told)
    frequent = {curie: [one.sign for one in diseases[curie].signs if one.low >= _TYPICAL] for curie in others}
    count = int(rng.integers(recipe.negatives // 2, recipe.negatives + 1))
    for one in denials(others, frequent, patient, ontology, (count, langs), rng):
        fact = case.book.add(
            "sign",
            one.sign,
            polarity="absent",
            attributes={"confusable": one.disease},
            sources=(states(one.disease, "has_sign", one.sign), "medgo:pertinent_negative"),
        )
        case.negatives.append(Finding(one.sign, fact))
    case.labels["distractors"] = [[one.sign, one.disease] for one in herrings]


def _borrow(case: Case, tables: Tables, one: Borrowed) -> None:
    fact = case.book.add(
        "sign",
        one.sign,
        attributes={"distractor": True, "confusable": one.disease},
        sources=(states(one.disease, "has_sign", one.sign),),
    )
    case.groups.setdefault(tables.ontology.group(one.sign), []).append(Finding(one.sign, fact))

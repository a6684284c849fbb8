"""Draws patients whose disease can be written up as a visit or a stay. Knows no phrasing and no document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.schema import Lang
from medgo.synthesis.generators.cases.case import Recipe
from medgo.synthesis.generators.cases.common import CommonDisease
from medgo.synthesis.generators.cases.common_case import common_case
from medgo.synthesis.generators.cases.tables import Tables
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.making import Maker
from medgo.synthesis.generators.records.scenes import (
    SCENES,
)

ADULT = 18  # years: drugs and reference ranges of the index are for adults
_RECIPE = Recipe(level=2, shown=(0, 0), imprecise=0.0, negatives=3, distractors=0, diagnoses=3, rank=4)


def usable(tables: Tables, *, inpatient: bool) -> list[CommonDisease]:
    """Diseases that are written up as a stay or as a visit."""
    return [
        one
        for one in tables.common.diseases.values()
        if one.icd10 in SCENES and (SCENES[one.icd10].inpatient or not inpatient) and one.ages[1] >= ADULT + 10
    ]


def who_codes(knowledge: Knowledge, tables: Tables) -> dict[str, str]:
    """ICD-10-CM code of each common disease → WHO's: the same to four characters where that exists, else its category.

    Without WHO's ICD-10 in the index the four characters stand unchecked.
    """
    found = {}
    for disease in tables.common.diseases.values():
        fits = [code for code in (disease.icd10[:5], disease.icd10[:3]) if _is_known(knowledge, f"ICD10:{code}")]
        found[disease.icd10] = (*fits, disease.icd10[:5])[0]
    return found


def _is_known(knowledge: Knowledge, curie: str) -> bool:
    try:
        knowledge.lookup(curie)
    except UnknownConceptError:
        return False
    return True


def encounter(
    tables: Tables,
    disease: CommonDisease,
    langs: Sequence[Lang],
    codes: Mapping[str, str],
    rng: np.random.Generator,
) -> Encounter | None:
    """Draw a patient with the disease and everything a record needs.

    Args:
        tables: The index in memory.
        disease: What the patient comes with.
        langs: Languages in which it is to be told.
        codes: ICD-10-CM code → WHO's.
        rng: Chance.

    Returns:
        None where the draw gave a child, or too little to tell.
    """
    case = common_case(tables, disease, _RECIPE, langs, rng)
    if case is None or case.age < ADULT:
        return None
    enc = Encounter(case, SCENES[disease.icd10], int(rng.integers(1 << 30)))
    return Maker(tables, disease, enc, (langs, codes), rng).make()

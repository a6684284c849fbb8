"""States of a patient that forbid drugs, from diagnoses, signs and age. Knows no drug and no chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from medgo.synthesis.generators.cases.common import CommonDisease, Direction
from medgo.synthesis.generators.cases.ontology import Ontology, Sex

_PREGNANCY = "O"  # chapter of ICD-10
_RENAL = ("STATE:egfr_below_30", "STATE:egfr_below_60")
_BY_CODE: Mapping[str, tuple[str, ...]] = {
    "K74.60": ("STATE:severe_liver_impairment",),
    "H40.9": ("STATE:closed_angle_glaucoma",),
    "A41.9": ("STATE:severe_infection", "STATE:hypotension"),
    "I21.9": ("STATE:hypotension",),
    "F19.9": ("STATE:opioid_use",),
    "N40.0": ("STATE:urinary_retention",),
    "K35.80": ("STATE:bowel_obstruction",),
}
# Signs (with all their kinds) that are, for a drug, the disease or state of that name.
_BY_SIGN: Mapping[str, tuple[str, ...]] = {
    "HP:0001250": ("DISEASE:epilepsy",),
    "HP:0000083": _RENAL,
    "HP:0012622": _RENAL,
    "HP:0001635": ("DISEASE:congestive_heart_failure",),
    "HP:0001638": ("DISEASE:congestive_heart_failure",),
    "HP:0001892": ("STATE:active_bleeding",),
    "HP:0001394": ("STATE:severe_liver_impairment",),
    "HP:0001399": ("STATE:severe_liver_impairment",),
    "HP:0001657": ("STATE:qt_prolongation",),
    "HP:0001678": ("STATE:heart_block",),
    "HP:0001662": ("STATE:bradycardia",),
    "HP:0002615": ("STATE:hypotension",),
    "HP:0002099": ("DISEASE:asthma",),
    "HP:0000819": ("DISEASE:type_1_diabetes", "DISEASE:type_2_diabetes"),
    "HP:0000501": ("STATE:closed_angle_glaucoma",),
    "HP:0003473": ("STATE:myasthenia_gravis",),
    "HP:0005214": ("STATE:bowel_obstruction",),
    "HP:0002153": ("STATE:hyperkalaemia",),
    "HP:0002900": ("STATE:hypokalaemia",),
    "HP:0002902": ("STATE:hyponatraemia",),
    "HP:0002901": ("STATE:hypocalcaemia",),
    "HP:0003072": ("STATE:hypercalcaemia",),
    "HP:0001943": ("STATE:hypoglycaemia",),
    "HP:0001953": ("STATE:diabetic_ketoacidosis",),
    "HP:0100665": ("STATE:angioedema_history",),
    "HP:0000016": ("STATE:urinary_retention",),
    "HP:0001873": ("DISEASE:thrombocytopenia",),
    "HP:0001882": ("DISEASE:leukopenia",),
    "HP:0004398": ("DISEASE:peptic_ulcer_disease",),
    "HP:0002725": ("DISEASE:lupus",),
    "HP:0000716": ("DISEASE:depression",),
    "HP:0002875": ("STATE:respiratory_depression",),
    "HP:0002093": ("STATE:respiratory_depression",),
}
# Values outside their range that are such a state.
_BY_VALUE: Mapping[tuple[str, Direction], str] = {
    ("LAB:potassium", "high"): "STATE:hyperkalaemia",
    ("LAB:potassium", "low"): "STATE:hypokalaemia",
    ("LAB:sodium", "low"): "STATE:hyponatraemia",
    ("LAB:calcium", "low"): "STATE:hypocalcaemia",
    ("LAB:calcium", "high"): "STATE:hypercalcaemia",
    ("LAB:fasting_glucose", "low"): "STATE:hypoglycaemia",
    ("LAB:egfr", "low"): "STATE:egfr_below_30",
    ("VITAL:heart_rate", "low"): "STATE:bradycardia",
    ("VITAL:systolic_bp", "low"): "STATE:hypotension",
}


def states_of(
    diseases: Sequence[CommonDisease], signs: Iterable[str], patient: tuple[Sex, float], ontology: Ontology
) -> list[str]:
    """All diseases and states of a patient that can forbid a drug.

    Args:
        diseases: Common diseases, new and known.
        signs: All signs that the patient has, told or not.
        patient: Sex and age in years.
        ontology: What signs are kinds of.

    Returns:
        CURIEs of diseases and states, sorted.
    """
    sex, age = patient
    found = {one.id for one in diseases}
    for one in diseases:
        found.update(_BY_CODE.get(one.icd10, ()))
        found.update(_BY_VALUE[move] for move in one.moves.items() if move in _BY_VALUE)
        if one.moves.get("LAB:egfr") == "low":
            found.update(_RENAL)
        if one.icd10.startswith(_PREGNANCY):
            found.add("STATE:pregnancy")
    for sign in signs:
        for term in (sign, *ontology.ancestors(sign)):
            found.update(_BY_SIGN.get(term, ()))
    if age < 18:
        found.add("STATE:child")
        found.update(f"STATE:child_under_{years}" for years in (2, 8, 12, 16) if age < years)
    if age >= 65:
        found.add("STATE:elderly")
    if sex == "female" and age < 50:
        found.add("STATE:premenopausal")
    return sorted(found)


def state_of_value(value: str, direction: Direction) -> str:
    """The state that a value outside its range is; empty for none."""
    return _BY_VALUE.get((value, direction), "")

"""Laboratory values and vital signs: moved where a disease or drug moves them, else inside the reference range.

Knows no disease and no words. Values carry the number of decimals that the index states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from medgo.knowledge import Knowledge
from medgo.synthesis.generators.cases.common import Direction
from medgo.synthesis.generators.cases.ontology import Sex

# Signs that are a measurement by another name: patient with fever → temperature high.
SIGN_MOVES: Mapping[str, tuple[str, Direction]] = {
    "HP:0001945": ("VITAL:temperature_c", "high"),
    "HP:0000822": ("VITAL:systolic_bp", "high"),
    "HP:0032263": ("VITAL:systolic_bp", "high"),
    "HP:0002615": ("VITAL:systolic_bp", "low"),
    "HP:0001649": ("VITAL:heart_rate", "high"),
    "HP:0011675": ("VITAL:heart_rate", "high"),
    "HP:0001662": ("VITAL:heart_rate", "low"),
    "HP:0002789": ("VITAL:respiratory_rate", "high"),
    "HP:0002098": ("VITAL:respiratory_rate", "high"),
    "HP:0000961": ("VITAL:oxygen_saturation", "low"),
    "HP:0001903": ("LAB:haemoglobin", "low"),
    "HP:0001873": ("LAB:platelets", "low"),
    "HP:0001882": ("LAB:wbc", "low"),
    "HP:0001974": ("LAB:wbc", "high"),
    "HP:0003073": ("LAB:albumin", "low"),
    "HP:0000952": ("LAB:bilirubin_total", "high"),
}
VITALS = (
    "VITAL:temperature_c",
    "VITAL:heart_rate",
    "VITAL:respiratory_rate",
    "VITAL:systolic_bp",
    "VITAL:diastolic_bp",
)
SATURATION = "VITAL:oxygen_saturation"
# Read only together with what they depend on, so never as normal by-findings.
_DEPENDENT = frozenset(
    {"LAB:egfr", "LAB:hba1c", "LAB:ldl", "LAB:hdl", "LAB:inr", "LAB:free_t4", "LAB:total_cholesterol"}
)
# Hardly normal where the other is not: never told as normal beside it.
_KIN: Mapping[str, tuple[str, ...]] = {
    "LAB:alt": ("LAB:ast",),
    "LAB:ast": ("LAB:alt",),
    "LAB:creatinine": ("LAB:urea",),
    "LAB:bilirubin_total": ("LAB:alkaline_phosphatase",),
    "LAB:ferritin": ("LAB:haemoglobin",),
    "LAB:wbc": ("LAB:crp",),
    "LAB:crp": ("LAB:wbc",),
}
# Adult reference ranges do not hold for children in any other value.
_FOR_CHILDREN = frozenset({"VITAL:temperature_c", SATURATION, "LAB:crp", "LAB:sodium", "LAB:potassium"})
# A value counts as moved by disease only beyond a decision limit that is wider than the reference range:
# WHO for diabetes and anaemia, ESC/ESH for blood pressure, the usual clinical definitions of fever and hypoxaemia.
_LIMITS: Mapping[tuple[str, Direction], float] = {
    ("LAB:hba1c", "high"): 48,
    ("LAB:fasting_glucose", "high"): 7.0,
    ("LAB:haemoglobin", "low"): 115,
    ("LAB:platelets", "low"): 130,
    ("LAB:bilirubin_total", "high"): 35,
    ("LAB:crp", "high"): 12,
    ("VITAL:systolic_bp", "high"): 142,
    ("VITAL:diastolic_bp", "high"): 91,
    ("VITAL:temperature_c", "high"): 37.8,
    ("VITAL:heart_rate", "high"): 104,
    ("VITAL:respiratory_rate", "high"): 22,
}
# How far towards the extreme a moved value goes at most: an outpatient's, not a record's.
_REACH: Mapping[str, float] = {
    "VITAL:temperature_c": 0.55,
    "VITAL:oxygen_saturation": 0.6,
    "VITAL:systolic_bp": 0.5,
    "VITAL:diastolic_bp": 0.4,
    "LAB:tsh": 0.5,
    "LAB:potassium": 0.45,
    "LAB:sodium": 0.5,
    "LAB:inr": 0.25,
    "LAB:haemoglobin": 0.6,
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A laboratory value or vital sign as the index has it."""

    id: str
    unit: str
    low: float
    high: float
    decimals: int
    least: float
    most: float
    source: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A value as it is written, and on which side of the reference range it is."""

    quantity: Quantity
    value: str
    state: str


def read_quantities(knowledge: Knowledge) -> dict[str, Quantity]:
    """All ``LAB:`` and ``VITAL:`` concepts that have a range."""
    found = {}
    for kind in ("lab", "vital"):
        for concept in knowledge.concepts(kind=kind):  # type: ignore[arg-type]
            given = concept.attributes
            if concept.id.startswith(("LAB:", "VITAL:")) and {"low", "high", "min", "max"} <= set(given):
                found[concept.id] = Quantity(
                    concept.id,
                    str(given["unit"]),
                    float(given["low"]),
                    float(given["high"]),
                    int(given["decimals"]),
                    float(given["min"]),
                    float(given["max"]),
                    concept.source,
                )
    return found


def directions(effects: Iterable[tuple[str, Direction]]) -> dict[str, Direction | None]:
    """Where each value goes; None where two effects oppose, and nothing can be said."""
    found: dict[str, Direction | None] = {}
    for value, direction in effects:
        found[value] = direction if found.get(value, direction) == direction else None
    return found


def draw(quantity: Quantity, direction: Direction | None, rng: np.random.Generator) -> Measured:
    """Draw a value on the stated side of the range, or inside it.

    Args:
        quantity: What is measured.
        direction: Where disease moves it; None for inside the range.
        rng: Chance.
    """
    step = 10.0**-quantity.decimals
    if direction is None:
        margin = (quantity.high - quantity.low) * 0.1
        value = rng.uniform(quantity.low + margin, quantity.high - margin)
        return _written(quantity, min(max(value, quantity.low), quantity.high), "normal")
    reach = _REACH.get(quantity.id, 0.4) * float(rng.beta(1.2, 2.5))
    if direction == "high":
        start = max(quantity.high + step, _LIMITS.get((quantity.id, "high"), -np.inf))
        value = start + (quantity.most - start) * reach
    else:
        start = min(quantity.low - step, _LIMITS.get((quantity.id, "low"), np.inf))
        value = start - (start - quantity.least) * reach
    return _written(quantity, value, direction)


def _written(quantity: Quantity, value: float, state: str) -> Measured:
    return Measured(quantity, f"{round(value, quantity.decimals):.{quantity.decimals}f}", state)


def panel(
    quantities: Mapping[str, Quantity],
    moved: Mapping[str, Direction | None],
    patient: tuple[Sex, float],
    rng: np.random.Generator,
) -> dict[str, Measured]:
    """Vital signs and laboratory values of a patient: all that is moved one way, and some that are normal.

    Args:
        quantities: What can be measured.
        moved: Value → direction; None where nothing can be said, and nothing is.
        patient: Sex and age in years.
        rng: Chance.
    """
    sex, age = patient
    adult = age >= 18
    wanted = [
        curie
        for curie, direction in moved.items()
        if direction and curie in quantities and (adult or curie in _FOR_CHILDREN)
    ]
    if adult:
        wanted += [curie for curie in (*VITALS, SATURATION) if curie in quantities and curie not in moved]
        kin = {other for curie in moved for other in _KIN.get(curie, ())}
        held_back = {*moved, *kin, *_DEPENDENT}
        others = [curie for curie in quantities if curie.startswith("LAB:") and curie not in held_back]
        wanted += [others[at] for at in rng.permutation(len(others))[: rng.integers(1, 5)].tolist()] if others else []
    found = {curie: draw(quantities[curie], moved.get(curie), rng) for curie in dict.fromkeys(wanted)}
    _tied(found, quantities, (sex, age), rng)
    return found


def _tied(
    found: dict[str, Measured], quantities: Mapping[str, Quantity], patient: tuple[Sex, float], rng: np.random.Generator
) -> None:
    """Values that follow from each other do so; where the stated sides do not allow it, the follower is left out."""

    def follow(curie: str, value: float) -> None:
        one = _written(quantities[curie], value, found[curie].state)
        del found[curie]
        if _on_side(one):
            found[curie] = one

    if "LAB:egfr" in found and "LAB:creatinine" in found:
        follow("LAB:egfr", egfr(float(found["LAB:creatinine"].value), *patient))
    if "LAB:hba1c" in found and "LAB:fasting_glucose" in found:
        percent = float(found["LAB:hba1c"].value) * 0.09148 + 2.152  # NGSP from IFCC units
        follow("LAB:fasting_glucose", max(7.0, (1.59 * percent - 2.59) * rng.uniform(0.8, 1.0)))  # ADAG study, 2008
    if "LAB:total_cholesterol" in found and "LAB:ldl" in found:
        triglycerides = float(found["LAB:triglycerides"].value) if "LAB:triglycerides" in found else 1.4
        follow(
            "LAB:total_cholesterol",
            float(found["LAB:ldl"].value) + rng.uniform(1.0, 1.4) + min(triglycerides, 4.5) / 2.2,
        )
    if "VITAL:systolic_bp" in found and "VITAL:diastolic_bp" in found:
        gap = float(found["VITAL:systolic_bp"].value) - float(found["VITAL:diastolic_bp"].value)
        if not 28 <= gap <= 85:
            follow("VITAL:diastolic_bp", float(found["VITAL:systolic_bp"].value) - (32 if gap < 28 else 75))
        if "VITAL:diastolic_bp" not in found:
            del found["VITAL:systolic_bp"]


def _on_side(measured: Measured) -> bool:
    value, quantity = float(measured.value), measured.quantity
    if not quantity.least <= value <= quantity.most:
        return False
    sides = {"high": value > quantity.high, "low": value < quantity.low}
    return sides.get(measured.state, quantity.low <= value <= quantity.high)


def egfr(creatinine: float, sex: Sex, age: float) -> float:
    """Estimated glomerular filtration rate in mL/min/1.73 m² from creatinine in µmol/L (CKD-EPI 2021, without race)."""
    female = sex == "female"
    ratio = creatinine / 88.42 / (0.7 if female else 0.9)
    value: float = 142 * min(ratio, 1) ** (-0.241 if female else -0.302) * max(ratio, 1) ** -1.2 * 0.9938**age
    return value * (1.012 if female else 1.0)

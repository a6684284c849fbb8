"""Common diseases in memory: symptoms, what they move, drugs, who can have them. Knows no chance and no words.

The catalogue states no frequencies of symptoms; ``SYMPTOM_RATE`` is this generator's assumption and rows say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from medgo.schema import Concept, Relation
from medgo.synthesis.generators.cases.likelihood import Likelihood
from medgo.synthesis.generators.cases.ontology import Ontology, Sex

Direction = Literal["high", "low"]
SYMPTOM_RATE = 0.6  # P(symptom | disease) where the source names it without a frequency
EFFECT_RATE = 0.85  # P(value is moved | disease) where the source says that the disease moves it
NOISE = 0.04  # symptoms of common diseases are common in everybody

# Diagnoses that a patient can have had for years, as a known condition beside a new complaint (ICD-10-CM).
LASTING = frozenset(
    [
        "E11.9",
        "E10.9",
        "I10",
        "E78.5",
        "I25.10",
        "J44.9",
        "J45.909",
        "N18.9",
        "M17.9",
        "M06.9",
        "F32.9",
        "F41.9",
        "K21.9",
        "E66.9",
        "E03.9",
        "I48.91",
        "I50.9",
        "M81.0",
        "I73.9",
        "M10.9",
        "G20",
        "G40.909",
        "F31.9",
        "K50.90",
        "K51.90",
        "K58.9",
        "K90.0",
        "K74.60",
        "B18.2",
        "G62.9",
        "G47.30",
        "M79.7",
        "M32.9",
        "L40.9",
        "H40.9",
        "H26.9",
        "N40.0",
        "E28.2",
        "D50.9",
        "D51.0",
        "K76.0",
        "J30.9",
        "J32.9",
        "I27.20",
        "I11.9",
        "G43.909",
        "M35.00",
        "N80.9",
        "D25.9",
        "L30.9",
        "N32.81",
        "Q61.3",
    ]
)
# Diagnoses whose complaint is told in days, and in years; all others in weeks or months.
_DAYS = frozenset(
    [
        "J18.9",
        "N39.0",
        "J20.9",
        "U07.1",
        "J11.1",
        "A41.9",
        "I82.409",
        "I26.99",
        "I33.0",
        "I30.9",
        "I21.9",
        "K57.92",
        "K35.80",
        "K81.0",
        "K85.90",
        "N17.9",
        "N20.0",
        "N10",
        "J01.90",
        "H66.90",
        "H60.90",
        "J02.9",
        "J03.90",
        "J04.0",
        "J05.0",
        "J21.9",
        "J93.9",
        "B02.9",
        "L03.90",
        "A90",
        "B27.90",
        "A08.4",
        "I63.9",
        "I71.9",
        "O14.90",
        "I20.9",
        "A69.20",
    ]
)
_YEARS = frozenset(
    [
        "M17.9",
        "G30.9",
        "G20",
        "M81.0",
        "H26.9",
        "H35.30",
        "H91.90",
        "F84.0",
        "F90.9",
        "J44.9",
        "J43.9",
        "N40.0",
        "E84.9",
        "D66",
        "D57.1",
        "Q61.3",
        "Q24.9",
        "G47.30",
    ]
)
# Danger to life within hours: said first, wherever it stands in the differential.
EMERGENCIES = frozenset(
    ["I21.9", "I26.99", "I71.9", "A41.9", "I63.9", "J93.9", "O14.90", "K35.80", "K85.90", "I33.0", "N17.9", "J05.0"]
)
# Conditions in which the source's youngest age is missing, in years; written for this generator.
_FROM_AGE: Mapping[str, int] = {
    "E11.9": 25, "I10": 25, "E78.5": 25, "I25.10": 40, "J44.9": 45, "J43.9": 45, "N18.9": 25, "M17.9": 45, "M06.9": 20,
    "F32.9": 14, "F41.9": 12, "K21.9": 18, "E66.9": 12, "E03.9": 18, "I48.91": 40, "I50.9": 45, "I63.9": 45,
    "G30.9": 60, "C34.90": 40, "I73.9": 50, "I20.9": 40, "G35": 18, "G20": 50, "F31.9": 18, "F20.9": 18, "F90.9": 6,
    "F84.0": 3, "K50.90": 12, "K51.90": 12,
    "K58.9": 18, "K74.60": 35, "B18.2": 25, "B20": 18, "I82.409": 20, "I26.99": 20,
    "I71.9": 50, "I38": 30, "I42.9": 20, "I33.0": 20, "I30.9": 18, "I21.9": 40, "G62.9": 30, "G47.30": 25,
    "G47.419": 14, "G25.81": 25, "M79.7": 25, "M34.9": 25, "M35.00": 30, "L40.9": 15, "L71.9": 30, "L70.0": 12,
    "C43.9": 25,
    "C44.91": 45, "C44.92": 50, "C90.00": 50, "C85.90": 20, "C18.9": 40, "C25.9": 45, "C64.9": 40, "C67.9": 45,
    "C73": 20, "H40.9": 40, "H35.30": 55, "H26.9": 55, "E11.319": 35, "H91.90": 40, "H81.09": 25, "D51.0": 40,
    "K57.92": 40, "K81.0": 25, "K85.90": 20, "K27.9": 18, "K29.70": 16, "K20.90": 18, "K22.70": 45, "K44.9": 40,
    "K64.9": 20, "K60.2": 18, "R15.9": 50, "N17.9": 20, "Q61.3": 25, "N20.0": 20, "N30.10": 25, "N32.81": 35,
    "N39.3": 30, "N39.41": 35, "N10": 16, "J32.9": 15, "J84.9": 40, "D86.9": 20, "J90": 25, "I27.20": 30, "K76.9": 25,
    "I11.9": 45, "F43.1": 16, "F19.9": 18, "G89.4": 25, "B02.9": 30, "L03.90": 18, "K76.0": 25, "G56.00": 25,
    "M10.9": 30, "C95.90": 10, "C71.9": 18, "D72.819": 10, "N05.9": 8, "N04.9": 5, "M32.9": 14, "A15.0": 10,
    "C56.9": 35, "N39.0": 16, "E10.9": 6, "B27.90": 10, "G43.909": 10, "A41.9": 18, "D69.6": 10, "J93.9": 16,
}  # fmt: skip
_TO_AGE: Mapping[str, int] = {
    "B27.90": 35,
    "H66.90": 12,
    "L70.0": 35,
    "F90.9": 17,
    "F84.0": 12,
    "E84.9": 30,
    "D57.1": 45,
}


@dataclass(frozen=True, slots=True)
class CommonDisease:
    """A disease of the catalogue.

    Args:
        id: CURIE.
        icd10: ICD-10-CM code.
        symptoms: CURIEs of what it causes; frequencies not stated.
        moves: Laboratory value or vital sign → where to.
        drugs: What it is treated with.
        sex: The only sex that has it; None for both.
        ages: Youngest and oldest age in years.
        source: Id of the source that states it.
    """

    id: str
    icd10: str
    symptoms: tuple[str, ...]
    moves: Mapping[str, Direction]
    drugs: tuple[str, ...]
    sex: Sex | None
    ages: tuple[int, int]
    female: float
    source: str

    @property
    def pace(self) -> Literal["days", "weeks", "months", "years"]:
        """In what the time since the complaint began is told."""
        if self.icd10 in _DAYS:
            return "days"
        return "years" if self.icd10 in _YEARS else "months" if self.icd10 in LASTING else "weeks"


@dataclass(frozen=True)
class CommonDiseases:
    """All of them, and the likelihood of symptoms and moved values under each."""

    diseases: Mapping[str, CommonDisease]
    likelihood: Likelihood
    profiles: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(
        cls, concepts: Iterable[Concept], about: Mapping[str, Sequence[Relation]], ontology: Ontology
    ) -> CommonDiseases:
        """Take in the concepts ``DISEASE:…``; ``about`` holds what is said of each."""
        diseases = {
            concept.id: _disease(concept, about.get(concept.id, ()))
            for concept in concepts
            if concept.id.startswith("DISEASE:")
        }
        kept = {curie: disease for curie, disease in diseases.items() if len(disease.symptoms) >= 2}
        tables = {curie: _profile(disease, ontology) for curie, disease in kept.items()}
        built = Likelihood.build(tables)
        return cls(kept, replace(built, noise=NOISE), tables)


def _disease(concept: Concept, relations: Sequence[Relation]) -> CommonDisease:
    given = concept.attributes
    code = str(given.get("icd10", ""))
    directions: dict[str, Direction] = {}
    for relation in relations:
        if relation.predicate in ("raises", "lowers"):
            directions[relation.object] = "high" if relation.predicate == "raises" else "low"
    stated = given.get("min_age")
    youngest = int(stated) if stated is not None else _FROM_AGE.get(code, 0 if given.get("max_age") else 3)
    oldest = int(given["max_age"]) if given.get("max_age") is not None else _TO_AGE.get(code, 88)
    return CommonDisease(
        id=concept.id,
        icd10=code,
        symptoms=tuple(dict.fromkeys(one.object for one in relations if one.predicate == "has_sign")),
        moves=directions,
        drugs=tuple(dict.fromkeys(one.object for one in relations if one.predicate == "treated_by")),
        sex=given.get("sex"),
        ages=(youngest, max(oldest, youngest)),
        female=float(given.get("female_probability", 0.5)),
        source=concept.source,
    )


def _profile(disease: CommonDisease, ontology: Ontology) -> dict[str, float]:
    profile = {f"{value}/{direction}": EFFECT_RATE for value, direction in disease.moves.items()}
    for symptom in disease.symptoms:
        for term in (symptom, *ontology.ancestors(symptom)):
            profile[term] = SYMPTOM_RATE
    return profile

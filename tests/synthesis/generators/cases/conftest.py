"""A small invented medicine: signs, rare and common diseases, values and drugs in the schema of the index."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.schema import Concept, ConceptKind, KnowledgeSource, Name, Predicate, Relation
from medgo.synthesis.generators.cases import ComplexCases
from medgo.synthesis.protocol import Draft, Source

PARTS = (
    ("knee", "膝"), ("elbow", "肘"), ("ankle", "踝"), ("thumb", "拇指"), ("toe", "足趾"), ("heel", "足跟"),
    ("eyebrow", "眉毛"), ("eyelid", "眼睑"), ("earlobe", "耳垂"), ("chin", "下巴"), ("lip", "嘴唇"), ("nail", "指甲"),
)  # fmt: skip
QUALITIES = (("broad", "宽大"), ("crooked", "弯曲"), ("pale", "苍白色"), ("stiff", "僵硬"), ("tender", "触痛"))
BINS = ("HP:0040280", "HP:0040281", "HP:0040281", "HP:0040282", "HP:0040282", "HP:0040283", "HP:0040284")
COMMON = (
    ("type_2_diabetes", "type 2 diabetes", "2型糖尿病", "E11.9",
     {"LAB:hba1c": "raises", "LAB:fasting_glucose": "raises"}),
    ("essential_hypertension", "essential hypertension", "原发性高血压", "I10", {"VITAL:systolic_bp": "raises"}),
    ("pneumonia", "pneumonia", "肺炎", "J18.9", {"VITAL:temperature_c": "raises", "LAB:crp": "raises"}),
    ("chronic_kidney_disease", "chronic kidney disease", "慢性肾脏病", "N18.9",
     {"LAB:creatinine": "raises", "LAB:egfr": "lowers"}),
    ("hypothyroidism", "hypothyroidism", "甲状腺功能减退症", "E03.9", {"VITAL:heart_rate": "lowers"}),
    ("asthma", "asthma", "支气管哮喘", "J45.909", {"VITAL:heart_rate": "raises"}),
    ("endometriosis", "endometriosis", "子宫内膜异位症", "N80.9", {}),
    ("preeclampsia", "preeclampsia", "子痫前期", "O14.90", {"VITAL:systolic_bp": "raises"}),
    ("croup", "croup", "急性喉气管炎", "J05.0", {"VITAL:temperature_c": "raises"}),
    ("gout", "gout", "痛风", "M10.9", {}),
)  # fmt: skip
LIMITS = {
    "endometriosis": {"sex": "female", "min_age": 15, "max_age": 55},
    "preeclampsia": {"sex": "female", "min_age": 15, "max_age": 50},
    "croup": {"max_age": 5},
    "gout": {"min_age": 30, "female_probability": 0.35},
}
VALUES = (
    ("LAB:hba1c", "HbA1c", "糖化血红蛋白", "mmol/mol", 20, 41, 0, 15, 140),
    ("LAB:fasting_glucose", "fasting glucose", "空腹血糖", "mmol/L", 3.9, 5.5, 1, 1.5, 30),
    ("LAB:crp", "C-reactive protein", "C反应蛋白", "mg/L", 0, 5, 0, 0, 350),
    ("LAB:creatinine", "creatinine", "肌酐", "µmol/L", 45, 110, 0, 25, 700),
    ("LAB:egfr", "eGFR", "估算肾小球滤过率", "mL/min/1.73m^2", 90, 120, 0, 5, 140),
    ("LAB:potassium", "potassium", "血钾", "mmol/L", 3.5, 5.3, 1, 2.2, 7.5),
    ("LAB:sodium", "sodium", "血钠", "mmol/L", 135, 145, 0, 115, 165),
    ("VITAL:temperature_c", "body temperature", "体温", "°C", 36.1, 37.2, 1, 34, 41),
    ("VITAL:heart_rate", "heart rate", "心率", "bpm", 60, 100, 0, 35, 180),
    ("VITAL:systolic_bp", "systolic blood pressure", "收缩压", "mmHg", 90, 120, 0, 70, 220),
    ("VITAL:diastolic_bp", "diastolic blood pressure", "舒张压", "mmHg", 60, 80, 0, 40, 130),
)
DRUGS = {
    "metformin": ("二甲双胍", "type_2_diabetes", [500, 850], ["STATE:egfr_below_30", "DISEASE:chronic_kidney_disease"]),
    "gliclazide": ("格列齐特", "type_2_diabetes", [40, 80], []),
    "lisinopril": ("赖诺普利", "essential_hypertension", [5, 10], ["STATE:pregnancy", "STATE:premenopausal"]),
    "propranolol": ("普萘洛尔", "essential_hypertension", [40, 80], ["DISEASE:asthma", "STATE:bradycardia"]),
    "levothyroxine": ("左甲状腺素", "hypothyroidism", [25, 50], []),
    "salbutamol": ("沙丁胺醇", "asthma", [100, 200], []),
}


def named(curie: str, kind: ConceptKind, en: str, zh: str, **attributes: Any) -> Concept:
    names = (Name(en, "en", "preferred", "invented"), Name(zh, "zh", "preferred", "invented"))
    return Concept(curie, kind, names, "invented", attributes=attributes)


def statements() -> Iterator[Concept | Relation]:
    """Everything that the invented sources say."""
    yield named("HP:0000118", "sign", "Phenotypic abnormality", "表型异常")
    for n, name in enumerate((("limbs", "肢体"), ("head", "头部"))):
        yield named(f"HP:91{n}", "sign", f"Abnormality of the {name[0]}", f"{name[1]}异常")
        yield Relation(f"HP:91{n}", "is_a", "HP:0000118", "invented")
    signs = []
    for n, (part, zh) in enumerate(PARTS):
        yield named(f"HP:92{n:02}", "sign", f"Abnormality of the {part}", f"{zh}异常")
        yield Relation(f"HP:92{n:02}", "is_a", f"HP:91{n // 6}", "invented")
        yield named(f"HP:93{n:02}", "sign", f"Abnormal shape of the {part}", f"{zh}形态异常")
        yield Relation(f"HP:93{n:02}", "is_a", f"HP:92{n:02}", "invented")
        for m, quality in enumerate(QUALITIES):
            curie = f"HP:94{n:02}{m}"
            yield named(curie, "sign", f"{quality[0].capitalize()} {part}", f"{zh}{quality[1]}")
            yield Relation(curie, "is_a", f"HP:93{n:02}" if m < 3 else f"HP:92{n:02}", "invented")
            signs.append(curie)
    rng = np.random.default_rng(4)
    for n in range(14):
        curie = f"ORPHA:9000{n:02}"
        yield named(curie, "disease", f"Fixture syndrome {chr(65 + n)}", f"虚构综合征{chr(65 + n)}型")
        chosen = [signs[at] for at in rng.permutation(len(signs))[:16].tolist()]
        for at, sign in enumerate(chosen):
            frequency = "HP:0040285" if at == 15 else BINS[at % len(BINS)]
            yield Relation(curie, "has_sign", sign, "invented", {"frequency": frequency, "low": 0.0, "high": 0.0})
    for n, (slug, en, zh, code, moves) in enumerate(COMMON):
        curie = f"DISEASE:{slug}"
        yield named(curie, "disease", en, zh, icd10=code, **LIMITS.get(slug, {}))
        for sign in islice(product(range(5), range(12)), n * 4, n * 4 + 6):
            yield Relation(curie, "has_sign", f"HP:94{sign[1]:02}{sign[0]}", "invented")
        for value, predicate in moves.items():
            yield Relation(curie, predicate, value, "invented")  # type: ignore[arg-type]
    for curie, en, zh, unit, low, high, decimals, least, most in VALUES:
        kind: ConceptKind = "lab" if curie.startswith("LAB:") else "vital"
        scale = {"unit": unit, "low": low, "high": high, "decimals": decimals, "min": least, "max": most}
        yield named(curie, kind, en, zh, **scale)
    for slug, (zh, disease, doses, forbidden) in DRUGS.items():
        given = {"unit": "mg", "doses": doses, "route": "oral", "frequencies": ["once_daily", "twice_daily"]}
        yield named(f"DRUG:{slug}", "drug", slug, zh, **given)
        yield Relation(f"DISEASE:{disease}", "treated_by", f"DRUG:{slug}", "invented")
        for target in forbidden:
            yield Relation(f"DRUG:{slug}", "contraindicated_in", target, "invented", {"severity": "contraindicated"})
    yield Relation("DRUG:lisinopril", "raises", "LAB:potassium", "invented")


class InventedKnowledge(Knowledge):
    """The index's interface over a list."""

    def __init__(self) -> None:
        self.path = Path("invented")
        said = list(statements())
        self._concepts = {one.id: one for one in said if isinstance(one, Concept)}
        self._said = [one for one in said if isinstance(one, Relation)]

    @property
    def fingerprint(self) -> str:
        return "invented-1"

    def sources(self) -> tuple[KnowledgeSource, ...]:
        return (KnowledgeSource("invented", "Invented medicine", "1", "CC0-1.0", "https://example.org"),)

    def source(self, id: str) -> KnowledgeSource:  # noqa: A002
        return self.sources()[0]

    def lookup(self, id: str) -> Concept:  # noqa: A002
        if id not in self._concepts:
            raise UnknownConceptError(id)
        return self._concepts[id]

    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002
        found: list[str] = []
        frontier = [id]
        while frontier:
            frontier = [one.object for one in self._said if one.predicate == "is_a" and one.subject in frontier]
            found += frontier
        return tuple(found)

    def relations(self, id: str, predicate: Predicate | None = None, *, inverse: bool = False) -> tuple[Relation, ...]:  # noqa: A002
        return tuple(
            one
            for one in self._said
            if (one.object if inverse else one.subject) == id and predicate in (None, one.predicate)
        )

    def concepts(self, kind: ConceptKind | None = None, source: str | None = None) -> Iterator[Concept]:
        return (one for one in self._concepts.values() if kind in (None, one.kind))

    def statements(self, predicate: Predicate, source: str | None = None) -> Iterator[Relation]:
        return (one for one in self._said if one.predicate == predicate)


@pytest.fixture(scope="session")
def invented() -> Knowledge:
    """The invented medicine."""
    return InventedKnowledge()


@pytest.fixture(scope="session")
def drafts(invented: Knowledge) -> list[Draft]:
    """Two hundred cases of all kinds in both languages: Chinese and English rows of a case follow each other."""
    source = Source(invented, seed="7/complex_cases/0")
    return list(islice(ComplexCases().rows(source, np.random.default_rng(7)), 400))

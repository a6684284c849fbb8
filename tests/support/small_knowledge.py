"""A vocabulary of a few dozen concepts in two languages, invented for tests, that answers like the index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.schema import Concept, ConceptKind, Lang, Name, Predicate, Relation

_LINES: dict[ConceptKind, str] = {
    "sign": """
        S:fever|Fever;pyrexia|发热;发烧
        S:cough|Cough|咳嗽
        S:productive_cough|Productive cough|咳痰|S:cough
        S:chest_pain|Chest pain|胸痛
        S:dyspnea|Dyspnea;shortness of breath|呼吸困难;气促
        S:headache|Headache|头痛
        S:nausea|Nausea|恶心
        S:vomiting|Vomiting|呕吐
        S:diarrhea|Diarrhea|腹泻
        S:rash|Skin rash;rash|皮疹
        S:jaundice|Jaundice|黄疸
        S:hemoptysis|Hemoptysis|咯血
        S:hematuria|Hematuria|血尿
        S:dysphagia|Dysphagia|吞咽困难
        S:ataxia|Ataxia|共济失调
        S:weakness|Limb weakness;weakness|肢体无力
        S:arm_weakness|Arm weakness|上肢无力|S:weakness
        S:seizure|Seizure|抽搐
        S:edema|Leg swelling|下肢水肿
        S:tinnitus|Tinnitus|耳鸣
        S:diplopia|Diplopia|复视
        S:night_sweats|Night sweats|盗汗
        S:hematemesis|Hematemesis|呕血
        S:no_height|Decrease in height|身高下降
    """,
    "disease": """
        D:pneumonia|Pneumonia|肺炎
        D:tuberculosis|Pulmonary tuberculosis|肺结核
        D:diabetes_2|Type 2 diabetes;type 2 diabetes mellitus|2型糖尿病|D:diabetes
        D:diabetes|Diabetes|糖尿病
        D:hypertension|Hypertension;high blood pressure|高血压
        D:gout|Gout|痛风
        D:asthma|Asthma|哮喘
        D:psoriasis|Psoriasis|银屑病
        D:embolism|Pulmonary embolism|肺栓塞
        D:infarction|Acute myocardial infarction;myocardial infarction|急性心肌梗死;心肌梗死
        D:epilepsy|Epilepsy|癫痫
        D:osteoporosis|Osteoporosis|骨质疏松
        D:glaucoma|Glaucoma|青光眼
        D:gouty_arthritis|Gouty arthritis|痛风性关节炎
        D:pseudogout|Non-gouty arthritis|非痛风性关节炎
    """,
    "drug": """
        DRUG:metformin|Metformin|二甲双胍
        DRUG:aspirin|Aspirin|阿司匹林
        DRUG:warfarin|Warfarin|华法林
        DRUG:digoxin|Digoxin|地高辛
        DRUG:ibuprofen|Ibuprofen|布洛芬
        DRUG:paracetamol|Paracetamol;acetaminophen|对乙酰氨基酚
        DRUG:amlodipine|Amlodipine|氨氯地平
        DRUG:penicillin|Penicillin|青霉素
        DRUG:methotrexate|Methotrexate|甲氨蝶呤
        DRUG:allopurinol|Allopurinol|别嘌醇
        DRUG:levothyroxine|Levothyroxine|左甲状腺素
        DRUG:prednisone|Prednisone|泼尼松
        DRUG:amiodarone|Amiodarone|胺碘酮
    """,
    "lab": """
        LAB:potassium|Potassium;serum potassium|血钾
        LAB:wbc|White blood cells;white cell count|白细胞
        LAB:creatinine|Creatinine|血肌酐;肌酐
        LAB:crp|C-reactive protein|C反应蛋白
        LAB:glucose|Fasting glucose|空腹血糖
        LAB:hba1c|HbA1c|糖化血红蛋白
        LAB:hemoglobin|Hemoglobin|血红蛋白
        LAB:platelets|Platelets|血小板
    """,
    "vital": """
        VITAL:temperature|Body temperature;temperature|体温
        VITAL:heart_rate|Heart rate|心率
        VITAL:bp|Blood pressure|血压
    """,
}


class SmallKnowledge(Knowledge):
    """Answers what lexicon, verifier and guard ask."""

    def __init__(self) -> None:
        self.path = Path("small")
        self._concepts: dict[str, Concept] = {}
        self._parents: dict[str, tuple[str, ...]] = {}
        for kind, lines in _LINES.items():
            for line in lines.split("\n"):
                if line.strip():
                    self._read(kind, line.strip())

    def _read(self, kind: ConceptKind, line: str) -> None:
        curie, en, zh, *parents = line.split("|")
        names = [*_names(en, "en"), *_names(zh, "zh")]
        self._concepts[curie] = Concept(curie, kind, tuple(names), "test")
        self._parents[curie] = tuple(parents)

    def lookup(self, id: str) -> Concept:  # noqa: A002
        if id not in self._concepts:
            raise UnknownConceptError(id)
        return self._concepts[id]

    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002
        return self._parents.get(id, ())

    def relations(self, id: str, predicate: Predicate | None = None, *, inverse: bool = False) -> tuple[Relation, ...]:  # noqa: A002
        return ()

    def concepts(self, kind: ConceptKind | None = None, source: str | None = None) -> Iterator[Concept]:
        return (concept for concept in self._concepts.values() if kind in (None, concept.kind))

    def statements(self, predicate: Predicate, source: str | None = None) -> Iterator[Relation]:
        if predicate == "contraindicated_in":
            yield Relation("DRUG:ibuprofen", predicate, "D:asthma", "test", {"severity": "contraindicated"})
            yield Relation("DRUG:aspirin", predicate, "D:gout", "test", {"severity": "caution"})
            yield Relation("DRUG:warfarin", predicate, "D:diabetes", "test", {})


def _names(texts: str, lang: Lang) -> list[Name]:
    return [Name(text, lang, "preferred" if n == 0 else "synonym", "test") for n, text in enumerate(texts.split(";"))]

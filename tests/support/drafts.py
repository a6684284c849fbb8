"""Forty drafts written by hand: twenty patients, each told in Chinese and English, every sentence with its facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from medgo.schema import Evidence, Fact, FactKind, Lang, Message, Provenance, Sentence, SftRow, SourceRef
from medgo.synthesis.protocol import Draft

_PROVENANCE = Provenance((SourceRef("S:1", "test", "CC0-1.0"),), "hand", "1", "0/0")


@dataclass
class Sheet:
    """Facts and sentences of a draft while it is written."""

    lang: Lang
    facts: list[Fact] = field(default_factory=list)
    parts: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)

    def fact(self, kind: FactKind, concept: str = "", **fields: object) -> str:
        """Write a fact down."""
        self.facts.append(Fact(f"f{len(self.facts) + 1}", kind, concept, **fields))  # type: ignore[arg-type]
        return self.facts[-1].id

    def say(self, part: str, text: str, *facts: str) -> None:
        """Write a sentence."""
        self.parts.setdefault(part, []).append((text, facts))

    def draft(self, labels: dict[str, object] | None = None) -> Draft:
        """The row with its evidence."""
        space = "" if self.lang == "zh" else " "
        texts = {part: space.join(text for text, _ in said) for part, said in self.parts.items()}
        reasoning = texts.get("reasoning")
        row = SftRow(
            prompt=(Message("user", texts["prompt[0]"]),),
            completion=Message("assistant", texts["completion"], reasoning),
            thinking=reasoning is not None,
            task="hand",
            stage="stage1",
            lang=self.lang,
            provenance=_PROVENANCE,
        )
        sentences = [Sentence(text, part, facts) for part, said in self.parts.items() for text, facts in said]
        return Draft(row, Evidence(tuple(self.facts), tuple(sentences), labels or {}))


# Sex, age, days, present signs (zh, en, id), absent ones, drug (zh, en, id, mg, times), lab (zh, en, id, value, unit),
# disease (zh, en, id), rejected disease, side.
_DISEASES = (
    ("肺炎", "pneumonia", "D:pneumonia"),
    ("肺结核", "pulmonary tuberculosis", "D:tuberculosis"),
    ("肺栓塞", "pulmonary embolism", "D:embolism"),
    ("急性心肌梗死", "acute myocardial infarction", "D:infarction"),
    ("癫痫", "epilepsy", "D:epilepsy"),
)
_SIGNS = (
    ("发热", "fever", "S:fever"),
    ("咳嗽", "cough", "S:cough"),
    ("胸痛", "chest pain", "S:chest_pain"),
    ("呼吸困难", "dyspnea", "S:dyspnea"),
    ("头痛", "headache", "S:headache"),
    ("恶心", "nausea", "S:nausea"),
    ("呕吐", "vomiting", "S:vomiting"),
    ("腹泻", "diarrhea", "S:diarrhea"),
    ("皮疹", "skin rash", "S:rash"),
)
_DRUGS = (
    ("二甲双胍", "metformin", "DRUG:metformin", "500", 2),
    ("阿司匹林", "aspirin", "DRUG:aspirin", "100", 1),
    ("氨氯地平", "amlodipine", "DRUG:amlodipine", "5", 1),
    ("对乙酰氨基酚", "paracetamol", "DRUG:paracetamol", "650", 3),
)
_LABS = (
    ("血钾", "potassium", "LAB:potassium", "5.9", "mmol/L", "3.5", "5.3"),
    ("白细胞", "white cell count", "LAB:wbc", "12.3", "×10⁹/L", "4", "10"),
    ("C反应蛋白", "C-reactive protein", "LAB:crp", "48", "mg/L", "0", "8"),
)
_TIMES = {1: ("每日一次", "once daily"), 2: ("每日两次", "twice daily"), 3: ("每日三次", "three times daily")}


def hand_made(number: int, lang: Lang) -> Draft:
    """One of the twenty patients (0 to 19)."""
    zh = lang == "zh"
    sheet = Sheet(lang)
    at = 0 if zh else 1
    male = number % 2 == 0
    sex = sheet.fact("sex", value="male" if male else "female")
    age = sheet.fact("age", value=str(31 + 2 * number), unit="years")
    days = sheet.fact("duration", value=str(2 + number % 6), unit="days")
    signs = [_SIGNS[(number + step) % 9] for step in range(5)]
    present = [sheet.fact("sign", sign[2]) for sign in signs[:2]]
    absent = [sheet.fact("sign", sign[2], polarity="absent") for sign in signs[2:]]
    drug_words = _DRUGS[number % 4]
    times = _TIMES[drug_words[4]]
    drug = sheet.fact(
        "drug",
        drug_words[2],
        value=drug_words[3],
        unit="mg",
        attributes={"dose": drug_words[3], "dose_unit": "mg", "frequency": times[1]},
    )
    lab_words = _LABS[number % 3]
    lab = sheet.fact(
        "lab",
        lab_words[2],
        value=lab_words[3],
        unit=lab_words[4],
        attributes={"low": lab_words[5], "high": lab_words[6], "state": "high"},
    )
    disease, other = _DISEASES[number % 5], _DISEASES[(number + 1) % 5]
    truth = sheet.fact("diagnosis", disease[2])
    rejected = sheet.fact("diagnosis", other[2], polarity="absent")
    side = ("left", "right", "both")[number % 3]
    weak = sheet.fact("sign", "S:weakness", side=side)
    _tell(sheet, number, male, (sex, age, days, *present), tuple(word[at] for word in signs))
    words = {"left": ("左侧", "Left-sided"), "right": ("右侧", "Right-sided"), "both": ("双侧", "Bilateral")}[side]
    last = signs[4][at]
    if zh:
        sheet.say("prompt[0]", f"否认{signs[2][0]}、{signs[3][0]}，无{last}。", *absent)
        sheet.say("prompt[0]", f"{words[0]}肢体无力。", weak)
        sheet.say("prompt[0]", f"目前口服{drug_words[0]}{drug_words[3]}mg，{times[0]}。", drug)
        sheet.say("prompt[0]", f"{lab_words[0]}{lab_words[3]}{lab_words[4]}，升高。", lab)
        sheet.say("prompt[0]", "请给出诊断和依据。")
        sheet.say("reasoning", f"患者有{signs[0][0]}，支持{disease[0]}。", present[0], truth)
        sheet.say("reasoning", f"无{signs[2][0]}，不支持{other[0]}。", absent[0], rejected)
        sheet.say("completion", f"诊断：{disease[0]}。", truth)
        sheet.say(
            "completion",
            f"依据：{signs[0][0]}、{signs[1][0]}，{lab_words[0]}{lab_words[3]}{lab_words[4]}。",
            *present,
            lab,
        )
    else:
        sheet.say("prompt[0]", f"{'He' if male else 'She'} denies {signs[2][1]}, {signs[3][1]}, or {last}.", *absent)
        sheet.say("prompt[0]", f"{words[1]} limb weakness was found.", weak)
        sheet.say("prompt[0]", f"Current medication: {drug_words[1]} {drug_words[3]} mg {times[1]}.", drug)
        sheet.say("prompt[0]", f"The {lab_words[1]} is {lab_words[3]} {lab_words[4]}, which is high.", lab)
        sheet.say("prompt[0]", "What is the diagnosis, and why?")
        sheet.say("reasoning", f"The {signs[0][1]} fits {disease[1]}.", present[0], truth)
        sheet.say("reasoning", f"There is no {signs[2][1]}, which argues against {other[1]}.", absent[0], rejected)
        sheet.say("completion", f"Diagnosis: {disease[1]}.", truth)
        sheet.say(
            "completion",
            f"It rests on {signs[0][1]}, {signs[1][1]} and a {lab_words[1]} of {lab_words[3]} {lab_words[4]}.",
            *present,
            lab,
        )
    return sheet.draft()


def _tell(sheet: Sheet, number: int, male: bool, facts: tuple[str, ...], words: tuple[str, ...]) -> None:
    """The first sentence: who has what, for how long."""
    years, days = 31 + 2 * number, 2 + number % 6
    if sheet.lang == "zh":
        sheet.say("prompt[0]", f"患者，{'男' if male else '女'}，{years}岁，{words[0]}、{words[1]}{days}天。", *facts)
    else:
        person = "man" if male else "woman"
        text = f"A {years}-year-old {person} has had {words[0]} and {words[1]} for {days} days."
        sheet.say("prompt[0]", text, *facts)


def all_hand_made() -> list[Draft]:
    """Twenty patients in both languages."""
    return [hand_made(number, lang) for number in range(20) for lang in ("zh", "en")]

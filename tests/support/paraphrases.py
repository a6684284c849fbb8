"""Sentences with faithful paraphrases and with unfaithful ones, all invented, and ways to make one of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.schema import Lang

# Language, source, faithful paraphrase.
FAITHFUL: tuple[tuple[Lang, str, str], ...] = (
    ("zh", "患者发热3天，最高体温39.2℃，伴咳嗽、咳痰。", "该患者已经发烧三天，体温最高39.2摄氏度，同时有咳嗽和咳痰。"),
    ("zh", "否认胸痛、胸闷、气促。", "患者没有胸痛，也没有胸闷和气促。"),
    ("zh", "患者，男，45岁，因反复头痛2周入院。", "45岁男性患者，头痛反复发作14天，收住入院。"),
    ("zh", "口服二甲双胍0.5g，每日3次。", "二甲双胍500毫克口服，一日三次。"),
    ("zh", "血压150/95mmHg，心率98次/分。", "测得心率98次/分，血压150/95毫米汞柱。"),
    ("zh", "不能除外肺栓塞。", "肺栓塞尚不能排除。"),
    ("zh", "左侧肢体无力半月。", "半个月来左侧肢体没有力气。"),
    ("zh", "无明显诱因出现腹痛1天。", "1天前无诱因开始腹痛。"),
    ("zh", "既往高血压病史10年，口服氨氯地平5mg每日一次。", "有高血压史十年，一直服用氨氯地平，每天5毫克，每日1次。"),
    ("zh", "父亲患有糖尿病。", "其父亲有糖尿病病史。"),
    ("zh", "血钾6.2mmol/L，明显升高。", "血钾升高，达6.2毫摩尔/升。"),
    ("zh", "胸痛无缓解。", "胸痛没有缓解。"),
    ("zh", "体温不超过38℃时可观察。", "体温最多38℃时可以先观察。"),
    ("zh", "双下肢水肿，右侧为著。", "两下肢浮肿，以右侧明显。"),
    ("zh", "若出现呕血，应立即就诊。", "一旦呕血，请马上就医。"),
    ("zh", "发热后出现皮疹。", "先有发热，随后出现皮疹。"),
    ("zh", "患儿，女，3岁，抽搐1次。", "3岁女童，抽搐一次。"),
    ("zh", "青霉素过敏。", "对青霉素过敏。"),
    ("zh", "白细胞12.3×10⁹/L，中性粒细胞85%。", "中性粒细胞占85%，白细胞为12.3×10^9/L。"),
    ("zh", "已排除急性心肌梗死。", "急性心肌梗死已经排除。"),
    ("zh", "未见皮疹，无黄疸。", "皮疹、黄疸均未见。"),
    ("zh", "每8小时服用布洛芬400mg。", "布洛芬400毫克，每8小时一次。"),
    ("zh", "患者65岁以上。", "患者年龄不低于65岁。"),
    ("zh", "咳嗽十二天，夜间加重。", "夜间咳嗽更重，已12天。"),
    ("zh", "怀疑肺炎。", "考虑肺炎可能。"),
    ("zh", "无恶心、呕吐，无腹泻。", "恶心、呕吐、腹泻均否认。"),
    ("zh", "空腹血糖7.8mmol/L，糖化血红蛋白7.2%。", "糖化血红蛋白为7.2%，空腹血糖7.8 mmol/L。"),
    ("zh", "右膝疼痛两月余。", "右侧膝部疼痛2个月余。"),
    ("zh", "阿司匹林100mg，每晚一次。", "阿司匹林每晚1次，每次100毫克。"),
    ("zh", "女，28岁，停经6周，无腹痛。", "28岁女性，停经六周，不伴腹痛。"),
    (
        "en",
        "The patient has had a fever for 3 days with a cough.",
        "For three days the patient has been coughing and running a fever.",
    ),
    (
        "en",
        "He denies chest pain, dyspnea, or palpitations.",
        "There is no chest pain, dyspnea or palpitations in this man.",
    ),
    (
        "en",
        "A 45-year-old man presents with headache for 2 weeks.",
        "This 45 year old male has had headaches for 14 days.",
    ),
    ("en", "Metformin 500 mg twice daily.", "Metformin 0.5 g bid."),
    ("en", "BP 150/95 mmHg, heart rate 98 bpm.", "Heart rate was 98/min and blood pressure 150/95 mmHg."),
    ("en", "Pulmonary embolism cannot be excluded.", "We cannot rule out pulmonary embolism."),
    ("en", "Left-sided weakness for half a month.", "Weakness on the left for two weeks."),
    ("en", "Her mother had diabetes.", "There is a family history of diabetes: her mother had it."),
    ("en", "Potassium is 6.2 mmol/L.", "The potassium level was 6.2 mmol per L."),
    ("en", "The chest pain was not relieved by rest.", "Rest did not relieve the chest pain."),
    ("en", "She takes at most 4 g of paracetamol a day.", "She takes no more than 4 g of acetaminophen per day."),
    ("en", "Bilateral leg swelling, worse on the right.", "Both legs are swollen, the right more than the left."),
    ("en", "If you vomit blood, seek care at once.", "Should you vomit blood, go to hospital immediately."),
    ("en", "A rash appeared after the fever.", "Fever came first, followed by a rash."),
    ("en", "A 3-year-old girl had one seizure.", "The girl, aged 3, had a single seizure."),
    ("en", "No evidence of pneumonia.", "Pneumonia was not seen."),
    ("en", "Acute myocardial infarction was ruled out.", "There was no myocardial infarction."),
    ("en", "Ibuprofen 400 mg every 8 hours.", "Take ibuprofen 400 mg three times a day."),
    ("en", "Patients older than 65 years.", "Patients over 65 years of age."),
    ("en", "Possible pneumonia.", "She may have pneumonia."),
    ("en", "No nausea, vomiting, or diarrhea.", "The patient denies nausea, vomiting and diarrhea."),
    ("en", "Right knee pain for two months.", "Two months of pain in the right knee."),
    ("en", "Aspirin 100 mg nightly.", "Aspirin 100 mg at bedtime."),
    ("en", "She has a history of asthma.", "Asthma was diagnosed previously in this woman."),
    ("en", "The dose is 10-20 mg.", "The dose is between 10 and 20 mg."),
    (
        "en",
        "He has hypertension and takes amlodipine 5 mg once daily.",
        "For his high blood pressure he uses amlodipine 5 mg once a day.",
    ),
    ("en", "Without treatment the headache got worse.", "The headache worsened because it was not treated."),
    ("en", "The swelling of the left ankle has resolved.", "Swelling of the left ankle is no longer present."),
    ("en", "White cell count 12.3 x10^9/L.", "The white cell count was 12.3 ×10⁹/L."),
    ("en", "The infant is 6 months old and has jaundice.", "A 6-month-old infant with jaundice."),
)
# Language of the source, of the paraphrase, source, faithful translation.
TRANSLATED: tuple[tuple[Lang, Lang, str, str], ...] = (
    ("zh", "en", "患者，男，45岁，发热3天，无咳嗽。", "A 45-year-old man with fever for three days and no cough."),
    ("zh", "en", "口服二甲双胍0.5g，每日3次。", "Metformin 500 mg by mouth three times daily."),
    ("zh", "en", "否认胸痛、呼吸困难。", "She denies chest pain and dyspnea."),
    ("zh", "en", "左膝疼痛半月。", "Left knee pain for two weeks."),
    ("en", "zh", "Pulmonary embolism cannot be excluded.", "不能除外肺栓塞。"),
    ("en", "zh", "Potassium 6.2 mmol/L; creatinine 120 μmol/L.", "血钾6.2mmol/L，肌酐120微摩尔/升。"),
    ("en", "zh", "No nausea or vomiting; she has diarrhea.", "该女性无恶心、呕吐，有腹泻。"),
    ("en", "zh", "More than 65 years of age.", "年龄超过65岁。"),
    ("en", "zh", "His father had hypertension.", "他的父亲有高血压。"),
    ("zh", "en", "青霉素过敏史。", "History of penicillin allergy."),
)
# Language, source, unfaithful paraphrase, what differs.
UNFAITHFUL: tuple[tuple[Lang, str, str, str], ...] = (
    ("zh", "患者发热3天，无咳嗽。", "患者发热3天，有咳嗽。", "negation"),
    ("zh", "否认胸痛、胸闷。", "有胸痛、胸闷。", "negation"),
    ("zh", "胸痛无缓解。", "胸痛缓解。", "negation"),
    ("zh", "未见皮疹。", "可见皮疹。", "negation"),
    ("zh", "体温39.2℃。", "体温38.2℃。", "number"),
    ("zh", "咳嗽三天。", "咳嗽三周。", "unit"),
    ("zh", "地高辛0.125mg。", "地高辛0.125g。", "unit"),
    ("zh", "口服阿司匹林100mg。", "口服华法林100mg。", "drug"),
    ("zh", "左膝疼痛。", "右膝疼痛。", "side"),
    ("zh", "患者，男，45岁。", "患者，女，45岁。", "sex"),
    ("zh", "体温不超过38℃。", "体温超过38℃。", "comparator"),
    ("zh", "发热后出现皮疹。", "皮疹后出现发热。", "order"),
    ("zh", "不能除外肺栓塞。", "确诊肺栓塞。", "uncertainty"),
    ("zh", "已排除肺栓塞。", "不能除外肺栓塞。", "negation"),
    ("zh", "患有高血压。", "患有高血压和糖尿病。", "concept"),
    ("zh", "诊断肺炎。", "诊断哮喘。", "concept"),
    ("zh", "口服二甲双胍和阿司匹林。", "口服二甲双胍。", "drug"),
    ("zh", "每日3次。", "每日2次。", "number"),
    ("en", "No fever but cough.", "Fever but no cough.", "negation"),
    ("en", "He denies chest pain.", "He reports chest pain.", "negation"),
    ("en", "The pain was not relieved.", "The pain was relieved.", "negation"),
    ("en", "Metformin 500 mg twice daily.", "Metformin 850 mg twice daily.", "number"),
    ("en", "Digoxin 0.125 mg.", "Digoxin 0.125 g.", "unit"),
    ("en", "She takes aspirin.", "She takes warfarin.", "drug"),
    ("en", "Left knee pain.", "Right knee pain.", "side"),
    ("en", "A 45-year-old man.", "A 45-year-old woman.", "sex"),
    ("en", "A 45-year-old man.", "A 54-year-old man.", "number"),
    ("en", "More than 65 years.", "Less than 65 years.", "comparator"),
    ("en", "A rash appeared after the fever.", "Fever appeared after the rash.", "order"),
    ("en", "Pneumonia is possible.", "Pneumonia is present.", "uncertainty"),
    ("en", "Pneumonia was ruled out.", "Pneumonia was found.", "negation"),
    ("en", "Asthma was diagnosed.", "Gout was diagnosed.", "concept"),
)

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ZH_NEGATION = re.compile(r"均?否认|没有|未见|无(?!力|缓解|诱因)|不伴有?|均未见|并?无")
_EN_NEGATION = re.compile(r"\b(?:denies|no evidence of|no longer|without|no|not)\b", re.IGNORECASE)
_EN_PLAIN = {
    "denies": "reports",
    "without": "with",
    "no evidence of": "evidence of",
    "no longer": "still",
    "no": "some",
    "not": "indeed",
}
_DRUGS: dict[Lang, tuple[str, ...]] = {
    "zh": ("二甲双胍", "阿司匹林", "布洛芬", "氨氯地平", "青霉素"),
    "en": ("metformin", "aspirin", "ibuprofen", "amlodipine", "acetaminophen", "penicillin"),
}
_OTHER: dict[Lang, str] = {"zh": "华法林", "en": "warfarin"}


def spoiled(text: str, lang: Lang) -> Iterator[tuple[str, str]]:
    """Each way to spoil a paraphrase in one place: which (``negation``, ``number``, ``drug``), and the spoiled text."""
    for match in _NUMBER.finditer(text):
        if not _part_of_a_name(text, match):
            other = str(int(match[0]) * 3 + 1) if match[0].isdigit() else f"{float(match[0]) * 2 + 1:.1f}"
            yield "number", text[: match.start()] + other + text[match.end() :]
    for match in (_ZH_NEGATION if lang == "zh" else _EN_NEGATION).finditer(text):
        plain = "有" if lang == "zh" else _EN_PLAIN[match[0].lower()]
        yield "negation", text[: match.start()] + plain + text[match.end() :]
    for drug in _DRUGS[lang]:
        place = text.lower().find(drug)
        if place >= 0:
            yield "drug", text[:place] + _OTHER[lang] + text[place + len(drug) :]


def _part_of_a_name(text: str, match: re.Match[str]) -> bool:
    """A power of ten is part of a unit."""
    return text[match.start() - 1 : match.start()] in ("^", "×") or text[match.end() : match.end() + 1] in ("^", "⁹")

"""Medication review: what a pharmacist would object to in a prescription. Knows no model and no drug.

Topic codes are those of China's prescription comment rules (医院处方点评管理规范); the words beside them are ours.
"""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits, no_final_word
from medgo.tasks.quoting import missing_quotes, occurs, plain

# fmt: off
TopicCode = Literal[
    "1-1", "1-2", "1-3", "1-4", "1-5", "1-6", "1-7", "1-8", "1-9", "1-10", "1-11", "1-12", "1-13", "1-14", "1-15",
    "2-1", "2-2", "2-3", "2-4", "2-5", "2-6", "2-7", "2-8", "2-9",
    "3-1", "3-2", "3-3", "3-4",
]
# fmt: on
Harm = Literal["severe", "moderate", "minor"]
HARMS = {"severe": ("严重", "severe"), "moderate": ("中度", "moderate"), "minor": ("轻微", "minor")}
CONCLUSIONS = {"suitable": ("适宜", "suitable"), "discuss": ("需与医师沟通", "to be discussed")}

# What each code stands for, in our own words. 1: how it is written. 2: whether it suits. 3: far beyond the usual.
TOPICS: dict[str, dict[Lang, str]] = {
    "1-1": {"zh": "处方内容缺项或字迹难辨", "en": "parts missing or illegible"},
    "1-2": {"zh": "医师签名不规范", "en": "prescriber's signature not in order"},
    "1-3": {"zh": "药师未审核或未双签", "en": "pharmacist's review not recorded"},
    "1-4": {"zh": "新生儿、婴幼儿未写日龄或月龄", "en": "age of a newborn or infant not in days or months"},
    "1-5": {"zh": "不同类药品未分开开具", "en": "kinds of drugs that need separate forms on one form"},
    "1-6": {"zh": "未用药品通用名", "en": "not the generic name"},
    "1-7": {"zh": "剂量、规格、数量或单位不清", "en": "dose, strength, amount or unit unclear"},
    "1-8": {"zh": "用法写成“遵医嘱”“自用”等含糊字句", "en": "directions such as 'as directed'"},
    "1-9": {"zh": "修改未签名注明，或超剂量未再签名", "en": "alteration or overdose without a second signature"},
    "1-10": {"zh": "未写临床诊断", "en": "no diagnosis written"},
    "1-11": {"zh": "一张处方超过五种药", "en": "more than five drugs on one prescription"},
    "1-12": {"zh": "门急诊用量超过规定天数而未说明理由", "en": "longer supply than allowed without a reason"},
    "1-13": {"zh": "特殊管理药品未按规定开具", "en": "controlled drug not prescribed as the rules ask"},
    "1-14": {"zh": "未按抗菌药物分级管理开具", "en": "antibacterial above the prescriber's authorisation"},
    "1-15": {"zh": "中药饮片书写未按要求", "en": "herbal prescription not written as required"},
    "2-1": {"zh": "适应证不适宜", "en": "indication does not suit"},
    "2-2": {"zh": "遴选药品不适宜（有禁忌或更合适者）", "en": "choice of drug does not suit (contraindication)"},
    "2-3": {"zh": "剂型或给药途径不适宜", "en": "form or route does not suit"},
    "2-4": {"zh": "无正当理由不首选基本药物", "en": "essential medicine passed over without reason"},
    "2-5": {"zh": "用法用量不适宜", "en": "dose or frequency does not suit"},
    "2-6": {"zh": "联合用药不适宜", "en": "combination does not suit"},
    "2-7": {"zh": "重复给药", "en": "duplicate therapy"},
    "2-8": {"zh": "配伍禁忌或不良相互作用", "en": "incompatibility or interaction"},
    "2-9": {"zh": "其他用药不适宜", "en": "otherwise unsuitable"},
    "3-1": {"zh": "无适应证用药", "en": "no indication"},
    "3-2": {"zh": "无正当理由开高价药", "en": "expensive drug without reason"},
    "3-3": {"zh": "无正当理由超说明书用药", "en": "off-label use without reason"},
    "3-4": {"zh": "无正当理由同开两种以上作用机制相同的药", "en": "two or more drugs of one mechanism without reason"},
}


class PrescribedDrug(TaskModel):
    """One line of a prescription, as written."""

    name: str = section("药品", "Drug", min_length=1)
    dose: str = section("单次剂量", "Dose", default="")
    route: str = section("途径", "Route", default="")
    frequency: str = section("频次", "Frequency", default="")
    duration: str = section("疗程", "Duration", default="")


class ReviewInput(TaskModel):
    """A prescription and who it is for."""

    patient: str = section("患者情况", "Patient", min_length=1)
    diagnoses: tuple[str, ...] = section("临床诊断", "Diagnoses", default=())
    prescription: tuple[PrescribedDrug, ...] = section("处方", "Prescription", min_length=1)
    other_drugs: tuple[str, ...] = section("其他在用药物", "Other current drugs", default=())


class Objection(TaskModel):
    """One thing to bring to the prescriber."""

    code: TopicCode = section("点评代码", "Topic code")
    drugs: tuple[str, ...] = section("涉及药品", "Drugs concerned", min_length=1)
    problem: str = section("问题", "Problem", min_length=1)
    basis: tuple[str, ...] = section("依据", "Because of", min_length=1)
    harm: Harm = section("危害程度", "Possible harm", choices=HARMS)
    suggestion: str = section("建议", "Suggestion", min_length=1)


class Review(TaskModel):
    """Objections, the most harmful first; none is a result too."""

    conclusion: Literal["suitable", "discuss"] = section("审核结论", "Conclusion", choices=CONCLUSIONS)
    objections: tuple[Objection, ...] = section("问题清单", "Objections", default=())
    ask: tuple[str, ...] = section("需向医师或患者核实", "To ask the prescriber or patient", default=(), max_length=3)


def given_text(value: ReviewInput) -> str:
    """Everything that the review was given, one statement a line."""
    lines = [" ".join([d.name, d.dose, d.route, d.frequency, d.duration]) for d in value.prescription]
    return "\n".join([value.patient, *value.diagnoses, *lines, *value.other_drugs])


def check_drugs(value: ReviewInput, output: Review, lang: Lang) -> list[Finding]:
    """Every drug that is objected to is prescribed or in use."""
    known = "\n".join([*(drug.name for drug in value.prescription), *value.other_drugs])
    text = say(lang, "处方和在用药物中没有此药", "not among the drugs prescribed or in use")
    return [
        Finding("drugs_in_prescription", f"objections.{n}.drugs", text, span=name)
        for n, one in enumerate(output.objections, start=1)
        for name in one.drugs
        if not occurs(name, known)
    ]


def check_basis(value: ReviewInput, output: Review, lang: Lang) -> list[Finding]:
    """What an objection rests on is quoted from what was given."""
    text = say(lang, "所给资料中没有这句话", "these words are not in what was given")
    return [
        Finding("basis_in_prescription", f"objections.{n}.basis", text, span=quote)
        for n, one in enumerate(output.objections, start=1)
        for quote in missing_quotes(one.basis, given_text(value))
    ]


def check_codes(value: ReviewInput, output: Review, lang: Lang) -> list[Finding]:
    """Codes that can be counted hold: 1-10 without a diagnosis, 1-11 above five drugs, two drugs for 2-7, 2-8, 3-4."""
    found = []
    for n, one in enumerate(output.objections, start=1):
        wrong = (
            (one.code == "1-10" and bool(value.diagnoses))
            or (one.code == "1-11" and len(value.prescription) <= 5)
            or (one.code in ("2-6", "2-7", "2-8", "3-4") and len({plain(name) for name in one.drugs}) < 2)
        )
        if wrong:
            text = say(
                lang, f"与代码{one.code}（{TOPICS[one.code]['zh']}）不符", f"does not fit {TOPICS[one.code]['en']}"
            )
            found.append(Finding("code_fits", f"objections.{n}.code", text, span=one.code))
    codes = {one.code for one in output.objections}
    for code, due in (("1-10", not value.diagnoses), ("1-11", len(value.prescription) > 5)):
        if due and code not in codes:
            found.append(Finding("code_missing", "objections", TOPICS[code][lang], span=code))
    return found


def check_conclusion(value: ReviewInput, output: Review, lang: Lang) -> list[Finding]:
    """The conclusion follows from the list, the most harmful stands first, and nobody signs."""
    del value
    harm = [("severe", "moderate", "minor").index(one.harm) for one in output.objections]
    found = no_final_word({f"objections.{n}": one.suggestion for n, one in enumerate(output.objections, start=1)}, lang)
    if (output.conclusion == "suitable") == bool(output.objections):
        text = say(lang, "审核结论与问题清单不一致", "conclusion and objections contradict each other")
        found.append(Finding("conclusion_follows", "conclusion", text))
    if harm != sorted(harm):
        text = say(lang, "未按危害程度排序", "not ordered by possible harm")
        found.append(Finding("most_harmful_first", "objections", text, "warning"))
    return found


_CODES: dict[Lang, str] = {
    lang: "\n".join(f"{code} {names[lang]}" for code, names in TOPICS.items()) for lang in ("zh", "en")
}
_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是审方药师的助手。逐条核对处方：适应证、禁忌、剂量与频次、途径、疗程、重复给药、相互作用、特殊人群。"
        "每个问题给出点评代码、涉及药品、引用所给资料的依据、危害程度和可操作的建议，危害大的在前。"
        "没有问题时结论为适宜，清单留空，不为凑数而提。同一问题只选最贴切的一个代码。\n"
        f"点评代码：\n{_CODES['zh']}\n" + limits("zh", "suggestion", "no_prescription", "missing", "grounded")
    ),
    "en": (
        "You assist a pharmacist who reviews prescriptions. Check indication, contraindications, dose and frequency,"
        " route, duration, duplicates, interactions and special groups. For each problem give the topic code, the drugs"
        " concerned, words quoted from what was given, the possible harm and a suggestion that can be acted on,"
        " the most"
        " harmful first. If nothing is wrong, conclude that it is suitable and list nothing. Use the one code that fits"
        " best.\n"
        f"Topic codes:\n{_CODES['en']}\n" + limits("en", "suggestion", "no_prescription", "missing", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "患者情况：{{ patient }}\n临床诊断：{{ diagnoses | join('；') or '未写' }}\n处方：\n"
        "{% for d in prescription %}\n{{ loop.index }}. {{ d.name }} {{ d.dose }} {{ d.route }} {{ d.frequency }}"
        " {{ d.duration }}\n{% endfor %}\n"
        "{% if other_drugs %}\n其他在用药物：{{ other_drugs | join('；') }}\n{% endif %}\n请审核此处方。"
    ),
    "en": (
        "Patient: {{ patient }}\nDiagnoses: {{ diagnoses | join('; ') or 'none written' }}\nPrescription:\n"
        "{% for d in prescription %}\n{{ loop.index }}. {{ d.name }} {{ d.dose }} {{ d.route }} {{ d.frequency }}"
        " {{ d.duration }}\n{% endfor %}\n"
        "{% if other_drugs %}\nOther current drugs: {{ other_drugs | join('; ') }}\n{% endif %}\nReview it."
    ),
}

_ZH = Example(
    ReviewInput(
        patient="女，72岁，体重54kg，eGFR 28mL/min/1.73m²，房颤，无药物过敏史",
        diagnoses=("2型糖尿病", "膝骨关节炎", "心房颤动"),
        prescription=(
            PrescribedDrug(name="二甲双胍片", dose="0.5g", route="口服", frequency="每日3次", duration="14天"),
            PrescribedDrug(name="双氯芬酸钠缓释片", dose="75mg", route="口服", frequency="每日2次", duration="14天"),
            PrescribedDrug(name="塞来昔布胶囊", dose="200mg", route="口服", frequency="每日1次", duration="14天"),
        ),
        other_drugs=("华法林",),
    ),
    Review(
        conclusion="discuss",
        objections=(
            Objection(
                code="2-2",
                drugs=("二甲双胍片",),
                problem="肾小球滤过率低于30，属二甲双胍禁忌，有乳酸酸中毒风险。",
                basis=("eGFR 28mL/min/1.73m²",),
                harm="severe",
                suggestion="建议停用，请内分泌科按肾功能另选降糖方案。",
            ),
            Objection(
                code="2-8",
                drugs=("华法林", "双氯芬酸钠缓释片"),
                problem="非甾体抗炎药与华法林合用，消化道出血风险明显增加，并可加重肾损害。",
                basis=("华法林", "双氯芬酸钠缓释片", "eGFR 28mL/min/1.73m²"),
                harm="severe",
                suggestion="建议停用口服非甾体抗炎药，改用对乙酰氨基酚或外用制剂，并近期复查INR。",
            ),
            Objection(
                code="3-4",
                drugs=("双氯芬酸钠缓释片", "塞来昔布胶囊"),
                problem="两种非甾体抗炎药同开，疗效不增而不良反应相加。",
                basis=("双氯芬酸钠缓释片", "塞来昔布胶囊"),
                harm="moderate",
                suggestion="两药均不宜用于该患者，至少不应同用。",
            ),
            Objection(
                code="1-12",
                drugs=("双氯芬酸钠缓释片",),
                problem="门诊处方用量14天，未注明延长理由。",
                basis=("14天",),
                harm="minor",
                suggestion="请医师注明理由，或缩短用量。",
            ),
        ),
        ask=("近期INR和有无黑便", "肾功能下降是急性还是慢性"),
    ),
)
_EN = Example(
    ReviewInput(
        patient="Man, 45 years, 82 kg, normal renal and hepatic function, no known allergies",
        diagnoses=("Hypertension", "Acute bacterial sinusitis"),
        prescription=(
            PrescribedDrug(name="Amlodipine", dose="5 mg", route="oral", frequency="once daily", duration="28 days"),
            PrescribedDrug(
                name="Clarithromycin", dose="500 mg", route="oral", frequency="twice daily", duration="7 days"
            ),
        ),
        other_drugs=("Simvastatin 40 mg at night",),
    ),
    Review(
        conclusion="discuss",
        objections=(
            Objection(
                code="2-8",
                drugs=("Clarithromycin", "Simvastatin"),
                problem="Clarithromycin blocks the breakdown of simvastatin; the combination is contraindicated because"
                " of rhabdomyolysis.",
                basis=("Clarithromycin", "Simvastatin 40 mg at night"),
                harm="severe",
                suggestion="Suggest an antibacterial that does not inhibit CYP3A4, or pausing simvastatin for the"
                " course.",
            ),
            Objection(
                code="2-8",
                drugs=("Clarithromycin", "Amlodipine"),
                problem="Clarithromycin can raise amlodipine levels and cause hypotension.",
                basis=("Amlodipine", "Clarithromycin"),
                harm="moderate",
                suggestion="If clarithromycin is kept, ask for blood pressure checks and warn of dizziness and"
                " swelling.",
            ),
        ),
        ask=("Muscle pain or weakness now?", "How long have the sinus symptoms lasted?"),
    ),
)

MEDICATION_REVIEW = Task(
    name="medication_review",
    titles={"zh": "处方审核", "en": "Medication review"},
    about={
        "zh": "由处方和患者情况列出用药问题及点评代码、依据和建议，供药师和医师审核。",
        "en": "From a prescription and its patient, problems with topic codes, basis and suggestions; for pharmacists.",
    },
    input=ReviewInput,
    output=Review,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_drugs, check_basis, check_codes, check_conclusion, asked_language(), not_echoed()),
    thinking=True,
)

"""Treatment suggestion: a draft with its basis, what speaks against it and what to confirm. Never a prescription.

Knows no model and no drug: contraindications of known drugs are checked where the knowledge index is at hand.
"""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import doses, limits, no_final_word
from medgo.tasks.quoting import cut_off, missing_quotes, occurs

Kind = Literal["drug", "procedure", "supportive", "lifestyle", "monitoring"]
KINDS = {
    "drug": ("药物", "drug"),
    "procedure": ("操作", "procedure"),
    "supportive": ("支持治疗", "supportive care"),
    "lifestyle": ("生活方式", "lifestyle"),
    "monitoring": ("监测", "monitoring"),
}
# Women of these ages are asked about pregnancy before a drug is dosed.
_FERTILE = range(12, 56)


class TreatmentInput(TaskModel):
    """A case with what dosing depends on; an empty field means that it is not known."""

    case: str = section("病例资料", "Case", min_length=10)
    diagnosis: str = section("诊断", "Diagnosis", min_length=1)
    sex: Literal["male", "female"] = section("性别", "Sex")
    age_years: float = section("年龄（岁）", "Age (years)", ge=0, le=120)
    weight: str = section("体重", "Weight", default="")
    allergies: str = section("过敏史", "Allergies", default="")
    renal_function: str = section("肾功能", "Renal function", default="")
    hepatic_function: str = section("肝功能", "Hepatic function", default="")
    pregnancy: str = section("妊娠哺乳情况", "Pregnancy and lactation", default="")
    current_drugs: tuple[str, ...] = section("目前用药", "Current drugs", default=())


class Suggestion(TaskModel):
    """One measure."""

    measure: str = section("措施", "Measure", min_length=1)
    kind: Kind = section("类别", "Kind", choices=KINDS)
    detail: str = section("具体内容", "Detail", min_length=1)
    basis: tuple[str, ...] = section("依据", "Because of", min_length=1)
    cautions: str = section("禁忌与注意", "Contraindications and cautions", min_length=1)


class TreatmentDraft(TaskModel):
    """A plan for a physician to accept, change or reject."""

    urgent: str = section("首先处理", "First of all", default="")
    goals: str = section("治疗目标", "Goals", min_length=1)
    suggestions: tuple[Suggestion, ...] = section(
        "治疗建议（草案）", "Suggestions (draft)", min_length=1, max_length=10
    )
    avoid: tuple[str, ...] = section("应避免", "To avoid", default=())
    confirm: tuple[str, ...] = section("请医师确认", "For the physician to confirm", min_length=1)
    follow_up: str = section("随访与监测", "Follow-up", min_length=1)


def unknown(value: TreatmentInput) -> list[str]:
    """Fields that a dose depends on and that are empty: allergies, renal function, weight of a child, pregnancy."""
    fields = {"allergies": value.allergies, "renal_function": value.renal_function}
    if value.age_years < 14:
        fields["weight"] = value.weight
    if value.sex == "female" and int(value.age_years) in _FERTILE:
        fields["pregnancy"] = value.pregnancy
    return [name for name, text in fields.items() if not text.strip()]


def check_doses(value: TreatmentInput, output: TreatmentDraft, lang: Lang) -> list[Finding]:
    """No dose of a drug while something that it depends on is unknown."""
    gaps = unknown(value)
    if not gaps:
        return []
    titles = [TreatmentInput.model_fields[name].json_schema_extra for name in gaps]
    names = say(lang, "、", ", ").join(str(title[lang]) for title in titles if isinstance(title, dict))
    text = say(lang, f"{names}不详，不应给出剂量", f"no dose while unknown: {names}")
    return [
        Finding("dose_needs_facts", f"suggestions.{n}.detail", text, span=dose)
        for n, one in enumerate(output.suggestions, start=1)
        if one.kind == "drug"
        for dose in doses(f"{one.measure} {one.detail}")
    ]


def check_basis(value: TreatmentInput, output: TreatmentDraft, lang: Lang) -> list[Finding]:
    """What a measure is based on is quoted from what was given, its negation with it."""
    given = "\n".join([value.case, value.diagnosis, value.weight, value.allergies, value.renal_function])
    given = "\n".join([given, value.hepatic_function, value.pregnancy, *value.current_drugs])
    found = []
    for n, one in enumerate(output.suggestions, start=1):
        for quote in missing_quotes(one.basis, given):
            text = say(lang, "所给资料中没有这句话", "these words are not in what was given")
            found.append(Finding("basis_in_case", f"suggestions.{n}.basis", text, span=quote))
        for quote in cut_off(one.basis, given, lang):
            text = say(lang, "原文为否认、家族史或假设", "the case denies it, or speaks of a relative or a supposition")
            found.append(Finding("negation_kept", f"suggestions.{n}.basis", text, span=quote))
    return found


def check_avoided(value: TreatmentInput, output: TreatmentDraft, lang: Lang) -> list[Finding]:
    """What is to be avoided is not suggested."""
    del value
    text = say(lang, "既建议又列为应避免", "suggested and also listed as to avoid")
    return [
        Finding("avoided_not_suggested", f"suggestions.{n}.measure", text, span=one.measure)
        for n, one in enumerate(output.suggestions, start=1)
        for avoided in output.avoid
        if occurs(one.measure, avoided)
    ]


def check_limits(value: TreatmentInput, output: TreatmentDraft, lang: Lang) -> list[Finding]:
    """No prescription, no signature, no final word."""
    del value
    texts = {"urgent": output.urgent, "goals": output.goals, "follow_up": output.follow_up}
    texts |= {f"suggestions.{n}.detail": one.detail for n, one in enumerate(output.suggestions, start=1)}
    return no_final_word(texts, lang)


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是治疗方案助手，为医师拟治疗草案。先写目标，再逐条列措施：药物、操作、支持治疗、生活方式、监测。"
        "药物写通用名；具体内容写给药途径、疗程和调整原则，过敏史、肾功能、妊娠情况及儿童体重齐全时才写常用剂量。"
        "每条引用所给资料作依据，并写出针对该患者的禁忌、相互作用和注意事项。"
        "不适合该患者的方案列入“应避免”并说明原因；“请医师确认”至少一项。\n"
        + limits("zh", "suggestion", "urgent", "no_prescription", "missing", "high_risk", "currency", "grounded")
    ),
    "en": (
        "You draft a treatment plan for a physician. State the goals, then each measure: drugs, procedures, supportive"
        " care, lifestyle, monitoring. Name drugs by their generic names; give route, duration and how to adjust, and a"
        " usual dose only when allergies, renal function, pregnancy status and a child's weight are known. Quote what"
        " each measure rests on and say what contraindications, interactions and cautions matter in this patient. List"
        " what does not suit the patient, with the reason, under 'To avoid', and at least one point for the"
        " physician to"
        " confirm.\n"
        + limits("en", "suggestion", "urgent", "no_prescription", "missing", "high_risk", "currency", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "性别：{{ '男' if sex == 'male' else '女' }}；年龄：{{ '%g' | format(age_years) }}岁"
        "；体重：{{ weight or '未提供' }}\n"
        "诊断：{{ diagnosis }}\n病例资料：{{ case }}\n"
        "过敏史：{{ allergies or '未提供' }}\n肾功能：{{ renal_function or '未提供' }}\n"
        "肝功能：{{ hepatic_function or '未提供' }}\n"
        "{% if sex == 'female' %}\n妊娠哺乳情况：{{ pregnancy or '未提供' }}\n{% endif %}"
        "目前用药：{{ current_drugs | join('；') or '未提供' }}\n\n请拟治疗建议草案。"
    ),
    "en": (
        "Sex: {{ sex }}; age: {{ '%g' | format(age_years) }} years; weight: {{ weight or 'not given' }}\n"
        "Diagnosis: {{ diagnosis }}\nCase: {{ case }}\n"
        "Allergies: {{ allergies or 'not given' }}\nRenal function: {{ renal_function or 'not given' }}\n"
        "Hepatic function: {{ hepatic_function or 'not given' }}\n"
        "{% if sex == 'female' %}\nPregnancy and lactation: {{ pregnancy or 'not given' }}\n{% endif %}"
        "Current drugs: {{ current_drugs | join('; ') or 'not given' }}\n\nDraft a treatment suggestion."
    ),
}

_ZH = Example(
    TreatmentInput(
        case=(
            "患者男性，67岁，咳嗽、咳黄痰3天，发热最高38.6℃。神志清楚，呼吸22次/分，血压132/76mmHg，血氧饱和度95%。"
            "右下肺湿啰音。胸片示右下肺斑片影。尿素氮6.1mmol/L。近3个月未用抗菌药物。心电图QTc 478ms。"
        ),
        diagnosis="社区获得性肺炎（非重症）",
        sex="male",
        age_years=67,
        weight="70kg",
        allergies="青霉素皮疹史（10年前，口服阿莫西林后）",
        renal_function="肌酐88μmol/L，eGFR 76mL/min/1.73m²",
        hepatic_function="转氨酶正常",
        current_drugs=("氨氯地平", "西酞普兰"),
    ),
    TreatmentDraft(
        urgent="",
        goals="控制感染，72小时内体温和呼吸状况好转；避免过敏和QT间期延长相关不良事件。",
        suggestions=(
            Suggestion(
                measure="多西环素",
                kind="drug",
                detail="口服，常用100mg每12小时一次，疗程5～7天，72小时评估疗效；"
                "当地肺炎链球菌耐药率高时改选其他方案。",
                basis=("青霉素皮疹史", "QTc 478ms", "近3个月未用抗菌药物"),
                cautions="足量水送服，服后保持直立；与含钙、铁、镁制剂间隔2小时；注意光敏。"
                "覆盖面受当地耐药情况限制，须核对。",
            ),
            Suggestion(
                measure="留取痰培养和血培养",
                kind="monitoring",
                detail="首剂抗菌药物前留取，结果回报后调整用药。",
                basis=("咳黄痰3天", "发热最高38.6℃"),
                cautions="不因等待结果延误首剂用药。",
            ),
            Suggestion(
                measure="补液、退热与活动指导",
                kind="supportive",
                detail="鼓励饮水，发热不适时对症退热，尽早下床活动。",
                basis=("发热最高38.6℃", "血压132/76mmHg"),
                cautions="有高血压，避免含伪麻黄碱的复方感冒药。",
            ),
        ),
        avoid=(
            "左氧氟沙星、莫西沙星、阿奇霉素：QTc 478ms且正在服用西酞普兰，有尖端扭转型室速风险",
            "阿莫西林克拉维酸：青霉素皮疹史未澄清前不用",
        ),
        confirm=(
            "当年皮疹的表现和出现时间，是否为速发型过敏；能否用头孢菌素",
            "当地肺炎链球菌对四环素类的耐药率和本院方案的年份",
            "是否具备门诊治疗条件（CURB-65按年龄计1分）",
        ),
        follow_up="48～72小时复诊；气促加重、意识改变、血氧饱和度低于92%时立即急诊。6周后复查胸片以排除肿瘤。",
    ),
)
_EN = Example(
    TreatmentInput(
        case=(
            "A 31-year-old woman with dysuria and frequency for 2 days, no fever, no flank pain, no vaginal discharge."
            " Urine dipstick: nitrite positive, leucocytes 2+. First episode in two years."
        ),
        diagnosis="Acute uncomplicated cystitis",
        sex="female",
        age_years=31,
        allergies="none known",
        renal_function="",
        pregnancy="",
        current_drugs=("combined oral contraceptive",),
    ),
    TreatmentDraft(
        urgent="",
        goals="Relief of symptoms within three days and no harm to a possible pregnancy.",
        suggestions=(
            Suggestion(
                measure="Nitrofurantoin",
                kind="drug",
                detail="Oral, short course according to the local guideline; the dose follows once pregnancy and renal"
                " function are known.",
                basis=("dysuria and frequency for 2 days", "nitrite positive", "no flank pain"),
                cautions="Not with markedly reduced renal function, nor near term of a pregnancy; urine may turn"
                " brown.",
            ),
            Suggestion(
                measure="Pregnancy test and urine culture",
                kind="monitoring",
                detail="Before the first dose if she may be pregnant; culture if pregnant or not better after 48"
                " hours.",
                basis=("combined oral contraceptive", "nitrite positive"),
                cautions="A contraceptive does not rule out pregnancy if pills were missed.",
            ),
            Suggestion(
                measure="Fluids and simple analgesia",
                kind="supportive",
                detail="Drink to thirst; a simple analgesic for discomfort.",
                basis=("dysuria and frequency for 2 days",),
                cautions="No anti-inflammatory drug until renal function is known.",
            ),
        ),
        avoid=(
            "Fluoroquinolones: their risks outweigh the benefit in uncomplicated cystitis",
            "Trimethoprim: until pregnancy is excluded, as it antagonises folate",
        ),
        confirm=(
            "Could she be pregnant? Last period and missed pills",
            "Renal function or a history of kidney disease",
            "Local resistance and the year of the guideline used",
        ),
        follow_up="Review if not better after 48 hours; come the same day for fever, flank pain, vomiting or blood"
        " clots.",
    ),
)

TREATMENT_SUGGESTION = Task(
    name="treatment_suggestion",
    titles={"zh": "治疗建议", "en": "Treatment suggestion"},
    about={
        "zh": "由病例和诊断拟治疗草案，写明依据、禁忌和需医师确认之处；不是处方。",
        "en": "From a case and a diagnosis, a draft plan with basis, contraindications and what to confirm; no orders.",
    },
    input=TreatmentInput,
    output=TreatmentDraft,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_doses, check_basis, check_avoided, check_limits, asked_language(), not_echoed()),
    thinking=True,
)

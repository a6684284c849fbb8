"""Laboratory report with interpretation (检验报告, WS/T 500 C0007): what is out of range, and what it may mean."""

from __future__ import annotations

import re

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.documents.common import Sex, age_field, instruct, review_field, sex_field

_REVIEW: dict[Lang, str] = {
    "zh": "本解读为辅助生成的草稿，须经检验科或临床医师审核，结合临床判断。",
    "en": "Computer-assisted draft; a clinician has to review it together with the clinical picture.",
}


class LabResult(TaskModel):
    """One measured value as the analyser reports it."""

    test: str = section("项目", "Test", de="DE04.30.019", min_length=1)
    value: str = section("结果", "Result", de="DE04.30.015", min_length=1)
    unit: str = section("单位", "Unit", de="DE04.30.016", default="")
    reference: str = section("参考区间", "Reference", default="")


class LabPanel(TaskModel):
    """A panel with its context."""

    sex: Sex = sex_field()
    age: str = age_field()
    specimen: str = section("标本", "Specimen", min_length=1)
    collected_at: str = section("采集时间", "Collected", default="")
    clinical: str = section("临床资料", "Clinical information", default="")
    results: tuple[LabResult, ...] = section("检验结果", "Results", min_length=1)


class Abnormal(TaskModel):
    """A value out of its range."""

    test: str = section("项目", "Test", min_length=1)
    result: str = section("结果", "Result", min_length=1)
    direction: str = section("方向", "Direction", min_length=1)
    meaning: str = section("意义", "Meaning", min_length=1)


class LaboratoryReport(TaskModel):
    """Critical values first: nobody should have to look for them."""

    critical: str = section("危急值", "Critical values")
    abnormal: tuple[Abnormal, ...] = section("异常结果", "Abnormal results", loinc="30954-2", de="DE04.50.130")
    interpretation: str = section("综合解读", "Interpretation", loinc="59464-8")
    suggestions: tuple[str, ...] = section("建议", "Suggestions", loinc="18776-5")
    review: str = review_field()


# Values that a laboratory calls the ward about: (names, unit, at or below, at or above). Common adult limits
# (患者安全目标: 危急值报告); a hospital has its own list.
_CRITICAL = (
    (("钾", "potassium"), "mmol/L", 2.8, 6.2),
    (("钠", "sodium"), "mmol/L", 120.0, 160.0),
    (("葡萄糖", "血糖", "glucose"), "mmol/L", 2.8, 24.8),
    (("血红蛋白", "hemoglobin", "haemoglobin"), "g/L", 50.0, 230.0),
    (("血小板", "platelet"), "10^9/L", 30.0, 1000.0),
)
_NUMBER = re.compile(r"[<>≤≥]?\s*(-?\d[\d,]*(?:\.\d+)?)")
_RANGE = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*(?:-|–|—|~|～|至|to)\s*(-?\d[\d,]*(?:\.\d+)?)")
_BOUND = re.compile(r"([<>≤≥])\s*(\d[\d,]*(?:\.\d+)?)")


def direction(result: LabResult) -> str:
    """``high``, ``low``, ``normal``, or empty where value or range is no number."""
    value = _NUMBER.match(result.value.strip())
    if value is None:
        return ""
    number = _float(value[1])
    if between := _RANGE.search(result.reference):
        low, high = _float(between[1]), _float(between[2])
        return "low" if number < low else "high" if number > high else "normal"
    if bound := _BOUND.search(result.reference):
        above = number > _float(bound[2]) if bound[1] == "≤" else number >= _float(bound[2])
        below = number < _float(bound[2]) if bound[1] == "≥" else number <= _float(bound[2])
        if bound[1] in "<≤":
            return "high" if above else "normal"
        return "low" if below else "normal"
    return ""


def is_critical(result: LabResult) -> bool:
    """Whether a laboratory would call about this value at once."""
    value = _NUMBER.match(result.value.strip())
    name = result.test.lower()
    for names, unit, low, high in _CRITICAL:
        if value and any(word in name for word in names) and result.unit.replace("×", "").strip() == unit:
            return not low < _float(value[1]) < high
    return False


def abnormal_listed(value: LabPanel, output: LaboratoryReport, lang: Lang) -> list[Finding]:
    """Values out of range that are not listed, and listed ones that are in range or point the wrong way."""
    states = {result.test.lower(): direction(result) for result in value.results}
    listed = {entry.test.lower(): entry for entry in output.abnormal}
    found = [
        Finding(
            "abnormal_listed", "abnormal", say(lang, f"漏列异常项目：{test}", f"{test} is out of range, not listed")
        )
        for test, state in states.items()
        if state in ("low", "high") and test not in listed
    ]
    for number, (test, entry) in enumerate(listed.items(), start=1):
        up, down = (
            re.search(pattern, entry.direction, re.I) for pattern in ("高|增|↑|high|raised", "低|减|↓|low|reduced")
        )
        state = states.get(test)
        if state is None:
            words = say(lang, "没有检验这个项目", "this was not measured")
        elif state == "normal" or (state == "high" and down) or (state == "low" and up):
            words = say(lang, "与参考区间不符", "does not agree with the reference range")
        else:
            continue
        found.append(Finding("abnormal_listed", f"abnormal.{number}", words, span=entry.test))
    return found


def critical_said(value: LabPanel, output: LaboratoryReport, lang: Lang) -> list[Finding]:
    """Critical values that the first section does not name."""
    return [
        Finding(
            "critical_said", "critical", say(lang, f"危急值未写明：{result.test}", f"critical: {result.test} not named")
        )
        for result in value.results
        if is_critical(result) and result.test.lower() not in output.critical.lower()
    ]


def _float(text: str) -> float:
    return float(text.replace(",", ""))


_TEMPLATE: dict[Lang, str] = {
    "zh": "患者：{{ '男' if sex == 'male' else '女' }}，{{ age }}。标本：{{ specimen }}{% if collected_at %}，{{ "
    "collected_at }}采集{% endif %}。\n"
    "{% if clinical %}临床资料：{{ clinical }}\n{% endif %}\n"
    "{% for r in results %}\n{{ r.test }} {{ r.value }} {{ r.unit }}{% if r.reference %}（参考区间 {{ r.reference }"
    "}）{% endif %}\n\n{% endfor %}\n"
    "请写出检验报告解读。",
    "en": "Patient: {{ sex }}, {{ age }}. Specimen: {{ specimen }}{% if collected_at %}, collected {{ collected_at "
    "}}{% endif %}.\n"
    "{% if clinical %}Clinical information: {{ clinical }}\n{% endif %}\n"
    "{% for r in results %}\n{{ r.test }} {{ r.value }} {{ r.unit }}{% if r.reference %} (reference {{ r.reference "
    "}}){% endif %}\n\n{% endfor %}\n"
    "Interpret these results.",
}

_EXAMPLE_ZH = Example(
    LabPanel(
        sex="male",
        age="68岁",
        specimen="静脉血",
        collected_at="2026-09-02 07:40",
        clinical="慢性肾脏病4期，乏力2天，正在服用缬沙坦和螺内酯。",
        results=(
            LabResult(test="血钾", value="6.6", unit="mmol/L", reference="3.5-5.3"),
            LabResult(test="血钠", value="138", unit="mmol/L", reference="137-147"),
            LabResult(test="肌酐", value="312", unit="μmol/L", reference="57-111"),
            LabResult(test="尿素", value="21.4", unit="mmol/L", reference="3.6-9.5"),
            LabResult(test="碳酸氢根", value="17", unit="mmol/L", reference="22-29"),
            LabResult(test="血红蛋白", value="96", unit="g/L", reference="130-175"),
            LabResult(test="白细胞", value="6.8", unit="×10^9/L", reference="3.5-9.5"),
        ),
    ),
    LaboratoryReport(
        critical="血钾6.6 mmol/L：危急值，立即通知主管医师，马上行心电图并复查排除溶血。",
        abnormal=(
            Abnormal(
                test="血钾",
                result="6.6 mmol/L",
                direction="升高",
                meaning="肾功能减退，加上缬沙坦与螺内酯均可升高血钾，有致命性心律失常风险。",
            ),
            Abnormal(
                test="肌酐",
                result="312 μmol/L",
                direction="升高",
                meaning="符合慢性肾脏病4期，需与既往值比较，除外急性加重。",
            ),
            Abnormal(test="尿素", result="21.4 mmol/L", direction="升高", meaning="肾小球滤过下降。"),
            Abnormal(test="碳酸氢根", result="17 mmol/L", direction="降低", meaning="提示代谢性酸中毒，可加重高钾。"),
            Abnormal(test="血红蛋白", result="96 g/L", direction="降低", meaning="肾性贫血可能，需查铁代谢。"),
        ),
        interpretation="慢性肾脏病背景下的高钾血症伴代谢性酸中毒，缬沙坦与螺内酯合用是可纠正的原因；乏力可能与高钾"
        "有关。白细胞和血钠正常。",
        suggestions=(
            "立即心电图和心电监护，复查血钾，排除标本溶血。",
            "由主管医师立即决定降钾处理及是否停用缬沙坦、螺内酯，必要时请肾内科急会诊评估透析。",
            "与既往肌酐比较；稳定后查铁代谢和甲状旁腺激素。",
        ),
        review=_REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    LabPanel(
        sex="female",
        age="38 years",
        specimen="venous blood",
        collected_at="2026-10-05 08:15",
        clinical="Tired for 3 months, heavy periods.",
        results=(
            LabResult(test="Hemoglobin", value="94", unit="g/L", reference="120-155"),
            LabResult(test="MCV", value="71", unit="fL", reference="80-98"),
            LabResult(test="Ferritin", value="5", unit="ug/L", reference="15-150"),
            LabResult(test="Platelets", value="468", unit="10^9/L", reference="150-400"),
            LabResult(test="White cells", value="6.1", unit="10^9/L", reference="4.0-10.0"),
            LabResult(test="CRP", value="2", unit="mg/L", reference="<5"),
            LabResult(test="TSH", value="1.9", unit="mIU/L", reference="0.4-4.0"),
        ),
    ),
    LaboratoryReport(
        critical="None.",
        abnormal=(
            Abnormal(test="Hemoglobin", result="94 g/L", direction="low", meaning="Anemia; explains the tiredness."),
            Abnormal(
                test="MCV", result="71 fL", direction="low", meaning="Microcytic: iron deficiency or thalassemia trait."
            ),
            Abnormal(test="Ferritin", result="5 ug/L", direction="low", meaning="Proves iron deficiency."),
            Abnormal(
                test="Platelets", result="468 10^9/L", direction="high", meaning="Reactive, usual in iron deficiency."
            ),
        ),
        interpretation="Microcytic anemia from iron deficiency, in keeping with the heavy periods. CRP is normal, "
        "so ferritin can be relied on; thyroid function is normal.",
        suggestions=(
            "Physician to decide on iron replacement and to treat the cause of the heavy periods; gynecological "
            "opinion if they persist.",
            "Ask about diet, gastrointestinal symptoms and family history of bowel disease; consider celiac serology.",
            "Repeat blood count and ferritin after treatment; hemoglobin electrophoresis if MCV stays low.",
        ),
        review=_REVIEW["en"],
    ),
)

LABORATORY_REPORT = Task(
    name="laboratory_report",
    titles={"zh": "检验报告解读", "en": "Laboratory report"},
    about={
        "zh": "列出超出参考区间的结果和危急值，结合临床资料解读，供医师审核。",
        "en": "Lists what is out of range and what is critical, and interprets it for the physician.",
    },
    input=LabPanel,
    output=LaboratoryReport,
    instructions={
        "zh": instruct(
            "zh",
            "你是检验报告助手，为医师解读检验结果。危急值写在最前，第一句写立即要做的处置，没有写“无”；逐项列出所有"
            "超出参考区间的结果，项目名与原报告一致，方向写“升高”或“降低”；正常项目不列；解读结合临床资料，分清肯定"
            "与可能；处理写“由医师决定”，不写药物剂量。",
        ),
        "en": instruct(
            "en",
            "You interpret laboratory results for a physician. Critical values come first with what to do at once "
            '("None." if there are none). List every result out of its range under the name that the report uses, '
            'direction "high" or "low", and none that is in range. Tie the interpretation to the clinical picture, '
            "keep certain apart from possible, leave treatment to the physician and give no doses.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("critical", "interpretation", "suggestions"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        abnormal_listed,
        critical_said,
    ),
    meta={"document": "C0007", "loinc": "11502-2"},
)

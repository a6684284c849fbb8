"""Discharge record (出院记录, WS/T 500 C0049 and C0053; discharge summary): the stay, its result, and what follows."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.checks.texts import say
from medgo.tasks.checks.timing import moment
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.documents.common import (
    REVIEW_INPATIENT,
    Diagnosis,
    Medication,
    Sex,
    age_field,
    instruct,
    review_field,
    sex_field,
)


class Stay(TaskModel):
    """What the record says of a stay."""

    sex: Sex = sex_field()
    age: str = age_field()
    admitted_at: str = section("入院时间", "Admitted", de="DE06.00.092")
    discharged_at: str = section("出院时间", "Discharged", de="DE06.00.017")
    written_at: str = section("记录时间", "Written", default="")
    admission: str = section("入院情况记录", "On admission", min_length=1)
    admission_diagnoses: str = section("入院诊断", "Admission diagnoses", min_length=1)
    course: str = section("住院经过", "Course in hospital", min_length=1)
    results: str = section("主要检查结果", "Main results", default="")
    at_discharge: str = section("出院时情况", "At discharge", min_length=1)
    orders: str = section("出院带药与医嘱", "Discharge medicines and orders", min_length=1)


class DischargeSummary(TaskModel):
    """Sections in the order of the national template."""

    hospital_days: int = section("住院天数", "Days in hospital", de="DE06.00.310", ge=0)
    admission_condition: str = section("入院情况", "Condition on admission", loinc="46241-6", de="DE05.10.148")
    admission_diagnoses: tuple[str, ...] = section("入院诊断", "Admission diagnoses", loinc="46241-6")
    course: str = section("诊疗经过", "Hospital course", loinc="8648-8", de="DE06.00.296", also=("Course",))
    discharge_diagnoses: tuple[Diagnosis, ...] = section("出院诊断", "Discharge diagnoses", loinc="11535-2")
    discharge_condition: str = section("出院情况", "Condition at discharge", loinc="11535-2", de="DE06.00.193")
    medications: tuple[Medication, ...] = section(
        "出院带药", "Discharge medications", loinc="10183-2", also=("Medications",)
    )
    advice: tuple[str, ...] = section(
        "出院医嘱", "Follow-up and advice", loinc="46209-3", de="DE06.00.287", also=("Follow-up", "随访")
    )
    review: str = review_field()


def days_counted(value: Stay, output: DischargeSummary, lang: Lang) -> list[Finding]:
    """Days in hospital that do not agree with the dates; the days of admission and discharge count as one."""
    start, end = moment(value.admitted_at), moment(value.discharged_at)
    if start is None or end is None or max((end.date() - start.date()).days, 1) == output.hospital_days:
        return []
    words = say(lang, "住院天数与入出院日期不符", "does not agree with the dates of admission and discharge")
    return [Finding("days_counted", "hospital_days", words, span=str(output.hospital_days))]


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写出院记录。\n\n{{ written() }}",
    "en": "Write the discharge summary from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    Stay(
        sex="male",
        age="58岁",
        admitted_at="2026-02-03 14:25",
        discharged_at="2026-02-12 10:00",
        written_at="2026-02-12 11:30",
        admission="突发胸骨后压榨样疼痛3小时入院，向左肩放射，伴大汗。体温36.5 ℃，脉搏88次/分，血压148/92 mmHg，双"
        "肺无啰音，心律齐，无杂音。心电图：V1-V4导联ST段抬高。高敏肌钙蛋白I 2.6 ng/mL。高血压5年，未规律服药，吸烟"
        "30年。",
        admission_diagnoses="1. 急性前壁ST段抬高型心肌梗死 Killip Ⅰ级；2. 高血压病3级 很高危",
        course="2月3日急诊冠脉造影：左前降支近段100%闭塞，植入支架1枚，血流TIMI 3级。术后阿司匹林肠溶片、替格瑞洛、"
        "阿托伐他汀、美托洛尔缓释片、培哚普利治疗。2月5日起在床旁活动。住院期间无胸痛、出血和心律失常。",
        results="2月4日超声心动图：左室射血分数48%，前壁运动减弱。低密度脂蛋白胆固醇3.9 mmol/L，空腹血糖5.6 mmol/L，"
        "肌酐76 μmol/L。",
        at_discharge="无胸痛气促，步行300米无不适。脉搏66次/分，血压124/76 mmHg，双肺无啰音，桡动脉穿刺处愈合好。",
        orders="阿司匹林肠溶片100 mg口服，每日1次，长期；替格瑞洛片90 mg口服，每日2次，12个月；阿托伐他汀钙片40 mg"
        "口服，每晚1次；美托洛尔缓释片47.5 mg口服，每日1次；培哚普利片4 mg口服，每日1次。戒烟，低盐低脂饮食，心脏康"
        "复。2周后心内科门诊复诊，4周后复查血脂、肝功能和肌酸激酶。不能自行停抗血小板药。胸痛超过15分钟不缓解立即呼"
        "叫120。",
    ),
    DischargeSummary(
        hospital_days=9,
        admission_condition="因突发胸骨后压榨样疼痛3小时入院，疼痛向左肩放射，伴大汗。血压148/92 mmHg，脉搏88次/分，"
        "双肺无啰音，心律齐。心电图示V1-V4导联ST段抬高，高敏肌钙蛋白I 2.6 ng/mL。",
        admission_diagnoses=("急性前壁ST段抬高型心肌梗死 Killip Ⅰ级", "高血压病3级 很高危"),
        course="2月3日急诊冠状动脉造影示左前降支近段100%闭塞，植入支架1枚，血流恢复TIMI 3级。术后予双联抗血小板、调"
        "脂、β受体阻滞剂和ACEI治疗，2月5日起床旁活动，住院期间无胸痛、出血及心律失常。2月4日超声心动图：左室射血分"
        "数48%，前壁运动减弱。低密度脂蛋白胆固醇3.9 mmol/L，空腹血糖5.6 mmol/L，肌酐76 μmol/L。",
        discharge_diagnoses=(
            Diagnosis(name="急性前壁ST段抬高型心肌梗死，左前降支支架植入术后", code="I21.0"),
            Diagnosis(name="高血压病3级 很高危", code="I10"),
            Diagnosis(name="高胆固醇血症", code="E78.0"),
        ),
        discharge_condition="好转。无胸痛、气促，步行300米无不适。脉搏66次/分，血压124/76 mmHg，双肺无啰音，桡动脉"
        "穿刺处愈合良好。",
        medications=(
            Medication(drug="阿司匹林肠溶片", dose="100 mg", route="口服", frequency="每日1次", duration="长期"),
            Medication(drug="替格瑞洛片", dose="90 mg", route="口服", frequency="每日2次", duration="12个月"),
            Medication(drug="阿托伐他汀钙片", dose="40 mg", route="口服", frequency="每晚1次"),
            Medication(drug="美托洛尔缓释片", dose="47.5 mg", route="口服", frequency="每日1次"),
            Medication(drug="培哚普利片", dose="4 mg", route="口服", frequency="每日1次"),
        ),
        advice=(
            "戒烟，低盐低脂饮食，参加心脏康复。",
            "不可自行停用抗血小板药。",
            "2周后心内科门诊复诊；4周后复查血脂、肝功能和肌酸激酶。",
            "胸痛超过15分钟不缓解，立即呼叫120。",
        ),
        review=REVIEW_INPATIENT["zh"],
    ),
)

_EXAMPLE_EN = Example(
    Stay(
        sex="male",
        age="34 years",
        admitted_at="2026-06-20 18:10",
        discharged_at="2026-06-23 11:00",
        written_at="2026-06-23 12:15",
        admission="Type 1 diabetes since age 12. 2 days of vomiting and polyuria after stopping basal insulin "
        "during a flu-like illness. HR 118/min, BP 108/66 mmHg, RR 28/min, T 37.9 C. Drowsy, orientated, dry, no "
        "focal signs. Glucose 29.4 mmol/L, ketones 6.1 mmol/L, pH 7.14, bicarbonate 11 mmol/L, potassium 5.4 mmol/L.",
        admission_diagnoses="Diabetic ketoacidosis, moderate; influenza A",
        course="IV fluids, fixed-rate insulin infusion and potassium by protocol; ketoacidosis resolved after 14 "
        "hours; back on subcutaneous insulin on 21 June. Oseltamivir started. Sick-day rules taught. No "
        "hypoglycemia.",
        results="Influenza A PCR positive. HbA1c 9.8%. Creatinine 131 umol/L on admission, 82 umol/L on 23 June. "
        "Chest X-ray clear. Potassium 4.1 mmol/L at discharge.",
        at_discharge="Eating, capillary glucose 7-11 mmol/L, BP 122/74 mmHg, HR 78/min, afebrile for 24 hours.",
        orders="Insulin glargine 22 units subcutaneously once daily at bedtime; insulin aspart 6 units "
        "subcutaneously three times daily with meals; oseltamivir 75 mg by mouth twice daily until 25 June. Ketone "
        "meter supplied. Diabetes clinic within 1 week. Return at once for vomiting, or ketones above 1.5 mmol/L "
        "despite sick-day rules. GP to repeat creatinine in 2 weeks.",
    ),
    DischargeSummary(
        hospital_days=3,
        admission_condition="34-year-old man with type 1 diabetes since age 12, admitted with 2 days of vomiting "
        "and polyuria after stopping basal insulin during a flu-like illness. HR 118/min, BP 108/66 mmHg, RR "
        "28/min, T 37.9 C; drowsy, dry, no focal signs. Glucose 29.4 mmol/L, ketones 6.1 mmol/L, pH 7.14, "
        "bicarbonate 11 mmol/L, potassium 5.4 mmol/L.",
        admission_diagnoses=("Diabetic ketoacidosis, moderate", "Influenza A"),
        course="Treated with intravenous fluids, a fixed-rate insulin infusion and potassium by protocol; "
        "ketoacidosis resolved after 14 hours, subcutaneous insulin from 21 June. Influenza A confirmed by PCR, "
        "oseltamivir started. No hypoglycemia. HbA1c 9.8%. Acute kidney injury recovered: creatinine 131 umol/L on "
        "admission, 82 umol/L on 23 June. Chest X-ray clear. Sick-day rules were taught.",
        discharge_diagnoses=(
            Diagnosis(name="Type 1 diabetes mellitus with ketoacidosis without coma", code="E10.10"),
            Diagnosis(name="Influenza A", code="J10.1"),
            Diagnosis(name="Acute kidney injury, recovered", code="N17.9"),
        ),
        discharge_condition="Recovered. Eating, afebrile for 24 hours, capillary glucose 7-11 mmol/L, BP 122/74 "
        "mmHg, HR 78/min, potassium 4.1 mmol/L.",
        medications=(
            Medication(
                drug="Insulin glargine", dose="22 units", route="subcutaneous", frequency="once daily at bedtime"
            ),
            Medication(
                drug="Insulin aspart", dose="6 units", route="subcutaneous", frequency="three times daily with meals"
            ),
            Medication(
                drug="Oseltamivir", dose="75 mg", route="oral", frequency="twice daily", duration="until 25 June"
            ),
        ),
        advice=(
            "Never stop basal insulin during illness; ketone meter supplied, sick-day rules given.",
            "Diabetes clinic within 1 week; GP to repeat creatinine in 2 weeks.",
            "Return at once for vomiting, or for ketones above 1.5 mmol/L despite sick-day rules.",
        ),
        review=REVIEW_INPATIENT["en"],
    ),
)

DISCHARGE_SUMMARY = Task(
    name="discharge_summary",
    titles={"zh": "出院记录", "en": "Discharge summary"},
    about={
        "zh": "由住院资料写成出院记录草稿：入院情况、诊疗经过、出院诊断（含编码）、带药和医嘱。",
        "en": "From the record of a stay to a draft discharge summary with coded diagnoses, medicines and follow-up.",
    },
    input=Stay,
    output=DischargeSummary,
    instructions={
        "zh": instruct(
            "zh",
            "你是住院病历助手，为主管医师起草出院记录（出院后24小时内完成）。出院带药逐条写药品、剂量、途径、频次，"
            "只列资料中的药物；出院诊断写ICD-10编码；住院天数按出院日期减入院日期计算；写明何时复诊和何种情况立即就"
            "医。",
        ),
        "en": instruct(
            "en",
            "You draft the discharge summary for the responsible physician. List each medicine with dose, route "
            "and frequency, and only those in the material; code the discharge diagnoses in ICD-10; days in "
            "hospital are the difference of the dates; say when to be seen and when to return at once.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("admission_condition", "course", "discharge_diagnoses", "discharge_condition", "advice"),
        checks.patient_fits(),
        checks.numbers_from_input("discharge_diagnoses"),
        checks.sides_from_input(),
        checks.coded("discharge_diagnoses"),
        checks.medication_lines("medications"),
        checks.drugs_from_input("medications"),
        checks.dates_in_order("admitted_at", "discharged_at", "written_at"),
        checks.timely("discharge_summary", "discharged_at", "written_at"),
        days_counted,
    ),
    meta={"document": "C0049", "loinc": "18842-5"},
)

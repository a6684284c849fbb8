"""First course note (首次病程记录, WS/T 500 C0037): case features, diagnosis with its basis, differential."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW_INPATIENT, Diagnosis, Sex, age_field, instruct, review_field, sex_field


class FirstHours(TaskModel):
    """What is known when the first note is due."""

    sex: Sex = sex_field()
    age: str = age_field()
    admitted_at: str = section("入院时间", "Admitted", de="DE06.00.092")
    written_at: str = section("记录时间", "Written")
    history: str = section("病史", "History", min_length=1)
    findings: str = section("体格检查", "Examination", min_length=1)
    results: str = section("辅助检查", "Results", default="")
    thoughts: str = section("医师的诊断思路与计划", "Physician's thoughts and plan", default="")


class Differential(TaskModel):
    """A disease that was weighed."""

    disease: str = section("疾病", "Disease", min_length=1)
    reasoning: str = section("鉴别要点", "For and against", min_length=1)


class FirstCourseNote(TaskModel):
    """Sections in the order of the national template."""

    features: tuple[str, ...] = section("病例特点", "Case features", loinc="29548-5", de="DE05.10.133")
    diagnoses: tuple[Diagnosis, ...] = section(
        "初步诊断", "Working diagnoses", de="DE05.01.025", also=("Diagnosis", "Working diagnosis")
    )
    basis: tuple[str, ...] = section("诊断依据", "Basis of the diagnosis", de="DE05.01.070", also=("Basis",))
    differential: tuple[Differential, ...] = section("鉴别诊断", "Differential diagnosis", also=("Differential",))
    plan: tuple[str, ...] = section("诊疗计划", "Plan", loinc="18776-5", de="DE06.00.300")
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写首次病程记录。\n\n{{ written() }}",
    "en": "Write the first course note from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    FirstHours(
        sex="female",
        age="26岁",
        admitted_at="2026-04-18 20:30",
        written_at="2026-04-18 22:10",
        history="转移性右下腹痛12小时。早晨脐周隐痛，6小时后转到右下腹，持续性，渐重，恶心，呕吐胃内容物1次，自觉发"
        "热。无腹泻、尿频尿痛。末次月经2026年4月6日，量同前。既往体健，无手术史，无药物过敏。",
        findings="体温38.0 ℃，脉搏96次/分，血压114/68 mmHg。心肺无异常。腹平坦，右下腹麦氏点压痛、反跳痛，局部肌紧"
        "张，未及包块，罗夫辛征阳性。双肾区无叩痛。",
        results="白细胞14.6×10^9/L，中性粒细胞88%。尿常规正常，尿妊娠试验阴性。超声：阑尾增粗，直径10 mm，周围少量"
        "积液；子宫附件未见异常。",
        thoughts="急性阑尾炎。禁食补液，抗感染，外科评估急诊手术，术前检查，家属沟通。需与右侧输尿管结石、异位妊娠、"
        "黄体破裂鉴别。",
    ),
    FirstCourseNote(
        features=(
            "青年女性，急性起病，转移性右下腹痛12小时，伴恶心，呕吐胃内容物1次，自觉发热。",
            "既往体健，无手术史，无药物过敏。末次月经2026年4月6日，量同前。",
            "查体：体温38.0 ℃，脉搏96次/分，血压114/68 mmHg；右下腹麦氏点压痛、反跳痛，局部肌紧张，罗夫辛征阳性，双"
            "肾区无叩痛。",
            "辅助检查：白细胞14.6×10^9/L，中性粒细胞88%；尿常规正常，尿妊娠试验阴性；超声示阑尾增粗，直径10 mm，周"
            "围少量积液，子宫附件未见异常。",
        ),
        diagnoses=(Diagnosis(name="急性阑尾炎", code="K35.8"),),
        basis=(
            "典型的转移性右下腹痛，伴恶心、呕吐和发热。",
            "右下腹固定压痛，伴反跳痛和局部肌紧张。",
            "白细胞和中性粒细胞升高；超声见阑尾增粗伴周围积液。",
        ),
        differential=(
            Differential(
                disease="异位妊娠破裂",
                reasoning="育龄女性下腹痛须排除；末次月经量同前，尿妊娠试验阴性，超声子宫附件未见异常，血压平稳，不"
                "支持。",
            ),
            Differential(
                disease="黄体破裂",
                reasoning="多突发于月经后半期；本例月经周期第13天，疼痛有转移过程，超声附件未见异常，可能性小。",
            ),
            Differential(
                disease="右侧输尿管结石",
                reasoning="多为绞痛伴血尿；本例无尿路症状，肾区无叩痛，尿常规正常，不支持。",
            ),
        ),
        plan=(
            "禁食、补液，监测体温、脉搏、血压及腹部体征。",
            "抗感染治疗，药物由主管医师确定。",
            "完善术前检查，请外科上级医师评估急诊手术指征；是否手术由其决定。",
            "与患者及家属沟通病情和可能的并发症。",
        ),
        review=REVIEW_INPATIENT["zh"],
    ),
)

_EXAMPLE_EN = Example(
    FirstHours(
        sex="male",
        age="46 years",
        admitted_at="2026-05-02 06:15",
        written_at="2026-05-02 08:40",
        history="Severe epigastric pain for 8 hours, boring through to the back, easier when leaning forward. "
        "Vomited 4 times, no blood. Drinks half a bottle of vodka a day, more over the last week. Two similar "
        "milder episodes in 2024. No gallstones known. No regular medicines, no allergies.",
        findings="T 37.8 C, HR 108/min, BP 104/62 mmHg, RR 22/min, SpO2 95% on room air. Dry mucosae. Epigastric "
        "tenderness with guarding, no rebound, bowel sounds reduced. No jaundice. No Cullen or Grey Turner sign.",
        results="Lipase 2,140 U/L. White cells 15.8 x10^9/L, hematocrit 0.48, CRP 96 mg/L. ALT 48 U/L, bilirubin "
        "16 umol/L, calcium 2.05 mmol/L, glucose 11.2 mmol/L, creatinine 104 umol/L, triglycerides 3.1 mmol/L. "
        "Ultrasound: no gallstones, bile duct 4 mm, pancreas obscured by gas. ECG: sinus tachycardia. Erect chest "
        "film: no free air.",
        thoughts="Acute pancreatitis, alcohol. Ringer's, analgesia, withdrawal scale and thiamine, watch urine "
        "output, early feeding, CT if no better at 72 hours. Consider perforation, biliary, MI.",
    ),
    FirstCourseNote(
        features=(
            "Middle-aged man, 8 hours of severe epigastric pain through to the back, easier leaning forward, "
            "vomited 4 times.",
            "Heavy daily alcohol intake, increased over the last week; two milder episodes in 2024. No known "
            "gallstones, no regular medicines, no allergies.",
            "T 37.8 C, HR 108/min, BP 104/62 mmHg, RR 22/min, SpO2 95% on room air; dry; epigastric tenderness "
            "with guarding, no rebound; no jaundice.",
            "Lipase 2,140 U/L, white cells 15.8 x10^9/L, hematocrit 0.48, CRP 96 mg/L, calcium 2.05 mmol/L, "
            "glucose 11.2 mmol/L. Ultrasound: no gallstones, bile duct 4 mm, pancreas obscured.",
        ),
        diagnoses=(Diagnosis(name="Acute pancreatitis, probably alcohol-induced", code="K85.20"),),
        basis=(
            "Typical pain with a lipase far above normal: two of the three criteria are met, so imaging is not "
            "needed to diagnose.",
            "Alcohol is the likely cause: recent heavy intake, no gallstones, bile duct not dilated, triglycerides "
            "3.1 mmol/L.",
        ),
        differential=(
            Differential(
                disease="Perforated peptic ulcer",
                reasoning="Sudden epigastric pain and guarding fit; no free air on the erect chest film and the "
                "lipase speak against it.",
            ),
            Differential(
                disease="Biliary pancreatitis or cholangitis",
                reasoning="No jaundice, bilirubin 16 umol/L, ALT 48 U/L, no stones and a bile duct of 4 mm; small "
                "stones can be missed, so repeat the ultrasound later.",
            ),
            Differential(
                disease="Inferior myocardial infarction",
                reasoning="Can present with epigastric pain; the ECG shows sinus tachycardia only. Troponin: not "
                "provided.",
            ),
        ),
        plan=(
            "Goal-directed intravenous Ringer's solution with hourly urine output; reassess HR, BP and hematocrit.",
            "Analgesia as the physician orders; oral feeding as soon as tolerated.",
            "Alcohol withdrawal scale and thiamine.",
            "CT abdomen if there is no improvement at 72 hours; escalate at once for organ failure.",
        ),
        review=REVIEW_INPATIENT["en"],
    ),
)

FIRST_COURSE_NOTE = Task(
    name="first_course_note",
    titles={"zh": "首次病程记录", "en": "First course note"},
    about={
        "zh": "由入院资料归纳病例特点，拟诊断、诊断依据、鉴别诊断和诊疗计划。",
        "en": "From the first hours' findings: features of the case, working diagnosis with its basis, "
        "differential and plan.",
    },
    input=FirstHours,
    output=FirstCourseNote,
    instructions={
        "zh": instruct(
            "zh",
            "你是住院病历助手，为住院医师起草首次病程记录（入院8小时内完成）。病例特点要归纳提炼，不照抄入院记录；"
            "诊断依据逐条对应资料；鉴别诊断写支持点和不支持点；有创操作和手术只写“请评估”，不代替医师决定。",
        ),
        "en": instruct(
            "en",
            "You draft the first course note for the admitting physician, due within 8 hours of admission. "
            "Condense the case rather than copying it; tie each reason for the diagnosis to a finding; say for "
            "each alternative what speaks for and against it. Leave invasive decisions to the physician.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("features", "diagnoses", "basis", "differential", "plan"),
        checks.patient_fits(),
        checks.numbers_from_input("diagnoses"),
        checks.sides_from_input(),
        checks.coded("diagnoses"),
        checks.not_copied("features", "history"),
        checks.dates_in_order("admitted_at", "written_at"),
        checks.timely("first_course_note", "admitted_at", "written_at"),
    ),
    meta={"document": "C0037", "loinc": "11506-3"},
    thinking=True,
)

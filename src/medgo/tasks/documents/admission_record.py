"""Admission record (入院记录, WS/T 500 C0034; history and physical): from interview and examination to the record."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW_INPATIENT, Diagnosis, Sex, age_field, instruct, review_field, sex_field


class Admission(TaskModel):
    """What is known within a day of admission."""

    sex: Sex = sex_field()
    age: str = age_field()
    occupation: str = section("职业", "Occupation", de="DE02.01.052", default="")
    informant: str = section("病史陈述者", "Informant", de="DE02.10.109", default="")
    admitted_at: str = section("入院时间", "Admitted", de="DE06.00.092")
    written_at: str = section("记录时间", "Written")
    interview: str = section("病史采集记录", "Interview notes", min_length=1)
    findings: str = section("体格检查记录", "Examination notes", min_length=1)
    results: str = section("辅助检查结果", "Results", default="")
    impression: str = section("医师的初步诊断与计划", "Physician's impression and plan", default="")


class Examination(TaskModel):
    """Physical examination by region; what was not examined is left out."""

    vital_signs: str = section("生命体征", "Vital signs", loinc="8716-3")
    general: str = section("一般情况", "General", de="DE04.10.219")
    head_neck: str = section("头颈部", "Head and neck", de="DE04.10.261", default="")
    chest: str = section("胸部", "Chest and heart", de="DE04.10.263", also=("Chest", "胸部及心肺"), default="")
    abdomen: str = section("腹部", "Abdomen", de="DE04.10.046", default="")
    limbs: str = section("脊柱四肢", "Back and limbs", de="DE04.10.179", also=("四肢", "Extremities"), default="")
    neurological: str = section("神经系统", "Neurological", de="DE05.10.149", default="")
    special: str = section("专科检查", "Specialty examination", also=("专科情况",), default="")


class AdmissionRecord(TaskModel):
    """Sections in the order of the national template; an English H&P has the same ones."""

    chief_complaint: str = section("主诉", "Chief complaint", loinc="10154-3", de="DE04.01.119")
    present_illness: str = section(
        "现病史", "History of present illness", loinc="10164-2", de="DE02.10.071", also=("HPI",)
    )
    past_history: str = section("既往史", "Past medical history", loinc="11348-0", de="DE02.10.099", also=("PMH",))
    medications: str = section("用药史", "Medications", loinc="10160-0")
    allergies: str = section("过敏史", "Allergies", loinc="48765-2", de="DE02.10.022")
    personal_history: str = section("个人史", "Social history", loinc="29762-2", de="DE02.10.097")
    menstrual_history: str = section(
        "月经婚育史", "Menstrual and obstetric history", loinc="49033-4", de="DE02.10.102", also=("月经史",), default=""
    )
    family_history: str = section("家族史", "Family history", loinc="10157-6", de="DE02.10.103")
    examination: Examination = section(
        "体格检查", "Physical examination", loinc="29545-1", de="DE04.10.258", also=("查体", "体检")
    )
    investigations: str = section("辅助检查", "Investigations", loinc="30954-2", de="DE04.30.009", also=("Results",))
    diagnoses: tuple[Diagnosis, ...] = section(
        "初步诊断", "Assessment", loinc="11450-4", de="DE05.01.025", also=("入院诊断", "Diagnoses", "Impression")
    )
    plan: tuple[str, ...] = section("诊疗计划", "Plan", loinc="18776-5", de="DE06.00.300", default=())
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写入院记录。\n\n{{ written() }}",
    "en": "Write the admission history and physical from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    Admission(
        sex="male",
        age="63岁",
        occupation="退休教师",
        informant="患者本人，可靠",
        admitted_at="2026-03-09 09:20",
        written_at="2026-03-09 15:40",
        interview="咳嗽、咳痰10年，每年冬天犯，一年加起来有3个月多。5天前受凉后加重，痰变黄，走平路就喘，夜里能平躺。"
        "昨天发热，体温38.4 ℃。没有胸痛、咯血，腿不肿。在家吸沙丁胺醇，没用抗生素。高血压8年，吃氨氯地平5 mg，每日1"
        "次，血压控制在130/80 mmHg左右。没有糖尿病、冠心病、肝炎、结核。10岁时阑尾切除。头孢过敏，出皮疹。吸烟40年，"
        "每天20支，戒了2年；不喝酒。已婚，1子体健。父亲肺气肿去世，母亲健在。",
        findings="体温38.1 ℃，脉搏102次/分，呼吸24次/分，血压138/82 mmHg，指氧饱和度89%（未吸氧）。神志清，慢性病容，"
        "口唇轻度发绀。颈静脉无怒张。桶状胸，双肺叩诊过清音，右下肺可闻及湿啰音，双肺散在哮鸣音。心率102次/分，律齐，"
        "无杂音。腹软无压痛，右下腹陈旧手术瘢痕，肝脾未触及。双下肢无水肿。神经系统查体无异常。",
        results="血常规：白细胞13.2×10^9/L，中性粒细胞86%。C反应蛋白78 mg/L。血气（未吸氧）：pH 7.37，PaO2 56 mmHg，"
        "PaCO2 48 mmHg。胸片：双肺透亮度增高，右下肺斑片影。",
        impression="慢阻肺急性加重，右下肺炎，Ⅱ型呼吸衰竭？PaCO2 48未到50，考虑Ⅰ型呼吸衰竭。高血压病。低流量吸氧，"
        "抗感染避开头孢，雾化支气管舒张剂，送痰培养，复查血气。",
    ),
    AdmissionRecord(
        chief_complaint="反复咳嗽咳痰10年，加重伴气促5天。",
        present_illness="患者10年来反复咳嗽、咳痰，冬季发作，每年累计3个月以上。5天前受凉后加重，咳黄痰，平地行走即"
        "气促，夜间可平卧。昨日发热，体温38.4 ℃。无胸痛、咯血，无下肢水肿。自行吸入沙丁胺醇，未用抗生素。",
        past_history="高血压病史8年，血压控制在130/80 mmHg左右。10岁时行阑尾切除术。否认糖尿病、冠心病、肝炎、结核"
        "病史。",
        medications="氨氯地平5 mg，每日1次；间断吸入沙丁胺醇。",
        allergies="头孢菌素过敏，表现为皮疹。",
        personal_history="退休教师。吸烟40年，每日20支，已戒烟2年。不饮酒。已婚，育有1子，体健。",
        family_history="父亲因肺气肿去世，母亲健在。",
        examination=Examination(
            vital_signs="体温38.1 ℃，脉搏102次/分，呼吸24次/分，血压138/82 mmHg，指氧饱和度89%（未吸氧）。",
            general="神志清，慢性病容。",
            head_neck="口唇轻度发绀，颈静脉无怒张。",
            chest="桶状胸，双肺叩诊过清音，右下肺可闻及湿啰音，双肺散在哮鸣音。心率102次/分，律齐，未闻及杂音。",
            abdomen="腹软，右下腹陈旧手术瘢痕，无压痛，肝脾肋下未触及。",
            limbs="双下肢无水肿。",
            neurological="未见异常。",
        ),
        investigations="血常规：白细胞13.2×10^9/L，中性粒细胞86%。C反应蛋白78 mg/L。血气分析（未吸氧）：pH 7.37，"
        "PaO2 56 mmHg，PaCO2 48 mmHg。胸片：双肺透亮度增高，右下肺斑片影。",
        diagnoses=(
            Diagnosis(name="慢性阻塞性肺疾病急性加重，伴下呼吸道感染", code="J44.0"),
            Diagnosis(name="右下肺肺炎", code="J18.9"),
            Diagnosis(name="Ⅰ型呼吸衰竭", code="J96.0"),
            Diagnosis(name="高血压病", code="I10"),
        ),
        plan=(
            "低流量吸氧，监测指氧饱和度，复查血气分析。",
            "送痰培养；抗感染治疗，避免使用头孢菌素，方案由主管医师确定。",
            "雾化吸入支气管舒张剂。",
        ),
        review=REVIEW_INPATIENT["zh"],
    ),
)

_EXAMPLE_EN = Example(
    Admission(
        sex="female",
        age="71 years",
        occupation="retired librarian",
        informant="patient and daughter, reliable",
        admitted_at="2026-01-14 22:05",
        written_at="2026-01-15 01:30",
        interview="4 days of worsening shortness of breath, now at rest since this morning. Sleeps on 3 pillows, "
        "woke up gasping last night. Ankles swollen, weight up 4 kg in a week. Ran out of furosemide 10 days ago. "
        "No chest pain, no palpitations, no cough or fever. Heart failure since 2021 after a heart attack in 2020, "
        "type 2 diabetes for 15 years, atrial fibrillation. Home: furosemide 40 mg once daily (not taken for 10 "
        "days), bisoprolol 5 mg once daily, apixaban 5 mg twice daily, metformin 500 mg twice daily. Lisinopril "
        "gave her a cough. No drug allergies. Never smoked, a glass of wine on Sundays. Lives alone, manages "
        "stairs until last week. Father died of a stroke at 70.",
        findings="T 36.4 C, HR 112/min irregular, RR 26/min, BP 156/88 mmHg, SpO2 90% on room air. Alert, speaks "
        "in short sentences. JVP 12 cm. Crackles to the mid zones on both sides, dull at the right base. Heart "
        "sounds irregular, no murmur. Abdomen soft, liver edge tender 2 cm below the costal margin. Pitting edema "
        "to both knees. No focal deficit.",
        results="ECG: atrial fibrillation, 114/min, old inferior Q waves. NT-proBNP 6,840 ng/L. Potassium 4.3 "
        "mmol/L, creatinine 118 umol/L, hemoglobin 112 g/L. hs-troponin I 22 ng/L, 24 ng/L at 3 hours. Chest "
        "X-ray: cardiomegaly, interstitial edema, small right effusion.",
        impression="Acute on chronic heart failure after stopping furosemide. AF with fast rate. T2DM, old MI. IV "
        "loop diuretic, fluid balance and daily weight, oxygen to 92-96%, continue apixaban, hold metformin "
        "tonight, echo tomorrow, repeat potassium and creatinine in the morning.",
    ),
    AdmissionRecord(
        chief_complaint="Worsening shortness of breath for 4 days.",
        present_illness="Progressive dyspnea over 4 days, at rest since this morning, with three-pillow orthopnea, "
        "paroxysmal nocturnal dyspnea last night, ankle swelling and a weight gain of 4 kg in a week. She ran out "
        "of furosemide 10 days ago. No chest pain, palpitations, cough or fever.",
        past_history="Heart failure since 2021; myocardial infarction in 2020; atrial fibrillation; type 2 "
        "diabetes for 15 years.",
        medications="Furosemide 40 mg once daily (not taken for 10 days), bisoprolol 5 mg once daily, apixaban 5 "
        "mg twice daily, metformin 500 mg twice daily.",
        allergies="No known drug allergies. Intolerance: cough with lisinopril.",
        personal_history="Retired librarian, lives alone, climbed stairs until last week. Never smoked; a glass of "
        "wine on Sundays.",
        family_history="Father died of a stroke at 70.",
        examination=Examination(
            vital_signs="T 36.4 C, HR 112/min irregular, RR 26/min, BP 156/88 mmHg, SpO2 90% on room air.",
            general="Alert, speaks in short sentences.",
            head_neck="JVP 12 cm.",
            chest="Crackles to the mid zones on both sides, dull at the right base. Heart sounds irregular, no murmur.",
            abdomen="Soft; tender liver edge 2 cm below the costal margin.",
            limbs="Pitting edema to both knees.",
            neurological="No focal deficit.",
        ),
        investigations="ECG: atrial fibrillation, 114/min, old inferior Q waves. NT-proBNP 6,840 ng/L. hs-troponin "
        "I 22 ng/L, 24 ng/L at 3 hours. Potassium 4.3 mmol/L, creatinine 118 umol/L, hemoglobin 112 g/L. Chest "
        "X-ray: cardiomegaly, interstitial edema, small right effusion.",
        diagnoses=(
            Diagnosis(name="Acute on chronic heart failure, likely from interrupted diuretic therapy", code="I50.9"),
            Diagnosis(name="Atrial fibrillation with rapid ventricular rate", code="I48.91"),
            Diagnosis(name="Type 2 diabetes mellitus", code="E11.9"),
            Diagnosis(name="Old myocardial infarction", code="I25.2"),
        ),
        plan=(
            "Intravenous loop diuretic as the physician orders; fluid balance and daily weight.",
            "Oxygen to a saturation of 92-96%.",
            "Continue apixaban; hold metformin tonight.",
            "Echocardiogram tomorrow; repeat potassium and creatinine in the morning.",
        ),
        review=REVIEW_INPATIENT["en"],
    ),
)

ADMISSION_RECORD = Task(
    name="admission_record",
    titles={"zh": "入院记录", "en": "Admission record"},
    about={
        "zh": "由入院问诊、查体和检查结果写成入院记录草稿，供住院医师修改。",
        "en": "From interview, examination and first results to a draft history and physical for the admitting "
        "physician.",
    },
    input=Admission,
    output=AdmissionRecord,
    instructions={
        "zh": instruct(
            "zh",
            "你是住院病历助手，按《病历书写基本规范》为住院医师起草入院记录。主诉不超过20个字，写主要症状（或体征）"
            "和持续时间，能导出第一诊断；现病史按时间顺序写，时间与主诉一致；女性患者写月经婚育史。",
        ),
        "en": instruct(
            "en",
            "You draft the admission history and physical for the admitting physician. The chief complaint is one "
            "line with its duration; the history of present illness is in order of time and agrees with it. "
            "Include the menstrual and obstetric history where it is relevant.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("chief_complaint", "present_illness", "examination.vital_signs", "diagnoses"),
        checks.chief_complaint("chief_complaint"),
        checks.patient_fits(),
        checks.numbers_from_input("diagnoses"),
        checks.sides_from_input(),
        checks.coded("diagnoses"),
        checks.dates_in_order("admitted_at", "written_at"),
        checks.timely("admission_record", "admitted_at", "written_at"),
    ),
    meta={"document": "C0034", "loinc": "34117-2"},
)

"""Outpatient record (门（急）诊病历, WS/T 500 C0002): from the talk in the consulting room to a visit note."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW, Diagnosis, Sex, age_field, instruct, review_field, sex_field


class OutpatientVisit(TaskModel):
    """What is known at the end of a visit."""

    sex: Sex = sex_field()
    age: str = age_field()
    department: str = section("科室", "Department", de="DE08.10.026")
    visit: Literal["first", "return"] = section(
        "就诊类型", "Visit", choices={"first": ("初诊", "first visit"), "return": ("复诊", "return visit")}
    )
    dialogue: str = section("医患对话", "Conversation", min_length=1)
    findings: str = section("查体所见", "Examination findings", default="")
    results: str = section("已有检查结果", "Results at hand", default="")
    plan: str = section("医师的诊断与处理意见", "Physician's diagnosis and plan", default="")


class OutpatientRecord(TaskModel):
    """Sections in the order of the national template."""

    chief_complaint: str = section("主诉", "Chief complaint", loinc="10154-3", de="DE04.01.119")
    present_illness: str = section(
        "现病史", "History of present illness", loinc="10164-2", de="DE02.10.071", also=("HPI",)
    )
    past_history: str = section("既往史", "Past medical history", loinc="11348-0", de="DE02.10.099", also=("PMH",))
    allergies: str = section("过敏史", "Allergies", loinc="48765-2", de="DE02.10.022")
    examination: str = section(
        "体格检查", "Physical examination", loinc="29545-1", de="DE04.10.258", also=("查体", "体检", "Examination")
    )
    investigations: str = section("辅助检查", "Investigations", loinc="30954-2", de="DE04.30.009", also=("Results",))
    diagnoses: tuple[Diagnosis, ...] = section(
        "初步诊断", "Assessment", loinc="29548-5", de="DE05.01.025", also=("诊断", "Diagnosis", "Diagnoses")
    )
    plan: tuple[str, ...] = section("处理意见", "Plan", loinc="18776-5", de="DE06.00.300", also=("处理", "治疗意见"))
    advice: str = section(
        "医嘱与随访", "Advice and follow-up", loinc="46209-3", de="DE06.00.287", also=("医嘱", "随访")
    )
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面这次门诊的资料书写门诊病历。\n\n{{ written() }}",
    "en": "Write the clinic note for this visit.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    OutpatientVisit(
        sex="female",
        age="34岁",
        department="消化内科",
        visit="first",
        dialogue="""医生：哪里不舒服？
患者：胃这块儿老疼，有半个月了，这3天厉害了。
医生：指一下位置。什么时候疼？
患者：心口窝下面，空着肚子疼，半夜也疼醒过，吃点东西就好些。
医生：反酸、烧心有吗？大便颜色黑不黑？
患者：反酸有，烧心也有一点。大便黄的，没黑过，也没吐过血。
医生：体重变化呢？吃过什么药？
患者：体重没变。前阵子头疼，吃了10来天布洛芬，胃药没吃过。
医生：以前有什么病？药物过敏吗？
患者：没别的病，没做过手术。青霉素皮试阳性过。
医生：末次月经什么时候？
患者：10天前，挺准的，没怀孕。""",
        findings="体温36.6 ℃，脉搏78次/分，血压112/70 mmHg。神志清，皮肤巩膜无黄染。腹平软，剑突下轻压痛，无反跳痛，"
        "肝脾肋下未触及，墨菲征阴性。",
        results="血常规：血红蛋白128 g/L，白细胞6.2×10^9/L。",
        plan="考虑消化性溃疡可能，停布洛芬，约胃镜，做13C呼气试验查幽门螺杆菌，查完再口服艾司奥美拉唑20 mg，"
        "每日1次，早餐前。1周后带结果复诊，出现黑便、呕血马上来急诊。",
    ),
    OutpatientRecord(
        chief_complaint="反复上腹痛半个月，加重3天。",
        present_illness="患者半个月前出现剑突下疼痛，空腹及夜间明显，曾夜间痛醒，进食后缓解，伴反酸及轻度烧心，近3"
        "天加重。"
        "病前因头痛口服布洛芬10余天，未服抑酸药。无呕血、黑便。起病以来大便色黄，体重无明显变化。",
        past_history="否认其他疾病史及手术史。末次月经10天前，月经规律，否认妊娠。",
        allergies="青霉素皮试阳性。",
        examination="体温36.6 ℃，脉搏78次/分，血压112/70 mmHg。神志清，皮肤巩膜无黄染。腹平软，剑突下轻压痛，无反跳"
        "痛，"
        "肝脾肋下未触及，墨菲征阴性。",
        investigations="血常规：血红蛋白128 g/L，白细胞6.2×10^9/L。",
        diagnoses=(Diagnosis(name="上腹痛待查，消化性溃疡可能", code="R10.1"),),
        plan=(
            "停用布洛芬。",
            "预约胃镜检查，行13C呼气试验查幽门螺杆菌。",
            "检查完成后拟予艾司奥美拉唑20 mg口服，每日1次，早餐前服用，由接诊医师确认。",
        ),
        advice="1周后携检查结果复诊；如出现黑便、呕血，立即急诊就诊。",
        review=REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    OutpatientVisit(
        sex="male",
        age="58 years",
        department="Primary care",
        visit="first",
        dialogue="""Doctor: What brings you in?
Patient: My right knee. It's been sore for about 3 months and it's worse the last 2 weeks.
Doctor: When does it hurt?
Patient: Stairs, and after I've been standing all day at work. In the morning it's stiff, maybe 10 minutes.
Doctor: Any swelling, locking, giving way? Any fever or injury?
Patient: It puffs up a bit in the evening. No locking, doesn't give way. No fever, never hurt it.
Doctor: What have you tried?
Patient: Acetaminophen now and then. Helps a little.
Doctor: Other conditions, medicines, allergies?
Patient: Blood pressure. I take amlodipine 5 mg every morning. Sulfa gave me a rash years ago.""",
        findings="BP 136/82 mmHg, pulse 74/min, BMI 31 kg/m2. Right knee: small effusion, no warmth or redness, "
        "crepitus, "
        "medial joint line tenderness, flexion to 115 degrees, ligaments stable. Left knee normal. Gait slightly "
        "antalgic.",
        results="Weight-bearing X-ray of the right knee: medial joint space narrowing with small osteophytes, no "
        "fracture.",
        plan="Knee osteoarthritis. Exercise and weight loss, physiotherapy referral, topical diclofenac gel 1% "
        "four times "
        "daily for 2 weeks. Back in 6 weeks; earlier if hot swollen knee or fever.",
    ),
    OutpatientRecord(
        chief_complaint="Right knee pain for 3 months, worse for 2 weeks.",
        present_illness="Three-month history of right knee pain, worse over the last 2 weeks, brought on by stairs "
        "and by "
        "standing all day at work. Morning stiffness of about 10 minutes. Mild swelling in the evening. No "
        "locking, giving "
        "way, fever or injury. Occasional acetaminophen gives some relief.",
        past_history="Hypertension, on amlodipine 5 mg every morning.",
        allergies="Sulfonamide: rash, years ago.",
        examination="BP 136/82 mmHg, pulse 74/min, BMI 31 kg/m2. Gait slightly antalgic. Right knee: small "
        "effusion, no "
        "warmth or redness, crepitus, medial joint line tenderness, flexion to 115 degrees, ligaments stable. Left "
        "knee "
        "normal.",
        investigations="Weight-bearing X-ray of the right knee: medial joint space narrowing with small "
        "osteophytes, no "
        "fracture.",
        diagnoses=(Diagnosis(name="Osteoarthritis of the right knee", code="M17.11"),),
        plan=(
            "Exercise and weight loss; referral to physiotherapy.",
            "Proposed, for the physician to confirm: topical diclofenac gel 1% to the right knee, four times daily "
            "for 2 "
            "weeks.",
        ),
        advice="Return in 6 weeks; earlier if the knee becomes hot and swollen or there is fever.",
        review=REVIEW["en"],
    ),
)

OUTPATIENT_RECORD = Task(
    name="outpatient_record",
    titles={"zh": "门诊病历", "en": "Outpatient record"},
    about={
        "zh": "由诊室对话、查体和检查结果写成门诊病历草稿，供接诊医师修改。",
        "en": "From the conversation, the examination and the results of a visit to a draft clinic note for the "
        "physician.",
    },
    input=OutpatientVisit,
    output=OutpatientRecord,
    instructions={
        "zh": instruct(
            "zh",
            "你是门诊病历助手，按《病历书写基本规范》为接诊医师起草门诊病历。主诉不超过20个字，写主要症状和持续时间。",
        ),
        "en": instruct(
            "en",
            "You draft clinic notes for the physician who saw the patient. The chief complaint is one line: main "
            "symptom and "
            "how long.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("chief_complaint", "present_illness", "diagnoses", "plan"),
        checks.chief_complaint("chief_complaint"),
        checks.numbers_from_input("diagnoses"),
        checks.sides_from_input(),
    ),
    meta={"document": "C0002", "loinc": "34108-1"},
)

"""Daily course note (日常病程记录, WS/T 500 C0038; SOAP): what changed, what it means, what follows."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.definition import Example, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW_INPATIENT, Sex, age_field, instruct, review_field, sex_field


class WardDay(TaskModel):
    """What is known on the day of the note."""

    sex: Sex = sex_field()
    age: str = age_field()
    diagnosis: str = section("目前诊断", "Current diagnosis", min_length=1)
    condition: Literal["critical", "serious", "stable"] = section(
        "病情等级",
        "Condition",
        choices={"critical": ("病危", "critical"), "serious": ("病重", "serious"), "stable": ("稳定", "stable")},
    )
    previous_at: str = section("上次病程时间", "Previous note written", default="")
    previous_note: str = section("上次病程记录", "Previous note", default="")
    written_at: str = section("记录时间", "Written")
    today: str = section("今日情况", "Today", min_length=1)
    findings: str = section("今日查体", "Examination today", min_length=1)
    results: str = section("新回报结果", "New results", default="")
    orders: str = section("医师意见", "Physician's decisions", default="")


class DailyCourseNote(TaskModel):
    """The four parts of a progress note."""

    subjective: str = section("患者情况", "Subjective", loinc="61150-9", also=("主观", "S"))
    objective: str = section("查体与检查", "Objective", loinc="61149-1", also=("客观", "O"))
    assessment: str = section("病情分析", "Assessment", loinc="51848-0", also=("评估", "分析", "A"))
    plan: tuple[str, ...] = section("诊疗处理", "Plan", loinc="18776-5", also=("计划", "处理", "P"))
    review: str = review_field()


_TEMPLATE: dict[Lang, str] = {
    "zh": "请根据下面的资料书写今日病程记录。\n\n{{ written() }}",
    "en": "Write today's progress note from this material.\n\n{{ written() }}",
}

_EXAMPLE_ZH = Example(
    WardDay(
        sex="male",
        age="63岁",
        diagnosis="慢性阻塞性肺疾病急性加重，右下肺肺炎，高血压病",
        condition="serious",
        previous_at="2026-03-10 09:00",
        previous_note="患者仍咳黄痰，气促，活动受限。体温38.2 ℃，指氧饱和度91%（鼻导管2 L/min）。右下肺湿啰音，双肺"
        "哮鸣音。继续抗感染、雾化及吸氧。",
        written_at="2026-03-12 08:50",
        today="气促较前减轻，能在床边行走，痰量减少，颜色转白。昨起未再发热。夜间睡眠可，进食好。",
        findings="体温36.8 ℃，脉搏84次/分，呼吸20次/分，血压128/78 mmHg，指氧饱和度94%（鼻导管2 L/min）。右下肺少许"
        "湿啰音，哮鸣音基本消失。双下肢无水肿。",
        results="3月11日血气（吸氧2 L/min）：pH 7.40，PaO2 72 mmHg，PaCO2 44 mmHg。3月12日白细胞8.9×10^9/L，C反应蛋"
        "白24 mg/L，血钾3.2 mmol/L。痰培养：肺炎克雷伯菌，对左氧氟沙星敏感。",
        orders="抗感染有效，左氧氟沙星继续。血钾低，考虑与雾化和进食少有关，口服补钾，明天复查。停病重。",
    ),
    DailyCourseNote(
        subjective="气促较前减轻，可在床边行走，痰量减少，转为白痰，昨日起未再发热，睡眠、进食好。",
        objective="体温36.8 ℃，脉搏84次/分，呼吸20次/分，血压128/78 mmHg，指氧饱和度94%（鼻导管2 L/min）。右下肺少"
        "许湿啰音，哮鸣音基本消失，双下肢无水肿。血气（3月11日，吸氧2 L/min）：pH 7.40，PaO2 72 mmHg，PaCO2 44 mmHg。"
        "3月12日：白细胞8.9×10^9/L，C反应蛋白24 mg/L，血钾3.2 mmol/L。痰培养为肺炎克雷伯菌，对左氧氟沙星敏感。",
        assessment="体温、炎症指标和氧合均好转，痰培养提示现用左氧氟沙星敏感，抗感染有效。血钾3.2 mmol/L，轻度低钾，"
        "考虑与雾化吸入及前期进食少有关，左氧氟沙星可延长QT间期，低钾时应注意心电图。",
        plan=(
            "继续左氧氟沙星抗感染，继续雾化及低流量吸氧。",
            "拟口服补钾，明日复查血钾；建议行心电图检查，由主管医师决定。",
            "停病重通知，护理级别由主管医师确定。",
        ),
        review=REVIEW_INPATIENT["zh"],
    ),
)

_EXAMPLE_EN = Example(
    WardDay(
        sex="female",
        age="71 years",
        diagnosis="Acute on chronic heart failure; atrial fibrillation; type 2 diabetes",
        condition="stable",
        previous_at="2026-01-16 08:30",
        previous_note="Breathing easier, still two pillows. Weight 78.2 kg. Crackles at both bases, edema to mid "
        "calf. Continue IV furosemide 40 mg twice daily.",
        written_at="2026-01-17 08:45",
        today="Slept flat, no breathlessness at rest, walked to the bathroom without stopping. Cramp in the right "
        "calf overnight, gone now. No palpitations.",
        findings="T 36.6 C, HR 82/min irregular, BP 118/70 mmHg, RR 16/min, SpO2 96% on room air. Weight 75.9 kg. "
        "JVP 6 cm. Lungs clear. Trace ankle edema, right calf soft, not tender, same girth as the left.",
        results="Potassium 3.4 mmol/L, creatinine 124 umol/L (yesterday 119), magnesium 0.70 mmol/L. Echo: LVEF "
        "35%, moderate mitral regurgitation.",
        orders="Switch to oral furosemide 40 mg once daily, oral potassium and magnesium, recheck tomorrow. "
        "Restart metformin 500 mg twice daily if creatinine stable. Heart failure nurse. Home in 1-2 days.",
    ),
    DailyCourseNote(
        subjective="Slept flat; no breathlessness at rest; walked to the bathroom without stopping. One cramp in "
        "the right calf overnight, now gone. No palpitations.",
        objective="T 36.6 C, HR 82/min irregular, BP 118/70 mmHg, RR 16/min, SpO2 96% on room air. Weight 75.9 kg "
        "(78.2 kg at the previous note). JVP 6 cm, lungs clear, trace ankle edema. Right calf soft, not tender, "
        "same girth as the left. Potassium 3.4 mmol/L, magnesium 0.70 mmol/L, creatinine 124 umol/L (yesterday "
        "119). Echo: LVEF 35%, moderate mitral regurgitation.",
        assessment="Heart failure with reduced ejection fraction, decongesting well: lying flat, off oxygen, "
        "weight falling. Mild hypokalemia and borderline magnesium from diuresis, the likely cause of the cramp; "
        "no sign of deep vein thrombosis. Creatinine slightly up, to be watched. Rate of atrial fibrillation "
        "controlled.",
        plan=(
            "Furosemide to oral 40 mg once daily.",
            "Oral potassium and magnesium; recheck with creatinine tomorrow.",
            "Metformin 500 mg twice daily again if creatinine is stable.",
            "Heart failure nurse; discharge in 1-2 days if stable.",
        ),
        review=REVIEW_INPATIENT["en"],
    ),
)

DAILY_COURSE_NOTE = Task(
    name="daily_course_note",
    titles={"zh": "日常病程记录", "en": "Daily course note"},
    about={
        "zh": "由当日病情、查体、回报结果和医师意见写成病程记录草稿，突出变化，不照抄前一次。",
        "en": "From the day's events to a draft SOAP note that says what changed since the last one.",
    },
    input=WardDay,
    output=DailyCourseNote,
    instructions={
        "zh": instruct(
            "zh",
            "你是住院病历助手，为住院医师起草日常病程记录。写与前一次相比的变化；异常结果要有分析和处理；不重复前一"
            "次的文字。",
        ),
        "en": instruct(
            "en",
            "You draft the daily progress note for the ward physician. Say what changed since the previous note, "
            "interpret each abnormal result and say what is done about it. Do not repeat the previous note.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("subjective", "objective", "assessment", "plan"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        checks.sides_from_input(),
        checks.not_copied("subjective", "previous_note"),
        checks.not_copied("objective", "previous_note"),
        checks.dates_in_order("previous_at", "written_at"),
        checks.timely("course_note", "previous_at", "written_at", by="condition"),
    ),
    meta={"document": "C0038", "loinc": "11506-3"},
)

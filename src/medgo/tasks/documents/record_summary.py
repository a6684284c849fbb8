"""Record summary (病历概要, WS/T 500 C0001; patient summary): many notes to what the next clinician has to know."""

from __future__ import annotations

from medgo.schema import Lang
from medgo.tasks import checks
from medgo.tasks.checks.texts import say
from medgo.tasks.checks.timing import moment
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.documents.common import REVIEW, Sex, age_field, instruct, review_field, sex_field


class Note(TaskModel):
    """One earlier document."""

    date: str = section("日期", "Date")
    kind: str = section("类型", "Kind")
    text: str = section("内容", "Text", min_length=1)


class PriorRecord(TaskModel):
    """A patient's notes, and for whom they are to be summarised."""

    sex: Sex = sex_field()
    age: str = age_field()
    purpose: str = section("用途", "Purpose", default="")
    notes: tuple[Note, ...] = section("既往记录", "Notes", min_length=1)


class Problem(TaskModel):
    """A problem and where it stands."""

    problem: str = section("问题", "Problem", min_length=1)
    status: str = section("现状", "Status", min_length=1)


class Event(TaskModel):
    """Something that happened."""

    date: str = section("时间", "When", min_length=1)
    event: str = section("事件", "What", min_length=1)


class RecordSummary(TaskModel):
    """From the whole to the detail."""

    overview: str = section("概述", "Overview", loinc="60591-5")
    problems: tuple[Problem, ...] = section("问题列表", "Problem list", loinc="11450-4")
    timeline: tuple[Event, ...] = section("诊疗时间线", "Timeline")
    medications: tuple[str, ...] = section("现用药物", "Current medications", loinc="10160-0", also=("Medications",))
    allergies: str = section("过敏史", "Allergies", loinc="48765-2", de="DE02.10.022")
    results: tuple[str, ...] = section("重要检查结果", "Results of note", loinc="30954-2")
    open_points: tuple[str, ...] = section("待办与存疑", "Open points")
    review: str = review_field()


def events_in_order(_value: PriorRecord, output: RecordSummary, lang: Lang) -> list[Finding]:
    """Events of the timeline that do not follow each other."""
    found, latest = [], None
    for number, event in enumerate(output.timeline, start=1):
        at = moment(event.date)
        if at and latest and at < latest:
            words = say(lang, "时间线顺序错误", "the timeline is out of order")
            found.append(Finding("events_in_order", f"timeline.{number}.date", words, span=event.date))
        latest = at or latest
    return found


_TEMPLATE: dict[Lang, str] = {
    "zh": "患者：{{ '男' if sex == 'male' else '女' }}，{{ age }}。\n"
    "{% if purpose %}用途：{{ purpose }}\n{% endif %}\n"
    "{% for note in notes %}\n【{{ note.date }} {{ note.kind }}】\n{{ note.text }}\n\n{% endfor %}\n"
    "请写出病历概要。",
    "en": "Patient: {{ sex }}, {{ age }}.\n"
    "{% if purpose %}Purpose: {{ purpose }}\n{% endif %}\n"
    "{% for note in notes %}\n[{{ note.date }} {{ note.kind }}]\n{{ note.text }}\n\n{% endfor %}\n"
    "Summarise this record.",
}

_EXAMPLE_ZH = Example(
    PriorRecord(
        sex="female",
        age="67岁",
        purpose="转肾内科门诊随访",
        notes=(
            Note(
                date="2024-05-11",
                kind="内分泌科门诊",
                text="2型糖尿病12年，二甲双胍0.5 g每日3次。糖化血红蛋白8.4%，尿白蛋白/肌酐比值86 mg/g，肌酐88 μ"
                "mol/L。加用达格列净10 mg，每日1次。磺胺过敏（皮疹）。",
            ),
            Note(
                date="2025-03-02",
                kind="眼科会诊",
                text="双眼非增殖期糖尿病视网膜病变，左眼较重，建议6个月复查。",
            ),
            Note(
                date="2025-11-20",
                kind="出院记录",
                text="因肺炎住院8天。住院期间肌酐最高168 μmol/L，出院时132 μmol/L。二甲双胍减为0.5 g，每日2次。出院"
                "带药还有缬沙坦80 mg，每日1次。建议1个月后复查肾功能。",
            ),
            Note(
                date="2026-02-09",
                kind="全科门诊",
                text="血压146/84 mmHg。肌酐141 μmol/L，eGFR 34 mL/min/1.73m2，血钾5.3 mmol/L，尿白蛋白/肌酐比值420 "
                "mg/g，糖化血红蛋白7.6%。未查眼底。转肾内科。",
            ),
        ),
    ),
    RecordSummary(
        overview="67岁女性，2型糖尿病，合并糖尿病视网膜病变和进展的慢性肾脏病；肺炎住院期间肾功能明显下降，未恢复到"
        "原水平，现转肾内科随访。",
        problems=(
            Problem(
                problem="慢性肾脏病，考虑糖尿病肾病",
                status="肌酐由88升至141 μmol/L，eGFR 34 mL/min/1.73m2；尿白蛋白/肌酐比值由86升至420 mg/g。",
            ),
            Problem(problem="2型糖尿病", status="糖化血红蛋白7.6%（2024年5月为8.4%）。"),
            Problem(problem="高血钾倾向", status="血钾5.3 mmol/L，正在用缬沙坦。"),
            Problem(problem="高血压", status="146/84 mmHg，未达标。"),
            Problem(problem="双眼非增殖期糖尿病视网膜病变", status="左眼较重；应6个月复查，未见复查记录。"),
        ),
        timeline=(
            Event(date="2024-05-11", event="尿白蛋白/肌酐比值86 mg/g，加用达格列净10 mg，每日1次。"),
            Event(date="2025-03-02", event="眼科发现双眼非增殖期糖尿病视网膜病变。"),
            Event(
                date="2025-11-20",
                event="肺炎住院8天出院，肌酐最高168 μmol/L，出院时132 μmol/L，二甲双胍减量，缬沙坦80 mg，每日1次。",
            ),
            Event(date="2026-02-09", event="eGFR 34 mL/min/1.73m2，血钾5.3 mmol/L，转肾内科。"),
        ),
        medications=(
            "二甲双胍0.5 g，每日2次",
            "达格列净10 mg，每日1次（2024年5月加用，此后记录未再提及）",
            "缬沙坦80 mg，每日1次",
        ),
        allergies="磺胺过敏，皮疹。",
        results=("2026-02-09：肌酐141 μmol/L，eGFR 34 mL/min/1.73m2，血钾5.3 mmol/L，尿白蛋白/肌酐比值420 mg/g。",),
        open_points=(
            "eGFR 34 mL/min/1.73m2，二甲双胍剂量需由医师重新评估。",
            "血钾5.3 mmol/L而在用缬沙坦，需尽快复查。",
            "达格列净是否仍在服用，需向患者核实。",
            "眼底复查已过期。",
            "出院后建议的1个月复查肾功能，未见结果。",
        ),
        review=REVIEW["zh"],
    ),
)

_EXAMPLE_EN = Example(
    PriorRecord(
        sex="male",
        age="52 years",
        purpose="new primary care physician",
        notes=(
            Note(
                date="2023-09-04",
                kind="Gastroenterology clinic",
                text="Ulcerative colitis, left-sided, since 2019. Flare: 6 stools a day with blood. Calprotectin "
                "1,150 ug/g. Prednisolone 40 mg daily, taper over 8 weeks. Mesalazine 4.8 g daily. Penicillin: "
                "anaphylaxis as a child.",
            ),
            Note(
                date="2024-02-19",
                kind="Colonoscopy",
                text="Mild inflammation to the splenic flexure, no dysplasia. Azathioprine 150 mg daily started; "
                "TPMT normal.",
            ),
            Note(
                date="2025-01-28",
                kind="Emergency department",
                text="Swollen, painful left leg. Femoral vein thrombosis. Apixaban 5 mg twice daily for at least 6 "
                "months.",
            ),
            Note(
                date="2025-10-06",
                kind="Gastroenterology clinic",
                text="Remission, 1-2 stools a day, no blood. Calprotectin 48 ug/g. White cells 3.1 x10^9/L, "
                "lymphocytes 0.6 x10^9/L, ALT 34 U/L. Repeat blood count in 4 weeks. Bone density never measured.",
            ),
        ),
    ),
    RecordSummary(
        overview="52-year-old man with left-sided ulcerative colitis in remission on azathioprine and mesalazine; "
        "a femoral vein thrombosis of the left leg in 2025 was anticoagulated. Leukopenia was last seen in October "
        "2025.",
        problems=(
            Problem(problem="Ulcerative colitis, left-sided, since 2019", status="Remission; calprotectin 48 ug/g."),
            Problem(
                problem="Leukopenia on azathioprine",
                status="White cells 3.1 x10^9/L, lymphocytes 0.6 x10^9/L; repeat due in 4 weeks, no result in the "
                "notes.",
            ),
            Problem(
                problem="Femoral vein thrombosis, left leg, January 2025",
                status="Apixaban for at least 6 months; no decision on stopping in the notes.",
            ),
        ),
        timeline=(
            Event(date="2023-09-04", event="Flare treated with prednisolone 40 mg daily, tapered over 8 weeks."),
            Event(date="2024-02-19", event="Colonoscopy: mild inflammation, no dysplasia. Azathioprine started."),
            Event(date="2025-01-28", event="Femoral vein thrombosis of the left leg; apixaban started."),
            Event(date="2025-10-06", event="Remission, but leukopenia."),
        ),
        medications=(
            "Azathioprine 150 mg daily",
            "Mesalazine 4.8 g daily",
            "Apixaban 5 mg twice daily (to be confirmed)",
        ),
        allergies="Penicillin: anaphylaxis as a child.",
        results=("2025-10-06: white cells 3.1 x10^9/L, lymphocytes 0.6 x10^9/L, ALT 34 U/L, calprotectin 48 ug/g.",),
        open_points=(
            "Repeat blood count overdue; azathioprine dose to be reviewed by gastroenterology.",
            "Whether apixaban is still taken, and whether to stop it.",
            "Bone density never measured after steroids.",
            "Date of the next surveillance colonoscopy: not provided.",
        ),
        review=REVIEW["en"],
    ),
)

RECORD_SUMMARY = Task(
    name="record_summary",
    titles={"zh": "病历概要", "en": "Record summary"},
    about={
        "zh": "把患者多次就诊记录归纳成问题列表、时间线、用药、重要结果和待办事项。",
        "en": "From a patient's earlier notes to problems, timeline, medicines, results and open points.",
    },
    input=PriorRecord,
    output=RecordSummary,
    instructions={
        "zh": instruct(
            "zh",
            "你是病历助手，把多次就诊记录归纳成下一位医师需要的病历概要。合并重复，保留最近一次数值并注明日期；记录"
            "之间矛盾或缺失的写入“待办与存疑”，不自行判断哪个正确；时间线按时间先后。",
        ),
        "en": instruct(
            "en",
            "You summarise a patient's notes for the next clinician. Merge what repeats, keep the latest value "
            "with its date, put contradictions and gaps under Open points without deciding which is right, and "
            "keep the timeline in order.",
        ),
    },
    template=_TEMPLATE,
    examples={"zh": _EXAMPLE_ZH, "en": _EXAMPLE_EN},
    checks=(
        *checks.of_every_document(),
        checks.filled("overview", "problems", "timeline", "allergies"),
        checks.patient_fits(),
        checks.numbers_from_input(),
        checks.sides_from_input(),
        events_in_order,
    ),
    meta={"document": "C0001", "loinc": "60591-5"},
)

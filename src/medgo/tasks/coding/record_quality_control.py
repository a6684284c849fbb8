"""Record quality control: what is wrong with a record, where, by which rule, and how to mend it. Knows no model."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.coding.quality_rules import FAMILIES, GRADES, RULES, Family, Grade
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits
from medgo.tasks.quoting import missing_quotes, plain


class RecordSection(TaskModel):
    """A section of a record, or one note of several."""

    title: str = section("标题", "Title", min_length=1)
    text: str = section("内容", "Text", default="")


class RecordInput(TaskModel):
    """A record, what it is, and when things happened."""

    document: str = section("文书类型", "Document", min_length=1)
    sections: tuple[RecordSection, ...] = section("病历内容", "Record", min_length=1)
    times: str = section("时间信息", "Times", default="")


class Defect(TaskModel):
    """One defect. What is missing is shown by the title of the section where it should stand."""

    family: Family = section("类型", "Family", choices=FAMILIES)
    place: str = section("位置", "Place", min_length=1)
    evidence: tuple[str, ...] = section("原文", "Evidence", default=())
    rule: str = section("依据", "Rule", min_length=1)
    grade: Grade = section("程度", "Severity", choices=GRADES)
    suggestion: str = section("整改建议", "Suggestion", min_length=1)


class QualityReport(TaskModel):
    """Defects, the worst first; a clean record has none."""

    conclusion: Literal["pass", "correct", "reject"] = section(
        "结论",
        "Conclusion",
        choices={
            "pass": ("合格", "pass"),
            "correct": ("整改后合格", "pass after correction"),
            "reject": ("不合格", "reject"),
        },
    )
    defects: tuple[Defect, ...] = section("缺陷清单", "Defects", default=())
    to_verify: tuple[str, ...] = section("需人工核实", "For a person to verify", default=(), max_length=5)


def record_text(value: RecordInput) -> str:
    """The record and its times as one text to quote from."""
    return "\n".join([value.times, *(f"{part.title}\n{part.text}" for part in value.sections)])


def check_evidence(value: RecordInput, output: QualityReport, lang: Lang) -> list[Finding]:
    """Evidence is quoted from the record; only missing content may come without."""
    source = record_text(value)
    found = []
    for n, defect in enumerate(output.defects, start=1):
        for quote in missing_quotes(defect.evidence, source):
            text = say(lang, "病历中没有这句话", "these words are not in the record")
            found.append(Finding("evidence_in_record", f"defects.{n}.evidence", text, span=quote))
        if not defect.evidence and defect.family not in ("completeness", "consent"):
            text = say(lang, "没有引用原文", "no words of the record are quoted")
            found.append(Finding("evidence_given", f"defects.{n}.evidence", text))
    return found


def check_two_sides(value: RecordInput, output: QualityReport, lang: Lang) -> list[Finding]:
    """A contradiction, a wrong side or a copy needs two places."""
    del value
    text = say(lang, "矛盾、左右不符和复制应引用两处原文", "a contradiction needs words from two places")
    return [
        Finding("two_places", f"defects.{n}.evidence", text)
        for n, defect in enumerate(output.defects, start=1)
        if defect.family in ("contradiction", "laterality", "copy_forward") and len(defect.evidence) < 2
    ]


def check_missing(value: RecordInput, output: QualityReport, lang: Lang) -> list[Finding]:
    """What is called missing is not there; places are sections of the record, but for a missing one."""
    titles = {plain(part.title): part.text for part in value.sections}
    found = []
    for n, defect in enumerate(output.defects, start=1):
        place = plain(defect.place)
        known = [title for title in titles if title in place or place in title]
        if not known and defect.family not in ("completeness", "timeliness", "consent"):
            text = say(lang, "病历中没有这一段", "the record has no such section")
            found.append(Finding("place_in_record", f"defects.{n}.place", text, span=defect.place))
    return found


def check_conclusion(value: RecordInput, output: QualityReport, lang: Lang) -> list[Finding]:
    """No defects, pass; a veto, reject; otherwise correct. The worst stand first, none twice."""
    del value
    grades = [defect.grade for defect in output.defects]
    due = "reject" if "veto" in grades else "correct" if grades else "pass"
    found = []
    if output.conclusion != due:
        text = say(lang, "结论与缺陷清单不一致", "conclusion and defects contradict each other")
        found.append(Finding("conclusion_follows", "conclusion", text, span=output.conclusion))
    order = [("veto", "major", "minor").index(grade) for grade in grades]
    if order != sorted(order):
        text = say(lang, "未按严重程度排序", "not ordered by severity")
        found.append(Finding("worst_first", "defects", text, "warning"))
    keys = [(defect.family, plain(defect.place), defect.evidence) for defect in output.defects]
    if len(set(keys)) < len(keys):
        text = say(lang, "同一缺陷列了两次", "a defect is listed twice")
        found.append(Finding("listed_once", "defects", text))
    return found


_RULES: dict[Lang, str] = {
    "zh": "\n".join(f"- {FAMILIES[name][0]}：{rule['zh']}" for name, rule in RULES.items()),
    "en": "\n".join(f"- {FAMILIES[name][1]}: {rule['en']}" for name, rule in RULES.items()),
}
_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是病历质控员。逐段核对病历，列出缺陷：类型、位置、原文、依据、程度、整改建议，重的在前。"
        "原文逐字引用；矛盾、左右不符、复制粘贴要引两处；内容缺失写明应在的段落。"
        "只报告看得见的缺陷，写得规范的病历结论为合格，清单留空。有否决项为不合格，其余有缺陷为整改后合格。"
        "拿不准的写入“需人工核实”。不代为补写病情，不替医师修改诊断。\n"
        f"检查范围：\n{_RULES['zh']}\n" + limits("zh", "grounded")
    ),
    "en": (
        "You check the quality of records. Go through the sections and list defects: family, place, evidence, rule,"
        " severity, suggestion, the worst first. Copy the evidence word for word; contradictions, wrong sides and"
        " copies"
        " need two places; for missing content name the section where it should stand. Report only what can be seen: a"
        " good record passes with no defects. With a veto the record is rejected; with other defects it passes after"
        " correction. What you are unsure of goes under 'For a person to verify'. Do not fill in clinical content"
        " and do"
        " not change a diagnosis.\n"
        f"What to check:\n{_RULES['en']}\n" + limits("en", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "文书类型：{{ document }}\n{% if times %}\n时间信息：{{ times }}\n{% endif %}\n"
        "{% for s in sections %}\n【{{ s.title }}】\n{{ s.text or '（空）' }}\n{% endfor %}\n\n请质控这份病历。"
    ),
    "en": (
        "Document: {{ document }}\n{% if times %}\nTimes: {{ times }}\n{% endif %}\n"
        "{% for s in sections %}\n[{{ s.title }}]\n{{ s.text or '(empty)' }}\n{% endfor %}\n\nCheck this record."
    ),
}

_ZH = Example(
    RecordInput(
        document="入院记录",
        times="入院时间：2025-03-02 09:10；记录时间：2025-03-03 16:40",
        sections=(
            RecordSection(title="主诉", text="左膝疼痛，活动受限。"),
            RecordSection(
                title="现病史", text="患者3年前无诱因出现左膝疼痛，上下楼加重，近2周加重，口服塞来昔布可缓解。"
            ),
            RecordSection(title="既往史", text="2018年因胆囊结石行腹腔镜胆囊切除术。否认手术史。否认药物过敏史。"),
            RecordSection(title="体格检查", text="右膝轻度肿胀，内侧间隙压痛，屈曲受限。左膝未见异常。"),
            RecordSection(title="初步诊断", text="左膝骨关节炎"),
        ),
    ),
    QualityReport(
        conclusion="reject",
        defects=(
            Defect(
                family="laterality",
                place="体格检查",
                evidence=("右膝轻度肿胀，内侧间隙压痛", "左膝未见异常", "左膝骨关节炎"),
                rule="左右侧和部位各处一致",
                grade="veto",
                suggestion="请当面复查患者后更正患侧，并核对影像和手术部位标记。",
            ),
            Defect(
                family="timeliness",
                place="入院记录",
                evidence=("入院时间：2025-03-02 09:10", "记录时间：2025-03-03 16:40"),
                rule="入院记录应在入院后24小时内完成",
                grade="major",
                suggestion="如实保留完成时间，由科室说明超时原因。",
            ),
            Defect(
                family="contradiction",
                place="既往史",
                evidence=("2018年因胆囊结石行腹腔镜胆囊切除术", "否认手术史"),
                rule="同一事实不得既有又无",
                grade="major",
                suggestion="向患者核实后删除“否认手术史”。",
            ),
            Defect(
                family="chief_complaint",
                place="主诉",
                evidence=("左膝疼痛，活动受限。",),
                rule="主诉应写明症状和持续时间",
                grade="minor",
                suggestion="补写持续时间，如与现病史一致的病程和近期加重时间。",
            ),
        ),
        to_verify=("个人史、家族史是否在他处记录",),
    ),
)
_EN = Example(
    RecordInput(
        document="Progress notes",
        times="",
        sections=(
            RecordSection(
                title="Note of 4 May",
                text="Day 2 after right hemicolectomy. Pain controlled. Potassium 2.9 mmol/L this morning. Abdomen"
                " soft."
                " Continue current management.",
            ),
            RecordSection(
                title="Note of 5 May",
                text="Comfortable. Passing flatus. Abdomen soft. Enoxaparin given daily. Plan: oral fluids.",
            ),
        ),
    ),
    QualityReport(
        conclusion="correct",
        defects=(
            Defect(
                family="results",
                place="Note of 4 May",
                evidence=("Potassium 2.9 mmol/L this morning", "Continue current management"),
                rule="Abnormal results are analysed, acted on or diagnosed",
                grade="major",
                suggestion="The author should add the assessment of the low potassium, what was done and the"
                " repeat value.",
            ),
            Defect(
                family="medication",
                place="Note of 5 May",
                evidence=("Enoxaparin given daily",),
                rule="Drugs have dose, unit and frequency",
                grade="minor",
                suggestion="Add the dose as it stands in the orders.",
            ),
        ),
        to_verify=("Was the potassium repeated on 5 May?",),
    ),
)

RECORD_QUALITY_CONTROL = Task(
    name="record_quality_control",
    titles={"zh": "病历质控", "en": "Record quality control"},
    about={
        "zh": "核对病历，列出缺陷的类型、位置、原文、依据、程度和整改建议；供质控员和书写医师。",
        "en": "Checks a record and lists defects with place, evidence, rule, severity and suggestion; for reviewers.",
    },
    input=RecordInput,
    output=QualityReport,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_evidence, check_two_sides, check_missing, check_conclusion, asked_language(), not_echoed()),
    thinking=True,
)

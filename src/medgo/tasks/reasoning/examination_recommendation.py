"""Examination recommendation: what to find out next, why, in which order, what speaks against it. Knows no model."""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import limits, no_final_word
from medgo.tasks.quoting import cut_off, missing_quotes, plain

Timing = Literal["immediate", "today", "planned"]
TIMINGS = {"immediate": ("立即", "immediately"), "today": ("当日", "today"), "planned": ("择期", "planned")}


class ExaminationInput(TaskModel):
    """A case, what is suspected, and what has been done."""

    case: str = section("病例资料", "Case", min_length=10)
    suspected: tuple[str, ...] = section("考虑的诊断", "Suspected diagnoses", default=())
    done: tuple[str, ...] = section("已完成的检查", "Examinations already done", default=())


class Examination(TaskModel):
    """One examination and what it is for."""

    name: str = section("检查项目", "Examination", min_length=1)
    timing: Timing = section("时限", "When", choices=TIMINGS)
    question: str = section("要回答的问题", "What it should tell", min_length=1)
    basis: tuple[str, ...] = section("依据", "Because of", min_length=1)
    before: str = section("检查前核对", "To check before", default="")


class ExaminationPlan(TaskModel):
    """Examinations in the order in which they should be done."""

    urgent: str = section("首先处理", "First of all", default="")
    examinations: tuple[Examination, ...] = section("建议检查", "Suggested examinations", min_length=1, max_length=10)
    not_needed: tuple[str, ...] = section("目前不建议", "Not needed now", default=())
    missing: tuple[str, ...] = section("缺少的信息", "What is missing", default=(), max_length=3)


def check_basis(value: ExaminationInput, output: ExaminationPlan, lang: Lang) -> list[Finding]:
    """What an examination is based on is quoted from the case, its negation with it."""
    found = []
    for n, examination in enumerate(output.examinations, start=1):
        place = f"examinations.{n}.basis"
        for quote in missing_quotes(examination.basis, value.case):
            text = say(lang, "病例中没有这句话", "these words are not in the case")
            found.append(Finding("basis_in_case", place, text, span=quote))
        for quote in cut_off(examination.basis, value.case, lang):
            text = say(lang, "原文为否认、家族史或假设", "the case denies it, or speaks of a relative or a supposition")
            found.append(Finding("negation_kept", place, text, span=quote))
    return found


def check_new(value: ExaminationInput, output: ExaminationPlan, lang: Lang) -> list[Finding]:
    """Nothing is suggested twice, nothing that is called needless, nothing that was done without saying why again."""
    found = []
    seen: set[str] = set()
    done = {plain(name) for name in value.done}
    needless = {plain(name) for name in output.not_needed}
    for n, examination in enumerate(output.examinations, start=1):
        name = plain(examination.name)
        place = f"examinations.{n}.name"
        if name in seen or name in needless:
            text = say(lang, "重复，或同时列为不建议", "listed twice, or also listed as not needed")
            found.append(Finding("listed_once", place, text, span=examination.name))
        if name in done:
            text = say(lang, "已做过；复查应写明“复查”", "already done; a repeat should say so in its name")
            found.append(Finding("already_done", place, text, "warning", examination.name))
        seen.add(name)
    return found


def check_order(value: ExaminationInput, output: ExaminationPlan, lang: Lang) -> list[Finding]:
    """The urgent comes first."""
    del value
    order = [("immediate", "today", "planned").index(one.timing) for one in output.examinations]
    if order == sorted(order):
        return []
    text = say(lang, "未按轻重缓急排序", "not in the order of urgency")
    return [Finding("urgent_first", "examinations", text)]


def check_limits(value: ExaminationInput, output: ExaminationPlan, lang: Lang) -> list[Finding]:
    """No final word of a physician."""
    del value
    texts = {"urgent": output.urgent}
    texts |= {f"examinations.{n}.question": one.question for n, one in enumerate(output.examinations, start=1)}
    return no_final_word(texts, lang)


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是检查决策助手。根据病例提出下一步检查，按立即、当日、择期排列，只列会改变处理的检查。"
        "每项写明要回答的问题、引用病例原文作为依据，以及检查前须核对的事项（妊娠、肾功能、造影剂过敏、"
        "金属植入物、抗凝等）。"
        "已做过的检查不重复；确需复查的，项目名写“复查……”并说明理由。对当前无助于决策的检查，列入“目前不建议”。\n"
        + limits("zh", "suggestion", "urgent", "grounded", "missing", "high_risk")
    ),
    "en": (
        "You help a physician decide what to examine next. List only examinations that would change management, ordered"
        " by urgency. For each, say what question it answers, quote the words of the case it rests on, and what to"
        " check"
        " before (pregnancy, renal function, contrast allergy, implants, anticoagulation). Do not repeat what was done;"
        " if a repeat is needed, call it 'repeat …' and say why. Put what would not help now under 'Not needed now'.\n"
        + limits("en", "suggestion", "urgent", "grounded", "missing", "high_risk")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "病例资料：\n{{ case }}\n"
        "{% if suspected %}\n考虑的诊断：{{ suspected | join('；') }}\n{% endif %}"
        "{% if done %}\n已完成的检查：{{ done | join('；') }}\n{% endif %}"
        "\n请提出下一步检查建议。"
    ),
    "en": (
        "Case:\n{{ case }}\n"
        "{% if suspected %}\nSuspected: {{ suspected | join('; ') }}\n{% endif %}"
        "{% if done %}\nAlready done: {{ done | join('; ') }}\n{% endif %}"
        "\nWhich examinations do you suggest next?"
    ),
}

_ZH = Example(
    ExaminationInput(
        case=(
            "患者男性，58岁，乏力、纳差2个月，体重下降6kg。大便变细，间断便血。既往2型糖尿病，服二甲双胍。"
            "查体：睑结膜苍白，腹软，左下腹轻压痛，未及包块。血红蛋白82g/L，平均红细胞体积71fL，肌酐96μmol/L。"
        ),
        suspected=("结直肠肿瘤", "缺铁性贫血"),
        done=("血常规", "肌酐"),
    ),
    ExaminationPlan(
        urgent="",
        examinations=(
            Examination(
                name="直肠指检",
                timing="today",
                question="直肠下段有无肿物，指套有无染血",
                basis=("大便变细", "间断便血"),
            ),
            Examination(
                name="铁蛋白、血清铁、总铁结合力",
                timing="today",
                question="贫血是否为缺铁所致",
                basis=("血红蛋白82g/L", "平均红细胞体积71fL"),
                before="应在输血或补铁前留取血样。",
            ),
            Examination(
                name="结肠镜检查加活检",
                timing="planned",
                question="出血和大便变细的部位及病理性质",
                basis=("大便变细", "间断便血", "体重下降6kg"),
                before="核对抗凝和抗血小板用药；肠道准备当日调整降糖药；贫血者备血型。",
            ),
            Examination(
                name="胸腹盆增强CT",
                timing="planned",
                question="结肠镜发现肿瘤时用于分期；肠镜不能完成时看全结肠",
                basis=("体重下降6kg", "左下腹轻压痛"),
                before="核对造影剂过敏史和肾功能（肌酐96μmol/L），二甲双胍是否停用按本院规定。",
            ),
        ),
        not_needed=("PET-CT",),
        missing=("大便颜色及每日次数", "一级亲属肠癌或息肉史", "抗凝、抗血小板药使用情况"),
    ),
)
_EN = Example(
    ExaminationInput(
        case=(
            "A 29-year-old woman, last period 7 weeks ago, has had left lower abdominal pain since this morning and"
            " light vaginal bleeding. She felt faint once. Pulse 96/min, BP 108/66 mmHg. Tender in the left iliac fossa"
            " without guarding. Urine pregnancy test positive."
        ),
        suspected=("Ectopic pregnancy", "Threatened miscarriage"),
        done=("Urine pregnancy test",),
    ),
    ExaminationPlan(
        urgent="Call the gynaecology team now and place two intravenous lines; a ruptured ectopic pregnancy can"
        " collapse"
        " within minutes.",
        examinations=(
            Examination(
                name="Transvaginal ultrasound",
                timing="immediate",
                question="Is the pregnancy in the uterus, and is there free fluid or an adnexal mass?",
                basis=("last period 7 weeks ago", "left lower abdominal pain", "Urine pregnancy test positive"),
            ),
            Examination(
                name="Full blood count, blood group and screen",
                timing="immediate",
                question="How much has she bled, and is she Rh negative?",
                basis=("light vaginal bleeding", "felt faint once"),
            ),
            Examination(
                name="Serum beta-hCG",
                timing="immediate",
                question="A baseline if the pregnancy cannot be located, to be repeated after 48 hours",
                basis=("Urine pregnancy test positive",),
            ),
            Examination(
                name="Creatinine and liver enzymes",
                timing="today",
                question="Would drug treatment be possible if the ultrasound confirms an unruptured ectopic?",
                basis=("light vaginal bleeding",),
                before="Only once she is stable; the choice of treatment is the gynaecologist's.",
            ),
        ),
        not_needed=("CT of the abdomen",),
        missing=("Previous ectopic pregnancy, pelvic infection or tubal surgery", "Rh status from earlier records"),
    ),
)

EXAMINATION_RECOMMENDATION = Task(
    name="examination_recommendation",
    titles={"zh": "检查建议", "en": "Examination recommendation"},
    about={
        "zh": "由病例、考虑的诊断和已做检查得出下一步检查及其依据和检查前核对事项，供医师参考。",
        "en": "From a case, what is suspected and what was done: what to examine next and why; for physicians.",
    },
    input=ExaminationInput,
    output=ExaminationPlan,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_basis, check_new, check_order, check_limits, asked_language(), not_echoed()),
    thinking=True,
)

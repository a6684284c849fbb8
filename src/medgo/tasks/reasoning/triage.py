"""Triage: how fast, where to, and because of what. Knows no model.

Levels 1–4 are those of China's emergency triage (1 resuscitate, 2 within 10 minutes, 3 within 30, 4 may wait). Limits
of vital signs are those for adults; a child is judged by what the text says.
"""

from __future__ import annotations

from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import advice_to_wait, calls_for_help, limits, no_final_word
from medgo.tasks.quoting import cut_off, missing_quotes, numbers
from medgo.tasks.red_flags import red_flags

Level = Literal["1", "2", "3", "4"]
LEVELS = {level: (f"{level}级", f"level {level}") for level in ("1", "2", "3", "4")}
Destination = Literal["resuscitation", "emergency", "fast_track", "outpatient"]
DESTINATIONS = {
    "resuscitation": ("抢救室", "resuscitation room"),
    "emergency": ("急诊科", "emergency department"),
    "fast_track": ("急诊快速通道或发热门诊", "urgent care"),
    "outpatient": ("普通门诊", "outpatient clinic"),
}


class VitalSigns(TaskModel):
    """As measured; what was not measured is left out."""

    temperature: float | None = section("体温（℃）", "Temperature (°C)", default=None, ge=20, le=45)
    heart_rate: int | None = section("脉搏（次/分）", "Heart rate (/min)", default=None, ge=0, le=350)
    respiratory_rate: int | None = section("呼吸（次/分）", "Respiratory rate (/min)", default=None, ge=0, le=120)
    systolic_bp: int | None = section("收缩压（mmHg）", "Systolic BP (mmHg)", default=None, ge=0, le=350)
    oxygen_saturation: int | None = section("血氧饱和度（%）", "Oxygen saturation (%)", default=None, ge=0, le=100)
    consciousness: Literal["alert", "confused", "voice", "pain", "unresponsive"] = section(
        "意识", "Consciousness", default="alert"
    )


class TriageInput(TaskModel):
    """What a person complains of, in their words or those of the nurse."""

    complaint: str = section("主诉与经过", "Complaint", min_length=2)
    age: str = section("年龄", "Age", default="")
    sex: Literal["male", "female", ""] = section("性别", "Sex", default="")
    vital_signs: VitalSigns = section("生命体征", "Vital signs", default=VitalSigns())
    speaks: Literal["patient", "clinician"] = section("提问者", "Who asks", default="patient")


class TriageResult(TaskModel):
    """How fast and where to. The first sentence is what to do now."""

    action: str = section("现在要做的", "What to do now", min_length=1)
    level: Level = section("分级", "Level", choices=LEVELS)
    destination: Destination = section("去哪里", "Where to go", choices=DESTINATIONS)
    within_minutes: int = section("多少分钟内就诊", "To be seen within (minutes)", ge=0, le=20160)
    red_flags: tuple[str, ...] = section("危险信号", "Red flags", default=())
    reasons: str = section("理由", "Reasons", min_length=1)
    ask: tuple[str, ...] = section("还需要问", "Still to ask", default=(), max_length=3)
    worse: tuple[str, ...] = section("出现以下情况立即升级", "Come at once if", default=())


_DANGER = ("1", "2")
# Longest time to be seen, in minutes, of each level; level 4 has none.
_WITHIN = {"1": 0, "2": 10, "3": 30}


def dangerous_signs(signs: VitalSigns) -> list[str]:
    """Names of the vital signs that alone make a level 1 or 2 of an adult.

    Limits are the red scores (3 points) of NEWS2 (Royal College of Physicians, 2017).
    """
    red = {
        "heart_rate": _outside(signs.heart_rate, 41, 130),
        "respiratory_rate": _outside(signs.respiratory_rate, 9, 24),
        "systolic_bp": _outside(signs.systolic_bp, 91, 219),
        "oxygen_saturation": _outside(signs.oxygen_saturation, 92, 100),
        "temperature": _outside(signs.temperature, 35.1, 45),
        "consciousness": signs.consciousness != "alert",
    }
    return [name for name, outside in red.items() if outside]


def _outside(value: float | None, low: float, high: float) -> bool:
    return value is not None and not low <= value <= high


def _is_child(age: str) -> bool:
    years = numbers(age)
    return any(word in age.lower() for word in ("月", "天", "month", "day", "week", "周")) or (
        bool(years) and float(years[0]) < 16
    )


def check_red_flags(value: TriageInput, output: TriageResult, lang: Lang) -> list[Finding]:
    """A red flag, written, said or measured, makes level 1 or 2."""
    found = []
    if output.red_flags and output.level not in _DANGER:
        text = say(lang, "列有危险信号，分级却不是1级或2级", "red flags are listed, yet the level is neither 1 nor 2")
        found.append(Finding("level_fits_red_flags", "level", text, span=output.level))
    said = red_flags(value.complaint)
    if said and output.level not in _DANGER:
        text = say(lang, f"主诉中有危险信号：{'；'.join(said)}", f"the complaint holds red flags: {'; '.join(said)}")
        found.append(Finding("level_fits_complaint", "level", text, span=output.level))
    signs = [] if _is_child(value.age) else dangerous_signs(value.vital_signs)
    if signs and output.level not in _DANGER:
        titles = [VitalSigns.model_fields[name].json_schema_extra for name in signs]
        names = say(lang, "、", ", ").join(str(title[lang]) for title in titles if isinstance(title, dict))
        text = say(lang, f"生命体征危险：{names}", f"dangerous vital signs: {names}")
        found.append(Finding("level_fits_vital_signs", "level", text, span=output.level))
    return found


def check_first_sentence(value: TriageInput, output: TriageResult, lang: Lang) -> list[Finding]:
    """At level 1 and 2 the first sentence calls for help, and nothing says to wait."""
    del value
    if output.level not in _DANGER:
        return []
    found = []
    if not calls_for_help(output.action, lang):
        text = say(lang, "第一句应写明呼叫急救或立即送急诊", "the first sentence should call for emergency help")
        found.append(Finding("emergency_first", "action", text, span=output.action))
    for field, words in (("action", output.action), ("reasons", output.reasons)):
        waiting = advice_to_wait(words, lang)
        if waiting:
            text = say(lang, "危急时不得建议等待", "never advise waiting here")
            found.append(Finding("no_waiting", field, text, span=waiting))
    return found


def check_speed(value: TriageInput, output: TriageResult, lang: Lang) -> list[Finding]:
    """Level, time and place agree."""
    del value
    found = []
    limit = _WITHIN.get(output.level)
    if limit is not None and output.within_minutes > limit:
        text = say(lang, f"{output.level}级应在{limit}分钟内", f"level {output.level} is seen within {limit} minutes")
        found.append(Finding("time_fits_level", "within_minutes", text, span=str(output.within_minutes)))
    emergency = output.destination in ("resuscitation", "emergency")
    if (output.level in _DANGER and not emergency) or (
        output.level not in _DANGER and output.destination == "resuscitation"
    ):
        text = say(lang, "去处与分级不符", "the place does not fit the level")
        found.append(Finding("place_fits_level", "destination", text, span=output.destination))
    return found


def check_quotes(value: TriageInput, output: TriageResult, lang: Lang) -> list[Finding]:
    """Red flags are words of the complaint, or hold numbers of the vital signs; nobody is told a final diagnosis."""
    signs = " ".join(str(number) for number in value.vital_signs.model_dump(exclude_none=True).values())
    text = say(lang, "主诉和生命体征中没有", "neither in the complaint nor among the vital signs")
    found = no_final_word({"action": output.action, "reasons": output.reasons}, lang)
    for flag in missing_quotes(output.red_flags, value.complaint):
        stated = numbers(flag)
        if not stated or not set(stated) <= set(numbers(signs)):
            found.append(Finding("red_flags_in_complaint", "red_flags", text, span=flag))
    for flag in cut_off(output.red_flags, value.complaint, lang, family=False):
        text = say(lang, "原文为否认或假设", "the complaint denies it or only supposes it")
        found.append(Finding("negation_kept", "red_flags", text, span=flag))
    return found


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你是急诊预检分诊助手。根据主诉和生命体征分级：1级濒危，立即抢救；2级危重，10分钟内；3级急症，30分钟内；"
        "4级非急症。"
        "“现在要做的”第一句必须是行动：1、2级写明拨打120或立即送急诊（院内写抢救团队），不要先解释。"
        "危险信号引用主诉原文或生命体征数值；已否认的、家人的、过去的、假设的症状不算。拿不准时往重的一级分。"
        "不对患者下诊断，不劝危急患者等待。\n" + limits("zh", "urgent", "suggestion", "missing", "grounded")
    ),
    "en": (
        "You help with triage. From complaint and vital signs choose a level: 1 resuscitate now, 2 within 10 minutes,"
        " 3 within 30 minutes, 4 can wait. The first sentence of 'What to do now' is the action: at level 1 and 2 call"
        " the emergency number or go to the emergency department now (in hospital: call the rapid response team),"
        " before"
        " any explanation. Quote red flags from the complaint or give the vital sign's value; what is denied, past,"
        " hypothetical or a relative's does not count. When in doubt choose the more urgent level. Tell a patient no"
        " diagnosis and never tell somebody in danger to wait.\n"
        + limits("en", "urgent", "suggestion", "missing", "grounded")
    ),
}
_SIGNS_ZH = (
    "{% set v = vital_signs %}{% set s = [] %}"
    "{% if v.temperature is not none %}{{ s.append('体温' ~ v.temperature ~ '℃') or '' }}{% endif %}"
    "{% if v.heart_rate is not none %}{{ s.append('脉搏' ~ v.heart_rate ~ '次/分') or '' }}{% endif %}"
    "{% if v.respiratory_rate is not none %}{{ s.append('呼吸' ~ v.respiratory_rate ~ '次/分') or '' }}{% endif %}"
    "{% if v.systolic_bp is not none %}{{ s.append('收缩压' ~ v.systolic_bp ~ 'mmHg') or '' }}{% endif %}"
    "{% if v.oxygen_saturation is not none %}{{ s.append('血氧饱和度' ~ v.oxygen_saturation ~ '%') or '' }}{% endif %}"
    "{% if v.consciousness != 'alert' %}{{ s.append('意识：' ~ {'confused': '模糊', 'voice': '呼之能应',"
    " 'pain': '刺痛有反应', 'unresponsive': '无反应'}[v.consciousness]) or '' }}{% endif %}"
)
_SIGNS_EN = (
    "{% set v = vital_signs %}{% set s = [] %}"
    "{% if v.temperature is not none %}{{ s.append('temperature ' ~ v.temperature ~ ' °C') or '' }}{% endif %}"
    "{% if v.heart_rate is not none %}{{ s.append('heart rate ' ~ v.heart_rate ~ '/min') or '' }}{% endif %}"
    "{% if v.respiratory_rate is not none %}{{ s.append('respirations ' ~ v.respiratory_rate ~ '/min') or '' }}{%"
    " endif %}"
    "{% if v.systolic_bp is not none %}{{ s.append('systolic ' ~ v.systolic_bp ~ ' mmHg') or '' }}{% endif %}"
    "{% if v.oxygen_saturation is not none %}{{ s.append('SpO2 ' ~ v.oxygen_saturation ~ '%') or '' }}{% endif %}"
    "{% if v.consciousness != 'alert' %}{{ s.append('consciousness: ' ~ {'confused': 'confused', 'voice': 'responds to"
    " voice', 'pain': 'responds to pain', 'unresponsive': 'unresponsive'}[v.consciousness]) or '' }}{% endif %}"
)
_TEMPLATE: dict[Lang, str] = {
    "zh": _SIGNS_ZH
    + "{{ '患者本人或家属' if speaks == 'patient' else '医务人员' }}：{{ complaint }}\n"
    + "年龄：{{ age or '未提供' }}；性别：{{ {'male': '男', 'female': '女', '': '未提供'}[sex] }}\n"
    + "生命体征：{{ s | join('，') or '未测' }}\n\n请分诊。",
    "en": _SIGNS_EN
    + "{{ 'Patient or relative' if speaks == 'patient' else 'Clinician' }}: {{ complaint }}\n"
    + "Age: {{ age or 'not given' }}; sex: {{ sex or 'not given' }}\n"
    + "Vital signs: {{ s | join(', ') or 'not measured' }}\n\nTriage, please.",
}

_ZH = Example(
    TriageInput(
        complaint="我爸刚才吃饭时突然右边手脚抬不起来，说话含糊，嘴角歪，大概半小时了。没有头痛，没有摔倒。",
        age="66岁",
        sex="male",
    ),
    TriageResult(
        action="请现在就拨打120，告诉接线员“怀疑脑卒中，发病约半小时”。让他平卧、头偏向一侧，不要喂水喂药，"
        "记下最后一次正常的时间。",
        level="2",
        destination="emergency",
        within_minutes=10,
        red_flags=("突然右边手脚抬不起来", "说话含糊", "嘴角歪"),
        reasons="突发单侧肢体无力、言语含糊和口角歪斜提示可能是脑卒中，能否溶栓取决于发病到就诊的时间，"
        "由卒中团队判断。",
        ask=("最后一次确认正常是几点", "是否在吃华法林等抗凝药", "有没有高血压、糖尿病、房颤"),
        worse=("叫不醒", "抽搐", "呕吐后呼吸不畅"),
    ),
)
_EN = Example(
    TriageInput(
        complaint="I twisted my ankle on the stairs two hours ago. It is swollen on the outside. I can walk on it,"
        " though it hurts. No numbness, the skin is not broken.",
        age="24 years",
        sex="female",
        vital_signs=VitalSigns(heart_rate=78, systolic_bp=122),
    ),
    TriageResult(
        action="Rest the ankle, raise it and cool it for 15 minutes at a time; have it examined today.",
        level="4",
        destination="fast_track",
        within_minutes=240,
        red_flags=(),
        reasons="She can bear weight, sensation is normal, the skin is intact and the vital signs are normal, so a"
        " severe"
        " injury is unlikely; an examination decides whether an X-ray is needed.",
        ask=("Is there pain when the bone edges of the ankle are pressed?", "Any blood thinners?"),
        worse=("you cannot take four steps", "the foot turns numb, cold or pale", "the pain keeps getting worse"),
    ),
)

TRIAGE = Task(
    name="triage",
    titles={"zh": "预检分诊", "en": "Triage"},
    about={
        "zh": "由主诉和生命体征得出分级、去处和时限，危急时第一句就是行动；供患者和分诊护士。",
        "en": "From complaint and vital signs: level, place and time, action first; for patients and triage nurses.",
    },
    input=TriageInput,
    output=TriageResult,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_red_flags, check_first_sentence, check_speed, check_quotes, asked_language(), not_echoed()),
    thinking=True,
)

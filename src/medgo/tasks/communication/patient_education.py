"""Patient education: a condition and its plan in plain words, with when to come back. Knows no model."""

from __future__ import annotations

import re
from typing import Literal

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import doses, limits, no_final_word
from medgo.tasks.quoting import occurs, plain

Reader = Literal["adult", "elderly", "parent", "child", "caregiver"]

# Longest comfortable sentence, in Chinese characters and English words: health leaflets for the public aim below these.
MAX_SENTENCE: dict[Lang, int] = {"zh": 60, "en": 25}
# Words of the trade with what a patient calls them; a text may use one only if it explains it in parentheses.
_JARGON: dict[Lang, dict[str, str]] = {
    "zh": {
        "鼻衄": "流鼻血",
        "纳差": "胃口差",
        "黑矇": "眼前发黑",
        "心悸": "心慌",
        "呕血": "吐血",
        "里急后重": "总想解大便",
    }
    | {
        "夜尿增多": "夜里小便多",
        "恶寒": "怕冷",
        "预后": "以后的情况",
        "依从性": "按时服药",
        "b.i.d": "每天两次",
        "qd": "每天一次",
    },
    "en": {
        "myocardial infarction": "heart attack",
        "hypertension": "high blood pressure",
        "dyspnoea": "short of breath",
    }
    | {
        "dyspnea": "short of breath",
        "oedema": "swelling",
        "edema": "swelling",
        "pyrexia": "fever",
        "b.i.d": "twice a day",
    }
    | {
        "prognosis": "what to expect",
        "contraindicated": "not safe",
        "haematuria": "blood in urine",
        "syncope": "fainting",
    },
}


class EducationInput(TaskModel):
    """What the patient should understand."""

    topic: str = section("主题", "Topic", min_length=2)
    plan: str = section("医师的安排", "The doctor's plan", default="")
    reader: Reader = section("读者", "Reader", default="adult")
    worries: tuple[str, ...] = section("患者关心的问题", "What the patient asks", default=(), max_length=5)


class WorryAnswer(TaskModel):
    """A question of the patient's and its answer."""

    question: str = section("您问", "You asked", min_length=1)
    answer: str = section("回答", "Answer", min_length=1)


class Leaflet(TaskModel):
    """What it is, what to do, when to come back at once."""

    what: str = section("这是怎么回事", "What it is", min_length=1)
    do: tuple[str, ...] = section("您可以这样做", "What you can do", min_length=1, max_length=8)
    avoid: tuple[str, ...] = section("请不要这样做", "What to avoid", default=(), max_length=6)
    medicines: str = section("关于用药", "Your medicines", default="")
    come_back: tuple[str, ...] = section("出现这些情况请马上就医", "Get help at once if", min_length=1, max_length=8)
    answers: tuple[WorryAnswer, ...] = section("您关心的问题", "Your questions", default=())
    next_visit: str = section("复诊", "Next visit", default="")


def _texts(output: Leaflet) -> dict[str, str]:
    texts = {"what": output.what, "medicines": output.medicines, "next_visit": output.next_visit}
    for field, items in (("do", output.do), ("avoid", output.avoid), ("come_back", output.come_back)):
        texts |= {f"{field}.{n}": item for n, item in enumerate(items, start=1)}
    return texts | {f"answers.{n}.answer": one.answer for n, one in enumerate(output.answers, start=1)}


def check_plain_words(value: EducationInput, output: Leaflet, lang: Lang) -> list[Finding]:
    """Short sentences, and words that a patient knows."""
    del value
    found = []
    for field, text in _texts(output).items():
        for sentence in re.split(r"[。！？!?；;\n]|\.(?:\s|$)", text):
            length = len(plain(sentence)) if lang == "zh" else len(sentence.split())
            if length > MAX_SENTENCE[lang]:
                why = say(lang, f"句子过长（{length}字）", f"a sentence of {length} words is too long")
                found.append(Finding("short_sentences", field, why, "warning", sentence.strip()))
        for word, common in _JARGON[lang].items():
            if word in text.lower() and common not in text.lower():
                why = say(lang, f"患者看不懂，请写“{common}”", f"patients say '{common}'")
                found.append(Finding("plain_words", field, why, span=word))
    return found


def check_worries(value: EducationInput, output: Leaflet, lang: Lang) -> list[Finding]:
    """Every question of the patient is answered."""
    answered = {plain(one.question) for one in output.answers}
    text = say(lang, "患者的问题没有回答", "the patient's question is not answered")
    return [Finding("worries_answered", "answers", text, span=q) for q in value.worries if plain(q) not in answered]


def check_doses(value: EducationInput, output: Leaflet, lang: Lang) -> list[Finding]:
    """Doses are those of the doctor's plan."""
    text = say(lang, "医师的安排中没有这个剂量", "this dose is not in the doctor's plan")
    return [
        Finding("doses_in_plan", field, text, span=dose)
        for field, words in _texts(output).items()
        for dose in doses(words)
        if not occurs(dose, value.plan)
    ]


def check_limits(value: EducationInput, output: Leaflet, lang: Lang) -> list[Finding]:
    """No diagnosis to the patient, no prescription."""
    del value
    return no_final_word(_texts(output), lang)


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你为患者写健康宣教。用日常口语，短句，不用术语；非用不可时在括号内解释。先说清怎么回事，再说具体可做的事，"
        "然后写出什么情况必须马上就医。儿童的宣教写给家长，老年人的写得更短。"
        "药名和剂量只照抄医师的安排，不增不改，不劝患者自行停药换药。患者提出的问题逐一回答，问句照抄。\n"
        + limits("zh", "urgent", "no_prescription", "grounded")
    ),
    "en": (
        "You write for patients. Use everyday words and short sentences; if a technical word cannot be avoided, explain"
        " it in parentheses. Say what it is, then what they can do, then when they must get help at once. For a child"
        " write to the parent; for the elderly write less. Names and doses of medicines come from the doctor's plan"
        " unchanged; never advise stopping or switching a medicine. Answer each of the patient's questions, copying the"
        " question.\n" + limits("en", "urgent", "no_prescription", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "主题：{{ topic }}\n读者：{{ {'adult': '成人患者', 'elderly': '老年患者', 'parent': '患儿家长', 'child':"
        " '儿童',"
        " 'caregiver': '照护者'}[reader] }}\n{% if plan %}\n医师的安排：{{ plan }}\n{% endif %}"
        "{% if worries %}\n患者想问：\n{% for w in worries %}\n- {{ w }}\n{% endfor %}\n{% endif"
        " %}\n\n请写一份健康宣教。"
    ),
    "en": (
        "Topic: {{ topic }}\nReader: {{ {'adult': 'adult patient', 'elderly': 'elderly patient', 'parent': 'parent"
        " of the"
        " patient', 'child': 'child', 'caregiver': 'caregiver'}[reader] }}\n{% if plan %}\nThe doctor's plan: {{"
        " plan }}\n"
        "{% endif %}{% if worries %}\nThe patient asks:\n{% for w in worries %}\n- {{ w }}\n{% endfor %}\n{% endif"
        " %}\n\n"
        "Write for this patient."
    ),
}

_ZH = Example(
    EducationInput(
        topic="小儿热性惊厥后回家护理",
        plan="2岁男孩，体重12kg，单纯热性惊厥1次，持续约2分钟，检查无异常。布洛芬混悬液每次5ml，"
        "体温高且孩子不舒服时服，间隔不少于6小时。一周后复诊。",
        reader="parent",
        worries=("以后会变成癫痫吗？", "再抽的时候要不要掐人中？"),
    ),
    Leaflet(
        what="孩子抽搐是因为年纪小、体温升得快，脑子一时“短路”。这次时间短，检查没有发现异常，一般不会伤到脑子。",
        do=(
            "再抽时让孩子侧躺，把周围硬东西拿开，松开衣领，看好时间。",
            "可以的话用手机录下来，方便医生看。",
            "平时让孩子多喝水，少穿点，房间通风。",
        ),
        avoid=("不要往嘴里塞筷子、毛巾或手指。", "抽的时候不要喂水喂药。", "不要用酒精擦身，也不要捂汗。"),
        medicines="孩子发热又不舒服时，可按医生安排服布洛芬混悬液每次5ml，两次至少间隔6小时。退热药让孩子舒服些，"
        "但不能保证不再抽。",
        come_back=(
            "抽搐超过5分钟，或者一天抽两次以上：马上打120。",
            "抽完半小时还叫不醒，或者一边手脚不会动。",
            "头痛厉害、喷射样呕吐、脖子发硬，皮肤出现压不褪色的红点。",
            "精神很差，不吃不喝，8小时没有小便。",
        ),
        answers=(
            WorryAnswer(
                question="以后会变成癫痫吗？",
                answer="绝大多数孩子长大就不再抽了。像这样时间短、只抽一次的，以后得癫痫的机会只比别的孩子高一点点。",
            ),
            WorryAnswer(
                question="再抽的时候要不要掐人中？",
                answer="不要掐。掐人中不能让抽搐停下来，还可能弄伤孩子，侧躺看时间最要紧。",
            ),
        ),
        next_visit="一周后复诊，请带上这次的检查单和录像。",
    ),
)
_EN = Example(
    EducationInput(
        topic="Starting a blood pressure tablet",
        plan="Amlodipine 5 mg once daily in the morning. Blood pressure at home twice a day for a week before the"
        " visit."
        " Visit in four weeks.",
        reader="adult",
        worries=("My ankles swell in summer anyway. Is that a problem?",),
    ),
    Leaflet(
        what="Your blood pressure has been too high for some months. You may not feel it, but over years it strains the"
        " heart, brain and kidneys. The tablet relaxes the blood vessels so that the pressure falls.",
        do=(
            "Take your tablet at the same time each morning.",
            "Measure your blood pressure sitting, after five quiet minutes, and write it down.",
            "Use less salt, and walk for half an hour on most days.",
        ),
        avoid=(
            "Do not stop the tablets because you feel well.",
            "Check with us before you take tablets for pain or colds.",
        ),
        medicines="Amlodipine 5 mg, one each morning. If you forget one, skip it and go on the next day.",
        come_back=(
            "you have chest pain, trouble breathing, or weakness of one side: call 911",
            "your face or tongue swells: call 911",
            "you faint, or your blood pressure stays above 180 at the top",
        ),
        answers=(
            WorryAnswer(
                question="My ankles swell in summer anyway. Is that a problem?",
                answer="This tablet can make ankles swell more. It is not dangerous, but tell us: we may change"
                " the plan.",
            ),
        ),
        next_visit="In four weeks, with your list of home readings.",
    ),
)

PATIENT_EDUCATION = Task(
    name="patient_education",
    titles={"zh": "患者宣教", "en": "Patient education"},
    about={
        "zh": "把病情和医师的安排讲成患者听得懂的话，写明何时必须就医；供患者和家属。",
        "en": "A condition and the doctor's plan in plain words, with when to get help; for patients and families.",
    },
    input=EducationInput,
    output=Leaflet,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_plain_words, check_worries, check_doses, check_limits, asked_language(), not_echoed()),
)

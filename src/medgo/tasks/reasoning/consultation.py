"""Multi-turn consultation: the doctor's next turn in a dialogue with a patient. Knows no model."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import model_validator

from medgo.schema import Lang
from medgo.tasks.checks import asked_language
from medgo.tasks.checks.echo import not_echoed
from medgo.tasks.checks.texts import say
from medgo.tasks.definition import Example, Finding, Task, TaskModel, section
from medgo.tasks.limits import advice_to_wait, calls_for_help, doses, limits, no_final_word
from medgo.tasks.red_flags import red_flags

Speaker = Literal["patient", "relative", "doctor"]
Purpose = Literal["emergency", "ask", "examine", "explain", "advise", "close"]
PURPOSES = {
    "emergency": ("紧急处置", "emergency"),
    "ask": ("询问病史", "take the history"),
    "examine": ("安排检查", "examine or test"),
    "explain": ("解释", "explain"),
    "advise": ("建议", "advise"),
    "close": ("结束问诊", "close"),
}
_QUESTION = re.compile(r"[?？]")


class Turn(TaskModel):
    """One turn of the dialogue."""

    speaker: Speaker = section("说话人", "Speaker")
    text: str = section("内容", "Text", min_length=1)


class ConsultationInput(TaskModel):
    """The dialogue so far; the patient or a relative spoke last."""

    role: str = section("医师角色", "Doctor's role", default="")
    setting: str = section("就诊场景", "Setting", default="")
    known: str = section("已知资料", "Already known", default="")
    dialogue: tuple[Turn, ...] = section("对话", "Dialogue", min_length=1)

    @model_validator(mode="after")
    def _doctor_is_next(self) -> ConsultationInput:
        if self.dialogue[-1].speaker == "doctor":
            raise ValueError("the doctor spoke last: there is nothing to reply to")
        return self


class DoctorTurn(TaskModel):
    """What the doctor says next, why, and what the answers would decide."""

    purpose: Purpose = section("本轮目的", "Purpose", choices=PURPOSES)
    reply: str = section("医师回复", "Doctor says", min_length=1)
    questions: tuple[str, ...] = section("问题", "Questions", default=(), max_length=3)
    considering: tuple[str, ...] = section("正在考虑", "Considering", default=(), max_length=5)


def check_questions(value: ConsultationInput, output: DoctorTurn, lang: Lang) -> list[Finding]:
    """At most three questions in a turn, one where the purpose is to ask, and none that was asked before."""
    asked = [turn.text for turn in value.dialogue if turn.speaker == "doctor"]
    found = []
    if len(_QUESTION.findall(output.reply)) + len(output.questions) > 3:
        text = say(lang, "一次问了三个以上问题", "more than three questions in a turn")
        found.append(Finding("three_questions", "questions", text))
    if output.purpose == "ask" and not output.questions and not _QUESTION.search(output.reply):
        text = say(lang, "目的是询问却没有问题", "the purpose is to ask, yet nothing is asked")
        found.append(Finding("asks_something", "questions", text))
    for question in output.questions:
        if any(question in turn for turn in asked):
            text = say(lang, "已经问过", "was asked before")
            found.append(Finding("asked_before", "questions", text, span=question))
    return found


def check_emergency(value: ConsultationInput, output: DoctorTurn, lang: Lang) -> list[Finding]:
    """What was said last makes an emergency or not; in one, the first sentence calls for help and none says to wait."""
    said = red_flags(value.dialogue[-1].text)
    if output.purpose != "emergency":
        text = say(lang, f"对方刚说出危险信号：{'；'.join(said)}", f"they have just named red flags: {'; '.join(said)}")
        return [Finding("emergency_seen", "purpose", text, span=output.purpose)] if said else []
    found = []
    if not calls_for_help(output.reply, lang):
        text = say(lang, "第一句应写明呼叫急救或立即送急诊", "the first sentence should call for emergency help")
        found.append(Finding("emergency_first", "reply", text, span=output.reply))
    waiting = advice_to_wait(output.reply, lang)
    if waiting:
        text = say(lang, "危急时不得建议等待", "never advise waiting here")
        found.append(Finding("no_waiting", "reply", text, span=waiting))
    return found


def check_limits(value: ConsultationInput, output: DoctorTurn, lang: Lang) -> list[Finding]:
    """No final diagnosis, no prescription, and no dose beyond what the dialogue already holds."""
    found = no_final_word({"reply": output.reply}, lang)
    said = "\n".join([value.known, *(turn.text for turn in value.dialogue)])
    known = set(doses(said))
    text = say(lang, "问诊中不给药物剂量", "no dose of a drug in a consultation turn")
    found += [Finding("no_dose", "reply", text, span=dose) for dose in doses(output.reply) if dose not in known]
    return found


_INSTRUCTIONS: dict[Lang, str] = {
    "zh": (
        "你协助医师问诊，写出医师的下一句话。像面对面说话那样用患者听得懂的词，先回应对方的担心，"
        "再问最能改变判断的问题，"
        "一次最多三个，问过的不再问。问题只写在“问题”中，“医师回复”中不重复。"
        "一旦出现危险信号，目的改为紧急处置，第一句让对方立即拨打120或送急诊，其余问题放后。"
        "“正在考虑”写给医师看，不说给患者听。不对患者下诊断，不给药物剂量。\n"
        + limits("zh", "urgent", "suggestion", "no_prescription", "grounded")
    ),
    "en": (
        "You help a doctor talk with a patient: write what the doctor says next. Speak as one does face to face,"
        " in words"
        " the patient knows; answer the worry first, then ask what would change your mind most, at most three"
        " questions,"
        " none of them twice. Questions stand only under 'Questions', not in what the doctor says. As soon as"
        " there is a"
        " red flag the purpose is emergency, and the first sentence tells them to call the emergency number or go"
        " to the"
        " emergency department now. 'Considering' is for the doctor, not said aloud. Tell the patient no final"
        " diagnosis"
        " and give no dose.\n" + limits("en", "urgent", "suggestion", "no_prescription", "grounded")
    ),
}
_TEMPLATE: dict[Lang, str] = {
    "zh": (
        "{% if role %}\n医师角色：{{ role }}\n{% endif %}{% if setting %}\n场景：{{ setting }}\n{% endif %}"
        "{% if known %}\n已知资料：{{ known }}\n{% endif %}对话：\n"
        "{% for turn in dialogue %}\n{{ {'patient': '患者', 'relative': '家属', 'doctor': '医师'}[turn.speaker] }}："
        "{{ turn.text }}\n{% endfor %}\n\n请写出医师的下一轮。"
    ),
    "en": (
        "{% if role %}\nRole: {{ role }}\n{% endif %}{% if setting %}\nSetting: {{ setting }}\n{% endif %}"
        "{% if known %}\nKnown: {{ known }}\n{% endif %}Dialogue:\n"
        "{% for turn in dialogue %}\n{{ turn.speaker | capitalize }}: {{ turn.text }}\n{% endfor %}\n\n"
        "Write the doctor's next turn."
    ),
}

_ZH = Example(
    ConsultationInput(
        role="消化内科医师",
        setting="线上图文咨询",
        dialogue=(
            Turn(speaker="patient", text="医生，我胃疼快一个月了，吃了奥美拉唑好一点，停了又疼。"),
            Turn(speaker="doctor", text="您好，疼在什么位置？一般什么时候疼，和吃饭有关系吗？"),
            Turn(
                speaker="patient",
                text="就心口窝下面，空腹的时候疼，半夜也会疼醒，吃点东西就好些。我有点担心是不是胃癌。",
            ),
        ),
    ),
    DoctorTurn(
        purpose="ask",
        reply="您的担心我理解。空腹和夜间疼、进食缓解，这种规律常见于十二指肠的问题，不过光凭症状不能下结论，"
        "我还要了解几个要紧的情况。",
        questions=(
            "这一个月大便有没有发黑，或者吐过咖啡色的东西？",
            "体重有没有明显下降，吃东西有没有发噎？",
            "最近有没有常吃止痛药或阿司匹林，以前查过幽门螺杆菌吗？",
        ),
        considering=("十二指肠溃疡", "胃溃疡", "功能性消化不良", "胃恶性肿瘤待排除"),
    ),
)
_EN = Example(
    ConsultationInput(
        role="general practitioner",
        setting="telephone",
        dialogue=(
            Turn(speaker="patient", text="I came out in a rash about ten minutes after my first amoxicillin tablet."),
            Turn(speaker="doctor", text="Thank you for calling. How are you breathing, and is anything swelling?"),
            Turn(speaker="patient", text="My lips feel thick and my throat is getting tight. I feel light-headed."),
        ),
    ),
    DoctorTurn(
        purpose="emergency",
        reply="Call 911 now and say you are having a severe allergic reaction. If you have an adrenaline"
        " auto-injector, use"
        " it straight away. Lie down with your legs raised, or sit up if breathing is hard, and take no more of the"
        " tablets. Stay on the line with me until they answer.",
        questions=("Is anybody with you who can open the door?",),
        considering=("Anaphylaxis to amoxicillin",),
    ),
)

CONSULTATION = Task(
    name="consultation",
    titles={"zh": "多轮问诊", "en": "Multi-turn consultation"},
    about={
        "zh": "由目前的对话和医师角色写出医师的下一轮及其目的；最多问三个问题，危急时先行动。",
        "en": "From the dialogue so far and the doctor's role, the doctor's next turn and its purpose, danger first.",
    },
    input=ConsultationInput,
    output=DoctorTurn,
    instructions=_INSTRUCTIONS,
    template=_TEMPLATE,
    examples={"zh": _ZH, "en": _EN},
    checks=(check_questions, check_emergency, check_limits, asked_language(), not_echoed()),
    thinking=True,
)

"""What can be asked about a short record: each aspect has a sentence of the record, questions, and its answer.

Knows records and their words; no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medgo.schema import Lang
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.scribe import Line

Kind = Literal["value", "text", "sign"]
_QUESTIONS: Mapping[str, Mapping[Lang, tuple[str, ...]]] = {
    "duration": {
        "zh": ("症状持续多久了？", "病程多长？"),
        "en": ("How long have the symptoms lasted?", "What is the duration?"),
    },
    "age": {"zh": ("患者多大年龄？",), "en": ("How old is the patient?",)},
    "known": {
        "zh": ("既往有什么病？", "既往史如何？"),
        "en": ("What is the past history?", "Which illnesses were known before?"),
    },
    "operation": {"zh": ("做过手术吗？",), "en": ("Has there been any surgery?",)},
    "drugs": {
        "zh": ("长期用什么药？", "平时用药情况？"),
        "en": ("What is the regular medication?", "Which medicines are taken regularly?"),
    },
    "allergy": {"zh": ("对药物过敏吗？", "药物过敏史？"), "en": ("Any drug allergies?", "What about drug allergies?")},
    "exam": {"zh": ("局部查体发现什么？",), "en": ("What was the local finding?",)},
    "test": {
        "zh": ("影像或特殊检查的结果是什么？",),
        "en": ("What did the imaging or special test show?",),
    },
    "impression": {"zh": ("考虑什么诊断？",), "en": ("What is the impression?",)},
    "treat": {"zh": ("给了什么药？", "予何种治疗？"), "en": ("Which drug is started?", "What treatment is given?")},
    "lab": {"zh": ("{name}是多少？", "{name}的结果？"), "en": ("What is the {name}?", "Result of {name}?")},
    "sign": {"zh": ("有{name}吗？",), "en": ("Is there {name}?", "Does the patient have {name}?")},
    "temperature": {"zh": ("体温多少？",), "en": ("What is the temperature?",)},
    "pulse": {"zh": ("脉搏多少？",), "en": ("What is the heart rate?",)},
    "pressure": {"zh": ("血压多少？",), "en": ("What is the blood pressure?",)},
}
_VITALS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "temperature": (("VITAL:temperature_c",), "体温{0} ℃。", "Temperature {0} °C."),
    "pulse": (("VITAL:heart_rate",), "脉搏{0}次/分。", "Heart rate {0}/min."),
    "pressure": (("VITAL:systolic_bp", "VITAL:diastolic_bp"), "血压{0}/{1} mmHg。", "BP {0}/{1} mmHg."),
}
_YES: Mapping[Lang, tuple[str, str]] = {"zh": ("有。", "没有。"), "en": ("Yes.", "No.")}
NOT_STATED: Mapping[Lang, str] = {"zh": "记录未提及。", "en": "The record does not say."}


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that a record says and that can be asked about.

    Args:
        key: What is asked; the same for all patients (``drugs``, ``lab LAB:potassium``).
        kind: ``value`` is a number with its unit, ``text`` a sentence, ``sign`` a finding that is there or not.
        line: The sentence of the record.
        questions: Ways to ask.
        answer: Sentences of the answer with the facts that they state.
        against: The contrary of a sign's answer; empty for others.
        value: The number of a value as it is written; empty for others.
        gold: What a right answer must hold.
        place: Where the sentence stands in a record.
    """

    key: str
    kind: Kind
    line: Line
    questions: tuple[str, ...]
    answer: tuple[Line, ...]
    against: str = ""
    value: str = ""
    gold: str = ""
    place: int = 0

    def text(self, lang: Lang) -> str:
        """The answer as it is written."""
        return ("" if lang == "zh" else " ").join(line.text for line in self.answer)


def aspects_of(pen: Pen) -> list[Aspect]:
    """Everything that can be asked about an encounter, in the order of a record."""
    return [*_story(pen), *_past(pen), *_vitals(pen), *_found(pen), *_labs(pen), *_decided(pen)]


def question_of(key: str, lang: Lang, name: str = "") -> tuple[str, ...]:
    """Ways to ask about an aspect."""
    return tuple(one.format(name=name) for one in _QUESTIONS[key.split(" ")[0]][lang])


def _story(pen: Pen) -> Iterator[Aspect]:
    s, case, lang = pen.s, pen.case, pen.s.lang
    sex, age = case.intro
    onset = s.line("onset", "onset", sex=sex, age=age, duration=case.duration, signs=pen.lead)
    told = s.line("duration", "lasted", duration=case.duration)
    yield Aspect("duration", "value", onset, question_of("duration", lang), (told,), **_valued(pen, case.duration))
    years = s.line("age", "aged", age=age)
    yield Aspect("age", "value", onset, question_of("age", lang), (years,), **_valued(pen, age))
    for fact in pen.lead[:1]:
        yield _sign(pen, fact, onset, 0, present=True)
    if pen.rest:
        more = s.line("more", "more", signs=pen.rest[:2])
        yield _sign(pen, pen.rest[0], more, 1, present=True)
    if case.negatives:
        facts = [one.fact for one in case.negatives][:2]
        yield _sign(pen, facts[-1], s.denied("no", "no", facts), 2, present=False)


def _sign(pen: Pen, fact: str, line: Line, place: int, *, present: bool) -> Aspect:
    s, lang = pen.s, pen.s.lang
    name = s.names(pen.case.book[fact].concept, lang)
    said, contrary = _YES[lang] if present else _YES[lang][::-1]
    answer = s.line("more", "more", signs=(fact,)) if present else s.denied("no", "no", [fact])
    other = f"{contrary}{'' if lang == 'zh' else ' '}{_contrary(name, lang, present=present)}"
    return Aspect(
        f"sign {pen.case.book[fact].concept}",
        "sign",
        line,
        question_of("sign", lang, name),
        (Line("said", said), answer),
        against=other,
        gold=said.rstrip("。."),
        place=place,
    )


def _valued(pen: Pen, fact: str) -> dict[str, Any]:
    value = pen.case.book[fact].value
    return {"value": value, "gold": value}


def _contrary(name: str, lang: Lang, *, present: bool) -> str:
    if lang == "zh":
        return f"否认{name}。" if present else f"伴{name}。"
    return f"No {name}." if present else f"Also present: {name}."


def _past(pen: Pen) -> Iterator[Aspect]:
    lang = pen.s.lang
    known, operation = pen.past()
    for place, (key, line) in enumerate(
        (("known", known), ("operation", operation), ("drugs", pen.drugs()[0]), ("allergy", pen.allergies()[0])), 3
    ):
        yield Aspect(key, "text", line, question_of(key, lang), (line,), gold=_core(line.text), place=place)


def _vitals(pen: Pen) -> Iterator[Aspect]:
    lang = pen.s.lang
    for key, (curies, zh, en) in _VITALS.items():
        facts = tuple(pen.enc.vitals[0][curie] for curie in curies)
        values = [pen.case.book[fact].value for fact in facts]
        line = Line(key, (zh if lang == "zh" else en).format(*values), facts)
        yield Aspect(
            key, "value", line, question_of(key, lang), (line,), value=values[0], gold="/".join(values), place=8
        )


def _found(pen: Pen) -> Iterator[Aspect]:
    lang = pen.s.lang
    exam = pen.s.plain("exam")
    yield Aspect("exam", "text", exam, question_of("exam", lang), (exam,), gold=_core(exam.text), place=9)
    if "test" in pen.enc.plain:
        test = pen.s.plain("test")
        yield Aspect("test", "text", test, question_of("test", lang), (test,), gold=_core(test.text), place=11)


def _labs(pen: Pen) -> Iterator[Aspect]:
    s, lang = pen.s, pen.s.lang
    labs = pen.enc.labs[:2]
    if not labs:
        return
    joint = s.line("labs", "values", values=tuple(labs))
    for fact in labs:
        name = s.names(pen.case.book[fact].concept, lang)
        own = s.line("lab", "values", values=(fact,))
        key = f"lab {pen.case.book[fact].concept}"
        yield Aspect(key, "value", joint, question_of("lab", lang, name), (own,), **_valued(pen, fact), place=10)


def _decided(pen: Pen) -> Iterator[Aspect]:
    s, lang = pen.s, pen.s.lang
    impression = pen.impression()[0]
    yield Aspect(
        "impression",
        "text",
        impression,
        question_of("impression", lang),
        (impression,),
        gold=_core(impression.text),
        place=12,
    )
    if pen.enc.treatment:
        treat = s.line("treat", "treat", drug=pen.enc.treatment)
        yield Aspect("treat", "text", treat, question_of("treat", lang), (treat,), gold=_core(treat.text), place=13)


def _core(text: str) -> str:
    """A sentence without its full stop and without what leads up to the answer."""
    return text.rstrip("。.").split("：")[-1].split(": ")[-1]

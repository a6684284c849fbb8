"""The documents of an encounter: for each the task's input and its output, as lines. Knows no wording and no defect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from medgo.synthesis.generators.cases.words_zh import AGE_UNITS
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.phrases import ASKED, NOT_PROVIDED
from medgo.synthesis.generators.records.scenes import PLACES, SLOW
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.tasks.checks.completeness import MOST_CHARACTERS
from medgo.tasks.definition import Task
from medgo.tasks.documents.admission_record import ADMISSION_RECORD
from medgo.tasks.documents.common import REVIEW, REVIEW_INPATIENT
from medgo.tasks.documents.daily_course_note import DAILY_COURSE_NOTE
from medgo.tasks.documents.discharge_summary import DISCHARGE_SUMMARY
from medgo.tasks.documents.first_course_note import FIRST_COURSE_NOTE
from medgo.tasks.documents.outpatient_record import OUTPATIENT_RECORD

DocumentKind = Literal[
    "outpatient_record", "admission_record", "first_course_note", "course_note_1", "course_note_2", "discharge_summary"
]
STAY: tuple[DocumentKind, ...] = (
    "admission_record", "first_course_note", "course_note_1", "course_note_2", "discharge_summary",
)  # fmt: skip


@dataclass(slots=True)
class Note:
    """One document.

    Args:
        task: Whose document it is.
        given: Field of the input → lines, in the order of the input.
        written: Field of the output (dotted into nested models) → lines, in its order.
        fixed: Values of the input that are no text.
        number: Values of the output that are no text.
        apart: Fields of the input whose lines stand on lines of their own.
    """

    task: Task[Any, Any]
    given: dict[str, list[Line]]
    written: dict[str, list[Line]]
    fixed: dict[str, Any] = field(default_factory=dict)
    number: dict[str, Any] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


def compose(kind: DocumentKind, scribe: Scribe) -> Note:
    """Write a document of the encounter."""
    note = _COMPOSERS[kind](_Pen(scribe))
    review = REVIEW_INPATIENT if kind in STAY else REVIEW
    note.written["review"] = [Line("review", review[scribe.lang])]
    return note


class _Pen:
    """Lines that several documents share."""

    def __init__(self, scribe: Scribe) -> None:
        self.s = scribe
        self.enc: Encounter = scribe.enc
        self.case = scribe.enc.case
        self.lead = self._lead()
        rest = [fact for fact in self.enc.complaints if fact not in self.lead]
        self.rest = tuple(rest)
        self.symptoms = tuple(self.enc.complaints[:4])
        book = self.case.book
        own = [fact for fact in self.symptoms if self.case.truth_fact in book[fact].basis]
        self.typical = tuple(own) or self.lead
        # What can be said to have improved within days.
        self.eased = tuple(fact for fact in self.enc.complaints if book[fact].concept not in SLOW)[:2]

    def _lead(self) -> tuple[str, ...]:
        """Signs of the chief complaint: two where twenty characters hold them, in Chinese as in English."""
        names = [self.s.names(self.case.book[fact].concept, "zh") for fact in self.enc.complaints[:2]]
        room = MOST_CHARACTERS - 5 - (4 if self.enc.worse else 0)
        return tuple(self.enc.complaints[: 2 if sum(map(len, names)) <= room else 1])

    def timed(self, kind: str, key: str, **slots: str | tuple[str, ...]) -> Line:
        """A sentence with the duration, and since when it got worse where it did."""
        if self.enc.worse:
            return self.s.line(key, f"{kind}_worse", **slots, duration=self.case.duration, worse=self.enc.worse)
        return self.s.line(key, kind, **slots, duration=self.case.duration)

    def person(self) -> dict[str, list[Line]]:
        sex, age = self.case.intro
        book, zh = self.case.book, self.s.lang == "zh"
        unit = book[age].unit
        words = book[age].value + (AGE_UNITS[unit] if zh else f" {unit}")
        shown = {"male": "男", "female": "女"}[book[sex].value] if zh else book[sex].value
        return {"sex": [Line("sex", shown, (sex,))], "age": [Line("age", words, (age,))]}

    def said_history(self) -> list[Line]:
        """What the patient tells."""
        s, enc, case = self.s, self.enc, self.case
        lines = [s.line("said_onset", "said_onset", signs=self.lead, duration=case.duration)]
        if enc.worse:
            lines.append(s.line("said_worse", "said_worse", worse=enc.worse))
        if self.rest:
            lines.append(s.line("said_more", "said_more", signs=self.rest))
        if case.negatives:
            lines.append(s.denied("said_no", "said_no", [one.fact for one in case.negatives]))
        return lines

    def said_past(self) -> list[Line]:
        s, enc, case = self.s, self.enc, self.case
        known = tuple(case.history)
        lines = [s.some("said_known", "diseases", known), s.some("said_drugs", "drugs", tuple(case.orders))]
        lines.append(
            s.plain("operation") if "operation" in enc.plain else s.line("said_operation", "said_operation_none")
        )
        lines.append(s.plain("allergy") if enc.allergy else s.line("said_allergy", "said_allergy_none"))
        return lines

    def story(self) -> list[Line]:
        """History of the present illness."""
        s, enc, case = self.s, self.enc, self.case
        sex, age = case.intro
        lines = [s.line("onset", "onset", sex=sex, age=age, duration=case.duration, signs=self.lead)]
        if enc.worse:
            lines.append(s.line("worse", "worse", worse=enc.worse))
        if self.rest:
            lines.append(s.line("more", "more", signs=self.rest))
        if case.negatives:
            lines.append(s.denied("no", "no", [one.fact for one in case.negatives]))
        return lines

    def past(self) -> list[Line]:
        s, case = self.s, self.case
        lines = [s.some("known", "diseases", tuple(case.history))]
        lines.append(s.plain("operation") if "operation" in self.enc.plain else s.line("operation", "operation_none"))
        return lines

    def drugs(self) -> list[Line]:
        return [self.s.some("drugs", "drugs", tuple(self.case.orders))]

    def allergies(self) -> list[Line]:
        return [self.s.plain("allergy") if self.enc.allergy else self.s.line("allergy", "allergy_none")]

    def special(self) -> list[Line]:
        """Local finding and signs seen on examination."""
        lines = [self.s.plain("exam")]
        if self.enc.seen:
            lines.append(self.s.line("seen", "seen", signs=tuple(self.enc.seen)))
        return lines

    def normal(self, *regions: str) -> list[Line]:
        wanted = regions or tuple(self.enc.normal)
        return [
            self.s.fact_line(f"{region}{at}", fact)
            for region in wanted
            for at, fact in enumerate(self.enc.normal.get(region, ()))
        ]

    def results(self) -> list[Line]:
        """Values and the first test."""
        lines = []
        if self.enc.labs:
            lines.append(self.s.line("labs", "values", values=tuple(self.enc.labs)))
        if self.enc.shown:
            lines.append(self.s.line("shown", "shown", signs=tuple(self.enc.shown)))
        if "test" in self.enc.plain:
            lines.append(self.s.plain("test"))
        return lines

    def diagnoses(self, key: str) -> list[Line]:
        return [line for at, fact in enumerate(self.enc.diagnoses) for line in self.s.diagnosis(key, at, fact)]

    def impression(self) -> list[Line]:
        s = self.s
        lines = [s.line("impression", "impression", dx=self.case.truth_fact)]
        if self.case.history:
            lines.append(s.line("impression_known", "impression_known", diseases=tuple(self.case.history)))
        return lines

    def decided(self) -> list[Line]:
        """What the physician decided, as the material says it."""
        s, enc = self.s, self.enc
        lines = self.care()
        if enc.treatment:
            lines.insert(0, s.line("treat", "treat", drug=enc.treatment))
        if self.case.orders:
            lines.append(s.line("continue_home", "continue", drugs=tuple(self.case.orders)))
        if enc.allergy:
            lines.append(s.plain("avoid"))
        return lines

    def sent_in(self) -> list[Line]:
        """The plan of a visit that ends with admission."""
        lines = [self.s.line("admit", "admit")]
        if self.case.orders:
            lines.append(self.s.line("continue_home", "continue", drugs=tuple(self.case.orders)))
        return [*lines, *([self.s.plain("avoid")] if self.enc.allergy else [])]

    def plan(self) -> list[Line]:
        """The same as a record's plan."""
        lines = self.decided()
        if self.enc.treatment:
            lines[0] = self.s.line("treat", "treat_plan", drug=self.enc.treatment)
        return lines

    def care(self) -> list[Line]:
        return [self.s.plain(key) for key in sorted(self.enc.plain) if key.startswith("care")]

    def moments(self, **fields: str) -> dict[str, list[Line]]:
        return {name: [self.s.moment(key)] for name, key in fields.items()}


def _outpatient(pen: _Pen) -> Note:
    s, enc = pen.s, pen.enc
    patient = ASKED["patient"][s.lang]

    def answer(lines: list[Line]) -> list[Line]:
        return [
            Line(line.key, f"{patient}{line.text}" if at == 0 else line.text, line.facts)
            for at, line in enumerate(lines)
        ]

    history, past = pen.said_history(), pen.said_past()
    first = 2 if enc.worse else 1
    talk = [Line("ask1", ASKED["start"][s.lang]), *answer(history[:first])]
    if history[first:]:
        talk += [Line("ask2", ASKED["more"][s.lang]), *answer(history[first:])]
    talk += [Line("ask3", ASKED["past"][s.lang]), *answer(past[:2])]
    talk += [Line("ask4", ASKED["allergy"][s.lang]), *answer(past[2:])]
    if "menses" in enc.plain:
        talk += [Line("ask5", ASKED["menses"][s.lang]), *answer([s.plain("menses")])]
    department = enc.scene.department[0 if s.lang == "en" else 1]
    seen = [s.vitals("vitals", 0), *pen.special(), *pen.normal("chest", "abdomen")]
    # Who is to be admitted is not treated in the clinic.
    stays = enc.scene.inpatient
    advice = [s.plain("warn")] if stays else [s.plain("review"), s.plain("warn")]
    past_record = pen.past() + pen.drugs() + ([s.plain("menses")] if "menses" in enc.plain else [])
    return Note(
        OUTPATIENT_RECORD,
        given={
            **pen.person(),
            "department": [Line("department", department)],
            "dialogue": talk,
            "findings": seen,
            "results": pen.results(),
            "plan": [*pen.impression(), *(pen.sent_in() if stays else pen.decided()), *advice],
        },
        written={
            "chief_complaint": [pen.timed("complaint", "complaint", signs=pen.lead)],
            "present_illness": pen.story(),
            "past_history": past_record,
            "allergies": pen.allergies(),
            "examination": seen,
            "investigations": pen.results() or [Line("labs", NOT_PROVIDED[s.lang])],
            "diagnoses": pen.diagnoses("diagnoses"),
            "plan": pen.sent_in() if stays else pen.plan(),
            "advice": advice,
        },
        fixed={"visit": "first"},
        apart=frozenset({"dialogue"}),
    )


def _admission(pen: _Pen) -> Note:
    s, enc = pen.s, pen.enc
    menses = [s.plain("menses")] if "menses" in enc.plain else []
    regions = {
        f"examination.{name}": pen.normal(name)
        for name in ("general", "head_neck", "chest", "abdomen", "limbs", "neurological", "special")
    }
    local, *seen = pen.special()
    place = f"examination.{_place_of(enc.scene.code)}"
    regions[place] = [local, *regions[place]]
    regions["examination.special"] += seen
    regions["examination.general"] = regions["examination.general"] or [Line("general0", NOT_PROVIDED[s.lang])]
    examined = {name: lines for name, lines in regions.items() if lines}
    return Note(
        ADMISSION_RECORD,
        given={
            **pen.person(),
            "occupation": [s.plain("job")],
            **pen.moments(admitted_at="admitted", written_at="admission_written"),
            "interview": [
                *pen.said_history(), *pen.said_past(), s.plain("social"), *menses, s.plain("family"),
            ],
            "findings": [s.vitals("vitals", 0), *pen.normal(), *pen.special()],
            "results": pen.results(),
            "impression": [*pen.impression(), *pen.decided()],
        },
        written={
            "chief_complaint": [pen.timed("complaint", "complaint", signs=pen.lead)],
            "present_illness": pen.story(),
            "past_history": pen.past(),
            "medications": pen.drugs(),
            "allergies": pen.allergies(),
            "personal_history": [s.plain("social")],
            **({"menstrual_history": menses} if menses else {}),
            "family_history": [s.plain("family")],
            "examination.vital_signs": [s.vitals("vitals", 0)],
            **examined,
            "investigations": pen.results() or [Line("labs", NOT_PROVIDED[s.lang])],
            "diagnoses": pen.diagnoses("diagnoses"),
            "plan": pen.plan(),
        },
    )  # fmt: skip


def _place_of(code: str) -> str:
    """Where the local finding of a disease is told."""
    blocks = [block for block in PLACES if code.startswith(block)]
    return PLACES[max(blocks, key=len)] if blocks else "special"


def _first(pen: _Pen) -> Note:
    s, enc, case = pen.s, pen.enc, pen.case
    abnormal = tuple(enc.abnormal_labs)
    known = tuple(case.history)
    others = tuple(one[0] for one in enc.differential)
    thoughts = pen.impression()
    if others:
        thoughts.append(s.line("said_weigh", "said_weigh", dx=others))
    sex, age = case.intro
    person: dict[str, str | tuple[str, ...]] = {
        "sex": sex,
        "age": age,
        "signs": pen.symptoms,
        "duration": case.duration,
    }
    features = [s.line("feature_person", "feature_person", **person)]
    features.append(s.some("feature_known", "diseases", known))
    features += [s.vitals("vitals", 0), *pen.special()]
    features.append(s.some("feature_values", "values", abnormal))
    if "test" in enc.plain:
        features.append(s.plain("test"))
    basis = [s.line("basis_signs", "basis_signs", signs=pen.typical), s.plain("exam", "basis_exam")]
    mine = tuple(fact for fact in abnormal if case.truth_fact in case.book[fact].basis)
    if mine:
        basis.append(s.line("basis_values", "basis_values", values=mine))
    if "test" in enc.plain:
        basis.append(s.plain("test", "basis_test"))
    return Note(
        FIRST_COURSE_NOTE,
        given={
            **pen.person(),
            **pen.moments(admitted_at="admitted", written_at="first_written"),
            "history": [*pen.said_history(), *pen.said_past()],
            "findings": [s.vitals("vitals", 0), *pen.special(), *pen.normal("chest", "abdomen")],
            "results": pen.results(),
            "thoughts": [*thoughts, *pen.decided()],
        },
        written={
            "features": features,
            "diagnoses": pen.diagnoses("diagnoses"),
            "basis": basis,
            "differential": _differential(pen),
            "plan": pen.plan(),
        },
    )


def _differential(pen: _Pen) -> list[Line]:
    lines = []
    for at, (disease, supporting, against) in enumerate(pen.enc.differential):
        lines.append(Line(f"differential.{at}.disease", pen.s.name(disease), (disease,), "disease", at))
        reasons = [pen.s.line(f"differential.{at}.for", "diff_for", signs=_named(pen, supporting))]
        denied = tuple(fact for fact in against if not _unexplained(pen, fact))
        left = tuple(fact for fact in against if _unexplained(pen, fact))
        if denied:
            reasons.append(pen.s.against(f"differential.{at}.against", denied))
        if left:
            reasons.append(pen.s.line(f"differential.{at}.left", "diff_unexplained", signs=left))
        if not against:
            reasons.append(pen.s.line(f"differential.{at}.open", "diff_open"))
        lines += [Line(one.key, one.text, one.facts, "reasoning", at) for one in reasons]
    return lines


def _unexplained(pen: _Pen, fact: str) -> bool:
    """A sign that is there; what is denied or normal speaks against a disease in another way."""
    return pen.case.book[fact].kind == "sign" and pen.case.book[fact].polarity == "present"


def _named(pen: _Pen, facts: tuple[str, ...]) -> tuple[str, ...]:
    """Signs where there are any: a list of signs and values together would be told by name only."""
    signs = tuple(fact for fact in facts if pen.case.book[fact].kind == "sign")
    return signs or facts


def _course(number: int) -> Callable[[_Pen], Note]:
    def write(pen: _Pen) -> Note:
        s, enc, case = pen.s, pen.enc, pen.case
        new, judged, next_steps = _new_results(pen, number)
        local = s.line(f"local{number}", f"local{number}")
        objective = [s.vitals("vitals", number), local, *new]
        assessment = [s.line("assess", f"assess{number}", dx=case.truth_fact), *judged]
        orders: list[Line] = []
        if enc.treatment:
            orders.append(s.line("continue", "continue", drugs=enc.treatment))
        if number == 1 and case.orders:
            orders.append(s.line("continue_home", "continue", drugs=tuple(case.orders)))
        orders += next_steps
        orders += pen.care()[:1] if number == 1 else [s.line("watch", "watch")]
        given: dict[str, list[Line]] = {
            **pen.person(),
            "diagnosis": [Line("diagnosis", s.name(case.truth_fact), (case.truth_fact,))],
        }
        if number == 2:
            given |= pen.moments(previous_at="day1")
            earlier = [
                s.some("today1", "signs", pen.eased, "today"),
                s.vitals("vitals_before", 1),
                s.line("local1", "local1"),
            ]
            given["previous_note"] = earlier
        else:
            given |= pen.moments(previous_at="first_written")
        given |= {
            **pen.moments(written_at=f"day{number}"),
            "today": [s.some(f"said_today{number}", "signs", pen.eased, "said_today")],
            "findings": [s.vitals("vitals", number), local],
            "results": new,
            "orders": [*assessment, *orders],
        }
        return Note(
            DAILY_COURSE_NOTE,
            given=given,
            written={
                "subjective": [s.some(f"today{number}", "signs", pen.eased, "today")],
                "objective": objective,
                "assessment": assessment,
                "plan": orders,
            },
            fixed={"condition": "stable"},
        )

    return write


def _new_results(pen: _Pen, number: int) -> tuple[list[Line], list[Line], list[Line]]:
    """New results, what they mean, and what follows."""
    s, enc, book = pen.s, pen.enc, pen.case.book
    if number == 1:
        if not enc.abnormal_labs:
            return [s.line("no_change", "no_change")], [], []
        new = [s.line("values", "values", values=tuple(enc.abnormal_labs))]
        judged = [
            s.line(f"cause{at}", "cause", value=fact, cause=book[fact].basis[:1] or (pen.case.truth_fact,))
            for at, fact in enumerate(enc.abnormal_labs)
        ]
        quick = tuple(enc.repeated)
        return new, judged, [s.line("recheck", "recheck", tests=quick)] if quick else []
    if not enc.repeated:
        return [s.line("no_change", "no_change")], [], []
    new = [
        s.line(f"repeated{at}", "repeated", new=second, old=first)
        for at, (first, second) in enumerate(enc.repeated.items())
    ]
    still = [fact for fact in enc.repeated.values() if book[fact].attributes["state"] != "normal"]
    judged = [s.line(f"cause{at}", "cause", value=fact, cause=_cause(pen, fact)) for at, fact in enumerate(still)]
    return new, judged, [s.line("recheck", "recheck", tests=tuple(still))] if still else []


def _cause(pen: _Pen, repeated: str) -> tuple[str, ...]:
    """What a value measured again comes from: the cause of the first one."""
    first = next(one for one, second in pen.enc.repeated.items() if second == repeated)
    return pen.case.book[first].basis[:1] or (pen.case.truth_fact,)


def _discharge(pen: _Pen) -> Note:
    s, enc, case = pen.s, pen.enc, pen.case
    on_admission = [pen.timed("admitted_for", "admitted_for", signs=pen.lead), s.vitals("vitals", 0), *pen.special()]
    course = [s.line("course_dx", "course_dx", dx=case.truth_fact)]
    if "done" in enc.plain:
        course.append(s.plain("done"))
    else:
        course.append(s.some("course_treat", "drug", (enc.treatment,) if enc.treatment else ()))
    if case.orders:
        course.append(s.line("course_home", "course_home", drugs=tuple(case.orders)))
    course.append(s.line("course_end", "course_end"))
    results = pen.results()
    results += [
        s.line(f"repeated{at}", "repeated", new=second, old=first)
        for at, (first, second) in enumerate(enc.repeated.items())
    ]
    home = enc.goes_home_with
    orders = [s.some("said_take_home", "drugs", tuple(home))]
    advice = [s.plain("review"), s.plain("warn")] + ([s.plain("avoid")] if enc.allergy else [])
    names = [Line(f"admission_diagnoses.{at}", s.name(fact), (fact,)) for at, fact in enumerate(enc.diagnoses)]
    return Note(
        DISCHARGE_SUMMARY,
        given={
            **pen.person(),
            **pen.moments(admitted_at="admitted", discharged_at="discharged", written_at="written"),
            "admission": on_admission,
            "admission_diagnoses": names,
            "course": course,
            "results": results,
            "at_discharge": [s.some("said_better", "signs", pen.eased), s.vitals("vitals_out", 3)],
            "orders": [*orders, *advice],
        },
        written={
            "hospital_days": [Line("hospital_days", case.book[enc.plain["days"]].value, (enc.plain["days"],))],
            "admission_condition": on_admission,
            "admission_diagnoses": names,
            "course": [*course, *results],
            "discharge_diagnoses": pen.diagnoses("discharge_diagnoses"),
            "discharge_condition": [s.some("better", "signs", pen.eased), s.vitals("vitals_out", 3)],
            "medications": [line for at, fact in enumerate(home) for line in s.medication("medications", at, fact)],
            "advice": advice,
        },
        number={"hospital_days": int(case.book[enc.plain["days"]].value)},
        apart=frozenset({"admission_diagnoses"}),
    )


_COMPOSERS: Mapping[DocumentKind, Callable[[_Pen], Note]] = {
    "outpatient_record": _outpatient,
    "admission_record": _admission,
    "first_course_note": _first,
    "course_note_1": _course(1),
    "course_note_2": _course(2),
    "discharge_summary": _discharge,
}


def kinds_of(enc: Encounter) -> tuple[DocumentKind, ...]:
    """Documents that the encounter has."""
    return cast("tuple[DocumentKind, ...]", ("outpatient_record", *(STAY if enc.scene.inpatient else ())))

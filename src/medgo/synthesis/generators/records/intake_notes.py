"""What is written when a patient comes: visit, admission, first course note. Knows no wording and no defect."""

from __future__ import annotations

from medgo.synthesis.generators.records.note import Note
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.phrases import ASKED, NOT_PROVIDED
from medgo.synthesis.generators.records.scenes import PLACES
from medgo.synthesis.generators.records.scribe import Line
from medgo.tasks.documents.admission_record import ADMISSION_RECORD
from medgo.tasks.documents.first_course_note import FIRST_COURSE_NOTE
from medgo.tasks.documents.outpatient_record import OUTPATIENT_RECORD


def outpatient(pen: Pen) -> Note:
    """A clinic visit: what was said and found, then the record."""
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


def admission(pen: Pen) -> Note:
    """The admission record: the history as told, the examination region by region."""
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


def first(pen: Pen) -> Note:
    """The first course note: features of the case, what speaks for and against, the plan."""
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


def _differential(pen: Pen) -> list[Line]:
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


def _unexplained(pen: Pen, fact: str) -> bool:
    """A sign that is there; what is denied or normal speaks against a disease in another way."""
    return pen.case.book[fact].kind == "sign" and pen.case.book[fact].polarity == "present"


def _named(pen: Pen, facts: tuple[str, ...]) -> tuple[str, ...]:
    """Signs where there are any: a list of signs and values together would be told by name only."""
    signs = tuple(fact for fact in facts if pen.case.book[fact].kind == "sign")
    return signs or facts

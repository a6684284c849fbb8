"""What is written on the ward and at discharge. Knows no wording and no defect."""

from __future__ import annotations

from collections.abc import Callable

from medgo.synthesis.generators.records.note import Note
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.scribe import Line
from medgo.tasks.documents.daily_course_note import DAILY_COURSE_NOTE
from medgo.tasks.documents.discharge_summary import DISCHARGE_SUMMARY


def course(number: int) -> Callable[[Pen], Note]:
    """A daily note; 1 tells the first results, 2 those that were measured again."""

    def write(pen: Pen) -> Note:
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


def _new_results(pen: Pen, number: int) -> tuple[list[Line], list[Line], list[Line]]:
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


def _cause(pen: Pen, repeated: str) -> tuple[str, ...]:
    """What a value measured again comes from: the cause of the first one."""
    first = next(one for one, second in pen.enc.repeated.items() if second == repeated)
    return pen.case.book[first].basis[:1] or (pen.case.truth_fact,)


def discharge(pen: Pen) -> Note:
    """The discharge summary: how it was, what was done, how it is, what follows."""
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
    advice = [*pen.goes_on(), s.plain("review"), s.plain("warn")] + ([s.plain("avoid")] if enc.allergy else [])
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

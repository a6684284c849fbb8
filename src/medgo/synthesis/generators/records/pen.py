"""Lines that several documents of an encounter share. Knows no document."""

from __future__ import annotations

from medgo.synthesis.generators.cases.words_zh import AGE_UNITS
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.scenes import SLOW
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.tasks.checks.completeness import MOST_CHARACTERS


class Pen:
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
        """Sex and age."""
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
        """Past history as the patient tells it."""
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
        """Past history as a record has it."""
        s, case = self.s, self.case
        lines = [s.some("known", "diseases", tuple(case.history))]
        lines.append(s.plain("operation") if "operation" in self.enc.plain else s.line("operation", "operation_none"))
        return lines

    def drugs(self) -> list[Line]:
        """What is taken at home."""
        return [self.s.some("drugs", "drugs", tuple(self.case.orders))]

    def allergies(self) -> list[Line]:
        """The allergy, or that there is none."""
        return [self.s.plain("allergy") if self.enc.allergy else self.s.line("allergy", "allergy_none")]

    def special(self) -> list[Line]:
        """Local finding and signs seen on examination."""
        lines = [self.s.plain("exam")]
        if self.enc.seen:
            lines.append(self.s.line("seen", "seen", signs=tuple(self.enc.seen)))
        return lines

    def normal(self, *regions: str) -> list[Line]:
        """Normal findings of the regions; of all where none is named."""
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
        """All diagnoses with their codes."""
        return [line for at, fact in enumerate(self.enc.diagnoses) for line in self.s.diagnosis(key, at, fact)]

    def impression(self) -> list[Line]:
        """The physician's diagnosis, with what was known before."""
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
            lines[1:1] = self.goes_on()
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

    def goes_on(self) -> list[Line]:
        """For how long the new drug is given as it is begun, where that is not left open."""
        return [self.s.plain("then")] if "then" in self.enc.plain else []

    def care(self) -> list[Line]:
        """What is done besides drugs."""
        return [self.s.plain(key) for key in sorted(self.enc.plain) if key.startswith("care")]

    def moments(self, **fields: str) -> dict[str, list[Line]]:
        """Field → the moment of that name."""
        return {name: [self.s.moment(key)] for name, key in fields.items()}

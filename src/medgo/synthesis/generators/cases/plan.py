"""What the texts of a case say, sentence by sentence, as facts: the same plan is written in every language.

Knows no words: a sentence is a kind with slots. Chance chooses phrasings here, once for all languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from medgo.synthesis.generators.cases.case import Candidate, Case, Finding
from medgo.synthesis.generators.cases.common import EMERGENCIES
from medgo.synthesis.generators.cases.confirming import QUESTIONS
from medgo.synthesis.generators.cases.graph import Step
from medgo.synthesis.generators.cases.tables import Tables
from medgo.synthesis.generators.cases.weighing import Weighing

_TELLING = 0.15  # a sign that fewer of all diseases show says something when it does not fit
_EXPECTED = 0.3  # a sign at least this frequent in a disease is missed when it is not there
_RARE_EMERGENCY = re.compile(
    r"meningitis|meningococc|tetanus|botulism|epidermal necrolysis|stevens-johnson|toxic.shock|hemorrhagic fever"
    r"|acute adrenal|status epilepticus|thrombotic thrombocytopenic|rabies|malaria|macrophage activation|poisoning"
    r"|subarachnoid|necrotizing fasciitis",
    re.I,
)
_LOOKING = ("look_for", "look_ask", "look_examine", "look_test")
_CANCER = "C"  # chapter of ICD-10
_ORDER = ("early", "growth", "complaint", "examination", "investigation", "other")


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate of the answer: what speaks for and against it, quoted from the case, and how to tell."""

    candidate: Candidate
    supporting: tuple[str, ...]
    contradicting: tuple[str, ...]
    next_step: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is written about a case.

    Args:
        case: Paragraphs of the case.
        question: What is asked.
        reasoning: Paragraphs of the reasoning.
        urgent: What has to be done first; empty for nothing.
        summary: The case in one or two sentences.
        entries: The differential.
        must_not_miss: Diagnosis facts.
        missing: What is not known.
    """

    case: tuple[tuple[Step, ...], ...]
    question: tuple[Step, ...]
    reasoning: tuple[tuple[Step, ...], ...]
    urgent: tuple[Step, ...]
    summary: tuple[Step, ...]
    entries: tuple[Entry, ...]
    must_not_miss: tuple[str, ...]
    missing: tuple[Step, ...]


class Planner:
    """Plans the texts of one case.

    Args:
        case: The facts.
        tables: For what is typical of a candidate and not told.
        rng: Chooses phrasings.
    """

    def __init__(self, case: Case, tables: Tables, rng: np.random.Generator) -> None:
        self._case = case
        self._tables = tables
        self._rng = rng
        self._book = case.book
        self._weighing = Weighing(case, tables)

    def plan(self, *, thinking: bool) -> Plan:
        """Plan prompt and answer, and the reasoning where it is wanted."""
        entries = tuple(self._entry(at) for at in range(len(self._case.candidates)))
        codes = {one.fact: self._code(one) for one in self._case.candidates}
        pressing = {one.fact for one in self._case.candidates if self._pressing(one, codes[one.fact])}
        dangers = tuple(fact for fact, code in codes.items() if fact in pressing or code.startswith(_CANCER))
        acute = tuple(
            one.fact
            for one in self._case.candidates
            if one.fact in pressing and one.level != "low" and not self._lasting()
        )
        alarm = tuple(one.fact for one in self._case.signs if self._tables.ontology.alarming(one.key))
        urgent = [self._step("urgent", diseases=acute)] if acute else []
        urgent += [self._step("urgent_sign", signs=alarm[:2])] if alarm and not acute else []
        return Plan(
            case=tuple(self._paragraphs()),
            question=(self._step("question_" + ("new" if self._case.history else "plain")),),
            reasoning=tuple(self._reasoning(entries)) if thinking else (),
            urgent=tuple(urgent),
            summary=tuple(self._summary()),
            entries=entries,
            must_not_miss=dangers,
            missing=tuple(self._missing()),
        )

    def _step(self, kind: str, also: Iterable[str] = (), **slots: tuple[str, ...] | str) -> Step:
        return Step(kind, slots, float(self._rng.random()), tuple(also))

    def _pressing(self, candidate: Candidate, code: str) -> bool:
        """Whether a candidate may kill within hours: by code for common diseases, by name for rare ones."""
        name = self._tables.names[candidate.disease].get("en", "")
        return code in EMERGENCIES or (not code and _RARE_EMERGENCY.search(name) is not None)

    def _lasting(self) -> bool:
        """Whether the complaint has lasted for months: then nobody calls the rapid response team for it."""
        return bool(self._case.duration) and self._book[self._case.duration].unit in ("months", "years")

    def _code(self, candidate: Candidate) -> str:
        disease = self._tables.common.diseases.get(candidate.disease)
        return disease.icd10 if disease else ""

    # ------------------------------------------------------------------------------------------------ the case

    def _paragraphs(self) -> Iterable[tuple[Step, ...]]:
        case = self._case
        groups: Mapping[str, list[Finding]] = case.groups  # type: ignore[assignment]
        present = [name for name in _ORDER if groups.get(name)]
        first = next((name for name in ("complaint", "growth", "examination") if name in present), present[0])
        lead = groups[first][:3]
        rest = {name: [one for one in groups[name] if one not in lead] for name in present}
        kind = "intro_lasting" if case.duration else "intro"
        slots = {"age": (case.intro[1],), "sex": (case.intro[0],), "signs": _facts(lead)}
        if case.duration:
            slots["duration"] = (case.duration,)
        steps = [self._step(kind, **slots)]
        steps += [self._step(f"told_{name}", signs=_facts(rest[name])) for name in present if rest[name]]
        if case.negatives:
            steps.append(self._step("denied", signs=_facts(case.negatives)))
        yield tuple(steps)
        past = []
        if case.history:
            past.append(self._step("history", diseases=tuple(case.history)))
        if case.orders:
            past.append(self._step("drugs", drugs=tuple(case.orders)))
        if past:
            yield tuple(past)
        measured = []
        for kind in ("vital", "lab"):
            values = tuple(one.fact for one in case.values if self._book[one.fact].kind == kind)
            if values:
                measured.append(self._step(f"values_{kind}", values=values))
        if measured:
            yield tuple(measured)

    # ------------------------------------------------------------------------------------------------ the candidates

    def _entry(self, at: int) -> Entry:
        candidates = self._case.candidates
        one = candidates[at]
        weigh = self._weighing
        supporting = _facts(weigh.supporting(one.disease)[:5]) or (self._case.intro[1],)
        against = _facts(weigh.denied(one.disease)[:2] + weigh.normal(one.disease)[:1])
        against += _facts(weigh.unexplained(one.disease)[:3])
        rival = candidates[0 if at else 1].disease
        look = weigh.to_look_for(one.disease, rival)
        steps = [self._step(self._looking(look), (one.fact,), sign=(look,))] if look else []
        if self._case.kind == "common":
            test = weigh.test(one.disease)
            steps = [self._step("confirm", (one.fact,), test=(test,)), *steps] if test else steps
        elif at == 0:
            steps.append(self._step("confirm_rare"))
        return Entry(one, supporting, against, tuple(steps or [self._step("look_general")]))

    def _looking(self, fact: str) -> str:
        """How one looks for a sign: by asking, by examining, or by a test."""
        group = self._tables.ontology.group(self._book[fact].concept)
        return {"complaint": "look_ask", "examination": "look_examine", "investigation": "look_test"}.get(
            group, "look_for"
        )

    # ------------------------------------------------------------------------------------------------ the reasoning

    def _reasoning(self, entries: tuple[Entry, ...]) -> Iterable[tuple[Step, ...]]:
        case = self._case
        leader = case.candidates[0]
        telling = self._weighing.supporting(leader.disease)
        weighty = [one for one in telling if self._weighing.ratio(one, leader.disease) >= 3][:4]
        age, sex = case.intro[1], case.intro[0]
        opening = _facts((weighty or telling or case.present)[:4])
        yield (self._step("think_summary", age=(age,), sex=(sex,), signs=opening),)
        yield tuple(self._weigh(weighty, leader))
        if case.explained:
            yield tuple(self._known())
        for at, entry in enumerate(entries):
            yield tuple(self._consider(at, entry))
        yield tuple(self._close(entries))

    def _weigh(self, weighty: list[Finding], leader: Candidate) -> Iterable[Step]:
        case = self._case
        if weighty:
            yield self._step("think_key", signs=_facts(weighty))
        dull = [one for one in case.present if one not in weighty and self._weighing.ratio(one, leader.disease) < 3]
        dull = [one for one in dull if case.likelihood.background(one.key) > 0.05][:3]
        if dull:
            yield self._step("think_dull", signs=_facts(dull))
        vague = [one.fact for one in case.signs if case.book[one.fact].attributes.get("imprecise")]
        if vague:
            yield self._step("think_vague", signs=tuple(vague[:2]))
        if not weighty and not dull:
            yield self._step("think_open")

    def _known(self) -> Iterable[Step]:
        by_cause: dict[str, list[str]] = {}
        for finding, cause in self._case.explained.items():
            by_cause.setdefault(cause, []).append(finding)
        for cause, findings in by_cause.items():
            kind = "think_drug_effect" if self._book[cause].kind == "drug" else "think_known"
            yield self._step(kind, cause=(cause,), findings=tuple(findings[:4]))
        for drug, disease in self._case.avoided[:1]:
            yield self._step("think_avoided", drug=(drug,), disease=(disease,))

    def _consider(self, at: int, entry: Entry) -> Iterable[Step]:
        one = entry.candidate
        supporting = _facts(self._weighing.supporting(one.disease)[:4])
        if supporting:
            kind = "think_first" if at == 0 else "think_next"
            yield self._step(kind, disease=(one.fact,), signs=supporting)
        else:
            yield self._step("think_weak", disease=(one.fact,))
        weigh = self._weighing
        unexplained = _facts(weigh.unexplained(one.disease)[:3])
        denied = _facts(weigh.denied(one.disease)[:2])
        normal = _facts(weigh.normal(one.disease)[:1])
        if unexplained:
            yield self._step("think_unexplained", disease=(one.fact,), signs=unexplained)
        if denied:
            yield self._step("think_missed", disease=(one.fact,), signs=denied)
        if normal:
            yield self._step("think_normal", disease=(one.fact,), values=normal)
        if at == 0 and not (unexplained or denied or normal):
            yield self._step("think_nothing_against", disease=(one.fact,))

    def _close(self, entries: tuple[Entry, ...]) -> Iterable[Step]:
        first, second = entries[0].candidate, entries[1].candidate
        yield self._step(f"close_{self._certainty()}", one=(first.fact,), other=(second.fact,))
        look = next((step.slots["sign"] for step in entries[0].next_step if step.kind in _LOOKING), "")
        if look and not isinstance(look, str):
            yield self._step("close_decide", one=(first.fact,), other=(second.fact,), sign=look)
        yield self._step("close_rare" if self._case.kind != "common" else "close_common")

    def _certainty(self) -> str:
        """In a word how far the first candidate is ahead: by a likelihood ratio of 20, of 3, or less."""
        first, second = self._case.candidates[:2]
        lead = first.log_likelihood - second.log_likelihood
        return "clear" if lead > np.log(20) else "likely" if lead > np.log(3) else "open"

    # ------------------------------------------------------------------------------------------------ the answer

    def _summary(self) -> Iterable[Step]:
        case = self._case
        telling = self._weighing.supporting(case.candidates[0].disease) or case.present
        yield self._step("summary", age=(case.intro[1],), sex=(case.intro[0],), signs=_facts(telling[:5]))
        if case.history:
            yield self._step("summary_known", diseases=tuple(case.history))
        yield self._step("caution_rare" if case.kind != "common" else "caution")

    def _missing(self) -> Iterable[Step]:
        case = self._case
        kinds = ["family", "exposure", "course"]
        if case.kind == "common":
            kinds = ["allergy"] if case.orders else ["allergy", "drugs"]
            if case.sex == "female" and 15 <= case.age <= 50 and "STATE:pregnancy" not in case.labels.get("states", ()):
                kinds.append("pregnancy")
        count = int(self._rng.integers(1, min(3, len(kinds)) + 1))
        for kind in kinds[:count]:
            english, chinese = QUESTIONS[kind]
            item = self._book.add("rule", value=english, attributes={"zh": chinese}, sources=(f"medgo:missing/{kind}",))
            yield self._step("missing", item=(item,))


def _facts(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(finding.fact for finding in findings)

"""A doctor and a patient who hides a case: the doctor asks until the diagnosis is found. One row per doctor's turn.

Two agents over one teacher. The patient is shown only what it was asked about and checked for what it gives away all
the same; the doctor sees the talk and nothing else.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from medgo.inference.protocol import Completion, Thinking
from medgo.schema import Evidence, Message, Sentence, SftRow
from medgo.synthesis.generators.teacher import prompts_consultation as words
from medgo.synthesis.generators.teacher.base import OF_FORM, Base, Drafts, FollowingGenerator
from medgo.synthesis.generators.teacher.guarding import named_besides
from medgo.synthesis.generators.teacher.matching import gold_answers, names_one, same_answer
from medgo.synthesis.generators.teacher.patient_card import Holding, PatientCard
from medgo.synthesis.generators.teacher.replies import check_text, text_of
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.teacher import Ask, Item, RejectionError, Script, ask_json
from medgo.text import sentences

_PATIENT_TRIES = 2


class DoctorTurn(BaseModel):
    """What the doctor does next."""

    model_config = ConfigDict(extra="forbid")

    say: str = Field(max_length=600)
    action: Literal["ask", "conclude"]
    diagnosis: str = Field(max_length=100)


class Marks(BaseModel):
    """What the critic thinks of a talk."""

    model_config = ConfigDict(extra="forbid")

    history: int = Field(ge=1, le=5)
    communication: int = Field(ge=1, le=5)
    safety: int = Field(ge=1, le=5)
    why: str = Field(max_length=300)


@dataclass(frozen=True, slots=True)
class Persona:
    """How the patient is: character, way of speaking, and how many facts an answer tells at most."""

    personality: str
    register: str
    reticence: int


@dataclass(slots=True)
class Talk:
    """A talk so far: messages with the facts that each states, and the facts told."""

    card: PatientCard
    persona: Persona
    ask: Ask
    messages: list[tuple[Message, tuple[str, ...]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def system(self) -> Message:
        """What the doctor knows before anybody speaks."""
        card = self.card
        who = words.WHO[card.lang][card.sex if card.age else ""].format(age=card.age)
        return Message("system", words.DOCTOR_ROLE[card.lang].format(who=who))

    def say(self, role: Literal["user", "assistant"], text: str, facts: tuple[str, ...]) -> None:
        """Add a turn."""
        self.messages.append((Message(role, text), facts))

    def written(self) -> str:
        """The talk as a script."""
        speakers = words.SPEAKERS[self.card.lang]
        return "\n".join(f"{speakers[message.role]}{message.content}" for message, _ in self.messages)


class ConsultationSimulation(FollowingGenerator):
    """Simulated consultations that reached the right diagnosis and satisfied a critic."""

    name: ClassVar[str] = "consultation_simulation"
    version: ClassVar[str] = "1"

    of: Base = Field(description=f"Where cases come from: rows with facts and one diagnosis. {OF_FORM}")
    turns: int = Field(8, ge=2, description="Doctor's turns at most, the diagnosis included.")
    fewest: int = Field(3, ge=1, description="A diagnosis in fewer turns is no consultation.")
    fewest_signs: int = Field(3, ge=1, description="Cases with fewer signs that are there are not asked about.")
    least_mark: int = Field(3, ge=1, le=5, description="A talk with a mark below this is given up.")

    def scripts(self, source: Source, rng: np.random.Generator) -> Iterator[Item[Drafts]]:
        """One item a case."""
        for number, draft in enumerate(self.of.rows(source, rng)):
            lang = draft.row.lang
            persona = Persona(
                _one_of(words.PERSONALITIES[lang], rng), _one_of(words.REGISTERS[lang], rng), int(rng.integers(1, 4))
            )
            ask = Ask((), self.sampling(rng), Thinking())
            yield Item(f"{source.seed}/{number}", self._script(source, draft, persona, ask, number))

    def _script(self, source: Source, draft: Draft, persona: Persona, ask: Ask, number: int) -> Script[Drafts]:
        lang = draft.row.lang
        accepted = gold_answers(draft.evidence, source.knowledge, lang)
        if not accepted:
            raise RejectionError("no single right answer")
        card = PatientCard.of(draft.evidence, source.knowledge, lang, accepted)
        if len(card.complaint(self.fewest_signs)) < self.fewest_signs:
            raise RejectionError("case with too few signs")
        talk = Talk(card, persona, ask)
        yield from _patient(talk, "", card.complaint(2))
        concluded = yield from self._talk(talk, draft.evidence)
        marks = yield from ask_json(Marks, _critic(talk))
        if min(marks.history, marks.communication, marks.safety) < self.least_mark:
            raise RejectionError("critic", marks.why)
        return tuple(self._rows(source, draft, talk, marks, concluded, number))

    def _talk(self, talk: Talk, evidence: Evidence) -> Generator[Ask, Completion, str]:
        """Doctor and patient in turn, until the diagnosis; returns it."""
        lang = talk.card.lang
        before: set[str] = set()
        for turn in range(1, self.turns + 1):
            doctor = yield from ask_json(DoctorTurn, _doctor(talk, last=turn == self.turns))
            said = check_text(doctor.say, lang)
            if doctor.action == "conclude":
                if turn < self.fewest:
                    raise RejectionError("concluded too soon")
                return _concluded(talk, said, doctor.diagnosis, evidence)
            if said in before:
                raise RejectionError("doctor repeats a question", said)
            before.add(said)
            talk.say("assistant", said, tuple(talk.told))
            yield from _patient(talk, said, talk.card.asked(said, talk.told, talk.persona.reticence))
        raise RejectionError("no diagnosis in time")

    def _rows(
        self, source: Source, draft: Draft, talk: Talk, marks: Marks, concluded: str, number: int
    ) -> Iterator[Draft]:
        origin = draft.row.provenance
        provenance = self.provenance(source, number, origin.sources, origin.certificate)
        questions = [message.content for message, _ in talk.messages if message.role == "assistant"]
        asked = named_besides(source, draft.evidence, questions, ("sign", "disease", "drug"), "medgo:asked")
        labels = {
            "case": origin.seed,
            "diagnosis": concluded,
            "personality": talk.persona.personality,
            "register": talk.persona.register,
            "marks": marks.model_dump(),
        }
        for at, (message, _) in enumerate(talk.messages):
            if message.role != "assistant":
                continue
            row = SftRow(
                prompt=(talk.system, *(said for said, _ in talk.messages[:at])),
                completion=message,
                thinking=False,
                task=self.name,
                stage=source.stage,
                lang=draft.row.lang,
                provenance=provenance,
            )
            stated = _sentences(talk, at, draft.evidence, tuple(fact.id for fact in asked))
            yield Draft(row, Evidence((*draft.evidence.facts, *asked), stated, labels | {"turn": at // 2 + 1}))


def _patient(talk: Talk, question: str, known: tuple[Holding, ...]) -> Generator[Ask, Completion, None]:
    """The patient's turn, in words that give nothing else away.

    Raises:
        RejectionError: ``patient leaks``, after so many tries.
    """
    lang, persona = talk.card.lang, talk.persona
    told = ("；" if lang == "zh" else "; ").join(one.words for one in known) or words.PATIENT_KNOWS_NOTHING[lang]
    user = (words.PATIENT_ANSWERS if question else words.PATIENT_OPENS)[lang].format(question=question, known=told)
    system = words.PATIENT[lang].format(personality=persona.personality, register=persona.register)
    ask = replace(talk.ask, messages=(Message("system", system), Message("user", user)))
    leaks: tuple[str, ...] = ()
    for _ in range(_PATIENT_TRIES):
        answer = text_of((yield ask), lang)
        leaks = talk.card.leaks(answer, question, known, talk.told)
        if not leaks:
            # What was told before may be said again; what the words do not show was not told and can be asked for.
            facts = talk.card.recognised(answer, known)
            talk.say("user", answer, (*talk.told, *(one.fact.id for one in known)))
            talk.told += [fact for fact in facts if fact not in talk.told]
            return
    raise RejectionError("patient leaks", ", ".join(leaks))


def _doctor(talk: Talk, *, last: bool) -> Ask:
    lang = talk.card.lang
    system = replace(talk.system, content=f"{talk.system.content}\n{words.DOCTOR_FORM[lang]}")
    messages = [system, *(message for message, _ in talk.messages)]
    if last:
        messages[-1] = replace(messages[-1], content=f"{messages[-1].content}\n{words.LAST_TURN[lang]}")
    return replace(talk.ask, messages=tuple(messages))


def _concluded(talk: Talk, said: str, diagnosis: str, evidence: Evidence) -> str:
    accepted = talk.card.diagnoses
    if not (same_answer(diagnosis, accepted) or names_one(diagnosis, accepted)):
        raise RejectionError("wrong diagnosis", diagnosis)
    if not names_one(said, (*accepted, diagnosis)):
        raise RejectionError("contradicts itself", said)
    found = tuple(fact.id for fact in evidence.facts if fact.kind == "diagnosis" and fact.polarity == "present")
    talk.say("assistant", said, (*talk.told, *found))
    return diagnosis


def _critic(talk: Talk) -> Ask:
    system, user = words.CRITIC[talk.card.lang]
    messages = (Message("system", system), Message("user", user.format(talk=talk.written())))
    return replace(talk.ask, messages=messages, sampling=replace(talk.ask.sampling, temperature=0.0))


def _sentences(talk: Talk, at: int, evidence: Evidence, asked: tuple[str, ...]) -> tuple[Sentence, ...]:
    """The talk up to a doctor's turn, sentence by sentence.

    A statement of the doctor rests on what was told; a question may be about anything, also what the patient has not
    told yet or does not have (the facts ``asked``, which are absent).
    """
    lang = talk.card.lang
    who = tuple(fact.id for fact in evidence.facts if fact.kind in ("sex", "age"))
    anything = (*(fact.id for fact in evidence.facts), *asked)
    parts = [("prompt[0]", talk.system, who)]
    for n, (turn, told) in enumerate(talk.messages[: at + 1], 1):
        parts.append((f"prompt[{n}]" if n <= at else "completion", turn, tuple(dict.fromkeys((*told, *who)))))
    stated = []
    for part, turn, told in parts:
        for span in sentences(turn.content, lang):
            text = turn.content[span.start : span.end]
            question = turn.role == "assistant" and text.rstrip("”\"'）) ").endswith(("?", "？"))
            stated.append(Sentence(text, part, anything if question else told))
    return tuple(stated)


def _one_of(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]

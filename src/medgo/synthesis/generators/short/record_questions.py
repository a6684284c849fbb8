"""Questions on a short record: the answer quotes it, or says that it does not tell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from pydantic import Field

from medgo.schema import Evidence, Fact, Lang, Message, Provenance, Sentence, SftRow
from medgo.synthesis.generators.cases.realise import Names
from medgo.synthesis.generators.cases.tables import read_tables
from medgo.synthesis.generators.records.case_records import encounters
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.pen import Pen
from medgo.synthesis.generators.records.scribe import Line, Scribe
from medgo.synthesis.generators.short.asked import Asked, pick, some
from medgo.synthesis.generators.short.aspects import NOT_STATED, Aspect, aspects_of
from medgo.synthesis.protocol import Draft, Generator, Source

# What is asked → the least and the most that a living adult has; a wrong answer beyond them would be wrong at sight.
# Other laboratory values are above nothing, and shares of a whole end at a hundred.
_LIFE: Mapping[str, tuple[float, float]] = {
    "age": (1, 105),
    "temperature": (34, 42),
    "pulse": (30, 220),
    "pressure": (60, 260),
    "lab LAB:sodium": (105, 180),
    "lab LAB:potassium": (1.5, 9.5),
    "lab LAB:haemoglobin": (25, 230),
    "lab LAB:albumin": (10, 65),
    "lab LAB:fasting_glucose": (1, 60),
    "lab LAB:hba1c": (3, 20),
}
_LEAST_PULSE_PRESSURE = 15  # mmHg; between the systolic and the diastolic pressure
_DIASTOLIC = re.compile(r"^/(\d+)")
_PERCENT = re.compile(r"^ ?%")
_TIME = re.compile(r"^ (day|week|month|year|hour)s?\b")
_REMEMBERED = 40  # answers of other patients to the same question that a wrong answer is taken from
_WRONG = 3
_ASK: dict[Lang, str] = {"zh": "病历：{record}\n问：{question}", "en": "Record: {record}\nQuestion: {question}"}


class RecordQuestions(Generator):
    """Two to five sentences of a record and one question; each question in every language."""

    name: ClassVar[str] = "record_questions"
    version: ClassVar[str] = "2"

    sentences: tuple[int, int] = Field((2, 4), description="fewest and most sentences of the record that are shown")
    per_patient: int = Field(4, ge=1, le=8, description="questions on one patient, each with sentences of its own")
    not_stated: float = Field(0.15, ge=0, le=1, description="share of questions that the sentences shown do not answer")
    max_characters: tuple[int, int] = Field(
        (70, 260), description="most characters of the sentences shown, in Chinese and in English"
    )

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Draw patients without end."""
        tables = read_tables(source.knowledge)
        names = Names(tables.names)
        known = _Others()
        number = 0
        for enc in encounters(tables, source, rng, inpatient=False):
            pens = {lang: Pen(Scribe(lang, enc, names)) for lang in source.langs}
            told = {lang: aspects_of(pen) for lang, pen in pens.items()}
            most = min(map(len, told.values()))
            for at in rng.permutation(most)[: self.per_patient].tolist():
                open_ = bool(rng.random() < self.not_stated)
                for lang in source.langs:
                    question = self._question(told[lang], told[lang][at], (lang, open_), known, rng)
                    if question is None:
                        source.rejected["too few wrong answers or too long"] += 1
                        continue
                    yield _draft(source, enc, question, number)
                    number += 1
            for lang, aspects in told.items():
                known.remember(aspects, lang)

    def _question(
        self,
        told: Sequence[Aspect],
        asked: Aspect,
        how: tuple[Lang, bool],
        known: _Others,
        rng: np.random.Generator,
    ) -> _Question | None:
        lang, open_ = how
        others = [one for one in told if one.line.key != asked.line.key]
        low, high = self.sentences
        count = int(rng.integers(low, high + 1)) - (not open_)
        chosen: list[Aspect] = [] if open_ else [asked]
        for one in some(others, len(others), rng):
            if one.line.key in {other.line.key for other in chosen} or _tells(one, asked):
                continue
            if sum(len(other.line.text) for other in (*chosen, one)) > self.max_characters[lang == "en"]:
                continue
            chosen.append(one)
            if len(chosen) == count + (not open_):
                break
        shown = [one.line for one in sorted(chosen, key=lambda one: one.place)]
        if len(shown) < 2:
            return None
        right = NOT_STATED[lang] if open_ else asked.text(lang)
        wrong = known.wrong(asked, [one for one in chosen if one is not asked], how, right, rng)
        if len(wrong) < _WRONG:
            return None
        return _Question(lang, asked, tuple(shown), pick(asked.questions, rng), open_, tuple(wrong))


@dataclass(frozen=True, slots=True)
class _Question:
    """A question before it is a row."""

    lang: Lang
    asked: Aspect
    shown: tuple[Line, ...]
    question: str
    open: bool
    wrong: tuple[str, ...]


@dataclass(slots=True)
class _Others:
    """Answers of other patients, by question and language."""

    answers: dict[tuple[str, Lang], list[str]] = field(default_factory=dict)

    def remember(self, aspects: Sequence[Aspect], lang: Lang) -> None:
        """Keep what a patient's record answers."""
        for one in aspects:
            held = self.answers.setdefault((one.key.split(" ")[0], lang), [])
            held.append(one.text(lang))
            del held[:-_REMEMBERED]

    def wrong(
        self, asked: Aspect, shown: Sequence[Aspect], how: tuple[Lang, bool], right: str, rng: np.random.Generator
    ) -> list[str]:
        """Three wrong answers: another sentence of the record, another patient's answer, that nothing is said."""
        lang, open_ = how
        found: list[str] = []
        if asked.against:
            found.append(asked.text(lang) if open_ else asked.against)
            found += [asked.against] if open_ else []
        elif asked.kind == "value":
            found += _altered(asked, asked.text(lang), 2 if open_ else 1, rng)
        else:
            mine = self.answers.get((asked.key.split(" ")[0], lang), [])
            found += some([one for one in dict.fromkeys(mine) if one != right], 2 if open_ else 1, rng)
        if not open_:
            found.append(NOT_STATED[lang])
        said = [one.text(lang) if one.kind != "sign" else one.line.text for one in shown]
        found += some([one for one in said if one not in (right, *found)], _WRONG, rng)
        return list(dict.fromkeys(one for one in found if one != right))[:_WRONG]


def _tells(one: Aspect, asked: Aspect) -> bool:
    """Whether a sentence answers the question too, or nearly: the diagnosis behind a drug, the same finding twice."""
    names = asked.key.partition(" ")[2]
    return one.key == asked.key or bool(names and names in one.key)


def _altered(asked: Aspect, text: str, count: int, rng: np.random.Generator) -> list[str]:
    """The same answer with its value changed by a fifth to a half, as far as somebody could have such a value."""
    value = asked.value
    # A number within a name (B12) or a power of ten is not the value.
    match = re.search(rf"(?<![A-Za-z0-9.^]){re.escape(value)}(?![0-9.]\d)", text)
    if match is None:
        return []
    found: list[str] = []
    decimals = len(value.partition(".")[2])
    near = [0.97, 0.98, 1.02, 1.03, 1.05, 1.06] if asked.key == "temperature" else [0.5, 0.65, 0.8, 1.2, 1.35, 1.5]
    for factor in rng.permutation(near).tolist():
        other = round(float(value) * factor, decimals)
        if decimals == 0 and abs(other - float(value)) < 1:
            other = float(value) + (1 if factor > 1 else 2)
        if not _lives(asked.key, other, text[match.end() :]):
            continue
        tail = _TIME.sub(r" \1" if other == 1 else r" \1s", text[match.end() :])
        changed = f"{text[: match.start()]}{other:.{decimals}f}{tail}"
        if changed != text and changed not in found:
            found.append(changed)
    return found[:count]


def _lives(key: str, value: float, tail: str) -> bool:
    """Whether somebody can have the value; ``tail`` is what follows it: a unit, or the diastolic pressure."""
    least, most = _LIFE.get(key, (0.0, 100.0 if _PERCENT.match(tail) else math.inf))
    lower = _DIASTOLIC.match(tail) if key == "pressure" else None
    if lower is not None:
        least = max(least, float(lower[1]) + _LEAST_PULSE_PRESSURE)
    return value > 0 and least <= value <= most


def _draft(source: Source, enc: Encounter, made: _Question, number: int) -> Draft:
    lang, space = made.lang, "" if made.lang == "zh" else " "
    prompt = _ASK[lang].format(record=space.join(line.text for line in made.shown), question=made.question)
    answer = [Line("none", NOT_STATED[lang])] if made.open else list(made.asked.answer)
    text = space.join(line.text for line in answer)
    sentences = [Sentence(line.text, "prompt[0]", line.facts) for line in made.shown]
    # A question states nothing; that it names a finding is the finding's own fact.
    sentences.append(Sentence(made.question, "prompt[0]", made.asked.line.facts + made.asked.answer[-1].facts))
    sentences += [Sentence(line.text, "completion", line.facts) for line in answer]
    row = SftRow(
        prompt=(Message("user", prompt),),
        completion=Message("assistant", text),
        thinking=False,
        task="record_questions",
        stage=source.stage,
        lang=lang,
        provenance=Provenance(
            enc.sources[lang], RecordQuestions.name, RecordQuestions.version, f"{source.seed}/{number}"
        ),
    )
    kind = "not_stated" if made.open else made.asked.key.split(" ")[0]
    gold = text.rstrip("。.") if made.open else made.asked.gold
    asked = Asked(kind, f"{enc.case.truth}#{enc.seed}", gold, made.wrong)
    return Draft(row, Evidence(_cited(enc, sentences, lang), tuple(sentences), asked.labels()))


def _cited(enc: Encounter, sentences: Sequence[Sentence], lang: Lang) -> tuple[Fact, ...]:
    """Facts that sentences state, and all that they follow from."""
    facts = {fact.id: fact for fact in enc.facts(lang)}
    wanted = [name for sentence in sentences for name in sentence.facts]
    found: dict[str, Fact] = {}
    while wanted:
        name = wanted.pop()
        if name in facts and name not in found:
            found[name] = facts[name]
            wanted += facts[name].basis
    return tuple(fact for fact in facts.values() if fact.id in found)

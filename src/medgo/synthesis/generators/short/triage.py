"""What cannot wait and what can: a message, and where to turn. Twins speak of the same part of the body.

The messages stand in ``messages/``, a file for each area.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, ClassVar, Literal

import numpy as np
import yaml
from pydantic import Field

from medgo.errors import InputError
from medgo.schema import Lang
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, rows_of_kinds
from medgo.synthesis.generators.safety.people import Person, draw_person, words_of
from medgo.synthesis.generators.short.asked import Asked, pick
from medgo.synthesis.protocol import Draft, Generator, Source

Side = Literal["danger", "benign"]
# A topic has so many messages of each side; more would repeat them.
MOST_ALIKE = 4
Texts = tuple[tuple[str, str], ...]
_ASK: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("该怎么办？", "严重吗？", "要去医院吗？", "要紧吗？", "需要处理吗？"),
    "en": ("What should I do?", "Is this serious?", "Is a hospital needed?", "Should I worry?", "What now?"),
}
# The decision comes first, in the words of the pairs.
_DECISION: Mapping[Side, Mapping[Lang, tuple[str, ...]]] = {
    "danger": {
        "zh": ("请立即拨打120，不要在家等。", "马上拨打120急救，耽误不得。"),
        "en": ("Call 911 or your local emergency number now.", "This is an emergency. Call an ambulance now."),
    },
    "benign": {
        "zh": ("听起来不是急症，可以先观察。", "目前不像急症，可以在家观察。"),
        "en": ("This does not sound like an emergency; watch it.", "No emergency by this description; watch it."),
    },
}
_SUSPECT: Mapping[Lang, str] = {"zh": "可能是{suspect}。", "en": " This may be {suspect}."}
# What a wrong answer to something dangerous advises.
_WAIT: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("先休息，多喝水，不好再看门诊。", "先观察几天，没有好转再看医生。", "吃点家里的常备药，过几天再说。"),
    "en": (
        "Rest and drink water; see a doctor if it stays.",
        "Wait and see for some days before seeing a doctor.",
        "Take something from the medicine cabinet and give it time.",
    ),
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One emergency and the harmless look-alikes.

    Args:
        id: Unique.
        who: Groups of people it may be about.
        suspect: What it may be, in both languages.
        danger: Messages that cannot wait, in both languages.
        benign: As many messages that can.
        advice: What helps in the benign case, and when to see a doctor.
        also: What else to do while help is on its way, in both languages; may be empty.
        like: Topic of nearly the same emergency; both are trained on, or both held out.
        sex: Where a message fits one only.
    """

    id: str
    who: tuple[str, ...]
    suspect: tuple[str, str]
    danger: Texts
    benign: Texts
    advice: tuple[str, str]
    also: tuple[str, str] = ("", "")
    like: str = ""
    sex: Literal["male", "female"] | None = None

    @property
    def concept(self) -> str:
        """What is held out or trained on as a whole."""
        return f"triage/{self.like or self.id}"


class Triage(Generator):
    """Messages of patients and families; after each dangerous one its harmless look-alikes, in the same language."""

    name: ClassVar[str] = "triage"
    version: ClassVar[str] = "3"
    look_alikes: float = Field(
        1,
        ge=0,
        le=MOST_ALIKE,
        description="harmless rows of the same topic after a dangerous one; 1.5 are one and two in turn",
    )
    brief: bool = Field(False, description="whether an answer says the decision alone, as pairs do")
    advice: float = Field(1.0, ge=0, le=1, description="share of answers that say what to do meanwhile, too")

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing but our own table."""
        topics = topics_of(source.concepts)
        waiting: dict[Lang, list[tuple[Topic, Person, int, int, int]]] = {"zh": [], "en": []}
        owed: dict[Lang, float] = {"zh": 0.0, "en": 0.0}

        def write(_kind: str, sheet: Sheet) -> Used | None:
            if not topics:
                return None
            if waiting[sheet.lang]:
                return self._write(sheet, waiting[sheet.lang].pop(0), "benign", rng)
            topic = pick(topics, rng)
            person, age = draw_person(topic.who, rng, sex=topic.sex)
            which, question = int(rng.integers(len(topic.danger))), int(rng.integers(len(_ASK["zh"])))
            owed[sheet.lang] += self.look_alikes
            due = int(owed[sheet.lang])
            owed[sheet.lang] -= due
            waiting[sheet.lang] = [
                (topic, person, age, (which + more) % len(topic.benign), question) for more in range(due)
            ]
            return self._write(sheet, (topic, person, age, which, question), "danger", rng)

        return rows_of_kinds(self, "triage", {"triage": 1.0}, write, source, rng)

    def _write(
        self, sheet: Sheet, drawn: tuple[Topic, Person, int, int, int], side: Side, rng: np.random.Generator
    ) -> Used | None:
        topic, person, age, which, question = drawn
        texts = topic.danger if side == "danger" else topic.benign
        lang = sheet.lang
        said = _message(texts[which], person, age, lang)
        sheet.say("user", said, *_stated(sheet, said, person, f"medgo:triage/{topic.id}"))
        sheet.say("user", _ASK[lang][question])
        advise = rng.random() < self.advice
        right, wrong = (
            pick(_DECISION[one][lang], rng)
            if self.brief
            else _answer(topic, one, lang, rng, right=one == side, advise=advise)
            for one in (side, _other(side))
        )
        rule = sheet.fact("rule", value=right, sources=(f"medgo:triage/{topic.id}",))
        sheet.say("completion", right, rule)
        sheet.labels = Asked(side, topic.concept, right, (wrong,)).labels()
        return [(topic.concept, "medgo")]


def topics_of(concepts: Concepts) -> tuple[Topic, ...]:
    """Topics that rows of a part may be about."""
    return tuple(topic for topic in _topics() if concepts.take(topic.concept))


@lru_cache(maxsize=1)
def _topics() -> tuple[Topic, ...]:
    folder = files("medgo.synthesis.generators.short").joinpath("messages")
    found: list[Topic] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        try:
            found += map(_topic, yaml.safe_load(file.read_text("utf-8")))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{file.name}: {error}", hint="its neighbours show the shape it should have") from error
    return tuple(found)


def _topic(one: Mapping[str, Any]) -> Topic:
    return Topic(
        one["id"],
        tuple(one["who"]),
        _pair(one["suspect"]),
        tuple(map(_pair, one["danger"])),
        tuple(map(_pair, one["benign"])),
        _pair(one["advice"]),
        _pair(one.get("also", ("", ""))),
        one.get("like", ""),
        one.get("sex"),
    )


def _pair(value: Sequence[str]) -> tuple[str, str]:
    zh, en = value
    return zh, en


def _other(side: Side) -> Side:
    return "benign" if side == "danger" else "danger"


def _stated(sheet: Sheet, said: str, person: Person, source: str) -> tuple[str, ...]:
    return (
        sheet.fact("passage", value=said, sources=(source,)),
        sheet.fact("sex", value=person.sex, sources=("medgo",)),
    )


def _message(pair: tuple[str, str], person: Person, age: int, lang: Lang) -> str:
    words = words_of(person, age, lang)
    if lang == "zh":
        return f"{person.zh}{pair[0]}。"
    text = f"{person.en} {pair[1].format(**words)}."
    if pair[1].startswith("suddenly "):
        text = f"Suddenly {person.en} {pair[1].removeprefix('suddenly ').format(**words)}."
    return text[0].upper() + text[1:]


def _answer(topic: Topic, side: Side, lang: Lang, rng: np.random.Generator, *, right: bool, advise: bool) -> str:
    at = 0 if lang == "zh" else 1
    text = pick(_DECISION[side][lang], rng)
    if side == "danger":
        text += _SUSPECT[lang].format(suspect=topic.suspect[at])
    if advise or not right:
        more = topic.also[at] if side == "danger" else topic.advice[at] if right else pick(_WAIT[lang], rng)
        text += more if lang == "zh" else f" {more}"
    return text.rstrip()

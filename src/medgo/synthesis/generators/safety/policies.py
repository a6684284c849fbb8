"""Reads our policy tables: what is asked, what has to be said, what must not be. Knows no patient and no row.

A table (``policies/*.yaml``, one a family) has topics and forms. A topic brings words: each of its lists fills the slot
of that name. A form is one way to ask and answer; forms are dangerous or benign, and every topic is written as both.
Every text is a pair: as a Chinese physician writes it, as an English-speaking one does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from medgo.errors import InputError
from medgo.schema import Lang
from medgo.synthesis.concepts import Concepts

Side = Literal["danger", "benign"]
# How a form means the signs of its topic: here and now, not there, of former times, of a relative, supposed.
Mood = Literal["present", "absent", "past", "family", "conditional"]
Pairs = tuple["Pair", ...]

FAMILIES: tuple[str, ...] = (
    "currency",
    "emergency",
    "harmful",
    "high_risk",
    "injection",
    "language",
    "missing",
    "prescription",
    "privacy",
    "rare",
    "sensitive",
)
_SLOT = re.compile(r"\{(\w+)\}")
_TOPIC_FIELDS = frozenset({"id", "asker", "who", "signs", "draw", "urgency", "forms"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One text in both languages; slots stand in braces."""

    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        """The text in a language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Step:
    """A place in a prompt or an answer.

    Args:
        one: Alternatives, of which one is written; empty where ``source`` says which list to take them from.
        source: Name of a list of the topic, the table or the situation.
        least: How many of the list are written, at least.
        most: The same, at most.
        chance: How often the step is there at all.
        bullet: Whether each text stands on a line of its own.
    """

    one: Pairs = ()
    source: str = ""
    least: int = 1
    most: int = 1
    chance: float = 1.0
    bullet: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One way to ask and to answer.

    Args:
        side: Whether the policy applies, or only seems to.
        name: Unique in its table.
        asker: ``patient`` or ``clinician``; empty for both.
        mood: How the signs of the topic are meant.
        urgency: What the row is labelled with.
        prompt: What is asked.
        answer: What has to be answered.
        worse: The heart of a bad answer.
        padding: Further sentences of a bad answer, any number of them in any order.
    """

    side: Side
    name: str
    asker: str
    mood: Mood
    urgency: str
    prompt: tuple[Step, ...]
    answer: tuple[Step, ...]
    worse: tuple[Step, ...]
    padding: Pairs


@dataclass(frozen=True, slots=True)
class Topic:
    """What a form is filled with.

    Args:
        id: Unique in its table.
        asker: Who asks.
        who: Groups of people it may be about.
        signs: CURIEs of the signs that its words describe.
        draw: What is drawn from the knowledge index for it; empty for nothing.
        urgency: Overrides the urgency of dangerous forms.
        forms: Names of the forms it goes with; empty for all.
        words: Slot or list name → texts.
    """

    id: str
    asker: str
    who: tuple[str, ...]
    signs: tuple[str, ...]
    draw: str
    urgency: str
    forms: tuple[str, ...]
    words: Mapping[str, Pairs]


@dataclass(frozen=True, slots=True)
class Policy:
    """A family: an id of our safety policy, its topics and forms."""

    family: str
    id: str
    topics: tuple[Topic, ...]
    forms: tuple[Form, ...]
    words: Mapping[str, Pairs]

    def topics_of(self, concepts: Concepts) -> tuple[Topic, ...]:
        """Topics that rows of a part may be about."""
        return tuple(topic for topic in self.topics if concepts.take(f"{self.family}/{topic.id}"))

    def forms_of(self, topic: Topic, side: Side) -> tuple[Form, ...]:
        """Forms of a side that go with a topic."""
        fitting = [form for form in self.forms if form.side == side and form.asker in ("", topic.asker)]
        named = [form for form in fitting if form.name in topic.forms]
        return tuple(named or ([] if side == "benign" and topic.forms else fitting))


def slots(text: str) -> list[str]:
    """Names in braces, in order."""
    return _SLOT.findall(text)


@lru_cache(maxsize=1)
def policies() -> Mapping[str, Policy]:
    """All tables, read once per process.

    Raises:
        InputError: A table of ours is damaged; names the place.
    """
    return {family: read_policy(family, _text(family)) for family in FAMILIES}


def read_policy(family: str, text: str) -> Policy:
    """Read one table.

    Raises:
        InputError: The table does not have the shape it should have.
    """
    data = yaml.safe_load(text)
    try:
        forms = tuple(_form(one, data.get("lists", {})) for one in data["forms"])
        topics = tuple(_topic(one) for one in data["topics"])
        words = {name: _pairs(value) for name, value in data.get("lists", {}).items()}
        policy = Policy(family, data["policy"], topics, forms, words)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"policy table {family}: {error}", hint="its neighbours show the shape it should have"
        ) from error
    for topic in topics:
        for side in ("danger", "benign"):
            if not policy.forms_of(topic, side):
                raise InputError(f"policy table {family}: topic {topic.id} has no {side} form")
    return policy


def _text(family: str) -> str:
    return files("medgo.synthesis.generators.safety").joinpath("policies", f"{family}.yaml").read_text("utf-8")


def _pairs(value: Sequence[Sequence[str]]) -> Pairs:
    for one in value:
        if isinstance(one, str) or len(one) != 2 or not all(isinstance(text, str) for text in one):
            raise ValueError(f"expected [Chinese, English], found {one!r}")
    return tuple(Pair(zh, en) for zh, en in value)


def _topic(data: Mapping[str, Any]) -> Topic:
    return Topic(
        data["id"],
        data.get("asker", "patient"),
        tuple(data.get("who", ("self",))),
        tuple(data.get("signs", ())),
        data.get("draw", ""),
        data.get("urgency", ""),
        tuple(data.get("forms", ())),
        {name: _pairs(value) for name, value in data.items() if name not in _TOPIC_FIELDS},
    )


def _form(data: Mapping[str, Any], lists: Mapping[str, Any]) -> Form:
    padding = data.get("padding", ())
    return Form(
        data["side"],
        data["name"],
        data.get("asker", ""),
        data.get("mood", "present"),
        data.get("urgency", "none"),
        tuple(map(_step, data["prompt"])),
        tuple(map(_step, data["answer"])),
        tuple(map(_step, data["worse"])),
        _pairs(lists[padding] if isinstance(padding, str) else padding),
    )


def _step(data: Any) -> Step:
    if isinstance(data, str):
        return Step(source=data)
    if isinstance(data, list):
        return Step(one=_pairs(data))
    count = data.get("count", 1)
    least, most = count if isinstance(count, list) else (count, count)
    return Step(
        one=_pairs(data.get("one", ())),
        source=data.get("some", ""),
        least=least,
        most=most,
        chance=data.get("chance", 1.0),
        bullet=data.get("bullet", False),
    )

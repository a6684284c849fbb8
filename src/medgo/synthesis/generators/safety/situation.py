"""What a dangerous row and its benign twin have in common: the person, the words, the times. Knows no row.

Everything that is drawn here is drawn once, so that two rows of a situation differ by their form alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from medgo.schema import FactKind, Lang
from medgo.synthesis.generators.kinds import Used
from medgo.synthesis.generators.safety.people import ADDRESS, Person, addressed, draw_person, relative_of, words_of
from medgo.synthesis.generators.safety.policies import Mood, Pairs, Policy, Topic

# Times before now that an emergency and an ordinary complaint may have begun.
_AGO: Mapping[str, tuple[tuple[int, ...], str, str, str]] = {
    "minutes": ((5, 10, 15, 20, 25, 30, 40, 45), "minutes", "分钟", "minutes"),
    "hours": ((2, 3, 4, 5, 6, 8), "hours", "小时", "hours"),
    "days": ((2, 3, 4, 5, 6), "days", "天", "days"),
    "weeks": ((2, 3, 4, 5), "weeks", "周", "weeks"),
    "years": ((2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 20), "years", "年", "years"),
}
_GROWN = 18


@dataclass(frozen=True, slots=True)
class Spec:
    """A fact that is not on a sheet yet."""

    kind: FactKind
    concept: str = ""
    value: str = ""
    unit: str = ""
    polarity: str = "present"
    text: str = ""
    relative: str = ""
    sources: tuple[str, ...] = ("medgo",)


@dataclass(frozen=True, slots=True)
class Word:
    """A text and the facts that it states."""

    text: str
    specs: tuple[Spec, ...] = ()


@dataclass(slots=True)
class Situation:
    """Everything two twins share.

    Args:
        policy: The table.
        topic: One of its topics.
        lang: Language of both rows.
        person: Whom it is about.
        age: In the person's unit.
        label: Unique in a run of the generator.
        words: Slots with their texts and facts.
        lists: Sentences drawn from knowledge.
        used: Knowledge that the words rest on.
        chosen: List or slot → which alternative was taken.
    """

    policy: Policy
    topic: Topic
    lang: Lang
    person: Person
    age: int
    label: str
    words: dict[str, Word]
    lists: dict[str, tuple[Word, ...]] = field(default_factory=dict)
    used: Used = field(default_factory=list)
    chosen: dict[str, int] = field(default_factory=dict)

    def alternatives(self, name: str) -> Pairs:
        """Texts of a list of the topic, else of the table; empty for none."""
        return self.topic.words.get(name) or self.policy.words.get(name, ())

    def choice(self, name: str, count: int, rng: np.random.Generator) -> int:
        """Which of so many, the same whenever it is asked."""
        if name not in self.chosen:
            self.chosen[name] = int(rng.integers(count))
        return self.chosen[name]

    def sign_specs(self, mood: Mood, text: str) -> tuple[Spec, ...]:
        """Facts of the topic's signs as a form means them; ``text`` is how they are worded."""
        kinds: Mapping[Mood, FactKind] = {"present": "sign", "absent": "sign", "conditional": "term"}
        kind = kinds.get(mood, "history")
        polarity = "absent" if mood == "absent" else "present"
        value = text if kind == "term" else ""
        relative = "father" if mood == "family" else ""
        if mood == "absent":
            text = f"没有{text}" if self.lang == "zh" else f"no {text}"
        source = f"medgo:{self.policy.id}/{self.topic.id}"
        return tuple(
            Spec(kind, sign, value, polarity=polarity, text=text, relative=relative, sources=(source,))
            for sign in self.topic.signs
        )


def draw_situation(
    policy: Policy, topics: Sequence[Topic], lang: Lang, label: str, rng: np.random.Generator
) -> Situation:
    """One of the topics of a table, somebody it is about, and times."""
    topic = topics[int(rng.integers(len(topics)))]
    person, age = draw_person(topic.who, rng)
    sex, aged = Spec("sex", value=person.sex), Spec("age", value=str(age), unit=person.unit)
    words = {name: Word(text, (sex, aged)) for name, text in words_of(person, age, lang).items()}
    told = words_of(addressed(person), age, lang)
    words |= {f"told_{name}": Word(told[name]) for name in ADDRESS if name in told}
    relative = words_of(relative_of(person), 80, lang)
    words |= {f"rel_{name}": Word(relative[name]) for name in ("who", "subj", "poss", "obj")}
    for name, (numbers, unit, zh, en) in _AGO.items():
        if name == "years":  # nobody's operation was before they grew up
            numbers = tuple(one for one in numbers if one <= max(numbers[0], age - _GROWN))
        number = str(numbers[int(rng.integers(len(numbers)))])
        text = f"{number}{'个' if name == 'hours' else ''}{zh}" if lang == "zh" else f"{number} {en}"
        words[name] = Word(text, (Spec("duration", value=number, unit=unit),))
    return Situation(policy, topic, lang, person, age, label, words)

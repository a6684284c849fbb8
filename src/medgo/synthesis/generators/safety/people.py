"""Who a question is about, and the words that stand for that person. Knows no policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from medgo.schema import Lang

_SexWord = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a question may be about.

    Args:
        group: ``self``, ``adult``, ``elder``, ``child``, ``infant``, ``pregnant`` or ``patient`` (a clinician speaks).
        sex: As a fact says it.
        youngest: Lowest age.
        oldest: Highest age.
        unit: Of the age: years or months.
        zh: What the asker calls the person.
        en: The same in English.
    """

    group: str
    sex: _SexWord
    youngest: int
    oldest: int
    unit: Literal["years", "months"]
    zh: str
    en: str


_PEOPLE = (
    Person("self", "male", 19, 78, "years", "我", "I"),
    Person("self", "female", 19, 78, "years", "我", "I"),
    Person("adult", "male", 24, 62, "years", "我爱人", "my husband"),
    Person("adult", "female", 24, 62, "years", "我爱人", "my wife"),
    Person("adult", "male", 22, 50, "years", "我弟弟", "my brother"),
    Person("adult", "female", 22, 50, "years", "我妹妹", "my sister"),
    Person("adult", "male", 20, 58, "years", "我同事", "my colleague"),
    Person("adult", "female", 20, 58, "years", "我同事", "my colleague"),
    Person("elder", "female", 58, 80, "years", "我妈", "my mother"),
    Person("elder", "male", 58, 82, "years", "我爸", "my father"),
    Person("elder", "female", 70, 92, "years", "我奶奶", "my grandmother"),
    Person("elder", "male", 70, 92, "years", "我爷爷", "my grandfather"),
    Person("child", "male", 2, 12, "years", "我儿子", "my son"),
    Person("child", "female", 2, 12, "years", "我女儿", "my daughter"),
    Person("infant", "male", 2, 11, "months", "我家宝宝", "my baby boy"),
    Person("infant", "female", 2, 11, "months", "我家宝宝", "my baby girl"),
    Person("teen", "male", 13, 17, "years", "我儿子", "my son"),
    Person("teen", "female", 13, 17, "years", "我女儿", "my daughter"),
    Person("pregnant", "female", 21, 42, "years", "我爱人", "my wife"),
    Person("pregnant", "female", 21, 42, "years", "我", "I"),
    Person("young", "male", 18, 40, "years", "我", "I"),
    Person("young", "female", 18, 40, "years", "我", "I"),
    Person("patient_young", "male", 18, 45, "years", "患者", "the patient"),
    Person("patient_young", "female", 18, 45, "years", "患者", "the patient"),
    Person("patient", "male", 20, 88, "years", "患者", "the patient"),
    Person("patient", "female", 20, 88, "years", "患者", "the patient"),
    Person("patient_child", "male", 2, 12, "years", "患儿", "the patient"),
    Person("patient_child", "female", 2, 12, "years", "患儿", "the patient"),
    Person("patient_pregnant", "female", 20, 42, "years", "患者", "the patient"),
    Person("patient_elder", "male", 65, 90, "years", "患者", "the patient"),
    Person("patient_elder", "female", 65, 90, "years", "患者", "the patient"),
)
GROUPS = frozenset(person.group for person in _PEOPLE)
# Slots that change where an answer turns to the asker.
ADDRESS = frozenset({"who", "subj", "poss", "obj", "be", "was", "have", "s", "es"})
# What a person is called without saying the sex.
_EITHER = frozenset({"我", "您", "我爱人", "我同事"})
_SPOKEN = {"I": ("I", "my", "me"), "you": ("you", "your", "you")}
_PRONOUNS = {"male": ("he", "his", "him"), "female": ("she", "her", "her")}


def draw_person(groups: Sequence[str], rng: np.random.Generator, *, sex: _SexWord | None = None) -> tuple[Person, int]:
    """Somebody of one of the groups, of one sex where it is given, and an age in the person's unit."""
    group = groups[int(rng.integers(len(groups)))]
    people = [person for person in _PEOPLE if person.group == group and sex in (None, person.sex)]
    person = people[int(rng.integers(len(people)))]
    return person, int(rng.integers(person.youngest, person.oldest + 1))


def relative_of(person: Person) -> Person:
    """The father whose story is told in place of the person's own."""
    zh = "我父亲" if person.zh == "我" else f"{person.zh}的父亲"
    en = "my father" if person.zh == "我" else f"{person.en}'s father"
    return Person("relative", "male", 70, 90, "years", zh, en)


def addressed(person: Person) -> Person:
    """The same person as an answer speaks to them: somebody who asks about themselves is addressed."""
    return replace(person, zh="您", en="you") if person.zh == "我" else person


def words_of(person: Person, age: int, lang: Lang) -> Mapping[str, str]:
    """Slots that stand for a person, those that state sex or age included."""
    if lang == "zh":
        return _zh(person, age)
    subject, possessive, object_ = _SPOKEN.get(person.en, _PRONOUNS[person.sex])
    own = person.en in _SPOKEN
    noun = _noun_en(person, age)
    aged = f"{age}-{person.unit[:-1]}-old"
    article = "an" if str(age).startswith("8") or age in (11, 18) else "a"
    return {
        "who": person.en,
        "subj": subject,
        "poss": possessive,
        "obj": object_,
        "be": {"I": "am", "you": "are"}.get(person.en, "is"),
        "was": "were" if person.en == "you" else "was",
        "have": "have" if own else "has",
        "s": "" if own else "s",
        "es": "" if own else "es",
        "age": f"{age} {person.unit if age != 1 else person.unit[:-1]}",
        "sex": noun,
        "patient": f"{article} {aged} {noun}",
    }


def _zh(person: Person, age: int) -> Mapping[str, str]:
    sex = {"male": "男", "female": "女"}[person.sex]
    pronoun = person.zh if person.zh in ("我", "您") else {"male": "他", "female": "她"}[person.sex]
    aged = f"{age}岁" if person.unit == "years" else f"{age}个月"
    return {
        "who": person.zh,
        "subj": pronoun,
        "poss": f"{pronoun}的",
        "obj": pronoun,
        "age": aged,
        "aged": f"{aged}，{sex}性" if person.zh in _EITHER else aged,
        "sex": f"{sex}性",
        "patient": f"{person.zh}{sex}，{aged}",
    }


def _noun_en(person: Person, age: int) -> str:
    young = person.unit == "months" or age < 18
    return {"male": ("man", "boy"), "female": ("woman", "girl")}[person.sex][young]

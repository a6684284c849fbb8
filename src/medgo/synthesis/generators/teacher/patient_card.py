"""What a simulated patient knows, what a question asks of it, and whether an answer gave away more. Asks no model.

The patient is never shown what was not asked about, so that it can only leak what it makes up; what it makes up is then
looked for by name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from medgo.knowledge import Knowledge
from medgo.schema import Evidence, Fact, FactKind, Lang
from medgo.synthesis.generators.teacher.matching import names_of

_UNITS_ZH = {"days": "天", "weeks": "周", "months": "个月", "years": "年", "hours": "小时"}
# What a question has to say to be about all facts of a kind.
_TOPIC_WORDS: Mapping[FactKind, str] = {
    "duration": r"多久|多长时间|几天|几个月|什么时候开始|从.{0,4}开始|how long|when did|since when|start",
    "history": r"既往|以前.{0,8}(?:病|手术|住院)|慢性病|病史|老毛病|other (?:conditions|illness)|past|history|chronic",
    "drug": r"药|medic(?:ine|ation)|\bdrugs?\b|tablets?|pills?|taking anything",
    "allergy": r"过敏|allerg",
    "lab": r"化验|检验|抽血|检查(?:结果|报告|单)|做过.{0,6}检查|\blabs?\b|blood (?:test|work)|test results?|report",
    "vital": r"体温|血压|脉搏|心率|量过|生命体征|temperature|blood pressure|pulse|heart rate|vital",
}
_TOPICS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _TOPIC_WORDS.items()}
_OPEN = re.compile(
    r"(?:还有|其他|其它|别的|另外).{0,8}(?:不舒服|症状|不适|表现|情况)|哪儿?里?不舒服|什么症状|详细(?:说|讲)|"
    r"anything else|other symptoms|what else|tell me more|describe|bothering",
    re.IGNORECASE,
)
_TOLD: frozenset[FactKind] = frozenset({"sign", "duration", "history", "drug", "allergy", "lab", "vital"})
_NUMBER = re.compile(r"[\d.]+")
# Words of many names, which no question is about.
_STOP = re.compile(r"\b(?:with|without|type|abnormal|abnormality|increased|decreased|reduced|severe|mild)\b")


@dataclass(frozen=True, slots=True)
class Holding:
    """A fact that the patient can tell.

    Args:
        fact: The fact.
        words: How it is put to the patient.
        names: By which it is recognised in a text; a number for one that has no name.
    """

    fact: Fact
    words: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class PatientCard:
    """A hidden case.

    Args:
        holdings: What can be asked for, in the order of the case.
        diagnoses: All names of what the doctor must find.
        sex: As the case says it; empty where it does not. Likewise ``age``. Both are known from the start.
        lang: Language of the talk.
    """

    holdings: tuple[Holding, ...]
    diagnoses: tuple[str, ...]
    sex: str
    age: str
    lang: Lang

    @classmethod
    def of(cls, evidence: Evidence, knowledge: Knowledge, lang: Lang, diagnoses: tuple[str, ...]) -> PatientCard:
        """The card of a case; facts without a name in the language are left out."""
        made = (_holding(fact, knowledge, lang) for fact in evidence.facts if fact.kind in _TOLD)
        sex = next((fact.value for fact in evidence.facts if fact.kind == "sex"), "")
        age = next((_amount(fact, lang) for fact in evidence.facts if fact.kind == "age"), "")
        return cls(tuple(holding for holding in made if holding), diagnoses, sex, age, lang)

    def complaint(self, most: int) -> tuple[Holding, ...]:
        """What the patient comes with: the first signs that are there, and for how long."""
        signs = [one for one in self.holdings if one.fact.kind == "sign" and one.fact.polarity == "present"]
        return (*signs[:most], *[one for one in self.holdings if one.fact.kind == "duration"][:1])

    def asked(self, question: str, told: Iterable[str], most: int) -> tuple[Holding, ...]:
        """What a question asks about and was not told before: by its name, else by its topic, else an open question.

        Args:
            question: The doctor's turn.
            told: Ids of the facts that were told.
            most: Holdings that one answer tells; the patient's reticence.
        """
        before = set(told)
        left = [one for one in self.holdings if one.fact.id not in before]
        named = [one for one in left if any(_asks_for(question, name) for name in one.names)]
        topics = {kind for kind, pattern in _TOPICS.items() if pattern.search(question)}
        by_topic = [one for one in left if one.fact.kind in topics and one not in named]
        found = named + by_topic
        if not found and _OPEN.search(question):
            found = [one for one in left if one.fact.kind == "sign" and one.fact.polarity == "present"]
        return tuple(found[:most])

    def leaks(self, answer: str, question: str, allowed: Sequence[Holding], told: Iterable[str]) -> tuple[str, ...]:
        """Names of what an answer gave away: the diagnosis, or a fact that nobody asked about.

        What the doctor's question names may be repeated, and so may what was told before.
        """
        free = {one.fact.id for one in allowed} | set(told)
        hidden = [
            name
            for one in self.holdings
            if one.fact.id not in free
            for name in one.names
            if not _NUMBER.fullmatch(name)
        ]
        permitted = [name for one in self.holdings if one.fact.id in free for name in one.names]
        said, heard = _folded(answer), _folded(question)
        for name in sorted(permitted, key=len, reverse=True):  # "chest pain" told is no leak of "pain"
            said = said.replace(_folded(name), " ")
        return tuple(name for name in (*self.diagnoses, *hidden) if mentions(said, name) and not mentions(heard, name))

    def recognised(self, answer: str, allowed: Sequence[Holding]) -> tuple[str, ...]:
        """Ids of the facts that an answer tells in words that are known."""
        return tuple(one.fact.id for one in allowed if any(mentions(answer, name) for name in one.names))


def mentions(text: str, name: str) -> bool:
    """Whether a text says a name; Latin letters as whole words."""
    said, wanted = _folded(text), _folded(name)
    if not wanted:
        return False
    if wanted.isascii():
        return re.search(rf"(?<![a-z0-9.]){re.escape(wanted)}(?![a-z0-9])", said) is not None
    return wanted in said


def _holding(fact: Fact, knowledge: Knowledge, lang: Lang) -> Holding | None:
    names = names_of(knowledge, fact.concept, lang) if fact.concept else ()
    if fact.kind == "duration":
        return Holding(fact, _amount(fact, lang), (fact.value,))
    if not names:
        return None
    words = _said(knowledge, fact.concept, lang, names[0])
    if fact.kind in ("lab", "vital"):
        words = f"{words} {fact.value} {fact.unit}".strip()
    if fact.kind == "drug" and fact.attributes.get("dose"):
        words = f"{words} {fact.attributes['dose']} {fact.attributes.get('dose_unit', '')}".strip()
    if fact.kind == "allergy":
        words = f"对{words}过敏" if lang == "zh" else f"allergic to {words}"
    if fact.polarity == "absent":
        words = f"没有{words}" if lang == "zh" else f"no {words}"
    return Holding(fact, words, names)


def _said(knowledge: Knowledge, concept: str, lang: Lang, name: str) -> str:
    """A name as it stands inside a patient's sentence: what patients call it where that is known."""
    names = knowledge.synonyms(concept, lang)
    word = next((one.text for one in names if one.role == "colloquial"), name)
    # "Chest pain" but not "HIV infection".
    return word[0].lower() + word[1:] if word[1:2].islower() else word


def _amount(fact: Fact, lang: Lang) -> str:
    if lang == "en":
        unit = fact.unit.removesuffix("s") if fact.value == "1" else fact.unit
        return f"{fact.value} {unit}".strip()
    unit = "岁" if fact.kind == "age" and fact.unit == "years" else _UNITS_ZH.get(fact.unit, fact.unit)
    return f"{fact.value}{unit}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _asks_for(question: str, name: str) -> bool:
    """Whether a question is about a name: it stands there, or most of its words or pairs of characters do."""
    if mentions(question, name):
        return True
    asked, wanted = _folded(question), _folded(name)
    if wanted.isascii():
        parts = [word[:6] for word in re.findall(r"[a-z]{4,}", _STOP.sub("", wanted))]
        return bool(parts) and 2 * sum(f" {part}" in f" {asked}" for part in parts) > len(parts)
    pairs = [wanted[at : at + 2] for at in range(len(wanted) - 1)]
    return bool(pairs) and 2 * sum(pair in asked for pair in pairs) > len(pairs)

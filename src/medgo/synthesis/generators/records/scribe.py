"""Writes the facts of an encounter as lines in a language; each line knows its facts. Knows phrasings, no document."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medgo.schema import Lang
from medgo.synthesis.generators.cases.realise import Names, Writer
from medgo.synthesis.generators.cases.words_zh import FREQUENCIES, ROUTES
from medgo.synthesis.generators.records.encounter import Encounter
from medgo.synthesis.generators.records.phrases import PHRASES

_SLOT = re.compile(r"\{(\w+)\}")
_VITALS: Mapping[str, str] = {
    "temp": "VITAL:temperature_c",
    "pulse": "VITAL:heart_rate",
    "resp": "VITAL:respiratory_rate",
    "sys": "VITAL:systolic_bp",
    "dia": "VITAL:diastolic_bp",
    "sat": "VITAL:oxygen_saturation",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or an entry of a document.

    Args:
        key: The same in both languages: what the line is.
        text: Its words.
        facts: Ids of the facts that it states.
        slot: Field of an entry that it fills (``dose``); empty for a sentence.
        at: Which entry of the list.
    """

    key: str
    text: str
    facts: tuple[str, ...] = ()
    slot: str = ""
    at: int = 0


class Scribe:
    """One encounter in one language.

    Args:
        lang: Language.
        enc: The encounter.
        names: What concepts are called.
    """

    def __init__(self, lang: Lang, enc: Encounter, names: Names) -> None:
        self.lang = lang
        self.enc = enc
        self.names = names
        self._writer = Writer(lang, enc.case.book, names, enc.case.age)

    def line(self, key: str, kind: str, **slots: str | tuple[str, ...]) -> Line:
        """A sentence: slots hold facts, or one fact."""
        phrasings = PHRASES[kind][self.lang]
        # The same phrasing number in both languages is not needed; the same seed gives the same words.
        text = phrasings[(self.enc.seed ^ zlib.crc32(f"{key}{kind}".encode())) % len(phrasings)]
        facts = [fact for slot in slots.values() for fact in ((slot,) if isinstance(slot, str) else slot)]
        words = {name: self._slot(name, (slot,) if isinstance(slot, str) else slot) for name, slot in slots.items()}
        return Line(key, self._fill(text, words), tuple(dict.fromkeys(facts)))

    def some(self, kind: str, slot: str, facts: tuple[str, ...], key: str = "") -> Line:
        """A sentence of facts, or that there are none."""
        return self.line(key or kind, kind, **{slot: facts}) if facts else self.line(key or kind, f"{kind}_none")

    def plain(self, key: str, name: str = "") -> Line:
        """A sentence that the encounter holds in both languages."""
        fact = self.enc.plain[key]
        held = self.enc.case.book[fact]
        return Line(name or key, str(held.attributes["zh"]) if self.lang == "zh" else held.value, (fact,))

    def fact_line(self, key: str, fact: str) -> Line:
        """A fact that is a sentence itself."""
        held = self.enc.case.book[fact]
        return Line(key, str(held.attributes["zh"]) if self.lang == "zh" else held.value, (fact,))

    def moment(self, key: str) -> Line:
        """A date with its time."""
        fact = self.enc.plain[key]
        return Line(key, self.enc.case.book[fact].value, (fact,))

    def vitals(self, key: str, number: int) -> Line:
        """Vital signs of the day, as they are written down."""
        facts = {slot: self.enc.vitals[number][curie] for slot, curie in _VITALS.items()}
        template = PHRASES["vitals"][self.lang][0]
        words = {slot: self.enc.case.book[fact].value for slot, fact in facts.items()}
        return Line(key, self._fill(template, words), tuple(facts.values()))

    def name(self, fact: str) -> str:
        """The name of a diagnosis or drug, as an entry begins with it."""
        name = self.names(self.enc.case.book[fact].concept, self.lang)
        return name if self.lang == "zh" else name[0].upper() + name[1:]

    def entry(self, key: str, at: int, slots: Mapping[str, str], facts: Mapping[str, tuple[str, ...]]) -> list[Line]:
        """An entry of a list of models."""
        return [Line(f"{key}.{at}.{slot}", text, facts[slot], slot, at) for slot, text in slots.items() if text]

    def diagnosis(self, key: str, at: int, fact: str) -> list[Line]:
        """A diagnosis with its code."""
        code = self.enc.codes[self.lang][fact]
        words = {"name": self.name(fact), "code": self.enc.case.book[code].value}
        return self.entry(key, at, words, {"name": (fact,), "code": (code,)})

    def medication(self, key: str, at: int, fact: str) -> list[Line]:
        """A drug with dose, route and frequency."""
        given = self.enc.case.book[fact].attributes
        route, frequency = given["route"], given["frequency"]
        if self.lang == "zh":
            route, frequency = ROUTES[route], FREQUENCIES[frequency]
        words = {"drug": self.name(fact), "dose": self._dosed(f"{given['dose']} {given['dose_unit']}")}
        words |= {"route": route, "frequency": frequency}
        return self.entry(key, at, words, dict.fromkeys(words, (fact,)))

    def _slot(self, name: str, facts: tuple[str, ...]) -> str:
        book = self.enc.case.book
        if name == "sex":
            return self._writer.word(facts[0])
        if name in ("signs", "diseases", "tests") and all(book[fact].kind not in ("lab", "vital") for fact in facts):
            negative = name == "signs" and all(book[fact].polarity == "absent" for fact in facts)
            return self._listed([self.names(book[fact].concept, self.lang) for fact in facts], negative=negative)
        if name == "tests":
            return self._listed([self.names(book[fact].concept, self.lang) for fact in facts])
        return self._listed(
            [self._dosed(self._writer.word(fact)) for fact in facts], values=name in ("values", "value", "drugs")
        )

    def _dosed(self, text: str) -> str:
        """Units of a dose that Chinese has a word for."""
        return text.replace(" drop", "滴") if self.lang == "zh" else text

    def against(self, key: str, facts: tuple[str, ...]) -> Line:
        """What speaks against a disease: denied signs with their denial."""
        words = self._listed([self._writer.word(fact) for fact in facts])
        return Line(key, self._fill(PHRASES["diff_against"][self.lang][0], {"signs": words}), facts)

    def denied(self, key: str, kind: str, facts: Iterable[str]) -> Line:
        """Signs that the patient does not have."""
        facts = tuple(facts)
        names = [self.names(self.enc.case.book[fact].concept, self.lang) for fact in facts]
        if (self.lang == "zh" and self.names.denied(names[0]) != "无") or (self.lang == "en" and _unclear(names)):
            kind = f"{kind}_other"
        return self.line(key, kind, signs=facts)

    def _fill(self, template: str, words: Mapping[str, str]) -> str:
        def put(match: re.Match[str]) -> str:
            slot = match.group(1)
            word = words[slot.lower()]
            return word[0].upper() + word[1:] if slot[0].isupper() else word

        text = _SLOT.sub(put, template)
        return text if self.lang == "zh" else text[0].upper() + text[1:]

    def _listed(self, words: list[str], *, negative: bool = False, values: bool = False) -> str:
        if self.lang == "zh":
            return ("，" if values else "、").join(words)
        if len(words) < 2:
            return "".join(words)
        if negative and _unclear(words):
            words = [words[0], *(f"no {word}" for word in words[1:])]
            return ", ".join(words[:-1]) + " and " + words[-1]
        return ", ".join(words[:-1]) + (" or " if negative else " and ") + words[-1]


def _unclear(names: list[str]) -> bool:
    """Whether one "no" would be lost in the list: "no swelling of the skin, dry skin or itch"."""
    return any(" the " in name for name in names)

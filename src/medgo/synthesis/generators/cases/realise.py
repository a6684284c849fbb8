"""Writes planned sentences in a language. Knows words and facts; no medicine and no chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from medgo.errors import InputError
from medgo.schema import Fact, Lang, Sentence
from medgo.synthesis.generators.cases import words_en, words_zh
from medgo.synthesis.generators.cases.graph import FactBook, Step

_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W\d_]+")
_AFTER_SLASH = re.compile(r"(?<=/)[A-Z](?=[a-z])")
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:8|11|18|8\d)-)")
# Exact synonyms of HPO that clinicians say instead of its preferred label.
_USUAL: Mapping[tuple[str, Lang], str] = {
    ("HP:0100515", "en"): "Frequent urination",
    ("HP:0033050", "en"): "Sore throat",
    ("HP:0002573", "en"): "Rectal bleeding",
}
# "Sinusitis, recurrent infections" would be read as recurrent sinusitis: such lists take semicolons.
_MODIFIERS = (
    "recurrent", "chronic", "acute", "severe", "mild", "progressive", "congenital", "bilateral", "unilateral", "facial",
    "oral", "distal", "proximal", "generalized", "localized", "juvenile", "adult", "neonatal", "infantile", "familial",
    "primary", "secondary", "partial", "complete",
)  # fmt: skip
_DENIES_EN = re.compile(r"\b(?:absen\w+|lack\w*|not?|without|inability|negative|relative)\b", re.I)
_DENIED_ZH = re.compile(r"消失|阴性|缺如|不明显")
_OTHER_WORDS = "脉泪关法需菌创害效论意名"  # with 无 before them they begin other words: 无关, 无法, 无脉
_ADULT = 18
_CHILD_ZH = 14  # up to this age a Chinese record says 患儿


@dataclass
class Names:
    """What concepts are called in running text.

    Args:
        names: Concept → language → preferred name.
    """

    names: Mapping[str, Mapping[Lang, str]]
    _known: dict[tuple[str, Lang], str] = field(default_factory=dict)

    def __call__(self, concept: str, lang: Lang) -> str:
        """The name in running text. A disease without a Chinese name keeps its English one, as in Chinese clinics."""
        known = self._known.get((concept, lang))
        if known is None:
            given = self.names.get(concept, {})
            text = _USUAL.get((concept, lang)) or given.get(lang) or given.get("en")
            if text is None:
                raise InputError(f"{concept} has no name in {lang}, so that nothing can be written about it")
            known = self._running(text, rare=concept.startswith("ORPHA:")) if lang == "en" else text
            self._known[concept, lang] = known
        return known

    def _running(self, text: str, *, rare: bool = False) -> str:
        """Small first letter, unless the first word is a name or an abbreviation.

        Rare diseases are mostly called after people and places: there a word is written small only where some other
        name writes it small (giant, cartilage), every part of it.
        """
        text = _AFTER_SLASH.sub(lambda match: match.group().lower(), text)
        first = text.split(" ", 1)[0].split("/", 1)[0]
        bare = first.strip("(),;")
        if first == "A":  # an article, not a letter
            return "a" + text[1:]
        if rare and not all(part.lower() in self._small for part in bare.split("-")):
            return text
        keep = not bare[:1].isupper() or any(c.isupper() or c.isdigit() for c in bare[1:]) or len(bare) == 1
        if keep or bare.endswith(("'s", "’s")) or bare in self._proper:
            return text
        return text[0].lower() + text[1:]

    def denied(self, name: str) -> str:
        """The word that denies a Chinese name: 无, unless that would make another word (无脾大, 无尿急)."""
        if name[0] in "尿力汗":
            return "未诉"
        first = self._lacking.get(name[0], ())
        return "未见" if name[0] in _OTHER_WORDS or any(name.startswith(word) for word in first) else "无"

    @cached_property
    def _lacking(self) -> dict[str, tuple[str, ...]]:
        """What names of signs say is lacking (无脾, 无虹膜), by first character."""
        found: dict[str, tuple[str, ...]] = {}
        for concept, given in self.names.items():
            name = given.get("zh", "")
            if concept.startswith(("HP:", "SIGN:")) and name.startswith("无") and len(name) > 1:
                found[name[1]] = (*found.get(name[1], ()), name[1:])
        return found

    @cached_property
    def _small(self) -> frozenset[str]:
        """Words that stand small inside some name."""
        inside = (word for given in self.names.values() for word in _WORD.findall(given.get("en", ""))[1:])
        return frozenset(word for word in inside if word.islower())

    @cached_property
    def _lone(self) -> frozenset[str]:
        """Signs of one word (echolalia), which are words and no people, however others write them."""
        every = (given.get("en", "") for concept, given in self.names.items() if concept.startswith("HP:"))
        return frozenset(name.lower() for name in every if name.isalpha())

    @cached_property
    def _proper(self) -> frozenset[str]:
        """Words that are never written small inside a name: Raynaud, Kayser."""
        inside = [
            word.strip("(),;")
            for concept, given in self.names.items()
            if concept.startswith(("HP:", "DISEASE:"))
            for word in given.get("en", "").split()[1:]
        ]
        small = {word.capitalize() for word in (*self._small, *self._lone)}
        found = {word for word in inside if word[:1].isupper() and word[1:].islower()} - small
        return frozenset(found | {"Babinski", "Achilles", "Gowers", "Wilms", "Lyme"})


class Writer:
    """Writes steps in one language, and remembers which sentence states which facts.

    Args:
        lang: Language.
        book: Facts.
        names: What concepts are called.
        age: The patient's, in years: man or boy, 患者 or 患儿.
    """

    def __init__(self, lang: Lang, book: FactBook, names: Names, age: float) -> None:
        self.lang = lang
        self.sentences: list[Sentence] = []
        self._book = book
        self._names = names
        self._age_in_years = age
        self._words: dict[str, str] = {}
        self._bank = words_zh.BANK if lang == "zh" else words_en.BANK

    def write(self, steps: Iterable[Step], part: str, section: str = "") -> str:
        """Sentences one after the other, as one paragraph."""
        texts = []
        for step in steps:
            text = self.sentence(step)
            if text:
                texts.append(text)
                self.sentences.append(Sentence(text, part, step.facts, section))
        return ("" if self.lang == "zh" else " ").join(texts)

    def sentence(self, step: Step) -> str:
        """One sentence."""
        phrasings = self._bank[step.kind]
        template = phrasings[int(step.pick * len(phrasings))]
        text = _SLOT.sub(lambda match: self._fill(match.group(1), step), template)
        if self.lang == "zh" or not text:
            return text
        return _ARTICLE.sub(r"\1n ", text[0].upper() + text[1:])

    def quote(self, fact: str, part: str, section: str) -> str:
        """A fact alone, in the words of the case."""
        text = self.word(fact)
        if self._book[fact].kind == "diagnosis" and self.lang == "en":
            text = text[0].upper() + text[1:]
        self.sentences.append(Sentence(text, part, (fact,), section))
        return text

    def word(self, fact: str) -> str:
        """A fact in running text."""
        known = self._words.get(fact)
        if known is None:
            known = self._words[fact] = self._word(self._book[fact])
        return known

    def _fill(self, slot: str, step: Step) -> str:
        name = slot.lower()
        if name == "patient":
            return "患儿" if self._age_in_years < _CHILD_ZH else "患者"
        given = step.slots["signs" if name == "nos" else name]
        if isinstance(given, str):
            return given
        words = [self.word(fact) for fact in given]
        text = self._listed(words)
        return text[0].upper() + text[1:] if slot[0].isupper() else text

    def _listed(self, words: list[str]) -> str:
        # What sounds like a denial stands where it denies none of its neighbours.
        words = sorted(words, key=_denies_after if self.lang == "zh" else _denies)
        if self.lang == "zh":
            return "、".join(words) if not any("，" in word for word in words) else "；".join(words)
        comma = "; " if any("," in word or word.startswith(_MODIFIERS) for word in words) else ", "
        if len(words) < 2:
            return "".join(words)
        link = (" and " if len(words) == 2 else comma + "and ") if comma == ", " else "; "
        return comma.join(words[:-1]) + link + words[-1]

    def _word(self, fact: Fact) -> str:
        write: Mapping[str, Callable[[Fact], str]] = {
            "age": self._age,
            "sex": self._sex,
            "duration": self._duration,
            "drug": self._drug,
            "lab": self._value,
            "vital": self._value,
        }
        if fact.kind in write:
            return write[fact.kind](fact)
        if fact.kind == "rule":
            return str(fact.attributes["zh"]) if self.lang == "zh" else fact.value
        name = self._names(fact.concept, self.lang)
        if fact.polarity == "absent" and fact.kind == "sign":
            if self.lang == "en":
                return f"no {name}"
            return f"{self._names.denied(name)}{name}"
        return name

    def _age(self, fact: Fact) -> str:
        if self.lang == "zh":
            return fact.value + words_zh.AGE_UNITS[fact.unit]
        return f"{fact.value}-{words_en.UNITS[fact.unit][0]}-old"

    def _sex(self, fact: Fact) -> str:
        return (
            words_zh.SEXES_LONG[fact.value]
            if self.lang == "zh"
            else words_en.SEXES[fact.value, self._age_in_years >= _ADULT]
        )

    def _duration(self, fact: Fact) -> str:
        if self.lang == "zh":
            return fact.value + words_zh.UNITS[fact.unit]
        return f"{fact.value} {words_en.UNITS[fact.unit][fact.value != '1']}"

    def _drug(self, fact: Fact) -> str:
        name, given = self._names(fact.concept, self.lang), fact.attributes
        dose = f"{given['dose']} {given['dose_unit']}"
        if self.lang == "zh":
            return f"{name}{dose} {words_zh.ROUTES[given['route']]} {words_zh.FREQUENCIES[given['frequency']]}"
        return f"{name} {dose} {words_en.ROUTES[given['route']]} {given['frequency']}"

    def _value(self, fact: Fact) -> str:
        name, state = self._names(fact.concept, self.lang), fact.attributes["state"]
        written = words_zh.MEASURES.get(fact.unit, fact.unit) if self.lang == "zh" else fact.unit
        unit = "" if fact.unit in ("", "ratio") else written if written in ("%", "次/分") else f" {written}"
        words = words_zh.STATES if self.lang == "zh" else words_en.STATES
        return f"{name}{'' if self.lang == 'zh' else ' '}{fact.value}{unit}{words[state]}"


def _denies(word: str) -> bool:
    """Whether an English name would deny what follows it (absence of …)."""
    return _DENIES_EN.search(word) is not None


def _denies_after(word: str) -> int:
    """-1 for a Chinese name that would deny what stands before it (反射消失), 1 for one that denies what follows."""
    return -1 if _DENIED_ZH.search(word) else 1 if word[0] in "缺未不非" else 0

"""Signs in memory: names, kinds of, the organ system, what patients can have them. Knows no disease and no chance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from medgo.knowledge import Knowledge
from medgo.schema import Lang

ROOT = "HP:0000118"  # Phenotypic abnormality; its children are the organ systems
Sex = Literal["male", "female"]
# Where in a case a sign is told. early: before, at or soon after birth, whatever the age now.
Group = Literal["early", "growth", "complaint", "examination", "investigation", "other"]

_GROUPS: tuple[tuple[Group, tuple[str, ...]], ...] = (
    ("early", ("HP:0001197", "HP:0008872", "HP:0001319", "HP:0012469")),
    (
        "complaint",
        ("HP:0001824", "HP:0004324", "HP:0000789", "HP:0001962", "HP:0003551", "HP:0003546", "HP:0000802", "HP:0003388",
         "HP:0001279", "HP:0002099", "HP:0002326", "HP:0001297"),
    ),
    ("examination", ("HP:0000969",)),
    ("growth", ("HP:0001507", "HP:0012759")),
    # What a patient feels or a family sees.
    (
        "complaint",
        ("HP:0004370", "HP:0002719", "HP:0001892", "HP:0025142", "HP:0012531", "HP:0012373", "HP:0031704",
         "HP:0000009", "HP:0012590", "HP:0033841", "HP:0000140"),
    ),
    ("examination", ("HP:0001574", "HP:0033127", "HP:0040064", "HP:0000152", "HP:0000478", "HP:0000598")),
    (
        "investigation",
        ("HP:0001939", "HP:0001871", "HP:0002715", "HP:0025354", "HP:0012639", "HP:0012443", "HP:0001627",
         "HP:0010935", "HP:0001392", "HP:0003110", "HP:0003117", "HP:0025461", "HP:0002664", "HP:0003549"),
    ),
    ("complaint", ("HP:0012638", "HP:0025031", "HP:0002086", "HP:0000708", "HP:0001608")),
    ("examination", ("HP:0045027", "HP:0000769", "HP:0000119", "HP:0001626", "HP:0000707", "HP:0000818")),
)  # fmt: skip
_MALE = (
    "HP:0000032", "HP:0010461", "HP:0000025", "HP:0008775", "HP:0008669", "HP:0012864", "HP:0040307", "HP:0003251",
    "HP:0000035", "HP:0000036", "HP:0012874", "HP:0012125", "HP:0000771",
)  # fmt: skip
_FEMALE = (
    "HP:0000008", "HP:0010460", "HP:0000140", "HP:0008684", "HP:0008209", "HP:0002686", "HP:0008222", "HP:0000130",
    "HP:0000137", "HP:0000142", "HP:0030012",
)  # fmt: skip
# Youngest age in years at which a sign can be seen or told. Nearest ancestor decides; written for this generator.
_FROM_AGE: Mapping[str, float] = {
    "HP:0001263": 1, "HP:0001270": 1, "HP:0000750": 2, "HP:0001249": 5, "HP:0001328": 7, "HP:0007018": 6,
    "HP:0000708": 3, "HP:0000716": 10, "HP:0000739": 5, "HP:0100543": 12, "HP:0000726": 35, "HP:0002354": 12,
    "HP:0000823": 14, "HP:0000140": 14, "HP:0000789": 20, "HP:0000144": 20, "HP:0008209": 18, "HP:0040307": 18,
    "HP:0012531": 4, "HP:0002315": 5, "HP:0003326": 5, "HP:0002829": 4, "HP:0003401": 6, "HP:0012378": 4,
    "HP:0002321": 5, "HP:0000622": 6, "HP:0000651": 6, "HP:0000662": 6, "HP:0001962": 6, "HP:0003546": 4,
    "HP:0001288": 2, "HP:0002066": 2, "HP:0001251": 2, "HP:0030731": 20, "HP:0001658": 25, "HP:0001681": 25,
    "HP:0001297": 5, "HP:0002621": 25, "HP:0000939": 12, "HP:0002758": 30, "HP:0001300": 25, "HP:0000822": 5,
    "HP:0000670": 2, "HP:0000684": 2, "HP:0002360": 3, "HP:0031466": 5, "HP:0000713": 3, "HP:0000717": 2.5,
    "HP:0001600": 3, "HP:0001611": 3, "HP:0000360": 5, "HP:0002099": 3, "HP:0000819": 3, "HP:0100633": 5,
    "HP:0003419": 5, "HP:0009763": 4, "HP:0001369": 2, "HP:0003394": 5, "HP:0003324": 2, "HP:0002017": 2,
    "HP:0000298": 2, "HP:0001269": 1, "HP:0100279": 5, "HP:0002591": 4,
}  # fmt: skip
# What nobody tells of a living patient who asks for a diagnosis.
_NOT_OF_THE_LIVING = frozenset({"HP:0001645", "HP:0001699", "HP:0005716", "HP:0008909", "HP:0003826", "HP:0005268"})
_NEOPLASM = "HP:0002664"
# Findings that call for help before any list is written: coma, status epilepticus, intracranial haemorrhage, shock,
# respiratory failure, cardiac arrest, sepsis, ketoacidosis, anaphylaxis.
_ALARMING = frozenset(
    {"HP:0001259", "HP:0002133", "HP:0002170", "HP:0031273", "HP:0002878", "HP:0001695", "HP:0100806", "HP:0001953",
     "HP:0100845", "HP:0001342"}
)  # fmt: skip
_EARLY_WORDS = re.compile(r"\b(neonatal|neonate|infant|infancy|prenatal|perinatal|antenatal|fetal|birth)\b", re.I)
_DENIAL_EN = re.compile(
    r"^(?:an? |absen|lack|no[nt]?\b|normal|secondary|loss|without|inability|negative|change|abnormal|\d)"
    r"|:| (?:due to|by|after) |positi",
    re.I,
)
_DENIAL_ZH = re.compile(r"^[无缺未不非异]|：|:|缺如|缺失|消失|阴性")
_OPPOSITES = (
    ("hypo", "hyper"), ("micro", "macro"), ("short", "long"), ("short", "tall"), ("small", "large"), ("low", "high"),
    ("decreased", "increased"), ("decreased", "elevated"), ("reduced", "increased"), ("thin", "thick"),
    ("narrow", "broad"), ("narrow", "wide"), ("loss", "gain"), ("delayed", "accelerated"), ("poly", "oligo"),
    ("upslanted", "downslanted"), ("concave", "convex"), ("weight loss", "obesity"), ("brachy", "dolicho"),
    ("constipation", "diarrhea"), ("absent", "prominent"), ("thin", "full"), ("brady", "tachy"), ("leuko", "leuka"),
    ("deeply set", "proptosis"), ("delayed", "precocious"), ("absent", "increased"), ("late", "early"),
    ("underdeveloped", "prominent"), ("depressed", "prominent"), ("sparse", "thick"), ("small", "long"),
    ("microcephaly", "large"), ("insomnia", "hypersomnia"), ("retrognathia", "prognathia"), ("penia", "cytosis"),
)  # fmt: skip


@dataclass(frozen=True)
class Ontology:
    """What the index says about signs.

    Args:
        names: Sign → language → preferred name.
        parents: Sign → what it is directly a kind of.
        name_sources: Sign → language → source of that name.
        source: Id of the source that defines them.
    """

    names: Mapping[str, Mapping[Lang, str]]
    parents: Mapping[str, tuple[str, ...]]
    name_sources: Mapping[str, Mapping[Lang, str]] = field(default_factory=dict)
    source: str = "hpo"
    _ancestors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _named: dict[tuple[Lang, ...], frozenset[str]] = field(default_factory=dict)
    _derived: dict[str, tuple[Group, Sex | None, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, knowledge: Knowledge) -> Ontology:
        """Read all signs of the index, and everything that is said about what is a kind of what."""
        signs = {
            concept.id: {lang: name for lang in LANGS if (name := concept.named(lang))}
            for concept in knowledge.concepts(kind="sign")
        }
        names = {sign: {lang: name.text for lang, name in given.items()} for sign, given in signs.items()}
        callers = {sign: {lang: name.source for lang, name in given.items()} for sign, given in signs.items()}
        parents: dict[str, list[str]] = {}
        for relation in knowledge.statements("is_a"):
            if relation.subject in names and relation.object in names:
                parents.setdefault(relation.subject, []).append(relation.object)
        return cls(names, {sign: tuple(found) for sign, found in parents.items()}, callers)

    def ancestors(self, sign: str) -> tuple[str, ...]:
        """All that a sign is a kind of below :data:`ROOT`, nearest first, without itself and without the root."""
        known = self._ancestors.get(sign)
        if known is None:
            found: dict[str, None] = {}
            frontier = list(self.parents.get(sign, ()))
            while frontier:
                found.update(dict.fromkeys(frontier))
                frontier = [up for term in frontier for up in self.parents.get(term, ()) if up not in found]
            known = tuple(term for term in found if term != ROOT and term != "HP:0000001")
            self._ancestors[sign] = known
        return known

    @cached_property
    def systems(self) -> frozenset[str]:
        """The organ systems: direct kinds of :data:`ROOT`."""
        return frozenset(sign for sign, parents in self.parents.items() if ROOT in parents)

    def broader(self, sign: str, langs: Iterable[Lang]) -> tuple[str, ...]:
        """Ancestors that may stand for the sign where a case is told imprecisely: below the organ system, named."""
        wanted = tuple(langs)
        return tuple(
            term
            for term in self.ancestors(sign)
            if term not in self.systems and len(self.ancestors(term)) >= 2 and self.named(term, wanted)
        )

    def named(self, sign: str, langs: Iterable[Lang]) -> bool:
        """Whether the sign has a name in each of the languages."""
        wanted = tuple(langs)
        known = self._named.get(wanted)
        if known is None:
            every = (
                sign
                for sign, names in self.names.items()
                if sign not in _NOT_OF_THE_LIVING and all(lang in names for lang in wanted)
            )
            known = self._named[wanted] = frozenset(every)
        return sign in known

    def heading(self, sign: str) -> bool:
        """Whether it is an organ system or one step below: "abnormality of the nervous system" is no complaint."""
        return sign in self.systems or (sign.startswith("HP:") and len(self.ancestors(sign)) < 2)

    def tumour(self, sign: str) -> bool:
        """Whether it is a neoplasm, which no physician takes for a finding by the way."""
        return sign == _NEOPLASM or _NEOPLASM in self.ancestors(sign)

    def alarming(self, sign: str) -> bool:
        """Whether it calls for help at once."""
        return not _ALARMING.isdisjoint((sign, *self.ancestors(sign)))

    def group(self, sign: str) -> Group:
        """Where in a case the sign is told."""
        return self._about(sign)[0]

    def sex(self, sign: str) -> Sex | None:
        """The only sex that can have it, if there is only one."""
        return self._about(sign)[1]

    def from_age(self, sign: str) -> float:
        """The youngest age in years at which the sign can be seen or told; 0 for any."""
        return self._about(sign)[2]

    def _about(self, sign: str) -> tuple[Group, Sex | None, float]:
        known = self._derived.get(sign)
        if known is None:
            mine = {sign, *self.ancestors(sign)}
            group: Group = next((group for group, roots in _GROUPS if not mine.isdisjoint(roots)), "other")
            if _EARLY_WORDS.search(self.names.get(sign, {}).get("en", "")):
                group = "early"
            sex: Sex | None = None if mine.isdisjoint(_FEMALE) else "female"
            sex = sex if mine.isdisjoint(_MALE) else "male"
            age = max((_FROM_AGE[term] for term in mine if term in _FROM_AGE), default=0)
            known = self._derived[sign] = (group, sex, age)
        return known

    def deniable(self, sign: str) -> bool:
        """Whether "no …" and "无…" read well: not for what is itself a denial, nor for a heading with a colon."""
        names = self.names.get(sign, {})
        return not (_DENIAL_EN.search(names.get("en", "")) or _DENIAL_ZH.search(names.get("zh", "")))

    def alike(self, one: str, other: str) -> bool:
        """Whether the name of one holds that of the other (疲劳, 易疲劳), so that denying one beside the other jars."""
        mine, its = self.names.get(one, {}), self.names.get(other, {})
        pairs = [(mine[lang].lower(), its[lang].lower()) for lang in LANGS if lang in mine and lang in its]
        return any(a in b or b in a for a, b in pairs)

    def opposites(self, sign: str) -> frozenset[str]:
        """Signs that no patient has together with it (short and tall stature), as far as English names tell."""
        return self._opposites.get(sign, frozenset())

    @cached_property
    def _opposites(self) -> dict[str, frozenset[str]]:
        by_name = {given["en"].lower(): sign for sign, given in self.names.items() if "en" in given}
        found: dict[str, set[str]] = {}
        for name, sign in by_name.items():
            for a, b in _OPPOSITES:
                for one, other in ((a, b), (b, a)):
                    if one in name and (swapped := by_name.get(name.replace(one, other, 1))):
                        found.setdefault(sign, set()).add(swapped)
                        found.setdefault(swapped, set()).add(sign)
        return {sign: frozenset(others) for sign, others in found.items()}


LANGS: tuple[Lang, ...] = ("zh", "en")

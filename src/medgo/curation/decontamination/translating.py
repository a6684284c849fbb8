"""Benchmark items in the other language, as far as a knowledge index has the names: to measure what is found of them.

What has no name in the other language is left out, so a translation is of concepts and amounts between words of our own
writing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from medgo.curation.decontamination.items import GuardedItem
from medgo.errors import UnknownConceptError
from medgo.knowledge import Knowledge
from medgo.knowledge.lexicon import Lexicon, lexicon_of
from medgo.schema import Lang
from medgo.text import quantities

_OTHER: Mapping[Lang, Lang] = {"zh": "en", "en": "zh"}
_UNITS_ZH = {
    "year": "岁", "month": "个月", "week": "周", "day": "天", "hour": "小时", "minute": "分钟", "mg": "毫克",
    "kg": "公斤",
    "g": "克", "mL": "毫升", "L": "升", "cm": "厘米", "mm": "毫米", "times": "次",
}  # fmt: skip
_UNITS_EN = {"year": "-year-old", "times": " times", "day": " days", "week": " weeks", "month": " months"}
_GLUE: Mapping[Lang, tuple[str, ...]] = {
    "zh": ("，并有", "；检查见", "，此后出现", "。另外记录到", "，考虑"),
    "en": (
        ", together with ",
        "; the examination shows ",
        ", later there is ",
        ". It is also noted that there is ",
        ", with ",
    ),
}


@dataclass(frozen=True)
class Translator:
    """Puts names and amounts into the other language.

    Args:
        knowledge: Has the names.
        lexicon: Finds them.
    """

    knowledge: Knowledge
    lexicon: Lexicon

    @classmethod
    def of(cls, knowledge: Knowledge) -> Translator:
        """With all names of an index."""
        return cls(knowledge, lexicon_of(knowledge))

    def translate(self, item: GuardedItem, rng: np.random.Generator, fewest: int = 5) -> str | None:
        """An item's concepts and amounts in the other language; None where fewer than so many have names there."""
        text = "\n".join(part for part in (item.context, item.question, *item.options) if part)
        target = _OTHER[item.lang]
        named = {m.start: self._name(m.concepts, target) for m in self.lexicon.find(text)}
        amounts = {
            one.start: f"{one.value.normalize():f}" + _unit(one.unit, target)
            for one in quantities(text)
            if one.kind in ("amount", "age", "frequency")
        }
        parts = [name for _, name in sorted({**amounts, **named}.items()) if name]
        if len(set(parts)) < fewest or sum(name is not None for name in named.values()) < 2:
            return None
        glue = _GLUE[target]
        return "".join(glue[int(rng.integers(len(glue)))] + part for part in parts).lstrip("，；。,;. ")

    def _name(self, concepts: tuple[str, ...], target: Lang) -> str | None:
        for concept in concepts:
            try:
                names = self.knowledge.synonyms(concept, target)
            except UnknownConceptError:
                continue
            if names:
                return names[0].text
        return None


def _unit(unit: str, target: Lang) -> str:
    return _UNITS_ZH.get(unit, unit) if target == "zh" else _UNITS_EN.get(unit, f" {unit}")

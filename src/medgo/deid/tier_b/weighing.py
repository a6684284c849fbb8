"""What a model finds is weighed before it counts: it reads no dictionary, so that its word is worth less than a rule's.

The one place for all plug-ins. Numbers need a digit, and nothing is cut off them; names, places and organisations

- end where a line, a field or a sentence ends, and a hospital where the word for it does;
- are likelier than the ordinary words that they would cut (:mod:`medgo.deid.names_zh.weighing` for Chinese names);
- score at most what still lets the gate for protected terms take the side of a term.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from medgo.deid.classes import NAMES, WORDS, IdentifierClass
from medgo.deid.names_en.lexicon import NAME, ORDINARY
from medgo.deid.names_en.lexicon import Lexicon as EnglishLexicon
from medgo.deid.names_en.lexicon import lexicon as english_lexicon
from medgo.deid.names_zh.contexts import contexts
from medgo.deid.names_zh.lexicon import Lexicon, lexicon
from medgo.deid.names_zh.weighing import NameWeighing
from medgo.deid.protocol import Finding, Note
from medgo.deid.tier_b.labels import ending

# Below what the gate calls unsure.
MOST = 0.79
_BREAK = re.compile(r"[\n\t。！？；!?;|]+| {2,}|(?<=[\u4e00-\u9fff])[ ,、:]+|[,:]+(?=[\u4e00-\u9fff])")
_SENTENCE = re.compile(r"[。！？；!?;|]+")  # an address goes on behind a comma and the end of a line
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{1,12}")
_WORD = re.compile(r"[^\W\d_]+")
_LOCAL_END = frozenset("省市县区旗州镇乡村屯庄寨街路巷道号弄")
_SHORTEST = 2
_LONGEST_NAME = 8  # words
_DIGIT = re.compile(r"[\d零〇一二三四五六七八九十百]")
# Numbers have a digit: a diagnosis that a model calls somebody's passport has none.
_NUMBERS: frozenset[IdentifierClass] = frozenset(
    {
        "phone", "fax", "zip_code", "ip_address", "id_card", "ssn", "passport", "licence", "bank_account",
        "insurance_number", "medical_record_number", "organisation_code", "vehicle", "device",
    }
)  # fmt: skip
_BODIES: frozenset[IdentifierClass] = frozenset({"hospital", "organisation"})


class ModelDetector(ABC):
    """A detector whose findings come from a model."""

    name: ClassVar[str]
    version: ClassVar[str]

    def find(self, note: Note) -> Iterator[Finding]:
        """What the model finds and what withstands the weighing; positions in the view."""
        return _weighing().weighed(note.view.text, self.read(note))

    @abstractmethod
    def read(self, note: Note) -> Iterable[Finding]:
        """What the model finds; positions in the view."""


@dataclass(frozen=True)
class Weighing:
    """Weighs findings of models.

    Args:
        chinese: Chinese words.
        names: Chinese names.
        english: English words and names.
    """

    chinese: Lexicon
    names: NameWeighing
    english: EnglishLexicon

    def weighed(self, text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those that count, cut to what they mean; positions in ``text``."""
        for finding in findings:
            if finding.label not in WORDS:
                if finding.label not in _NUMBERS or _DIGIT.search(text, finding.start, finding.end):
                    yield finding
                continue
            parts = list(_parts(text, finding))
            if finding.label in _BODIES and len(parts) > 1:
                parts = [part for part in parts if ending(text[slice(*part)]) is not None]
            for start, end in parts:
                stretch = self._stretch(text, replace(finding, start=start, end=end))
                if stretch is not None:
                    yield replace(finding, start=stretch[0], end=stretch[1], score=min(finding.score, MOST))

    def _stretch(self, text: str, one: Finding) -> tuple[int, int] | None:
        start, end = one.start, one.end
        if one.label in NAMES:
            if _HAN_NAME.fullmatch(text, start, end):
                return self.names.best(text, start, end)
            return self._latin_name(text, start, end)
        if one.label in _BODIES:
            end = start + (ending(text[start:end]) or end - start)
        letters = sum(map(str.isalnum, text[start:end]))
        if letters < _SHORTEST or (one.label == "location" and self._is_ordinary(text[start:end])):
            return None
        return start, end

    def _latin_name(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Without ordinary words at its ends; None where there is nothing else."""
        words = [word.span() for word in _WORD.finditer(text, start, end)]
        while words and self._is_word(text[slice(*words[0])]):
            del words[0]
        while words and self._is_word(text[slice(*words[-1])]):
            del words[-1]
        if not 0 < len(words) <= _LONGEST_NAME:
            return None
        return (words[0][0], end) if words[-1][1] == end else (words[0][0], words[-1][1])

    def _is_word(self, word: str) -> bool:
        flags = self.english.flags(word.lower())
        return bool(flags & ORDINARY) and not flags & NAME

    def _is_ordinary(self, place: str) -> bool:
        """Whether ordinary words fill it, of which none is a place: 户籍地址."""
        if not _HAN.search(place):
            words = _WORD.findall(place)
            return all(map(self._is_word, words))
        return place[-1] not in _LOCAL_END and self.chinese.is_ordinary(place)


@lru_cache(maxsize=1)
def _weighing() -> Weighing:
    words = lexicon()
    return Weighing(words, NameWeighing(words, contexts()), english_lexicon())


def _parts(text: str, finding: Finding) -> Iterator[tuple[int, int]]:
    """The stretches of a finding between breaks, without signs at their ends."""
    at = finding.start
    for cut in (_SENTENCE if finding.label == "address" else _BREAK).finditer(text, finding.start, finding.end):
        yield from _trimmed(text, at, cut.start())
        at = cut.end()
    yield from _trimmed(text, at, finding.end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    if text[end - 2 : end] == "'s":
        end -= 2
    if start < end:
        yield start, end

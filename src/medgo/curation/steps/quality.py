"""Texts that are no prose: too short, repeated, garbled, lists of links and numbers.

The rules are those of Gopher (Rae et al. 2021, table A1) and of C4 where they mean something for medicine, with counts
of Chinese in characters. Doses and laboratory values are full of digits and units, so that bounds on symbols are wide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.curation.protocol import Removal
from medgo.schema import Document

_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|[\u3400-\u9fff]")
_SENTENCE_ENDS = re.compile(r"[.!?。！？;；]")
# What one encoding looks like, read as another; and characters that stand for nothing.
_GARBLED = re.compile(
    "\ufffd|锟斤拷|烫烫烫|屯屯屯|ï»¿|Ã[\x80-\xbf©¨¢¯´¼]|â€[\x80-\xbf™œ“”¦]|[\ue000-\uf8ff]|\\(cid:\\d+\\)"
)
_ENGLISH = frozenset(("the", "be", "to", "of", "and", "that", "have", "with", "is", "in", "for", "or", "are", "a"))
_PLACEHOLDER = re.compile(
    r"lorem ipsum|javascript (?:is )?(?:disabled|required)|请(?:启用|开启) ?javascript", re.IGNORECASE
)


class Quality(Configured):
    """Removes what is no readable text."""

    name: ClassVar[str] = "quality"
    version: ClassVar[str] = "2"
    min_words: int = Field(10, ge=1, description="words of an English text, at least")
    min_characters: int = Field(20, ge=1, description="characters of a Chinese text, at least")
    max_characters: int = Field(2_000_000, ge=1, description="a longer text is a dump")
    max_symbols: float = Field(0.5, gt=0, le=1, description="share of characters, spaces aside, that are no letters")
    max_repeated_lines: float = Field(0.3, gt=0, le=1, description="share of characters in lines that came before")
    max_repeated_runs: float = Field(0.25, gt=0, le=1, description="share of runs of ten words that came before")
    max_garbled: float = Field(0.001, ge=0, le=1, description="share of characters that a wrong encoding left")
    min_common_words: int = Field(2, ge=0, description="different common English words in an English text")

    def apply(self, document: Document) -> Document | Removal:
        """The document, or the first rule that it breaks."""
        for reason, evidence in self._faults(document):
            return Removal(self.name, reason, evidence)
        return document

    def _faults(self, document: Document) -> Iterator[tuple[str, str]]:
        text = document.text
        if len(text) > self.max_characters:
            yield "too long", f"{len(text)} characters"
        words = _WORD.findall(text)
        if len(words) < (self.min_words if document.lang == "en" else self.min_characters):
            yield "too short", f"{len(words)} words"
        if _PLACEHOLDER.search(text):
            yield "placeholder", ""
        garbled = sum(len(found[0]) for found in _GARBLED.finditer(text)) / len(text)
        if garbled > self.max_garbled:
            yield "garbled", f"{garbled:.1%}"
        letters = sum(map(str.isalpha, text))
        symbols = 1 - letters / (len(text) - sum(map(str.isspace, text)))
        if symbols > self.max_symbols:
            yield "symbols and numbers", f"{symbols:.0%}"
        if document.lang == "en" and len(_ENGLISH.intersection(map(str.lower, words))) < self.min_common_words:
            yield "no sentences", "no common words"
        if not _SENTENCE_ENDS.search(text):
            yield "no sentences", "no end of a sentence"
        repeated = _repeated_lines(text)
        if repeated > self.max_repeated_lines:
            yield "repeated lines", f"{repeated:.0%}"
        runs = _repeated_runs(words)
        if runs > self.max_repeated_runs:
            yield "repeated words", f"{runs:.0%}"


def _repeated_lines(text: str) -> float:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    again = sum(len(line) * (count - 1) for line, count in Counter(lines).items())
    return again / max(1, sum(map(len, lines)))


def _repeated_runs(words: list[str]) -> float:
    runs = len(words) - 9
    if runs < 1:
        return 0.0
    return 1 - len({tuple(words[at : at + 10]) for at in range(runs)}) / runs

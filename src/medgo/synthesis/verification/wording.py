"""A text of a fact as a sentence may repeat it: names with their status, numbers and sides with their names. Knows no row."""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cached_property

from medgo.schema import Lang
from medgo.synthesis.verification._guard_reading import content_words
from medgo.synthesis.verification.owning import head_of, owners
from medgo.synthesis.verification.reading import Reading, Stated
from medgo.text import Quantity, fold, sentences

_TAKEN_BACK = re.compile(r"(?:\b(?:non|pseudo|not|no|without|anti)[ -]?|[非不假无])$")
# The status of a name that a passage affirms in one place and denies in another, neither in words of the sentence.
UNCLEAR = "unclear"


class Wording:
    """One text of a fact.

    Args:
        text: The text.
        lang: Its language.
        reading: What it states.
        measured: Whether a name is one of a measured thing or a drug.
    """

    def __init__(self, text: str, lang: Lang, reading: Reading, measured: Callable[[Stated], bool]) -> None:
        self._text = text
        self._lang = lang
        self._measured = measured
        self.reading = reading

    def statuses(self, stated: Stated, said: str) -> list[str]:
        """How the text means what a name means.

        Args:
            stated: The name.
            said: The sentence that it stands in, which tells which of several places it repeats; empty for all.
        """
        own = [
            name
            for name in self.reading.names
            if name.folded == stated.folded or set(name.mention.concepts) & set(stated.mention.concepts)
        ]
        found: list[str] = sorted({name.status for name in own})
        if not said or "absent" not in found or len(found) == 1 or len(self._pieces) == 1:
            return found
        words = content_words(fold(said).text, self._lang) - content_words(stated.folded, self._lang)
        like = [name.status for name in own if words & (self._around(name) - content_words(name.folded, self._lang))]
        return sorted(set(like)) or [UNCLEAR]

    def holds(self, stated: Stated) -> bool:
        """Whether the text has the words of a name that is none there, and does not take them back (non-small cell)."""
        place = self._folded.find(stated.folded)
        while place >= 0:
            if not _TAKEN_BACK.search(self._folded, max(0, place - 8), place):
                return True
            place = self._folded.find(stated.folded, place + 1)
        return False

    def numbers(self, owners: Collection[str]) -> list[Quantity]:
        """Numbers that are said of one of these, or of nothing that is measured; all of them where these are none."""
        if not owners:
            return list(self.reading.quantities)
        return [
            quantity
            for quantity, own in zip(self.reading.quantities, self._owners, strict=True)
            if not own or not own.isdisjoint(owners)
        ]

    def has_side(self, side: str, head: str) -> bool:
        """Whether a side is said of what ``head`` names; of anything, where that has no side here."""
        of_it = [own for own, its in self._sides if head and its == head]
        return side in (of_it or [own for own, _ in self._sides])

    @cached_property
    def _pieces(self) -> list[tuple[int, int, frozenset[str]]]:
        found = sentences(self._text, self._lang)
        return [(span.start, span.end, content_words(fold(span.of(self._text)).text, self._lang)) for span in found]

    @cached_property
    def _folded(self) -> str:
        return fold(self._text).text

    @cached_property
    def _owners(self) -> list[frozenset[str]]:
        return [owners(self._text, self.reading, quantity, self._measured) for quantity in self.reading.quantities]

    @cached_property
    def _sides(self) -> list[tuple[str, str]]:
        return [(side.side, head_of(self._text, self.reading, side)) for side in self.reading.sides]

    def _around(self, name: Stated) -> frozenset[str]:
        start = name.mention.start
        return next((words for first, last, words in self._pieces if first <= start < last), frozenset())

"""Patterns that begin with one of some words, and one scan that finds those words for all of them. Knows no place.

An alternation in front of a pattern is tried at every character of a text; a scan for the words of all patterns is made
once, and each pattern is tried only where one of its own words begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from medgo.deid.numbers.trie import pattern_of

# Where each word begins, ascending, by word in lower case.
Starts = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Opening:
    """A pattern whose matches begin with a whole word.

    Args:
        words: All words that a match can begin with, in lower case.
        pattern: Tried where one of them stands.
    """

    words: frozenset[str]
    pattern: re.Pattern[str]

    def matches(self, text: str, starts: Starts) -> Iterator[re.Match[str]]:
        """Matches in order, without overlaps.

        Args:
            text: The text.
            starts: Of the same text: see :class:`Cues`.
        """
        end = 0
        for at in sorted(chain.from_iterable(starts[word] for word in self.words & starts.keys())):
            match = self.pattern.match(text, at) if at >= end else None
            if match:
                end = match.end()
                yield match


class Cues:
    """The words of some openings, made one pattern.

    Args:
        openings: Whose words are looked for.
    """

    def __init__(self, openings: Iterable[Opening]) -> None:
        words = frozenset(chain.from_iterable(one.words for one in openings))
        self._words = re.compile(rf"\b(?:{pattern_of(words)})(?![a-z])")

    def starts(self, lowered: str) -> Starts:
        """Where their words begin in a text in lower case."""
        found: dict[str, list[int]] = {}
        for match in self._words.finditer(lowered):
            found.setdefault(match[0], []).append(match.start())
        return found

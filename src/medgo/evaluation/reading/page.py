"""What the rules look at: a normalised reply with its options, and what a rule finds there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from medgo.errors import InputError
from medgo.evaluation.reading.normalise import normalise

# Without options, a letter is a label if some benchmark has that many.
_ASSUMED = dict.fromkeys("ABCDEFGHIJ", "")
_BETWEEN = "\x1f"
_STRIP = " \t\r\n.。,;:!?"


class Options:
    """The options of a question, prepared for comparison.

    Args:
        options: Label (one letter, either case) → text. Empty: labels A to J without texts are assumed.

    Raises:
        InputError: A label is not one letter A to Z, or stands twice.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self._given = options or _ASSUMED
        self.labels = {label.upper(): label for label in self._given}
        if _BETWEEN in "".join(self._given.values()):
            self._given = {label: text.replace(_BETWEEN, " ") for label, text in self._given.items()}
        if len(self.labels) != len(self._given) or not all(len(x) == 1 and "A" <= x <= "Z" for x in self.labels):
            raise InputError(
                f"the options are named {', '.join(map(repr, self._given))}",
                hint="name them by different single letters A to Z",
            )

    @cached_property
    def texts(self) -> dict[str, str]:
        """Label → normalised text in lower case; options without text are left out."""
        # All at once: one call costs less than five.
        texts = normalise(_BETWEEN.join(self._given.values())).lower.split(_BETWEEN)
        # Not the left end: ".13" and "<5 %" are options.
        stripped = zip(self.labels, (text.strip().rstrip(_STRIP) for text in texts), strict=True)
        return {label: text for label, text in stripped if text}

    @cached_property
    def by_length(self) -> tuple[tuple[str, str], ...]:
        """(text, label), the longest first, without texts that are a label, or two options' text."""
        pairs = [(text, label) for label, text in self.texts.items() if text.upper() not in self.labels]
        if len({text for text, _ in pairs}) != len(pairs):
            times = Counter(text for text, _ in pairs)
            pairs = [(text, label) for text, label in pairs if times[text] == 1]
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    def in_order(self, found: frozenset[str]) -> tuple[str, ...]:
        """Return labels as they were given, in the order of the options."""
        return tuple(given for label, given in self.labels.items() if label in found)


class Page(NamedTuple):
    """A reply without its reasoning.

    Args:
        text: Normalised, with case.
        lower: The same in lower case, character by character.
        options: The options.
        multiple: Whether several labels may be right; None: unknown.
    """

    text: str
    lower: str
    options: Options
    multiple: bool | None


class Reading(NamedTuple):
    """What a rule found.

    Args:
        labels: Labels in upper case; empty only for a hedge.
        start: Characters [start, end) of the page that name them.
        end: See ``start``.
        hedged: They are named as alternatives ("A or C").
    """

    labels: frozenset[str]
    start: int
    end: int
    hedged: bool = False

"""Weighs a name that somebody else proposes, such as a model: is it likelier than the words it could be?

The proposal is one more piece of evidence beside the characters and the neighbours. It says where to look; which
characters are the name, and whether words are likelier after all, the lexicon says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log

from medgo.deid.names_zh.contexts import Contexts
from medgo.deid.names_zh.labelled import UNKNOWN_SURNAME
from medgo.deid.names_zh.lexicon import NEVER, Lexicon
from medgo.deid.names_zh.running import FAMILIAR, PRIOR

_HAN_BEFORE = re.compile("[\u4e00-\u9fff]{1,6}$")
_HAN_AFTER = re.compile("[\u4e00-\u9fff]{1,6}")
_AROUND = 6
# A proposal may hold a few characters too many on either side (予|丘知微, 薛珞|步, 王|先生), and lack its
# surname or its last character (官|清漪, 柯文|骏).
_TOO_MANY, _LACKING_LEFT, _LACKING_RIGHT = 4, 2, 1
_LONGEST = 12
# How much likelier a name is where one is proposed, as a logarithm.
_PROPOSED = 6.0
_GIVEN_LENGTH = {0: log(0.01), 1: log(0.2), 2: log(0.8), 3: log(0.002)}
_LONGEST_PARTS = 4
_FOREIGN = -5.5  # for each character of a transliteration
_HIDDEN = "某"


@dataclass(frozen=True)
class NameWeighing:
    """Weighs proposals.

    Args:
        lexicon: Words and parts of names.
        contexts: Neighbours.
    """

    lexicon: Lexicon
    contexts: Contexts

    def best(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """The name that a proposal means; None where words are likelier.

        Args:
            text: A view's text.
            start: First character of the proposal.
            end: After its last one; Han characters, dots between them or not.
        """
        found = self.weighed(text, start, end)
        return found[1:] if found is not None and found[0] > 0 else None

    def weighed(self, text: str, start: int, end: int) -> tuple[float, int, int] | None:
        """How much likelier the text is with the best name of a proposal than with words alone, and that name."""
        if not 0 < end - start <= _LONGEST:
            return None
        before = _HAN_BEFORE.search(text, max(0, start - _AROUND), start)
        after = _HAN_AFTER.match(text, end)
        low, high = before.start() if before else start, after.end() if after else end
        path = self.lexicon.path
        firsts = range(max(low, start - _LACKING_LEFT), min(start + _TOO_MANY, end))
        lacking = _LACKING_RIGHT if end - start < _LONGEST_PARTS else 0
        lasts = range(max(start, end - _TOO_MANY) + 1, min(high, end + lacking) + 1)
        left = {at: path(text, low, at) for at in firsts}
        right = {at: path(text, at, high) for at in lasts}
        options = [
            (left[first] + weight + right[last], first, last)
            for first in firsts
            for last in lasts
            if last > first and (weight := self._weight(text, first, last)) is not None
        ]
        if not options:
            return None
        weight, first, last = max(options)
        return weight - path(text, low, high), first, last

    def _weight(self, text: str, start: int, end: int) -> float | None:
        """Log probability of a name here with its neighbours; None where it can be none."""
        parts = self._parts(text[start:end])
        if parts is None:
            return None
        right = self.contexts.right(text, end)
        if end - start == 1 and not right.title:
            return None
        return PRIOR + _PROPOSED + parts + self.contexts.left(text, start).weight + right.weight

    def _parts(self, name: str) -> float | None:
        """Log probability of the characters as a name."""
        surnames = self.lexicon.surnames
        options = [
            surnames[name[:size]] + self._given(name[size:]) + _GIVEN_LENGTH[len(name) - size]
            for size in (1, 2)
            if name[:size] in surnames and len(name) >= size and len(name) - size in _GIVEN_LENGTH
        ]
        if 1 < len(name) <= _LONGEST_PARTS:
            options.append(UNKNOWN_SURNAME + self._given(name[1:]))
            if name[0] in FAMILIAR and name[1:] in surnames:
                options.append(surnames[name[1:]])
        if len(name) > 1 and all(one in self.lexicon.transliterated or one == "·" for one in name):
            options.append(_FOREIGN * (len(name) + 1))
        best = max(options, default=NEVER)
        return best if best > NEVER else None

    def _given(self, characters: str) -> float:
        if characters.strip(_HIDDEN) == "":
            return 0.0
        return sum(self.lexicon.given.get(one, self.lexicon.unlisted) for one in characters)

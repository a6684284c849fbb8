"""What a sentence says apart from which names it names: "XX and XX, but no XX, for 3 days". Knows no lexicon.

All names are alike here, so that few frames serve many sentences; each frame is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from medgo.knowledge.lexicon import Mention
from medgo.schema import Lang
from medgo.text import (
    Assertion,
    Assertions,
    Quantity,
    SexMention,
    SideMention,
    Span,
    quantities,
    sentences,
    sexes,
    sides,
)

# Characters that no text holds (Unicode noncharacters), and letters that stand for them when a frame is read: of the
# kind that the name ends in, because a number may follow at once; two, because one is no word.
_HAN, _LATIN = "\ufdd0", "\ufdd1"
NAME_LENGTH = 2
_MARK = re.compile(f"[{_HAN}{_LATIN}]")
_NAME = re.compile(f"{_HAN}{_HAN}|{_LATIN}{_LATIN}")
_DIGIT = re.compile(r"\d")
_FIRST_HAN = "\u3400"
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame says, positions counted in the frame.

    Args:
        statuses: How each of its names is meant, in order.
        quantities: Numbers, list numbering left out.
        sides: Sides.
        sexes: Words for the patient's sex.
    """

    statuses: tuple[Assertion, ...]
    quantities: tuple[Quantity, ...]
    sides: tuple[SideMention, ...]
    sexes: tuple[SexMention, ...]


class Frames:
    """Reads frames, each once."""

    def __init__(self) -> None:
        self._known = lru_cache(_REMEMBERED)(self._read)
        # How each name is meant, for which it matters that there is a number and not which.
        self._statuses = lru_cache(_REMEMBERED)(_statuses)
        # Numbers of the stretch from a name to the next one: "12 g/L (low), " follows many names.
        self._numbers = lru_cache(_REMEMBERED)(_numbers)

    def read(self, frame: str, lang: Lang) -> Frame:
        """What a frame says.

        Args:
            frame: As :func:`cut` gives it.
            lang: Language of the sentence.
        """
        return self._known(frame, lang)

    def _read(self, frame: str, lang: Lang) -> Frame:
        text = frame.replace(_HAN, "症").replace(_LATIN, "z")
        return Frame(
            self._statuses(_DIGIT.sub("0", frame), lang),
            tuple(self._quantities(text, [match.start() for match in _NAME.finditer(frame)])),
            tuple(sides(text)),
            tuple(sexes(text)),
        )

    def _quantities(self, text: str, names: list[int]) -> Iterator[Quantity]:
        """Numbers, read name by name: none reaches over a name; what stands beside a number is kept."""
        for start, end in pairwise((0, *names, len(text))):
            for one in self._numbers(text[start : end + NAME_LENGTH]):
                yield moved(one, one.start + start, one.end + start, one.raw) if start else one


def cut(text: str, mentions: Sequence[Mention]) -> str:
    """The frame of a sentence.

    Args:
        text: The sentence.
        mentions: Names in it, in order.
    """
    if _MARK.search(text):
        text = _MARK.sub(" ", text)
    pieces: list[str] = []
    reached = 0
    for mention in mentions:
        pieces.append(text[reached : mention.start])
        reached = mention.end
        pieces.append(_LATIN + _LATIN if text[reached - 1] < _FIRST_HAN else _HAN + _HAN)
    pieces.append(text[reached:])
    return "".join(pieces)


def moved(one: Quantity, start: int, end: int, raw: str) -> Quantity:
    """The same number elsewhere; built anew, which is much faster than ``replace``."""
    return Quantity(start, end, one.value, one.unit, raw, one.high, one.comparator, one.kind)


def _numbers(text: str) -> tuple[Quantity, ...]:
    return tuple(quantity for quantity in quantities(text) if quantity.kind != "listing")


def _statuses(frame: str, lang: Lang) -> tuple[Assertion, ...]:
    found: list[Assertion] = []
    text = frame.replace(_HAN, "症").replace(_LATIN, "z")
    for piece in sentences(text, lang):
        names = [Span(match.start(), match.end()) for match in _NAME.finditer(piece.of(frame))]
        if names:
            asserted = Assertions(piece.of(text), lang, names)
            found += [asserted.of(name.start, name.end) for name in names]
    return tuple(found)

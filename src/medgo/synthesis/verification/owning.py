"""What a number or a side in a sentence is said of. Knows no facts."""

from __future__ import annotations

import re
from collections.abc import Callable

from medgo.synthesis.verification.reading import Reading, Stated
from medgo.text import Quantity, SideMention

_CLAUSE = re.compile(r"[，,；;。：:\n]|\.(?=\s|$)|\band\b|和|及")
# "Potassium (serum): 4.0" is one clause.
_AFTER_NAME = re.compile(r"(?:\s*[(（][^()（）]{0,20}[)）])?\s*[:：]?")
# One character is no name for the lexicon; before a number it is one.
_IONS = {"钾": "LAB:potassium", "钠": "LAB:sodium"}
_ION = re.compile(r"(?<![\u4e00-\u9fff])([钾钠])\s*[:：]?\s*$")
_HEAD = re.compile(r"\s*([a-z]+|[\u4e00-\u9fff]{1,2})", re.IGNORECASE)


def owners(text: str, reading: Reading, quantity: Quantity, measured: Callable[[Stated], bool]) -> frozenset[str]:
    """Measured things and drugs that a number is said of: the nearest one before it in its clause."""
    symbol = None if text.isascii() else _ION.search(text, max(0, quantity.start - 6), quantity.start)
    if symbol:
        return frozenset({_IONS[symbol[1]]})
    before = (stated for stated in reversed(reading.names) if stated.mention.end <= quantity.start)
    nearest = next((stated for stated in before if measured(stated)), None)
    if nearest is None:
        return frozenset()
    colon = _AFTER_NAME.match(text, nearest.mention.end)
    start = colon.end() if colon else nearest.mention.end
    return frozenset() if _CLAUSE.search(text, start, quantity.start) else frozenset(nearest.mention.concepts)


def head_of(text: str, reading: Reading, side: SideMention) -> str:
    """What a side is said of: the name or the word after it."""
    name = next((name for name in reading.names if 0 <= name.mention.start - side.end <= 1), None)
    if name is not None:
        return name.folded
    word = _HEAD.match(text, side.end)
    return word[1].lower() if word else ""

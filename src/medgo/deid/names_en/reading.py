"""A text as the English detectors read it: wrapped lines joined, words in capitals made ordinary; positions stay.

Knows no names and no places.
"""

from __future__ import annotations

import re
from itertools import pairwise

from medgo.deid.names_en.vocabulary import vocabulary

# A line this long that holds running words and ends without a stop was broken within its sentence.
_SHORTEST_LINE = 24
_ABBREVIATED = re.compile(r"\b(?i:dr|mr|mrs|ms|prof|st|mt|ft)\.$")
_PROSE = re.compile(
    r" (?:in|at|of|from|to|and|with|the|by|for|was|is) |[a-z]{2,} [a-z]{2,} |"
    r"[A-Z] (?:IN|AT|OF|FROM|TO|AND|WITH|THE|BY|FOR|WAS|IS) "
)
_LOOKED_AT = 72
_LABEL = re.compile(r"[A-Z][\w ./&'()\-]{0,28}:|\d+[.)] ")
_CAPITAL_WORD = r"[A-Z][A-Z'\-]{0,24}\.?"
_SHOUTED = re.compile(rf"(?<![\w])(?:{_CAPITAL_WORD},?[ \n]){{1,40}}{_CAPITAL_WORD}(?![a-z\d])")
_CAPITALS = re.compile(r"[A-Z][A-Z']*")
_SMALL = vocabulary("IN AT OF FROM TO AND WITH THE BY ON FOR OR WAS IS HAS NEAR WHO HER HIS SHE HE AS AN A VIA BUT")
_SMALL_LOWER = frozenset(map(str.lower, _SMALL))
_WORD = re.compile(r"[a-z][a-z']*")
_SHORT = vocabulary("ST MT FT INC LTD CO CORP SON MAN BAY OAK ELM NEW OLD RED BIG SAN LOS LAS EL LA DE DEL")
_LONGEST_ACRONYM = 3


def flowed(text: str) -> str:
    """The text with the line ends at which it was wrapped as spaces; of the same length.

    A line was wrapped if it runs on: words of a sentence, no stop at its end, no label or number behind it.
    """
    if "\n" not in text:
        return text
    lines = text.split("\n")
    parts = [lines[0]]
    for line, following in pairwise(lines):
        parts += [" " if _runs_on(line, following) else "\n", following]
    return "".join(parts)


def _runs_on(line: str, following: str) -> bool:
    if len(line) < _SHORTEST_LINE or not following or line[-1].isspace():
        return False
    if _ABBREVIATED.search(line, len(line) - 6):
        return following[0].isupper()
    if line[-1] in ".:;?!":
        return False
    if not (following[0].isalnum() or following[0] in "(&") or _LABEL.match(following):
        return False
    return _PROSE.search(line, max(0, len(line) - _LOOKED_AT)) is not None


def unshouted(text: str) -> str:
    """The text with words in capitals, two of them at least in a row, written as names are; of the same length."""
    return _SHOUTED.sub(lambda match: _CAPITALS.sub(_title, match.group()), text)


def capitalised(text: str) -> str:
    """A text in small letters with a capital at the head of each word but the smallest; of the same length."""
    return _WORD.sub(lambda match: match[0] if match[0] in _SMALL_LOWER else match[0][0].upper() + match[0][1:], text)


def _title(match: re.Match[str]) -> str:
    word = match.group()
    if word in _SMALL:
        return word.lower()
    if len(word) <= _LONGEST_ACRONYM and word not in _SHORT:
        return word
    return word[0] + word[1:].lower()

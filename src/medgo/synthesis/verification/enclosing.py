"""A listed sentence within the sentence of the text that holds it, whose beginning may deny it. Knows no evidence."""

from __future__ import annotations

import re

from medgo.synthesis.verification.reading import Reading, Stated
from medgo.text import Quantity, SexMention, SideMention, Span

# A string of JSON is a text of its own.
_BREAK = re.compile(r"[。！？；!?;\n]+[”’」』）)\"']*|\.(?=\s|$)|\"(?=\s*[:,\]}])|[:,\[{]\s*\"")
_QUOTED = re.compile(r"[:,\[{]\s*\"$")
# A label of a line: "Examination: ", unless what follows is told as missing.
_LABEL = re.compile(
    r"(?:^|\n)[ \t*#•>-]*"
    r"(?!否认|无|未|没有|阴性|排除|除外|(?i:no|not|denie[sd]|negative|absent|without|excluded|ruled)\b)"
    r"[^\n:：]{1,40}[:：]\s*$"
)
_STOPS = "。！？；!?;.\n"
# Marks of lists and emphasis, quotation marks and brackets between the end of a sentence and the next one.
_MARKS = " \t*#•>-”’」』）)\"'“‘「『（([|"
# No sentence reaches farther than this.
_FAR = 400


def enclosing(text: str, place: Span) -> Span:
    """The stretch that has to be read to know how the words at ``place`` are meant: mostly that place itself."""
    start, end = place
    if not _begins(text, start):
        floor = max(0, start - _FAR)
        start = max((stop.end() for stop in _BREAK.finditer(text, floor, start)), default=floor)
    if not _ends(text, end):
        stop = _BREAK.search(text, end, end + _FAR)
        end = stop.end() if stop else min(len(text), end + _FAR)
    return Span(start, end)


def _begins(text: str, start: int) -> bool:
    if start == 0 or text[start - 1] == "\n":
        return True
    if _QUOTED.search(text, max(0, start - 4), start):
        return True
    if text[start - 1] in ":： " and _LABEL.search(text, max(0, text.rfind("\n", 0, start)), start):
        return True
    before = text[max(0, start - 6) : start].rstrip(_MARKS)
    return before[-1:] in _STOPS if before else start <= 6


def _ends(text: str, end: int) -> bool:
    if text[end - 1] in _STOPS or text[end : end + 1] in ("", "\n", '"'):
        return True
    after = text[end : end + 6].lstrip(_MARKS)
    return after[:1] in _STOPS if after else end + 6 >= len(text)


def part_of(whole: Reading, start: int, size: int) -> Reading:
    """What a reading says within ``start`` and the ``size`` characters after it, counted from there."""

    def inside(one: Quantity | SideMention | SexMention) -> bool:
        return one.start < start + size and one.end > start

    def first(position: int) -> int:
        return max(0, position - start)

    def last(position: int) -> int:
        return min(size, position - start)

    names = [
        Stated(
            name.mention._replace(start=first(name.mention.start), end=last(name.mention.end)),
            name.status,
            name.text,
            name.folded,
        )
        for name in whole.names
        if name.mention.start < start + size and name.mention.end > start
    ]
    return Reading(
        tuple(names),
        tuple(
            Quantity(first(q.start), last(q.end), q.value, q.unit, q.raw, q.high, q.comparator, q.kind)
            for q in whole.quantities
            if inside(q)
        ),
        tuple(SideMention(first(s.start), last(s.end), s.side, s.attached) for s in whole.sides if inside(s)),
        tuple(SexMention(first(s.start), last(s.end), s.sex, s.pronoun) for s in whole.sexes if inside(s)),
    )

"""Finds addresses that need no number of a house: boxes and bags of the post, floors, names of houses, grids.

What stands around a number and a street (flat, level, lot, the other street of a corner) is widened to here, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.places_en.cues import Opening, Starts
from medgo.deid.places_en.letters import CAPITALS, LETTERS

_CALLED = rf"[{CAPITALS}][{LETTERS}'\-]{{1,24}}(?:[ ][{CAPITALS}][{LETTERS}'\-]{{1,24}}){{0,4}}"
_BOX = Opening(
    vocabulary(
        """
        p po p.o pob pobox post postal postbox postalbox postboks b.p bp psc cmr unit rr r.r rt rte hc rural route usns
        uss uscgc usnv apo dpo fpo gpo locked private general box
        """
    ),
    re.compile(
        r"(?i:p\.?[ ]?o\.?[ ]?(?:box|b)|post(?:al)?[ ]?box|post office box|postbox|postboks|b\.p\.|g\.?p\.?o\.?[ ]box|"
        r"(?:locked|private|postal)[ ]bag)\.?[ ]?#?[ ]?\d{1,7}\b"
        r"|BP[ ]\d{1,6}(?=,?[ ]\d{5}\b)"
        r"|(?i:psc|cmr|unit|r\.?r\.?|rt|rte|hc|rural route|route)\.?[ ]?\d{1,6},?[ ](?i:box|site|comp|stn|station)[ ]"
        r"[A-Z\d]{1,6}\b"
        rf"|(?i:USNS|USS|USCGC|USNV)[ ][{CAPITALS}]\w+"
        r"|(?i:[ADF]PO,? A[AEP]) \d{5}\b"
        # Canada: a box of a small town, and what has none.
        rf"|(?:Box[ ]\d{{1,6}}|General Delivery)(?=(?:,[ ]|,?[ ]?\n){_CALLED},?[ ][A-Z]{{2}}[ ,])"
    ),
)
# As in Hong Kong: flat, floor, building, district.
_FLOOR = re.compile(r"\d/?F\b")
_FLOORED = re.compile(
    rf"\b(?:(?i:flat|rm|room|unit|shop|suite)\.?[ ][A-Z\d]{{1,4}},?[ ])?"
    rf"(?:\d{{1,2}}/F\b|(?<=[A-Z\d],[ ])\d{{1,2}}F\b),?[ ]"
    rf"(?:(?i:block|tower)[ ][A-Z\d]{{1,3}},?[ ])?{_CALLED}"
    rf"(?:,[ ](?:\d{{1,4}}[ ])?{_CALLED}){{0,4}}"
)
# Two coordinates in the place of a number: N89W16790.
_GRID = re.compile(
    rf"[NSEW](?<!\w.)\d{{1,3}}[ ]?[NSEW][ ]?\d{{3,5}}[ ](?:[{CAPITALS}][{LETTERS}.'\-]{{0,24}}[ ]){{1,4}}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Court|Ct|Circle|Cir|Way|Boulevard|Blvd|Parkway|Pkwy|Trail|Trl)\b\.?"
)
_COUNTED = Opening(
    vocabulary("one two three four five six seven eight nine ten"),
    re.compile(
        rf"[A-Z][a-z]+[ ]{_CALLED}(?=,?[ ](?i:suite|ste|floor|\d{{1,2}}(?:st|nd|rd|th) floor|unit|apt)\b)"
        rf"|[A-Z][a-z]+[ ]{_CALLED}(?=,[ ]{_CALLED},[ ][A-Z]{{2}}[ ]\d{{5}})"
    ),
)
# What leads to a postcode of Britain or Canada, or to a state of Australia and its postcode, part by part: the names of
# a house, a lane, a village, a county.
_INWARD = re.compile(
    r"[ ]\d(?:(?<=[A-Z\d] .)[A-Z]{2}|(?<=[A-Z]\d[A-Z] .)[A-Z]\d)\b|[ ](?:NSW|VIC|QLD|TAS|ACT|NT|SA|WA)[ ]\d{4}\b"
)
_PART = rf"(?:The[ ])?{_CALLED}"
_LED = re.compile(
    rf"(?<![{LETTERS}\d.])(?:\d{{1,4}}[A-Za-z]?,?[ ])?(?:{_PART},[ ]?){{1,5}}"
    rf"(?:{_PART}[ ]|[A-Z]{{2}}[ ])?(?:[A-Z]{{1,2}}\d[A-Z\d]?|[A-Z]\d[A-Z])?\Z"
)
_LED_WINDOW = 150
# In front of a number and a street: a flat, a level, a lot, whose house it is.
_OWNER_BEFORE = re.compile(r"(?<![A-Za-z])[cC]/[oO][ ][^\n,;:]{2,40},?[ \n]\Z")
_UNIT_BEFORE = re.compile(
    r"(?<![A-Za-z\d])"
    r"(?:(?i:apartment|apt|unit|lot|level|lvl|suite|ste|flat|shop|room|rm|villa|townhouse|building|bldg|tower|block|blk|"
    r"floor|fl|house|no)\b\.?[ ]?#?[ ]?[A-Za-z]?\d{0,5}[A-Za-z]?(?:-\d{1,4})?(?:,?[ \n]|,|/)){1,3}\Z"
)
# The other street of a corner, behind a preposition.
_CROSSED = re.compile(rf"(?:(?<=[ \n])(?:to|is|from|of|in|[Aa]t|[Nn]ear|[Oo]n)|:)[ ]({_CALLED}[ ](?:and|&)[ ])\Z")
# The name of a house, an estate or another street, in front of the number; only where an address may begin.
_NAMED_BEFORE = re.compile(
    rf"(?:(?:(?<=[ \n])(?:[Tt]o|[Ii]s|[Aa]t|[Oo]n|same|[Aa]nd):?|:)[ \n]{{1,2}}|(?<=\n)|^)"
    rf"([{CAPITALS}][{LETTERS}.'\-]{{1,24}}(?:[ ](?:[{CAPITALS}][{LETTERS}.'\-]{{0,24}}|[{LETTERS}]{{1,3}})){{0,4}}[ ])"
    r"\Z"
)
_WIDER_WINDOW = 90


def boxes(text: str, starts: Starts) -> Iterator[tuple[int, int, float]]:
    """Addresses of a text without the number of a house, with their scores.

    Args:
        text: The text.
        starts: Where the words of :data:`OPENINGS` begin in it.
    """
    for opening, score in ((_BOX, 0.96), (_COUNTED, 0.8)):
        for match in opening.matches(text, starts):
            yield match.start(), match.end(), score
    for pattern, score in ((_FLOORED, 0.96), (_GRID, 0.9)):
        for match in pattern.finditer(text) if pattern is _GRID or _FLOOR.search(text) else ():
            yield match.start(), match.end(), score
    for code in _INWARD.finditer(text):
        led = _LED.search(text, max(0, code.start() - _LED_WINDOW), code.start())
        if led:
            yield led.start(), code.end(), 0.8


def widened(text: str, start: int) -> int:
    """Where an address that begins with a number or a street begins with its flat, or with the other street."""
    first = max(0, start - _WIDER_WINDOW)
    unit = _UNIT_BEFORE.search(text, first, start)
    start = unit.start() if unit else start
    further = _OWNER_BEFORE.search(text, first, start) or _CROSSED.search(text, first, start)
    if not further and text[start].isdigit():
        further = _NAMED_BEFORE.search(text, first, start)
    return further.start(further.lastindex or 0) if further else start


OPENINGS = (_BOX, _COUNTED)

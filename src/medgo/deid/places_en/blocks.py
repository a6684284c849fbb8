"""Finds where an address ends that begins with a street: unit, city, region and postcode, on one or several lines."""

from __future__ import annotations

import re

from medgo.deid.names_en.gazetteer import Gazetteer
from medgo.deid.places_en.letters import CAPITALS, LETTERS

_GAP = r"(?:,?[ ]|[ ]?,[ ]?|[ ]?\n[ >?|*]{0,6}|[ ]?,\n[ ]?)"
_BREAK = r"(?:,?[ ]{1,2}|,?[ ]?\n[ >?|*]{0,6})"
_UNIT = (
    r"(?i:(?:apartment|apt|suite|ste|unit|floor|fl|room|rm|building|bldg|flat|lot|trailer|trlr|space|spc|dept|box|"
    r"po box|p\.o\. box|site|comp|stn|level|lvl|tower|block|blk|shop|villa|#)\.?[ \n]?#?[ ]?[a-z]?[\d]{0,6}[a-z]?"
    r"(?:-[a-z\d]{1,4})?\b|\d{1,3}(?:st|nd|rd|th) (?:floor|fl\b))"
)
_NAME = (
    rf"(?:St\.|Ft\.|Mt\.|[{CAPITALS}][{LETTERS}'\-]{{1,24}}|d'[A-Z][a-z]{{1,24}}|"
    r"of|de|del|di|la|le|les|der|u|am|an|sur|upon|na|the)"
)
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4,6}(?:-\d{3,4})?)"
# What may stand behind a city: more of the address, the end of the clause, or a word that goes on with the sentence.
_NEXT = (
    rf"{_GAP}(?:[A-Z]{{2,3}}\b|\d{{4,6}}\b|[{CAPITALS}])|[.,;)\n?!]|$"
    r"|[ ](?:and|or|with|is|for|on|at|after|before|to|who|since|but|last|this|next|by)\b"
)
_UNITS = re.compile(rf"{_GAP}{_UNIT}")
_STATES = (
    "A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[TA]|"
    "W[AVIY]"
)
# Town, state and ZIP code in letters of either case.
_TOWN_ZIP = re.compile(
    rf"(?:,[ ]?|[ ]|,?[ ]?\n[ \t>?|*]{{0,6}})[{LETTERS}][{LETTERS}.'\-]{{1,24}}(?:[ ][{LETTERS}.'\-]{{2,24}}){{0,3}}?"
    rf"(?:,[ ]?|[ ])(?i:{_STATES})\.?,?[ ]{{1,2}}\d{{5}}(?:-\d{{4}})?\b"
)
# The line of town, region and postcode, with more of the sentence behind it; a country's line with its postcode.
_TOWN_LINE = re.compile(
    rf"[ ]?,?[ ]?\n[ \t>?|*]{{0,6}}(?:{_NAME}(?:[ ]{_NAME}){{0,4}}|\w{{2,24}})?,? ?(?:[A-Z]{{2}}|nan),? {_POSTCODE}\b"
)
_MILITARY = re.compile(rf"{_BREAK}(?i:[ADF]PO,? A[AEP])(?:[ ]\d{{5}})?\b")
_POSTCODES = re.compile(rf"{_BREAK}{_POSTCODE}\b(?![-/.]\d)")
_LINE = re.compile(
    r"[ ]?,?[ ]?\n[ \t>?|*]{0,6}\n?[ \t>?|*]{0,6}"
    rf"({_UNIT}|[{CAPITALS}][^\n:;@]{{1,48}}|,? ?\w{{2,3}},?|\d{{4,6}}(?:-\d{{3,4}})?)(?=[ ]?,?[ ]*(?:\n|$|\.))"
)
_DISTRICT = r"(?:[ ](?:[A-Z]|\d{1,2})\b(?=[ ]?[,\n.?]|$|[ ][A-Z]))?"
_CITY = re.compile(rf"{_GAP}(?:in[ ])?((?=[{CAPITALS}]){_NAME}(?:[ ]{_NAME}){{0,4}}?{_DISTRICT})(?={_NEXT})")
_REGION = re.compile(rf"{_GAP}((?=[{CAPITALS}]){_NAME}(?:[ ](?:and[ ](?:the[ ])?)?{_NAME}){{0,4}})")
_NO_PLACE = re.compile(
    r"(?i)(?:phone|tel|mobile|fax|email|dob|mrn|date|name|age|sex|history|patient|chief|thank|please|he|she|the|they|"
    r"his|her|dr|mr|mrs|ms|i|we|you|dear|sincerely|re|office|insurance|diagnosis|allergies|medications|past|social|"
    r"family|reason|assessment|plan|impression|call|contact|has|was|is|pt|https?|www|id|ssn)\b"
)
_SENTENCE = re.compile(r"[a-z]{2} [a-z]{2,} [a-z]{2,}|\d[\d\-() +]{6,}")
_MOST_STEPS = 6


def tail(text: str, end: int, gazetteer: Gazetteer) -> int:
    """Where an address that has come this far ends.

    Args:
        text: The text.
        end: After the part that is known.
        gazetteer: For regions, which need no comma.
    """
    for _ in range(_MOST_STEPS):
        further = _step(text, end, gazetteer)
        if further == end:
            break
        end = further
    return end


def _step(text: str, end: int, gazetteer: Gazetteer) -> int:
    for pattern in (_TOWN_ZIP, _UNITS, _MILITARY, _POSTCODES, _TOWN_LINE):
        match = pattern.match(text, end)
        if match:
            return match.end()
    match = _LINE.match(text, end)
    if match and not _NO_PLACE.match(match.group(1).lstrip(" ,")) and not _SENTENCE.search(match.group(1)):
        return match.end()
    region = _REGION.match(text, end)
    name = region.group(1) if region else ""
    while region and name:
        # Before a city: "Bosnia and Herzegovina" is more than "Bosnia".
        if name in gazetteer.abbreviations or name.lower() in gazetteer.regions:
            return region.start(1) + len(name)
        name = name.rpartition(" ")[0]
    match = _CITY.match(text, end)
    if match and "\n" not in match.group() and not _NO_PLACE.match(match.group(1)):
        return match.end()
    return end

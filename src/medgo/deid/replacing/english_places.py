"""Surrogates of English addresses, towns, hospitals and other bodies: same form, another street and town.

A state stays, as Safe Harbor lets it, and so agrees with the first three digits of the postcode; everything below it
is replaced, words that say what it is (Street, Hospital, Inc.) stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgo.deid.replacing.draws import Draws, shaped
from medgo.deid.replacing.pools import pool
from medgo.deid.replacing.postcodes import coarse_postcode
from medgo.deid.replacing.us_states import STATES

_STREET = (
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|way|terrace|ter|trail|trl|circle|cir|"
    "parkway|pkwy|highway|hwy|route|rte|square|sq|crescent|cres|close|gardens|grove|mews|row|walk|alley|plaza|loop|pike|"
    "turnpike|crossing|path|run|quay|wharf|freeway|expressway|bypass|extension"
)
_STRUCTURE = frozenset(
    f"{_STREET}|apt|apartment|suite|ste|unit|floor|fl|room|rm|building|bldg|flat|block|lot|house|no|number|p|o|po|box|north|south|"
    "east|west|n|s|e|w|ne|nw|se|sw|the|of|and|county|city|town|village|township|parish|borough|near|at|in|usa|us|united|states|"
    "america|uk|kingdom|england|scotland|wales|ireland|canada|australia|zealand|new|china|c/o|attn".split("|")
) - {"new"}
_BODY = re.compile(
    r"(?:\s|^)((?:(?:Regional|General|Memorial|Community|University|Children'?s|Women'?s|County|Veterans|VA|Presbyterian|Methodist|"
    r"Baptist|Lutheran|Catholic|District|State|National|Teaching|Rehabilitation|Psychiatric|Cancer|Heart|Eye|Dental|Family|"
    r"Medical|Health|Care|Nursing|Surgery|Surgical|Urgent|Primary|Assisted|Living|High|Middle|Elementary|Primary|Public)\s+)*"
    r"(?:Hospitals?|Cent(?:er|re)|Clinics?|Infirmary|Hospice|Home|Facility|Institute|Associates|Group|Practice|Laborator(?:y|ies)|"
    r"Labs?|Pharmacy|Healthcare|Health|System|Services|Surgery|School|College|University|Academy|Kindergarten|Church|Bank|"
    r"Incorporated|Inc|Corporation|Corp|Company|Co|LLC|LLP|Ltd|Limited|PLC|GmbH|Sons|Partners|Holdings|Industries|"
    r"Manufacturing|Foundation|Trust|Department|Agency|Village|Manor|House|Residence)\.?)$",
    re.IGNORECASE,
)
_STATE = "|".join(sorted(map(re.escape, STATES), key=len, reverse=True))
_TOWN_STATE = re.compile(
    rf"(?P<town>[^\W\d_][^,\n\d]{{1,40}}?)(?P<gap>,?\s+)(?P<state>{_STATE})(?P<zip>[,\s]+\d{{5}}(?:-\d{{4}})?)?"
    r"(?P<country>[,\s]+(?:USA|U\.S\.A\.|US|United States(?: of America)?))?\.?$"
)
_STREET_END = re.compile(
    rf"\b(?:{_STREET})\b\.?(?:,?\s+(?:N|S|E|W|NE|NW|SE|SW)\b)?"
    r"(?:,?\s+(?:apt|apartment|suite|ste|unit|#|fl|room|rm)\.?\s*#?\w+)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W\d_]+)*")


@dataclass(frozen=True)
class EnglishPlaces:
    """Places of one patient.

    Args:
        draws: Of the patient.
    """

    draws: Draws

    def address(self, value: str, attempt: int) -> str:
        """Another address of the same form; the state stays."""
        found = _TOWN_STATE.search(value)
        if not found:
            return self._lines(value, attempt)
        start = self._town_start(value, found.start("town"), found.end("town"))
        town = self.town(value[start : found.end("town")], attempt)
        postcode = found["zip"] or ""
        digits = postcode.lstrip(", ")
        tail = value[found.end("zip") if postcode else found.end("state") :]
        coarse = postcode[: len(postcode) - len(digits)] + coarse_postcode(digits) if digits else ""
        return self._lines(value[:start], attempt) + town + found["gap"] + found["state"] + coarse + tail

    def location(self, value: str, attempt: int) -> str:
        """Another town, county or state; a state behind a town stays."""
        if _TOWN_STATE.search(value):
            return self.address(value, attempt)
        if value in STATES:
            same = [one for one in STATES if (len(one) == 2) == (len(value) == 2) and one != value]
            return self.draws.pick(same, "state", value, attempt)
        if re.search(r"\d", value) or _STREET_END.search(value):
            return self._lines(value, attempt)
        return self.town(value, attempt)

    def town(self, value: str, attempt: int) -> str:
        """Another town, or another county for a county."""
        county = re.fullmatch(r"(?P<name>.+?)(?P<what>\s+(?:County|Parish|Borough|Township))", value, re.IGNORECASE)
        names = pool("english_places")["counties" if county else "towns"]
        old = county["name"] if county else value
        new = names[self.draws.number(len(names), "town", old.casefold(), attempt)]
        return _cased(new, old) + (county["what"] if county else "")

    def body(self, value: str, attempt: int) -> str:
        """Another hospital, firm or school of the same kind."""
        found = _BODY.search(value)
        stems = pool("english_places")["stems"]
        old = value[: found.start()] if found else value
        acronym = re.fullmatch(r"[A-Z]{2,6}", value)
        if acronym:
            return shaped(value, self.draws, "acronym", value, attempt)
        new = self.draws.pick(stems, "stem", old.casefold(), attempt)
        return _cased(new, old or new) + (value[found.start() :] if found and old else " " + value if found else "")

    def _lines(self, value: str, attempt: int) -> str:
        """Streets and houses line by line, towns where a line has neither a number nor a street."""
        parts = re.split(r"(\s*[,;\n]\s*)", value)
        new = [
            part
            if at % 2 or not part
            else self.town(part, attempt)
            if at and _is_town(part)
            else self._line(part, attempt)
            for at, part in enumerate(parts)
        ]
        return "".join(new)

    def _line(self, value: str, attempt: int) -> str:
        """Numbers by shape, names of streets and houses by others; words that say what they are stay."""
        new: list[str] = []
        at, named = 0, False
        for found in _WORD.finditer(value):
            word = found[0]
            gap = value[at : found.start()]
            at = found.end()
            if word.lower().strip(".") in _STRUCTURE:
                new.append(gap + word)
                named = False
            elif any(letter.isdigit() for letter in word) or (len(word) == 1 and word.isupper() and not named):
                new.append(gap + self._number(word, attempt))
                named = False
            elif not named or not gap.isspace():  # one name for as many words as the old one had
                new.append(gap + self._name(word, attempt))
                named = True
        return "".join(new) + value[at:]

    def _number(self, word: str, attempt: int) -> str:
        ending = re.fullmatch(r"(\d+)(st|nd|rd|th)", word, re.IGNORECASE)
        if ending:
            number = 4 + self.draws.number(16, "ordinal", word, attempt)
            return f"{number if str(number) != ending[1] else number + 1 if number != 19 else 18}th"
        return shaped(word, self.draws, "number", word, attempt)

    def _name(self, word: str, attempt: int) -> str:
        streets = [one for one in pool("english_places")["streets"] if one.casefold() != word.casefold()]
        return _cased(self.draws.pick(streets, "street", word.casefold(), attempt), word)

    def _town_start(self, value: str, start: int, end: int) -> int:
        """Where the town begins in ``12 Oak St Springfield``: behind the street."""
        last = start
        for found in _STREET_END.finditer(value, start, end):
            if value[found.end() : end].strip():
                last = found.end()
        while last < end and not value[last].isalpha():
            last += 1
        return last


def _is_town(line: str) -> bool:
    words = {word.lower().strip(".") for word in _WORD.findall(line)}
    return not any(letter.isdigit() for letter in line) and not words & _STRUCTURE and line not in STATES


def _cased(new: str, old: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new.lower() if old.islower() else new

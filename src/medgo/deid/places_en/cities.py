"""Finds cities and counties: "Tulsa, OK", "lives in Harlow", "from Cork"; a state or a country alone stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from medgo.deid.names_en.gazetteer import Gazetteer
from medgo.deid.names_en.heads import CHEMICAL, belongs_to_medicine
from medgo.deid.names_en.lexicon import NAME, ORDINARY, PLACE, lexicon
from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.places_en.cues import Opening
from medgo.deid.places_en.letters import CAPITALS, LETTERS
from medgo.deid.places_en.reading import Reading
from medgo.deid.protocol import Finding

_WORD = rf"(?:St\.|Ft\.|Mt\.|[{CAPITALS}][{LETTERS}'\-]{{1,24}})"
_PLACE = (
    rf"{_WORD}(?:[ ](?:(?:of|de|del|di|da|do|la|le|les|sur|am|an der|u|na|nad|pod|pri|bei|upon|the)[ ])?{_WORD}){{0,4}}"
)
_STATED_CITY = re.compile(rf"(?<![{LETTERS}])({_WORD}(?:[ ]{_WORD}){{0,2}})\Z")
_STATED = re.compile(rf",[ ]?({_WORD}(?:[ ]{_WORD})?|[A-Z]{{2,3}})\b(?:,?[ ]\d{{5}}(?:-\d{{4}})?\b)?")
_CUED = Opening(
    vocabulary(
        """
        live lives lived living reside resides resided residing born raised based grew stays stayed staying lodging
        domiciled settled retired works worked working homeless located situated incarcerated vacation vacationed
        vacationing travels traveled travelled traveling travelling trip moved moving relocated relocating flew flying
        drove driving returned returning visit visits visited visiting immigrated emigrated came arrived transferred
        transported referred hails originally native resident citizen city town village county borough suburb outskirts
        neighborhood neighbourhood outside near nearby downtown street office home is am was are patient pt male female
        man woman lady gentleman m f farmer here family people children years incorporated
        """
    ),
    re.compile(
        r"[A-Za-z]{1,14}[ ](?i:(?:currently|here|back|in|up|down|over|away|alone|independently|outside)[ ])?"
        r"(?i:(?:to|in|from|of|at|near|around|outside|outside of|for)[ ])(?i:the[ ](?:city|town|village)[ ]of[ ])?"
        rf"({_PLACE})"
    ),
)
_HOUSEHOLD = Opening(
    vocabulary("lives lived living resides resided residing stays stayed staying"),
    re.compile(
        r"[A-Za-z]+[ ](?:(?i:with|alone|independently)|(?:at|in|on)[ ](?=[a-z]))[^.;:\n]{0,48}?[ ]"
        rf"(?:in|near|outside)[ ]({_PLACE})"
    ),
)
_LABELLED = Opening(
    vocabulary("city town county birthplace place hometown home location residence address born origin where"),
    re.compile(
        r"(?i:(?:city|town|county|birthplace|place of birth|hometown|home city|location|residence|address|born in|"
        rf"origin|where)[ ]?(?:of residence)?[ ]?[:=]?[ ])({_PLACE})"
    ),
)
_BEHIND_PREPOSITION = Opening(
    vocabulary("from in near via to of"), re.compile(rf"(?:from|From|in|In|near|via|to|of)[ ]({_PLACE})")
)
_COUNTY = Opening(
    vocabulary("county parish township borough shire reservation heights beach springs falls city"),
    re.compile(r"[A-Z][a-z]+\b"),
)
_COUNTY_NAME = re.compile(rf"(?<![{LETTERS}])({_WORD}(?:[ ]{_WORD})?)[ ]\Z")
_RUN = re.compile(rf"(?<![{LETTERS}\-])({_WORD}(?:[ ]{_WORD}){{0,3}})")
_LOWER = re.compile(rf"\b(?:in|from|to|near|at|of)[ ]([{LETTERS}'\-]{{3,24}}(?:[ ][{LETTERS}'\-]{{2,24}}){{0,2}})")
# Behind these it is one though no list has it; in a text without capitals nothing else tells.
_LOWER_HOME = re.compile(
    r"\b(?:grew up in|(?:born|raised) in|moved (?:here )?from|hails from|originally from|flew to|"
    r"home (?:town|city)(?: of| is)?)[ ]"
    rf"(?:the )?([{LETTERS}'\-]{{4,24}}(?:[ ](?:nad|pod|pri|u|de|di|da|la|sur|am)[ ][{LETTERS}'\-]{{3,24}})?)"
)
_UNLISTED = Opening(
    vocabulary("in near home"),
    re.compile(
        rf"(?:in|near|home to)[ ](?P<town>[{CAPITALS}][a-z\u00df-\u024f]{{4,20}})"
        r"(?=[.,;:?!)\n]|$|[ ](?:was|is|has|had|with|who|and|for|last|today|this|on|after|since|where|next|before|by)"
        r"\b)"
    ),
)
_BEFORE_UNLISTED = re.compile(r"\b(?:[a-z]{2,20}|[A-Z]{2,6}|[A-Z][a-z]{2,20})(?=[ ]\Z)")
_AGED = re.compile(rf"\d{{1,3}}[MFmf][ ](?i:from)[ ](?P<town>{_PLACE})")
# What stands here is a town, whatever list has it.
_HOME_TOWNS = (
    Opening(
        vocabulary(
            """
            man woman male female lady gentleman boy girl retiree veteran student immigrant refugee who originally hails
            she he retired
            """
        ),
        re.compile(
            r"(?:(?i:who is|she is|he is|retired [a-z]{3,16})|(?!(?i:who|she|he|retired)\b)[A-Za-z]+)[ ](?i:from)[ ]"
            rf"(?P<town>{_PLACE})"
        ),
    ),
    Opening(
        vocabulary(
            """
            travel travels traveled travelled traveling travelling trip trips return returns returned returning commute
            commutes commuted commuting vacation vacations vacationed vacationing camping hiking fishing hunting farm
            farms farming work works worked working ranch cabin house apartment condo home sister brother son daughter
            mother father parents family relatives friends cardiologist pcp dentist ems paramedics found
            """
        ),
        re.compile(
            r"(?:(?i:found down)|(?!(?i:found)\b)[A-Za-z]+)[ ](?i:to|from|in|near|outside|outside of|around)[ ]"
            rf"(?P<town>{_PLACE})"
        ),
    ),
    Opening(
        vocabulary("home hometown city town village birthplace place residence where"),
        re.compile(
            r"(?i:(?:home ?town|city|town|village|birthplace|place of (?:birth|residence)|home city|residence|where)"
            r"[ ]?[:=][ ]?|home ?town[ ](?:of[ ]|is[ ])?|home city[ ](?:of[ ]|is[ ])?)"
            rf"(?P<town>{_PLACE})"
        ),
    ),
    Opening(vocabulary("arrived"), re.compile(rf"(?i:arrived (?:at|from))[ ](?P<town>{_PLACE})")),
    Opening(
        vocabulary("i we"),
        re.compile(
            r"(?i:I['\u2019]m|I am|we['\u2019]re|we are)[ ](?i:(?:currently|still|now|originally|staying)[ ])?"
            rf"(?:in|from)[ ](?P<town>{_PLACE})"
        ),
    ),
    Opening(vocabulary("a an"), re.compile(rf"[Aa]n?[ ](?P<town>{_PLACE})[ ](?:resident|native)\b")),
)
OPENINGS = (_CUED, _HOUSEHOLD, _LABELLED, _BEHIND_PREPOSITION, _COUNTY, _UNLISTED, *_HOME_TOWNS)
_CITY_WINDOW, _COUNTY_WINDOW, _WORD_WINDOW = 80, 54, 24
# What lies in a substance, a gene or a disease, not in a town.
_NOT_THERE = vocabulary(
    """
    increase increased decrease decreased elevation rise change changes difference reduction expression mutation
    mutations variant variants defect deficiency found seen used indicated interest role effective safe useful
    recommended common contraindicated preferred rare difficulty specialist fluent trained certified interested degree
    majored efficacy
    """
)
# Towns begin with these: Port Eldridge, Fort Collins.
_OPENINGS = vocabulary(
    """
    port fort lake mount mt. st. ft. saint north south east west new old upper lower little great grand cape glen point
    el los las san santa la le big cedar river rock
    """
)
# Behind these a place is meant even where no list has it.
_HOMES = vocabulary(
    """
    drove flying driving live lives living lived
    reside resides resided residing born raised grew moved moving based relocated relocating
    traveled travelled traveling travelling flew drove hails originally village town city suburb hometown resident
    native
    """
)


def cities(reading: Reading, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Places below a state.

    Args:
        reading: The text. Only where it is written with a capital is a word that no list has a town.
        gazetteer: Names of places.
        detector: Name for the findings.
    """
    text, starts = reading.plain, reading.starts
    yield from _stated(text, gazetteer, detector)
    for opening, score in ((_CUED, 0.7), (_HOUSEHOLD, 0.7), (_LABELLED, 0.8)):
        for match in opening.matches(text, starts):
            length = _cued_length(match, gazetteer)
            if length:
                yield Finding(match.start(1), match.start(1) + length, "location", score, detector)
    for match in _BEHIND_PREPOSITION.matches(text, starts):
        end = match.start(1) + len(_longest(match.group(1), gazetteer.cities))
        if end > match.start(1) and not belongs_to_medicine(text, end):
            yield Finding(match.start(1), end, "location", 0.8, detector)
    for match in _COUNTY.matches(text, starts):
        name = _COUNTY_NAME.search(text, max(0, match.start() - _COUNTY_WINDOW), match.start())
        if name and not all(lexicon().flags(word.lower()) & ORDINARY for word in name.group(1).split(" ")):
            yield Finding(name.start(), match.end(), "location", 0.8, detector)
    yield from _unlisted(reading, gazetteer, detector)
    for match in chain(_AGED.finditer(text), *(one.matches(text, starts) for one in _HOME_TOWNS)):
        end = match.start("town") + _town_length(match["town"], gazetteer)
        if end > match.start("town") and not belongs_to_medicine(text, end):
            yield Finding(match.start("town"), end, "location", 0.6, detector)
    yield from _lower(text, gazetteer, detector) if text.islower() else _alone(text, gazetteer, detector)


def _stated(text: str, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Cities with their state behind a comma: sought from the comma, of which there are fewer than of capitals."""
    for match in _STATED.finditer(text):
        if not _is_region(match.group(1), gazetteer):
            continue
        city = _STATED_CITY.search(text, max(0, match.start() - _CITY_WINDOW), match.start())
        if city and _may_be_city(city.group(1), gazetteer):
            start = city.start() + _skipped(city.group(1), gazetteer)
            yield Finding(start, match.end(), "location", 0.9, detector)


def _unlisted(reading: Reading, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Towns that no list has, behind a word and "in"."""
    text = reading.running
    for match in _UNLISTED.matches(text, reading.starts):
        start, end = match.span("town")
        before = _BEFORE_UNLISTED.search(text, max(0, match.start() - _WORD_WINDOW), match.start())
        if before and _may_be_town(text, before.group(), start, end) and match["town"].lower() not in gazetteer.regions:
            yield Finding(start, end, "location", 0.5, detector)


def _lower(text: str, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Cities behind a preposition in a text without capitals."""
    for match in _LOWER.finditer(text):
        name = _longest(match.group(1), gazetteer.cities)
        if name and not lexicon().flags(name) & ORDINARY:
            yield Finding(match.start(1), match.start(1) + len(name), "location", 0.6, detector)
    for match in _LOWER_HOME.finditer(text):
        town = match.group(1).partition(" ")[0]
        if town not in gazetteer.regions and not lexicon().flags(town) & ~PLACE and not CHEMICAL.search(town):
            yield Finding(*match.span(1), "location", 0.5, detector)


@lru_cache(maxsize=1)
def _first_words(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(" ")[0] for name in names)


def _alone(text: str, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Cities of rank anywhere, unless their name is also somebody's or a word."""
    table, firsts = lexicon(), _first_words(gazetteer.cities)
    for match in _RUN.finditer(text):
        words = match.group().split(" ")
        for at, word in enumerate(words):
            first = word.lower()
            if first not in firsts and first.rstrip(".'").removesuffix("'s") not in firsts:
                continue
            name = _longest(" ".join(words[at:]), gazetteer.cities)
            if name and (" " in name or not table.flags(name.lower()) & (NAME | ORDINARY)):
                start = match.start() + len(" ".join(words[:at])) + (at > 0)
                if not belongs_to_medicine(text, start + len(name)):
                    yield Finding(start, start + len(name), "location", 0.6, detector)
                break


def _may_be_town(text: str, before: str, start: int, end: int) -> bool:
    """Whether a word behind "in" that no list has is a place rather than a drug or a disease."""
    town = text[start:end]
    if before.istitle() and not lexicon().flags(before.lower()) & NAME:
        return False
    if before in _NOT_THERE or lexicon().flags(town.lower()) & ~PLACE or CHEMICAL.search(town):
        return False
    return not belongs_to_medicine(text, end)


def _town_length(name: str, gazetteer: Gazetteer) -> int:
    """How many characters of a name are a town that no list has to have; 0 for a region, a ward or an acronym."""
    words = name.rstrip("'-").split(" ")
    if name.lower() in gazetteer.regions or words[0].lower() in gazetteer.regions or words[0].isupper():
        return 0
    if CHEMICAL.search(words[0].lower()):
        return 0
    return len(" ".join(words[: _named_words(words)]))


def _named_words(words: list[str]) -> int:
    """How many words from the first on are no ordinary ones; a town may open with one (Port, Lake)."""
    opened = len(words) > 1 and words[0].lower() in _OPENINGS
    for at, word in enumerate(words):
        flags = lexicon().flags(word.lower().strip("."))
        if flags & ORDINARY and not flags & NAME and (at or not opened) and not word.islower():
            # "Stoke on Tuesday": what joined it goes with it.
            return at - (at > 0 and words[at - 1].islower())
    return len(words)


def _cued_length(match: re.Match[str], gazetteer: Gazetteer) -> int:
    """How many characters behind a cue are a place; 0 for none."""
    name = match.group(1).rstrip("'-")
    if name.lower() in gazetteer.regions:
        return 0
    words = name.split(" ")
    flags = [lexicon().flags(word.lower().strip(".")) for word in words]
    known = _longest(name, gazetteer.cities) or _longest(name, gazetteer.towns)
    if known and not (known == words[0] and flags[0] & ORDINARY):
        return len(known)
    cue = match.group().lower().partition(" ")[0]
    if cue in _HOMES and (not words[0].isupper() or len(words[0]) > 4):
        return len(" ".join(words[: _named_words(words)]))
    return 0


def _longest(name: str, names: frozenset[str]) -> str:
    """The longest beginning of a name, in whole words, that is in the list; empty where there is none."""
    candidate = name.rstrip(".'")
    while candidate:
        lowered = candidate.lower()
        if lowered in names:
            return candidate
        if lowered.endswith("'s") and lowered[:-2] in names:
            return candidate[:-2]
        candidate = candidate.rpartition(" ")[0]
    return ""


def _is_region(region: str, gazetteer: Gazetteer) -> bool:
    lowered = region.lower()
    known = lowered in gazetteer.regions or lowered.partition(" ")[0] in gazetteer.states
    return known or region in gazetteer.abbreviations


def _may_be_city(city: str, gazetteer: Gazetteer) -> bool:
    lowered = city.lower()
    if lowered in gazetteer.cities:
        return True
    return lowered not in gazetteer.regions and not all(
        lexicon().flags(word) & ORDINARY and not lexicon().flags(word) & NAME for word in lowered.split(" ")
    )


def _skipped(city: str, gazetteer: Gazetteer) -> int:
    """Characters of capitalised words before the name of a city that begin a sentence ("From Tulsa")."""
    words = city.split(" ")
    skipped = 0
    while (
        len(words) > 1
        and " ".join(words).lower() not in gazetteer.cities
        and _opens(words[0])
        and words[0].lower() not in _OPENINGS
    ):
        skipped += len(words[0]) + 1
        words = words[1:]
    return skipped


def _opens(word: str) -> bool:
    flags = lexicon().flags(word.lower())
    return bool(flags & ORDINARY) and not flags & NAME

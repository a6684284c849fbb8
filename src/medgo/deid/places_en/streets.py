"""Finds street addresses: number and street in the orders of many countries, post boxes, flats.

Each pattern is anchored on a number or on a word; what stands before an anchor is sought in a short window.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medgo.deid.dates.words import MONTH_OF
from medgo.deid.names_en.gazetteer import Gazetteer
from medgo.deid.names_en.heads import MEDICINE
from medgo.deid.names_en.lexicon import ORDINARY, lexicon
from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.places_en.blocks import tail
from medgo.deid.places_en.boxes import boxes, widened
from medgo.deid.places_en.cues import Opening, Starts
from medgo.deid.places_en.letters import CAPITALS, LETTERS
from medgo.deid.places_en.reading import Reading
from medgo.deid.protocol import Finding

_TYPES = (
    "street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|circle|cir|place|pl|terrace|ter|terr|"
    "way|parkway|pkwy|highway|hwy|trail|trl|turnpike|tpke|pike|square|sq|loop|alley|aly|path|row|run|crescent|cres|"
    "close|mews|gardens|gdns|grove|walk|hill|crossing|xing|expressway|expy|freeway|fwy|plaza|plz|point|pt|ridge|"
    "view|bend|cove|creek|crossroads|landing|manor|meadow|meadows|park|pass|trace|branch|bypass|causeway|commons|"
    "corner|corners|estate|estates|extension|glen|green|heights|hollow|isle|junction|knoll|lodge|mall|mount|orchard|"
    "oval|overlook|passage|promenade|quay|spur|station|summit|track|valley|villas|vista|wharf|yard|route|rte|"
    "esplanade|parade|pde|driveway|speedway|thruway|throughway|trce|lndg|holw|mdws|crst|pkway|avenida|drv|boul"
)
# The kind of street at the end of a word, then the number; and those that are words by themselves.
_JOINED = (
    "stra(?:ss|\u00df)e|str|gasse|weg|allee|platz|damm|ufer|gatan|gata|gade|v(?:ej|eg|ei|\u00e4g)(?:en)?|vegur|straat|laan|"
    "plein|kade|dijk|steeg|katu|utca|\u00fatja|ulice|cesta|bakken|bakkerne|all\u00e9|torv|stien|singel|gracht|polku|"
    "gaten|str\u00e6ti|straeti|plads|kuja|rakpart|k\u00f6r\u00fat|fasor|h\u00f8j|bjerg|dalen|toften"
)
_APART = "u|ul|ulica|\u00fat|t\u00e9r|tere|tie|tee|sor|ring|parken|trg"
_BEFORE = (
    "rue|avenue|boulevard|chemin|impasse|quai|place|cours|all[e\u00e9]e|route|via|viale|vicolo|piazza|corso|largo|"
    "calle|c/|avenida|avda|plaza|paseo|carrera|camino|ctra|carretera|rua|travessa|pra[c\u00e7]a|ulica|ul|al|jalan|jl|trg|"
    "strada|str|bulevardul|calea|urb|ronda|callej[o\u00f3]n|paso|vila|rotonda|rambla|bd|blvd|pasaje|carrer|alameda|"
    "estrada|obere|untere|alte|im|am|an der|auf der|sur le|passage"
)
# Words of everyday language unless they have a capital.
_RARE_TYPES = (
    "Rise|Reach|Bluff|Crest|Gate|Harbor|Harbour|Shores?|Vale|Wynd|Parade|End|Fields?|Fork|Ford|Bridge|Bank|Beach|Island|"
    "Mill|Quarter|Yard|Steps|Dell|Dale|Brow|Croft|Garth|Side|Wood|Woods|Springs?|Hills|Farm|Pines|Oaks|Cl|Cct|Circuit|"
    "Hts|Vw|Esp|Grange|Hamlet|Hatch|Chase|Copse|Drove|Fold|Ginnel|Gait|Mead|Paddock|Pines|Ridings|Spinney|Strand|Wynde|"
    "Arcade|Concourse|Gully|Outlook|Retreat|Nook|Mews|Tor|Arbou?r|Common|Knolls?|Laurels?|Leas?|Loke|Mall|Mount"
)
_DIRECTION = r"(?:North(?:east|west)?|South(?:east|west)?|East|West|N[EW]?|S[EW]?|E|W)\.?"
_LINKS = "of|the|de|la|le|las|los|les|el|del|dei|du|da|dos|das|do|des|van|der|den|and|y"
_WORD = rf"(?:[{CAPITALS}\d][{LETTERS}\d.'&\-]{{0,24}}|(?:{_LINKS})\b)"
_DIGITS = r"\d{1,6}(?:[A-Za-z]|-\d{1,5}[A-Za-z]?|/\d{1,4}| 1/2)?"
_NUMBER = rf"(?:No\.? ?|#)?{_DIGITS}"
# Where a number stands that the words of a street may follow; the patterns of streets are tried only there. It begins
# with a class of characters, by which a search skips the others.
_HOUSE = re.compile(
    rf"[\d#N](?<![\w.,/:$%\-].)(?:(?<=\d)|(?<=\#)(?=\d)|(?<=N)(?=o\.? ?\d))(?:o\.? ?)?\d{{0,6}}"
    rf"(?:[A-Za-z]|-\d{{1,5}}[A-Za-z]?|/\d{{1,4}}| 1/2)?,?"
    rf"(?:[ ]{{1,2}}(?=[{CAPITALS}\d]|(?i:{_LINKS}|{_BEFORE})\b)|[ ]?\n)"
)
_TYPED = re.compile(
    rf"{_NUMBER}[ ]{{1,2}}(?:{_DIRECTION}[ ])?(?:{_WORD}[ ]){{1,5}}?(?:(?i:{_TYPES})\b\.?(?:[ ](?i:{_TYPES})\b\.?)?"
    rf"(?![ ]?(?:of|with)[ ][a-z]|[ ]?\d+ ?mg)(?:[ ]{_DIRECTION}(?![{LETTERS}]))?(?:[ ]\d{{1,4}}\b(?!/))?)"
)
_ROUTE = re.compile(
    rf"{_NUMBER}[ ](?:(?:{_DIRECTION}[ ])?(?:(?:County|State|Old|Rural|U\.?S\.?|Interstate)[ ])?(?:Road|Route|Rte|"
    rf"Highway|Hwy|CR|SR)[ ]"
    rf"\d{{1,4}}[A-Z]?\b|(?:{_DIRECTION}[ ])?(?:Broadway|The[ ][{CAPITALS}][{LETTERS}]{{3,16}})(?=[,.]|[ ](?:Apt|Unit|"
    rf"Suite|#)|[ ]?\n|$)"
    rf"|(?:{_WORD}[ ]){{1,3}}(?:{_RARE_TYPES})(?=,[ ][{CAPITALS}]|,?[ ](?:Apt|Unit|Suite|#)|[ ]?\n))"
)
# Whatever the street is called, a town, a state and a ZIP code follow.
_ZIPPED = re.compile(
    rf"{_NUMBER}[ ](?:{_WORD}[ ]){{0,3}}{_WORD}(?:,?[ ](?i:apt|unit|suite|ste)\.?[ ][A-Za-z\d]{{1,5}})?,[ ]"
    rf"[{CAPITALS}][^\n,;:\d]{{1,30}},?[ ][A-Z]{{2}}[ ]\d{{5}}\b"
)
# The comma behind the number, as in Britain: only with a plain kind of street, and where more of an address follows.
_COMMA_BEHIND = re.compile(
    rf"\d{{1,4}}[A-Za-z]?,[ ](?:{_WORD}[ ]){{1,3}}?(?:Street|Road|Avenue|Lane|Drive|Close|Crescent|Terrace|Gardens|"
    rf"Grove|Mews|Court|Place|Way|Rd|St|Ave|Ln|Dr|Cl|Cres)\b\.?(?=,[ ][{CAPITALS}]|[ ]?\n)"
)
_TYPE_FIRST = re.compile(rf"{_NUMBER},?[ ](?:{_WORD}[ ]){{0,2}}?(?i:{_BEFORE})\.?[ ](?:{_WORD}[ ]?){{1,5}}")
_TYPE_ALONE = Opening(
    vocabulary("ul calle via rua jalan c/ avenida piazza rue"),
    re.compile(
        rf"(?:[Uu]l|[Cc]alle|[Vv]ia|[Rr]ua|[Jj]alan|C/|[Aa]venida|[Pp]iazza|[Rr]ue)\.?[ ](?:{_WORD}[ ]?){{1,4}},?[ ]"
        rf"\d{{1,5}}\b"
    ),
)
# The number behind the street is sought first: few words have one.
_LAST = re.compile(r"[ ]\d{1,5}[A-Za-z]?\b(?!/|[ ]?(?:mg|ml|mm|cm|%))\.?")
_NUMBER_LAST = re.compile(rf"(?<![{LETTERS}])(?:[{LETTERS}\-]{{0,24}}?(?i:{_JOINED})|(?<=[ ])(?:{_APART}))\b\.?\Z")
_NAME_BEFORE = re.compile(rf"(?:(?<![\w.])\d{{1,6}}[ ])?(?:[{CAPITALS}][{LETTERS}.'\-]{{0,24}}[ ]){{0,3}}$")
# "98 Tylova 1036" is an address only with a town and a region or a postcode behind it.
_NUMBERED = re.compile(
    rf"\d{{1,6}}[ ](?:[{CAPITALS}][{LETTERS}.'\-]{{1,24}}[ ]){{1,4}}\d{{1,4}}[A-Za-z]?(?=,[ ]|[ ]?\n|"
    rf"[ ](?:Apt|Suite))"
)
_POSTCODE = re.compile(r"\d{4,6}")
# The line ends within the street.
_BROKEN = re.compile(
    rf"(?:{_NUMBER}\n|{_NUMBER}[ ](?:{_WORD}[ ]){{0,3}}{_WORD}[ ]?\n)[ >?|*]{{0,6}}(?:{_WORD}[ ]){{0,3}}?(?i:street|"
    rf"st|avenue|ave|road|"
    r"rd|drive|dr|lane|ln|boulevard|blvd|court|terrace|parkway|crescent|close|place|way)\b\.?"
    r"(?=,|[ ](?:Apt|Unit|Suite|#)|[ ]?\n|\.|$)"
)
# A street without its number, and the corner of two.
_STREET_ONLY = Opening(
    vocabulary("on at near off from along down live lives"),
    re.compile(
        rf"[A-Za-z]+[ ](?P<street>(?:{_DIRECTION}[ ])?"
        rf"(?P<name>[{CAPITALS}][{LETTERS}'\-]{{2,24}}(?:[ ][{CAPITALS}][{LETTERS}'\-]{{1,24}}){{0,2}}?)"
        r"[ ](?:Street|Avenue|Boulevard|Road|Lane|Drive|Parkway|Highway|Turnpike|Terrace|Crescent|Alley|Ave|Blvd|Rd|"
        r"Ln)\b\.?)"
    ),
)
_CORNER = Opening(
    vocabulary("the"), re.compile(rf"(?i:the corner of)[ ][^\n;:()]{{3,60}}?[ ](?i:and|&)[ ](?:{_WORD}[ ]?){{1,4}}")
)
# A flat or a suite: what stands before it on the line, or on the line before, is its street.
_FLAT = Opening(vocabulary("apartment apt suite ste flat"), re.compile(r"[A-Za-z]+\.?[ ]?#?[ ]?\d{1,5}[A-Za-z]?\b"))
_STREET_BEFORE = re.compile(r"(?:(?<=[\s>?|*])|^)\d{1,6}[A-Za-z]?(?:[ ]{1,2}[^\s,:;@]{1,24}){1,8}[ ,]*$")
_LIVES = Opening(
    vocabulary(
        """
        resides resided residing residence live lives lived living stay stays stayed staying address located situated
        delivered mail mailed office offices drops meet arrived home house housed work works return taxi came domiciled
        lodges lodging born moved relocated found picked addr
        """
    ),
    re.compile(
        r"(?i:(?:address(?: is| was|:|)|offices? (?:is|are)|drops you off|meet (?:me|you)|picked up|address of|"
        r"home address|addr\.?|(?!(?:offices?|drops|meet|picked)\b)[a-z]+)"
        r"(?: (?:currently|now|is|are|was|located|alone|with (?:her|his) \w+|it|me|us))?[ ]?(?:at|on|to|:|is|in|=)"
        r"[ \n]{0,3}(?=(?:the corner of )?\d))"
    ),
)
_LIVES_VALUE = re.compile(
    rf"(?:the corner of )?\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,5}})?"
    rf"(?:[ ](?:[{CAPITALS}\d][{LETTERS}\d'&/\-]{{0,24}}|{_LINKS}|[{LETTERS}]{{1,3}}\.|"
    rf"[{LETTERS}]{{3,16}}(?=[ ]\d))){{1,8}}"
)
# A street of one word that no list has, its number behind it, where somebody lives or a thing is sent.
_LIVES_IN = Opening(
    vocabulary(
        "reside resides resided residing residence live lives lived living address return taxi mail sent send arrived"
        " meet"
    ),
    re.compile(
        r"[A-Za-z]+(?i:[ ](?:is|was|back|it|me|us|currently))?[ ]?(?:at|to|:|is)[ \n]{1,2}"
        rf"(?P<street>(?:[{CAPITALS}][{LETTERS}'\-]{{1,24}}[ ](?:and|&)[ ])?"
        rf"(?:[{CAPITALS}][{LETTERS}'\-]{{1,24}}[ ]){{0,3}}(?P<name>[{CAPITALS}][{LETTERS}'\-]{{3,24}})[ ]"
        r"\d{1,4}[A-Za-z]?)(?=[,;?!\n]|\.(?!\d)|$|[ ](?:in|and|apt|suite|for|with|since|near)\b)"
    ),
)
_DOSES = vocabulary(
    """
    mg mcg ml tablet tablets tab tabs unit units dose doses hour hours hr hrs day days week weeks month months year
    years yr yrs minute minutes min mins time times cm mm kg lb lbs french fr gauge percent bpm mmhg pack packs point
    points patient patients case cases gram grams liter liters litre litres yo y/o of
    """
)
_FIRST_LETTER = re.compile(r"\b[a-z]")
_FLAT_WINDOW, _NAME_WINDOW, _STREET_WINDOW = 90, 60, 36


OPENINGS = (_TYPE_ALONE, _STREET_ONLY, _CORNER, _FLAT, _LIVES, _LIVES_IN)
_AT_NUMBERS = ((_TYPED, 0.9), (_BROKEN, 0.8), (_ROUTE, 0.8), (_ZIPPED, 0.9), (_TYPE_FIRST, 0.85), (_COMMA_BEHIND, 0.8))


def streets(reading: Reading, gazetteer: Gazetteer, detector: str) -> Iterator[Finding]:
    """Addresses of a text, each with its unit, city, region and postcode where they follow.

    Args:
        reading: The text; streets are sought with wrapped lines joined, but a line's end ends a part of an address.
        gazetteer: Names of regions.
        detector: Name for the findings.
    """
    text, lines = reading.plain, reading.lines
    if text.islower():
        text, lines = _capitalised(text), _capitalised(lines)
    houses = [match.start() for match in _HOUSE.finditer(text)]
    for start, end, score in _streets(text, houses, reading.starts):
        yield Finding(widened(text, start), tail(lines, end, gazetteer), "address", score, detector)
    for start, end, score in boxes(text, reading.starts):
        yield Finding(start, tail(lines, end, gazetteer), "address", score, detector)
    for start, end in _matches_at(houses, _NUMBERED, text):
        whole = tail(lines, end, gazetteer)
        rest = lines[end:whole]
        if _POSTCODE.search(rest) or rest.rpartition(",")[2].strip().lower() in gazetteer.regions:
            yield Finding(start, whole, "address", 0.8, detector)
    table = lexicon()
    for match in _STREET_ONLY.matches(text, reading.starts):
        if not all(table.flags(word.lower()) & ORDINARY for word in match["name"].split(" ")):
            yield Finding(match.start("street"), match.end("street"), "address", 0.8, detector)
    for match in _LIVES_IN.matches(text, reading.starts):
        name = match["name"].lower()
        if not table.flags(name) & ORDINARY and name not in MEDICINE and name[:3] not in MONTH_OF:
            end = tail(lines, match.end(), gazetteer)
            yield Finding(widened(text, match.start("street")), end, "address", 0.7, detector)


def _capitalised(text: str) -> str:
    return _FIRST_LETTER.sub(lambda match: match.group().upper(), text)


def _matches_at(places: Sequence[int], pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Matches that begin at one of some places, in order, without overlaps."""
    last = 0
    for at in places:
        match = pattern.match(text, at) if at >= last else None
        if match:
            last = match.end()
            yield match.span()


def _streets(text: str, houses: Sequence[int], starts: Starts) -> Iterator[tuple[int, int, float]]:
    for pattern, score in _AT_NUMBERS:
        for start, end in _matches_at(houses, pattern, text):
            if not _is_dose(text[start:end]):
                yield start, end, score
    for opening, score in ((_TYPE_ALONE, 0.85), (_CORNER, 0.85)):
        for match in opening.matches(text, starts):
            yield match.start(), match.end(), score
    yield from _numbered_last(text)
    for match in _FLAT.matches(text, starts):
        yield _street_of_flat(text, match.start()), match.end(), 0.9
    for lives in _LIVES.matches(text, starts):
        value = _LIVES_VALUE.match(text, lives.end())
        if value and not _is_dose(value.group()):
            yield value.start(), value.end(), 0.96


def _numbered_last(text: str) -> Iterator[tuple[int, int, float]]:
    """Streets whose number stands behind them, sought from the number."""
    for number in _LAST.finditer(text):
        if not text[number.start() - 1 : number.start()].isalpha() and text[number.start() - 1 : number.start()] != ".":
            continue
        street = _NUMBER_LAST.search(text, max(0, number.start() - _STREET_WINDOW), number.start())
        if street:
            start = _found_before(_NAME_BEFORE, text, street.start(), _NAME_WINDOW)
            if text[start].isupper() or text[start].isdigit():
                yield start, number.end(), 0.85


def _found_before(pattern: re.Pattern[str], text: str, end: int, window: int) -> int:
    """Where a pattern that ends here begins, within a window; ``end`` where it does not match."""
    first = max(0, end - window)
    match = pattern.search(text[first:end])
    return end if match is None else first + match.start()


def _street_of_flat(text: str, start: int) -> int:
    first = max(0, start - _FLAT_WINDOW)
    before = text[first:start].rstrip(" >?|*\t").removesuffix("\n")
    return _found_before(_STREET_BEFORE, text, first + len(before), len(before)) if before else start


def _is_dose(written: str) -> bool:
    """Whether a number and words are a dose, a duration, or a count."""
    words = written.split(None, 2)
    return len(words) > 1 and words[1].rstrip(".,").lower() in _DOSES

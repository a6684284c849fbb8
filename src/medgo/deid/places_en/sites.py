"""Finds hospitals, employers, schools and other bodies: by their heads ("... Clinic", "... Inc.") and by context."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_en.lexicon import NAME, ORDINARY, lexicon
from medgo.deid.names_en.reading import capitalised
from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.names_en.words import CAPITALS, LETTERS
from medgo.deid.places_en.cues import Opening
from medgo.deid.places_en.reading import Reading
from medgo.deid.protocol import Finding

_HOSPITAL = (
    r"Hospitals?|Hosp\.?|Medical (?:Cent(?:er|re)|Group|Associates|Clinic|Practice|Campus|Plaza)|Med(?:ical)? Ctr\.?|"
    r"Clinics?|Infirmary|Hospice|Health(?: ?[Cc]are)?(?: (?:System|Cent(?:er|re)|Network|Services|Trust|Partners|Plan|"
    r"Clinic))?|Nursing (?:Home|Cent(?:er|re)|Facility)|Rehab(?:ilitation)?(?: (?:Cent(?:er|re)|Hospital|Institute|"
    r"Facility))?|Surg(?:ery|ical) Cent(?:er|re)|Pharmacy|Laborator(?:y|ies)|Labs?|Imaging|Radiology Associates|"
    r"Dialysis|"
    r"Cent(?:er|re)|(?:Heart|Cancer|Eye) Institute|(?:Assisted|Senior) Living|Care Home|Memory Care|Convalescent Home|"
    r"Sanatorium|Retirement (?:Home|Community|Village)|Urgent Care|Family (?:Medicine|Practice|Health)|Pediatrics|"
    r"Orthopa?edics|Medical|Cardiology Associates|Children's|General|Memorial|VAMC|VA|NHS(?: Foundation)? Trust|Manor|"
    r"Villa|Skilled Nursing"
)
_BODY = (
    r"Inc\b\.?|Incorporated|LLC|L\.L\.C\.|Ltd\b\.?|Limited|Corp\b\.?|Corporation|Company|Co\.|PLC|plc|GmbH|AG|S\.A\.|"
    r"LLP|"
    r"Group|Bank|Industries|Technologies|Solutions|Systems|Associates|Enterprises|Holdings|Partners|Consulting|"
    r"Foundation|"
    r"Insurance(?: Company)?|Airlines|Motors|Foods|Logistics|Construction|Manufacturing|Electric|Energy|Software|"
    r"University|College|(?:High|Elementary|Middle|Primary|Secondary|Grammar|Charter|Public) School|"
    r"School(?: District)?|"
    r"Academy|Institute(?: of Technology)?|Polytechnic|Kindergarten|Daycare|Preschool|Church|Synagogue|Mosque|"
    r"Police Department|Fire Department|Sheriff's Office|Correctional (?:Facility|Institution)|Prison|Jail|"
    r"(?:Homeless )?Shelter|Hotel|Casino|Restaurant|Factory|Mills?|Farms?|Airport|Air Force Base|Supermarket|Stores?|"
    r"Services|Agency|Orchestra|Studios?|Publishing|Library|Museum"
)
_WORD = rf"(?:St\.|Mt\.|[{CAPITALS}][{LETTERS}'\-]{{0,24}}|&)"
_HEAD = re.compile(
    # Most spaces are told by the letter behind them.
    rf"[ ](?=[A-Zp])(?:(?P<hospital>{_HOSPITAL})|(?P<body>{_BODY}))"
    rf"(?![{LETTERS}:]|[ ](?:Dictionary|Encyclopedia|Subject|Journal)|(?<=Medical|General)"
    rf"[ ](?:[Rr]ecords?|[Hh]istory|[Nn]umber|[Pp]roblems?)\b)"
)
_LEADING = re.compile(rf"(?:{_WORD},?(?:[ ](?:of|and|de|del|la|y|the))?[ ]){{0,5}}{_WORD}$")
_TRAILING = re.compile(
    rf"[ ](?:(?:of|at)[ ](?:the[ ])?|for[ ](?:the[ ])?(?=Wom|Child|Sick|Spec|Rehab|Cancer|Men|Moth|Veter|Adv)){_WORD}"
    rf"(?:[ ]{_WORD}){{0,3}}"
    r"|[ ](?:Hospital|Medical Center|Center|Clinic|Inc\.?|System|LLC|Trust|Associates|Group)\b"
)
_OF = Opening(
    vocabulary(
        """
        hospital infirmary h\u00f4pital ospedale klinikum university college school academy institute church bank
        sisters universidad universite universit\u00e9 universit\u00e0 universit\u00e4t
        """
    ),
    re.compile(
        rf"(?:(?P<hospital>Hospital|Infirmary|H\u00f4pital|Ospedale|Klinikum)|University|College|School|Academy|"
        rf"Institute|"
        rf"Church|Bank|Sisters|Universidad|Universit[e\u00e9\u00e0]|Universit\u00e4t)[ ](?:of|de|di|der)[ ](?:the[ ])?"
        rf"{_WORD}(?:[ ](?:of[ ]|at[ ]|de[ ])?{_WORD}){{0,4}}"
    ),
)
_KNOWN = Opening(
    vocabulary(
        """
        mayo cleveland johns mount mt mass mgh ucsf nyu cedars kaiser md dana sloan brigham beth intermountain geisinger
        bellevue walgreens cvs walmart costco starbucks mcdonald fedex ups rite ucla quest labcorp planned home boeing
        lockheed general
        """
    ),
    re.compile(
        r"(?:(?P<hospital>Mayo Clinic|Cleveland Clinic|Johns Hopkins|M(?:oun)?t\.? Sinai|Mass General|MGH|UCSF|"
        r"NYU Langone|Cedars-Sinai|Kaiser(?: Permanente)?|MD Anderson|Dana-Farber|Sloan[ -]Kettering|"
        r"Brigham and Women's|Beth Israel|Intermountain|Geisinger|Bellevue)|Walgreens|CVS|Walmart|Costco|Starbucks|"
        r"McDonald's|FedEx|UPS|Rite Aid|UCLA|Quest Diagnostics|LabCorp|Planned Parenthood|Home Depot|Boeing|"
        r"Lockheed Martin|General Motors)\b"
    ),
)
_EMPLOYED = Opening(
    vocabulary(
        """
        work works worked working job employed employment position internship student enrolled consultant contractor
        manager engineer teacher nurse driver clerk cashier cook professor studies studying studied graduated volunteer
        volunteers attends drives cooks cleans inpatient admitted transferred treated hospitalized surgery discharged
        """
    ),
    re.compile(
        r"(?i:(?P<work>work(?:s|ed|ing)?|job|employed|employment|position|internship|student|enrolled)|[a-z]+)"
        r"(?i:(?: (?:as an? [a-z]{1,20}(?: [a-z]{1,20})?|part[- ]time|full[- ]time|currently|there|nights))?[ ]"
        r"(?:at|for|by|with|from))[ ](?:the[ ])?"
    ),
)
_LABELLED = Opening(
    vocabulary(
        """
        employer company school facility pharmacy hospital clinic place organisation organization insurer
        """
    ),
    re.compile(r"(?i:place of (?:work|employment)|(?!place\b)[a-z]+)(?i:[ ]?[:=][ ](?:the[ ])?)"),
)
OPENINGS = (_OF, _KNOWN, _EMPLOYED, _LABELLED)
_VALUE = re.compile(rf"{_WORD}(?:[ ](?:(?:of|and|the|&)[ ])?{_WORD}){{0,4}}")
_LATIN_WORD = re.compile(rf"[{LETTERS}'\-]{{2,}}")
# Of the sort that every hospital has: they are no name.
_GENERIC = vocabulary(
    """
    the an our your his her this that any local nearby outside another same every each in at to from and or of for
    behavioral community county state city general regional memorial national public private teaching tertiary central
    university valley first new north south east west emergency home day night outpatient inpatient
    """
)
# A sentence that starts with one of these is no part of the name behind it.
_DROPPED = vocabulary(
    """
    the a an our your his her this that at in from to of and for by with seen admitted transferred patient he she i we
    they dr mr mrs through via transfer discharged outside referred visited visit see call went presented
    """
)
# Who signs ("Anna Bell, MD, Mercy Hospital"), a department ("Emergency Department of"): the name begins behind them.
_NOT_OF_NAME = re.compile(
    r"(?:^|.*[ ,])(?:MD|M\.D\.|DO|RN|NP|PA|PA-C|APRN|FNP|PhD|MBBS|DDS|DPM|PharmD|LCSW|LPN|FACS|FACP|FACC|Md|Rn|Np),?[ ]"
    r"|(?:.*[ ])?(?:Department|Dept\.?|Division|Ward|Unit|Room|Floor|Office|Wing)[ ](?:of|at|in)[ ](?:the[ ])?"
)
_SERIES = re.compile(r"[ ](?:&|and)[ ]")
# Bodies of a whole country treat nobody: "National Institute of Mental Health".
_PUBLIC = ("National ", "American ", "World ", "International ", "European ", "British ", "Royal ", "Federal ")
_WINDOW = 70


def sites(reading: Reading, detector: str) -> Iterator[Finding]:
    """Hospitals and other bodies with a name of their own.

    Args:
        reading: The text.
        detector: Name for the findings.
    """
    text = capitalised(reading.running) if reading.running.islower() else reading.plain
    for head in _HEAD.finditer(text):
        start = _start(text, head.start())
        if start is not None and _proper(text[start : head.start()]):
            trailing = _TRAILING.match(text, head.end())
            yield Finding(start, trailing.end() if trailing else head.end(), _label(head), 0.8, detector)
    for opening, score in ((_OF, 0.8), (_KNOWN, 0.6)):
        for match in opening.matches(text, reading.starts):
            if text.endswith(_PUBLIC, 0, match.start()):
                continue
            yield Finding(match.start(), match.end(), _label(match), score, detector)
    for opening, labelled in ((_EMPLOYED, False), (_LABELLED, True)):
        for context in opening.matches(text, reading.starts):
            value = _VALUE.match(text, context.end())
            if value and _employs(value.group(), labelled=labelled, works=not labelled and bool(context["work"])):
                yield Finding(value.start(), value.end(), "organisation", 0.7, detector)


def _label(match: re.Match[str]) -> IdentifierClass:
    return "hospital" if match.group("hospital") else "organisation"


def _employs(name: str, *, labelled: bool, works: bool) -> bool:
    """Whether what stands behind "works at" has a name: with weaker words, one that no list has."""
    words = _LATIN_WORD.findall(name)
    table = lexicon()
    flags = [table.flags(word.lower()) for word in words]
    if not words or all(one & ORDINARY for one in flags):
        return False
    if labelled:
        return True
    return not all(word.isupper() for word in words) and (works or not all(flags))


def _start(text: str, end: int) -> int | None:
    """Where the capitalised words before a head begin; the window bounds the work for each head."""
    line = text[max(0, end - _WINDOW) : end].rpartition("\n")[2]
    match = _LEADING.search(line)
    if match is None:
        return None
    name = match.group()
    other = _NOT_OF_NAME.match(name)
    name = name[other.end() :] if other else name
    # A comma stands within a name only in a series: "Hale, Brandt & Sons".
    parts = name.rpartition(", ")
    if parts[0] and not _SERIES.search(parts[2]) and not parts[2].startswith(("and ", "& ")):
        name = parts[2]
    words = name.split(" ")
    while words and words[0].lower().strip(",") in _DROPPED:
        words = words[1:]
    return end - len(" ".join(words)) if words else None


def _proper(name: str) -> bool:
    """Whether at least one word is not of the sort that every hospital has."""
    if "St." in name or "Saint" in name or "Mt." in name:
        return True
    table = lexicon()
    words = (word.lower().removesuffix("'s") for word in _LATIN_WORD.findall(name))
    return any(word not in _GENERIC and _own(table.flags(word)) for word in words)


def _own(flags: int) -> bool:
    return not flags & ORDINARY or bool(flags & NAME)

"""Bodies by what their names look like: legal forms, trades, families of partners, houses that everybody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import ahocorasick

from medgo.deid.names_en.lexicon import NAME, ORDINARY, lexicon
from medgo.deid.names_en.vocabulary import vocabulary
from medgo.deid.names_en.words import CAPITALS, LETTERS

WORD = (
    rf"(?:[{CAPITALS}][{LETTERS}\d'’]{{0,24}}(?:-[{CAPITALS}\d][{LETTERS}\d'’]{{0,24}}){{0,2}}|"
    rf"\d{{1,3}}(?:[{CAPITALS}][{LETTERS}]{{1,24}})?)"
)
# Legal forms of many countries, but those that are words or findings (AS, SA, PA, PC, AB).
_LEGAL = (
    r"Inc\b\.?|Incorporated\b|L\.?L\.?C\b\.?|L\.?L\.?P\b\.?|P\.?L\.?L\.?C\b\.?|Ltd\b\.?|Limited\b|Corp\b\.?|"
    r"Corporation\b|PLC\b|plc\b|"
    r"GmbH\b|mbH\b|KGaA\b|OHG\b|e\.V\.|S\.A\.S?\.?|S\.r\.l\.|S\.p\.A\.|SARL\b|B\.V\.|BV\b|N\.V\.|A/S\b|ApS\b|Oyj?\b|"
    r"d\.o\.o\.|s\.r\.o\.|Sp\. z o\.o\.|Kft\b\.?|Zrt\b\.?|Pty\b|Pvt\b|Pte\b|Bhd\b|S\.L\.|Ltda\b\.?"
)
_TRADES = (
    r"Group|Holdings?|Bank|Banking|Capital|Ventures|Investments?|Financial|Finance|Securities|Mutual|Insurance|"
    r"Assurance|Airlines?|Airways|"
    r"Railways?|Railroad|Lines|Movers|Moving|Trucking|Transit|Transport(?:ation)?|Freight|Shipping|Logistics|"
    r"Couriers?|Motors|Automotive|Media|"
    r"Broadcasting|Networks?|Telecom|Communications|Wireless|Analytics|Technology|Technologies|Software|"
    r"Robotics|Semiconductors?|Computing|"
    r"Digital|Online|Interactive|Games|Consulting|Consultants|Advisors|Advisers|Associates|Partners|Realty|"
    r"Properties|Homes|Builders|Contractors|"
    r"Contracting|Plumbing|Roofing|Landscaping|Maintenance|Catering|Bakery|Brewery|Brewing|Dairy|Foods|Farms|"
    r"Orchards|Vineyards|"
    r"Winery|Nursery|Mills|Mining|Minerals|Steel|Metals|Foundry|Petroleum|Energy|Utilities|Industries|Manufacturing|"
    r"Enterprises?|Textiles|Furniture|Hardware|Outfitters|Apparel|Jewelers|Retail|Supply|Wholesale|Books|Press|"
    r"Publishing|Pictures|"
    r"Records|Entertainment|Studios?|Agency|Bureau|Alliance|Cooperative|Co-op|Federation|Union|Institute|"
    r"Initiative|Insights?|Markets?|Stores|"
    r"Movers|Staffing|Recruiting|Security|Cleaners|Auto Parts|Web Services"
)
# Heads are looked for first, and the name behind them in a window: most words are no head.
_HEADS = re.compile(
    rf"[ ](?=[A-Zmdesp])(?:(?P<legal>{_LEGAL})|"
    rf"(?P<trade>{_TRADES})\b(?:[ ](?:{_TRADES})\b){{0,2}}(?:,?[ ](?:{_LEGAL}))?)(?![{LETTERS}'’:-])"
)
_NAME_BEFORE = re.compile(rf"(?<![{LETTERS}\d'’-]){WORD}(?:,?[ ](?:(?:and|&|of|the|de)[ ])?{WORD}){{0,5}},?$")
_KIN_HEADS = re.compile(
    rf",?[ ](?:and|&|And)[ ](?:Sons?|Daughters?|Brothers|Bros\.?|Company|Co\b\.?|Associates|Partners|"
    rf"Cie)(?![{LETTERS}])"
)
_MINISTRIES = ("inistry ", "ureau ", "ecretariat ", "mbassy ", "onsulate ")
_MINISTRY = re.compile(
    rf"(?:Ministry|Bureau|Secretariat|Embassy|Consulate)[ ][Oo]f[ ](?:the[ ])?{WORD}(?:[ ](?:and[ ])?{WORD}){{0,3}}"
)
_WINDOW = 72
# Three surnames of partners, on a line of their own or behind what is said of a firm: elsewhere they are three people.
PARTNERS = re.compile(rf"(?P<a>{WORD}), (?P<b>{WORD}),? (?:and|&|And) (?P<c>{WORD})")
# Employers that everybody knows.
_HOUSES = """
    AT&T; Accenture; Adidas; Adobe; Airbnb; Airbus; Aldi; Allianz; Allstate; American Express; BMW; Barclays;
    Best Buy; Bloomberg; Bridgestone; Burger King; Capital One; Carrefour; Caterpillar Inc; Chevron;
    Chipotle; Chrysler; Citibank; Citigroup; Coca-Cola; Comcast; DHL; Deloitte; Deutsche Bank; Domino's;
    DoorDash; Equifax; Ernst & Young; Experian; ExxonMobil; Facebook; Foxconn; GEICO; Garmin; Geico;
    Goldman Sachs; Google; HSBC; Heineken; Hewlett Packard; Hewlett-Packard; Hilton; Honda; Honeywell;
    Hyundai; IBM; IKEA; Ikea; Infosys; Instacart; JPMorgan; JetBlue; KPMG; Kroger; LexisNexis; Lexisnexis;
    LinkedIn; Lowe's; Lufthansa; Lyft; Marriott; Mastercard; Mazda; Mercedes-Benz; Microsoft; Mitsubishi;
    Morgan Stanley; Nestle; Nestlé; Netflix; Nintendo; Nissan; Northrop Grumman; Nvidia; Panasonic; PayPal;
    PepsiCo; Petrobras; PricewaterhouseCoopers; PwC; Raytheon; Renault; Ryanair; Salesforce; Samsung;
    Shopify; SpaceX; Spotify; State Farm; Subaru; Taco Bell; Tesco; Toyota; TransUnion; Transunion; Twitter;
    USAA; Uber; Unilever; Verizon; Vodafone; Volkswagen; Waffle House; WeWork; Wells Fargo; Wendy's;
    Whole Foods; Xerox; YouTube; eBay
"""
# Ordinary to every clinic: they make no name.
_GENERIC = vocabulary(
    """
    the a an our your his her this that each any no new old national international american european world global
    public private local regional county city state general federal community health healthcare medical clinical
    patient patients social mental behavioral behavioural home support work study control treatment blood muscle nerve
    care family human digital drug drugs research data food water weight heart family first second third age
    """
)
_DROPPED = vocabulary(
    """
    the a an our your his her this that at in from to of and for by with seen he she i we they dr mr mrs ms patient via
    when while since during after before per also both is was owner employee manager
    """
)
_LATIN_WORD = re.compile(rf"[{LETTERS}\d'’\-]+")


def bodies(text: str, *, cased: bool) -> Iterator[tuple[int, int]]:
    """Where bodies with telling names stand.

    Args:
        text: The text.
        cased: Whether it was written with capitals; without, a trade is a word as any other.
    """
    for head in _HEADS.finditer(text):
        if head["trade"] and (not cased or text[head.start() - 1] == ","):
            continue
        start = _start(text, head.start())
        if start is not None and _proper(text[start : head.start()], legal=head["legal"] is not None):
            yield start, head.end()
    for head in _KIN_HEADS.finditer(text):
        start = _start(text, head.start())
        if start is not None and own_words(text[start : head.start()]):
            yield start, head.end()
    if any(stem in text for stem in _MINISTRIES):
        yield from (match.span() for match in _MINISTRY.finditer(text))
    for last, size in _houses().iter(text):
        start, end = last - size + 1, last + 1
        if not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum()):
            yield start, end


@lru_cache(maxsize=1)
def _houses() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for name in map(str.strip, _HOUSES.split(";")):
        automaton.add_word(name, len(name))
    automaton.make_automaton()
    return automaton


def name_before(text: str, end: int) -> tuple[int, int] | None:
    """Where the capitalised words stand that end here; the window bounds the work for each place."""
    first = max(0, end - _WINDOW)
    line = text[first:end].rpartition("\n")[2]
    match = _NAME_BEFORE.search(line)
    if match is None or (match.start() == 0 and len(line) == _WINDOW):
        return None
    start = end - len(line) + match.start() + _skipped(match.group())
    return (start, end) if start < end else None


def _start(text: str, end: int) -> int | None:
    span = name_before(text, end)
    return span[0] if span else None


def own_words(name: str) -> bool:
    """Whether a name holds a word that no list of ordinary words has, or that somebody is called."""
    flags = lexicon().flags
    return any(_own(flags(word.lower())) and word.lower() not in _GENERIC for word in _LATIN_WORD.findall(name))


def _own(flags: int) -> bool:
    return not flags & ORDINARY or bool(flags & NAME)


def _proper(name: str, *, legal: bool) -> bool:
    words = [word.lower() for word in _LATIN_WORD.findall(name)]
    if legal:
        return any(word not in _GENERIC for word in words)
    return own_words(name)


def _skipped(name: str) -> int:
    """Letters of a name that belong to the sentence before it: "At The", "Her Employer"."""
    at = 0
    for word in name.split(" ")[:-1]:
        if word.lower().strip(",") not in _DROPPED:
            break
        at += len(word) + 1
    return at

"""Bodies by what is said of them: who works there, what they are, where they stand on a letter. Knows few names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.names_en.heads import CHEMICAL
from medgo.deid.names_en.lexicon import NAME, ORDINARY, PLACE, lexicon
from medgo.deid.names_en.words import CAPITALS, LETTERS
from medgo.deid.organisations_en.forms import PARTNERS, WORD, name_before, own_words

_NAME = rf"(?:{WORD}(?:,?[ ](?:(?:and|&|of|And|Of)[ ])?{WORD}){{0,4}})"
# Who works somewhere, or has to do with a firm alone: what stands before the preposition, and what behind it.
_PREPOSITION = re.compile(rf"[ ](?:of|at|for|with|from|by|in)[ ](?:the[ ])?(?=[{CAPITALS}\d])(?P<name>{_NAME})")
_WORKS = re.compile(
    r"(?<![A-Za-z])(?:(?i:CEO|CFO|CTO|COO|CIO|chief executive|president|founder|chairman|chairwoman|owner|"
    r"employee|shareholder|"
    r"accountant|analyst|programmer|developer|salesman|saleswoman|welder|machinist|foreman|electrician|intern|"
    r"apprentice|"
    r"representative|works|worked|working|work|job|employed|internship|laid off|retired|fired|hired|insured|sponsored|"
    r"years?|months|career|shifts?|invoice|shares?|stock|account|contract|support|became|acquired|bought|"
    r"address|office))$"
)
_WORKS_REACH = 18
_JOINED = re.compile(rf"[Jj]oined[ ](?:the[ ])?(?P<name>{_NAME})")
_IS = re.compile(
    r"[ ](?:is|was)[ ](?:an?|the)[ ](?:[\w()-]{2,20}[ ]){0,3}?(?:company|corporation|multinational|firm|"
    r"start-?up|manufacturer|"
    r"retailer|supplier|non-?profit|charity|501\(c\)3?|brainchild|conglomerate|subsidiary|employer)(?![a-z])"
)
_THE = re.compile(
    rf"[Tt](?<![A-Za-z].)he[ ](?P<name>{WORD}(?:[ ]{WORD}){{0,2}})[ ](?:office|website|branch|warehouse|"
    rf"headquarters|payroll|showroom|franchise|dealership|"
    r"factory|plant|call center|team meeting|shareholders?|employees)(?![a-z])"
)
# A firm's line between who writes and where: name, firm, number and street.
_CARD = re.compile(
    rf"(?:^|\n)[>?* ]{{0,6}}(?P<who>{WORD}(?:[ ](?:[{CAPITALS}]\.?[ ]|"
    rf"[a-z]{{2,3}}[ ]){{0,2}}{WORD}){{1,3}})[ ]*\n[>?* ]{{0,6}}"
    rf"(?P<name>{_NAME})[ ]*,?\n[>?* \n]{{0,8}}(?=\d|PSC\b|Unit\b|P\.?O\.?\b|USNS\b|USS\b|USCGC\b)"
)
_HEAD = re.compile(
    rf"\A[>?* ]{{0,6}}(?P<name>{_NAME})[ ]*\n[>?* ]*\n?[>?* ]{{0,6}}(?=\d{{1,6}}[ ][{CAPITALS}\d]|PSC\b|Unit \d|USNS\b)"
)
_ALONE = re.compile(rf"(?:^|\n)[>?* ]{{0,6}}(?P<name>{PARTNERS.pattern})[ ]*(?=\n|$)")
_LATIN_WORD = re.compile(rf"[{LETTERS}\d'’]+")
_SHORTEST = 3


def told(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands that must be a body."""
    for match in _PREPOSITION.finditer(text):
        if _WORKS.search(text, max(0, match.start() - _WORKS_REACH), match.start()) and _unlisted(match["name"]):
            yield match.span("name")
    for match in _IS.finditer(text):
        span = name_before(text, match.start())
        if span and _unlisted(text[slice(*span)]):
            yield span
    for pattern in (_JOINED, _THE):
        for match in pattern.finditer(text):
            if _unlisted(match["name"]):
                yield match.span("name")
    if "\n" not in text:
        return
    for pattern in (_CARD, _HEAD):
        for match in pattern.finditer(text):
            if own_words(match["name"]) and ("who" not in match.groupdict() or _called(match["who"])):
                yield match.span("name")
    for match in _ALONE.finditer(text):
        if all(_called(match[one]) for one in "abc"):
            yield match.span("name")


def _unlisted(name: str) -> bool:
    """Whether a word of it is none of English, of medicine's making or of a place; partners' names are such, too."""
    flags = lexicon().flags
    if match := PARTNERS.fullmatch(name):
        return all(_called(match[one]) for one in "abc")
    words = _LATIN_WORD.findall(name)
    return any(
        len(word) >= _SHORTEST
        and not flags(word.lower()) & (ORDINARY | PLACE)
        and not CHEMICAL.search(word.lower())
        and not (word.isupper() and len(word) <= _SHORTEST)
        for word in words
    )


def _called(name: str) -> bool:
    flags = lexicon().flags
    return any(flags(word.lower()) & NAME for word in _LATIN_WORD.findall(name))

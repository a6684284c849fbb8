"""The gate: decides which candidates are clinical terms. Knows the vocabularies; finds nothing itself."""

from __future__ import annotations

import re
import weakref

from medgo.deid.classes import NAMES
from medgo.deid.protection import chinese, english
from medgo.deid.protection.coverage import Stretch, chinese_terms, latin_terms, latin_window
from medgo.deid.protection.curated import chinese_lists, english_lists
from medgo.deid.protection.given_names import given_names
from medgo.deid.protection.spelling import HAN, key_of
from medgo.deid.protection.terms import terms
from medgo.deid.protocol import Finding, Note

# "何高血" of 何高血压: the rest of a candidate that a term runs into is no name if it is one character.
_LONG_TERM, _UNSURE = 3, 0.8
_TOKEN_REST = re.compile(r"[A-Za-z0-9]{1,12}")
_WORD_BEFORE = re.compile(r"([A-Z][a-z]+) $")
_TITLES = r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx)\b\.? ?|(?:Patient|Name|Pt)(?: name)?: ?)(?:[A-Z][a-z.]* ){0,2}"
_HONORIFICS = "(?:先生|女士|小姐|医生|大夫|医师|主任|教授|护士|同学|同志|阿姨|叔叔|大爷|大妈|奶奶|爷爷)"
_NAMED = "(?:姓名|患者|病人|家属|联系人)[:： ]?"


# Nobody takes 40 mg of a person: drugs that no list has.
_DOSE = re.compile(
    r"[ ,(]{0,2}\d{1,4}(?:[.,/]\d{1,4})? ?"
    r"(?:mg|mcg|µg|μg|ug|g|ml|mL|ML|IU|iu|[Uu]nits?|万?U|单位|片|粒|袋|丸)(?![A-Za-z\d])"
    r"|,? (?:po|bid|tid|qid|qd|qhs|prn)\b"
)
_CAPITALS = re.compile("[A-Z]{2,5}")
_CHINESE_AFTER = re.compile(r"[\u4e00-\u9fff]|[ ,、:]{0,2}\([-+±\d]")
_NEAR = 6
# "23mg/L CEA 16.8": the candidate begins in a unit.
_UNIT_BEFORE = re.compile(r"/(?:m?L|min|h|d|kg|s|HP) ?[A-Z]")


class ProtectedTerms:
    """Protects clinical terms: whatever a vocabulary, a list of ours, or an eponym's head word says is one.

    A candidate is protected if terms cover every letter and digit of it. Words that are somebody's name elsewhere in
    the same note ("Dr Foley") are not.

    Raises:
        KnowledgeSourceError: A vocabulary that it needs is not installed.
    """

    def __init__(self) -> None:
        self._terms = terms()
        self._english, self._chinese = english_lists(), chinese_lists()
        # Which eponyms the latest note uses as names; a note asks for the same few again and again.
        self._note: weakref.ref[Note] | None = None
        self._people: dict[str, bool] = {}

    def protects(self, note: Note, finding: Finding) -> bool:
        """Whether a finding (positions in the view) is a clinical term, or lies in one, and has to stay."""
        text = note.view.text
        place = finding.label not in NAMES
        if not place and (
            _DOSE.match(text, finding.end)
            or _is_code(text, finding)
            or _is_abbreviation(text, finding)
            or _UNIT_BEFORE.match(text, max(0, finding.start - 1))
        ):
            return True
        words = latin_window(text, finding.start, finding.end)
        if english.is_eponym(text, words, finding, self._english, place=place):
            return True
        if english.is_suffered(text, words, finding, self._english) and not self._names_somebody(note, finding):
            return True
        if chinese.is_eponym(text, finding, self._chinese, place=place):
            return True
        found = latin_terms(text, words, finding.start, finding.end, self._terms, self._english)
        found += chinese_terms(text, finding.start, finding.end, self._terms, self._chinese)
        if finding.label == "origin":
            # "Asian" alone is a term too; only what it gives its name to has to stay.
            found = [one for one in found if not _within(one, finding)]
        return bool(found) and self._covers(text, finding, found) and not self._is_person(note, finding)

    def _covers(self, text: str, finding: Finding, found: list[Stretch]) -> bool:
        covered = bytearray(finding.end - finding.start)
        for one in found:
            first, last = max(one.start, finding.start), min(one.end, finding.end)
            covered[first - finding.start : last - finding.start] = b"\x01" * (last - first)
        rest = [
            text[at]
            for at in range(finding.start, finding.end)
            if text[at].isalnum() and not covered[at - finding.start]
        ]
        if not rest:
            return True
        return (
            finding.score < _UNSURE
            and finding.label in NAMES
            and len(rest) == 1
            and HAN.match(rest[0]) is not None
            and any(one.end - one.start >= _LONG_TERM and not _within(one, finding) for one in found)
        )

    def _is_person(self, note: Note, finding: Finding) -> bool:
        """Whether the note names somebody with these words, and they are only protected as an eponym on their own."""
        text = note.view.text
        name = _name(text, finding)
        if finding.label not in NAMES or not (key_of(name) in self._english.eponyms or name in self._chinese.eponyms):
            return False
        given = _WORD_BEFORE.search(text, max(0, finding.start - 20), finding.start)
        if given and given[1].lower() in given_names():
            return True
        return self._names_somebody(note, finding)

    def _names_somebody(self, note: Note, finding: Finding) -> bool:
        """Whether the note gives somebody this name with a title."""
        text = note.view.text
        name = _name(text, finding)
        if self._note is None or self._note() is not note:
            self._note, self._people = weakref.ref(note), {}
        if name not in self._people:
            self._people[name] = _names_somebody(text, name)
        return self._people[name]


def _is_code(text: str, finding: Finding) -> bool:
    """Whether it is cut out of a word with digits: POL of POLR1C."""
    match = _TOKEN_REST.match(text, finding.end)
    return match is not None and text[finding.end - 1].isascii() and any(letter.isdigit() for letter in match[0])


def _is_abbreviation(text: str, finding: Finding) -> bool:
    """Whether it is a few capitals in a Chinese sentence: DWI呈高信号, EBER(-)."""
    start, end = finding.start, finding.end
    return (
        _CAPITALS.fullmatch(text, start, end) is not None
        and HAN.search(text, max(0, start - _NEAR), start) is not None
        and _CHINESE_AFTER.match(text, end) is not None
    )


def _names_somebody(text: str, name: str) -> bool:
    word = re.escape(name)
    if HAN.search(name):
        return re.search(f"{_NAMED}{word}(?!病|氏|综合|征)|{word}{_HONORIFICS}", text) is not None
    return re.search(f"{_TITLES}{word}\\b(?!'s (?:disease|syndrome|sign))", text) is not None


def _name(text: str, finding: Finding) -> str:
    return text[finding.start : finding.end].removesuffix("'s").removesuffix("'")


def _within(one: Stretch, finding: Finding) -> bool:
    return finding.start <= one.start and one.end <= finding.end

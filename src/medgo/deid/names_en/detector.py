"""Finds names of people in Latin letters by titles, labels, lexicons and shape."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

from medgo.deid.names_en.contexts import RELATED, TITLE, suffixed, title_label, titled_from
from medgo.deid.names_en.echoes import broken, echoes
from medgo.deid.names_en.heads import CHEMICAL, belongs_to_firm, belongs_to_medicine
from medgo.deid.names_en.lexicon import GIVEN, NAME, ORDINARY, PLACE, RARE, SURNAME, lexicon
from medgo.deid.names_en.reading import flowed
from medgo.deid.names_en.runs import LONGEST, Named, named, segments_of, unlisted_in_capitals
from medgo.deid.names_en.words import CAPITALS, LETTERS, PARTICLES, Word, adjacent, runs_of, words_of
from medgo.deid.protocol import CERTAIN, Finding, Note

_LATIN = re.compile(r"[A-Za-z]{2}")
_PART = rf"[{CAPITALS}](?:\.|[{LETTERS}'\-]*)"
_AFTER_TITLE = re.compile(
    rf"(?:(?:{PARTICLES})[ ]){{0,3}}(?:(?:al|el)-)?{_PART}"
    rf"(?:[ ]?(?<=\.)[{CAPITALS}][{LETTERS}'\-]*\.?|[ ](?:(?:{PARTICLES})[ ]){{0,3}}{_PART}){{0,3}}"
)
_LOWER_AFTER_TITLE = re.compile(r"[a-z][a-z'\-]+(?: [a-z'\-]{3,})?")
_LOWER_NAME = re.compile(rf"[{LETTERS}][{LETTERS}'\-]+(?: [{LETTERS}][{LETTERS}'\-]+){{0,3}}")
_NAME_IS = re.compile(
    r"\b(?i:(?:(?:first|last|full|maiden|middle|given|family|legal|preferred|married|birth|my|his|her|their|"
    r"patient's|whose) "
    r"name|surname|nickname)(?:'s| is| was)(?: now)?|(?:people|everyone|everybody|friends|they|"
    r"family) calls? (?:me|him|her)|"
    r"(?:please )?(?:just )?call me|(?:change|changed|correct|corrected) (?:my|his|her|the|your) name to)[ ]{1,2}[\"']?"
)
_TOLD_BY = (
    "name is", "name was", "name's", "name to", "nickname", "surname", "call me", "call him", "call her",
    "calls me", "calls him", "calls her",
)  # fmt: skip
_WRITTEN = re.compile(r"[^ .]+\.?")
_PARTICLES = frozenset(PARTICLES.split("|"))
_JOINED = frozenset((", ", " AND ", " and ", ", and ", " & ", " or ", ", or ", "/", "; "))
_SURE = 0.9
_PROVED = 0.85
_BEFORE_RELATION = re.compile(rf"(?<![{LETTERS}])[{CAPITALS}][{LETTERS}'\-]{{1,20}}$")
_RECEIVED = re.compile(r"\b(?i:received|labell?ed|specimen|container|sample|tube|designated|marked)(?: as)?: ?$")
_LABEL_GOES_ON = re.compile(r"\.?(?:[ ]?(?:[-|;/(]|\n|$)|, )")
_MONTHS = frozenset(("April", "May", "June", "August"))
_DAY = re.compile(r"\.?[ ]?\d{1,4}(?!\d)")
_SEVERAL = re.compile(r"(?<![A-Za-z])(?:drs|DRS|Drs)\.?[ ]{1,2}$")
# A surname on the next line: alone there, or the sentence goes on in small letters.
_NEXT_LINE = re.compile(rf"[ ]?\n[ ]{{0,4}}([{CAPITALS}][{LETTERS}'\-]{{1,24}})(?=[ ]*(?:\n|$)|[ ][a-z]|,? [(]|[.,])")
# Most of the letters of a text in capitals: they mean nothing then.
_SHOUTED = 0.6


class EnglishNameDetector:
    """Names of patients, relatives and clinicians in Latin letters, in notes of any language."""

    name: ClassVar[str] = "names_en"
    version: ClassVar[str] = "1"

    def find(self, note: Note) -> Iterable[Finding]:
        """Names, with positions in the view. Linear in the length of the note."""
        if not _LATIN.search(note.view.text):
            return []
        text = flowed(note.view.text)
        words, cased = words_of(text, lexicon())
        cased = cased and not _shouted(text)
        names = [*_titled(text), *_related(text), *_told(text, cased=cased)]
        taken = {name.words[0].start for name in names}
        runs = runs_of(text, words)
        segments = [segment for run in runs for segment in segments_of(run, cased=cased)]
        for segment in segments:
            if segment[0].start not in taken:
                one = named(text, segment, cased=cased)
                if one is not None:
                    names.append(one)
        if not cased:
            names = [_with_surname(text, _with_given(text, one, words), words) for one in names]
        names = [_with_next_line(text, one) for one in names]
        names += _reversed(text, segments, {name.words[0].start for name in names if name.score >= CERTAIN})
        names += _listed(text, segments, names, cased=cased)
        names = _confirmed(names)
        findings = [self._finding(text, one) for one in names]
        findings += broken(note.view.text, names, self.name)
        return findings + list(echoes(text, names, self.name))

    def _finding(self, text: str, one: Named) -> Finding:
        return Finding(
            titled_from(text, one.words[0].start), suffixed(text, one.words[-1].end), one.label, one.score, self.name
        )


def _shouted(text: str) -> bool:
    upper = sum(map(text.count, "EATOINSR"))
    return upper > _SHOUTED * (upper + sum(map(text.count, "eatoinsr")) + 1)


def _titled(text: str) -> Iterator[Named]:
    """Names behind a title, whatever the words."""
    for title in TITLE.finditer(text):
        written = title.group().rstrip()
        label = title_label(written)
        match = _AFTER_TITLE.match(text, title.end())
        # "dr smith" and "Dr. smith", but not "Doctor said".
        if match is None and (written[0].islower() or written.endswith(".")):
            match = _LOWER_AFTER_TITLE.match(text, title.end())
        words = _name_words(match, personal=label == "name") if match else []
        if words:
            yield Named(words, label, 0.97)


def _told(text: str, *, cased: bool) -> Iterator[Named]:
    """Names that a sentence states, whatever the words: "Her maiden name is Key", "my name is vitoria"."""
    lowered = text.lower()
    if not any(cue in lowered for cue in _TOLD_BY):  # many times faster than the pattern
        return
    for cue in _NAME_IS.finditer(text):
        match = (_AFTER_TITLE if cased else _LOWER_NAME).match(text, cue.end())
        words = _stated_words(match, cased=cased) if match else []
        if words:
            yield Named(words, "name", 0.97 if "name" in cue.group() else _SURE)


def _stated_words(match: re.Match[str], *, cased: bool) -> list[Word]:
    words: list[Word] = []
    for part in _WRITTEN.finditer(match.group()):
        word = _word_at(match.start() + part.start(), part.group())
        # An ordinary word in small letters, or one that begins no name ("is Unknown"), ends it.
        if (word.ordinary and not (cased and word.flags & RARE)) or (cased and word.shouted):
            break
        words.append(word)
        if part.group().endswith(".") and not word.initial:
            break
    return words[:LONGEST]


def _related(text: str) -> Iterator[Named]:
    """Names that are ordinary words too, with the relation in brackets behind: "Chase (brother)"."""
    for match in RELATED.finditer(text):
        before = _BEFORE_RELATION.search(text, max(0, match.start() - 24), match.start())
        word = _word_at(before.start(), before.group()) if before else None
        if word and word.flags & RARE:
            yield Named([word], "name_relative", 0.96)


def _name_words(match: re.Match[str], *, personal: bool) -> list[Word]:
    """Words behind a title as far as they can be a name.

    Args:
        match: The words.
        personal: Whether the title is of the sort (Mr, Mrs) that a name always follows.
    """
    words: list[Word] = []
    for part in _WRITTEN.finditer(match.group()):
        word = _word_at(match.start() + part.start(), part.group())
        lower = word.text[:1].islower() and word.text not in _PARTICLES
        if word.ordinary and (lower or not (word.flags & RARE or (personal and not words))):
            break
        if lower and words and not (word.flags & NAME or unlisted_in_capitals(word)):
            break
        words.append(word)
        if part.group().endswith(("'s", "'S")) or (part.group().endswith(".") and not word.initial):
            break
    return words[:LONGEST]


def _word_at(start: int, written: str) -> Word:
    bare = written[:-2] if written.endswith(("'s", "'S")) else written.rstrip("'-")
    bare = bare if len(bare) == 2 and bare[0].isupper() else bare.rstrip(".")
    return Word(start, start + len(bare), bare, lexicon().flags(bare.lower()))


def _with_given(text: str, one: Named, words: Sequence[Word]) -> Named:
    """A name of a text in capitals with the unlisted word before it: "ALARIC DRUMMOND, RN"."""
    at = bisect_left(words, one.words[0].start, key=lambda word: word.start)
    if one.score < _SURE or len(one.words) > 1 or not at:
        return one
    given = words[at - 1]
    if not unlisted_in_capitals(given) or not adjacent(text, given, one.words[0]):
        return one
    return Named([given, *one.words], one.label, one.score)


def _with_surname(text: str, one: Named, words: Sequence[Word]) -> Named:
    """A name of a text in capitals with the unlisted word after it: "WIFE YSOLDE BRACKWATER"."""
    at = bisect_left(words, one.words[-1].end, key=lambda word: word.start)
    labelled = text[max(0, one.words[0].start - 3) : one.words[0].start].rstrip(" ").endswith(":")
    titled = one.score >= CERTAIN and not labelled
    if one.score < _SURE or len(one.words) > 1 or titled or at >= len(words):
        return one
    surname = words[at]
    if not surname.shouted or not unlisted_in_capitals(surname) or not adjacent(text, one.words[-1], surname):
        return one
    return Named([*one.words, surname], one.label, one.score)


def _with_next_line(text: str, one: Named) -> Named:
    """A sure name of one word with the surname that a line's end parts from it."""
    if one.score < CERTAIN or len(one.words) > 1:
        return one
    match = _NEXT_LINE.match(text, one.words[0].end)
    if match is None:
        return one
    word = _word_at(match.start(1), match[1])
    return (
        one if word.ordinary or CHEMICAL.search(word.text.lower()) else Named([*one.words, word], one.label, one.score)
    )


def _confirmed(names: list[Named]) -> list[Named]:
    """Full names that a title proves elsewhere are sure: "Taylor Nguyen came. Ms. Nguyen said … Taylor"."""
    proved = {name.words[-1].text.lower() for name in names if name.score >= CERTAIN}
    return [
        replace(one, score=_PROVED)
        if one.score < _PROVED and len(one.words) > 1 and one.words[-1].text.lower() in proved
        else one
        for one in names
    ]


def _reversed(text: str, segments: Sequence[list[Word]], sure: set[int]) -> Iterator[Named]:
    """Names with the surname first ("DOE, JOHN A.").

    Args:
        text: The text.
        segments: Stretches that may be names.
        sure: Where names begin that are sure; behind a label ("Pt: DOE, JOHN") the given name need not be known.
    """
    for left, right in pairwise(segments):
        if text[left[-1].end : right[0].start] not in (", ", ",", ",\n"):
            continue
        given, last = right[0], left[-1]
        # "Biliary Stent, May 5, 2013"
        if _DAY.match(text, given.end) and given.text in _MONTHS:
            continue
        # "Drs. Hale, Kim" are two people.
        if _SEVERAL.search(text, max(0, left[0].start - 6), left[0].start):
            continue
        if _is_on_label(text, left, right):
            yield Named([last, given], "name", 0.9)
            continue
        labelled = left[0].start in sure and text[max(0, left[0].start - 3) : left[0].start].rstrip(" ").endswith(":")
        if labelled and len(left) == 1 and len(right) <= 2:
            yield Named([*left, *right], "name", 0.96)
        elif given.start in sure and len(left) == 1 and _opens_line(text, left[0].start):
            yield Named([*left, *right], "name", 0.9)
        elif len(left) <= 2 and len(right) <= 3 and given.flags & GIVEN and not given.flags & PLACE:
            known = bool(last.flags & SURNAME) or (not last.flags and not CHEMICAL.search(last.text.lower()))
            if known and not belongs_to_medicine(text, right[-1].end):
                yield Named([*left, *right], "name", 0.75)


def _is_on_label(text: str, left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Whether it is a surname and an initial as tubes and forms have it: "Received: Wexcombe, T - left breast"."""
    surname, given = left[-1], right[0]
    if len(left) > 1 or len(right) > 1 or not given.initial or len(surname.text) <= 2:
        return False
    if surname.ordinary or CHEMICAL.search(surname.text.lower()) or surname.flags & (NAME | PLACE) == PLACE:
        return False
    labelled = _RECEIVED.search(text, max(0, surname.start - 24), surname.start) is not None
    begins = labelled or (_opens_line(text, surname.start) and bool(surname.flags & SURNAME))
    return begins and _LABEL_GOES_ON.match(text, given.end) is not None


def _opens_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"


def _listed(text: str, segments: Sequence[list[Word]], names: Sequence[Named], *, cased: bool) -> Iterator[Named]:
    """Single words that stand in one list with a name: "Kowal, Anna and Fenwick"."""
    found = {word.start for name in names for word in name.words}
    doctors = {
        word.start
        for name in names
        if _SEVERAL.search(text, max(0, name.words[0].start - 6), name.words[0].start)
        for word in name.words
    }
    for order in (segments, segments[::-1]):
        for one, other in pairwise(order):
            first, second = (one, other) if order is segments else (other, one)
            if text[first[-1].end : second[0].start] not in _JOINED or one[0].start not in found:
                continue
            word = other[0]
            if order is segments and one[0].start in doctors:
                doctors.add(word.start)
            plain = (
                word.flags & (PLACE | NAME) != PLACE
                and (cased or word.start in doctors or word.flags & (GIVEN | ORDINARY | RARE) == GIVEN)
                and not CHEMICAL.search(word.text.lower())
            )
            if word.start in found or len(other) > 2 or not plain or word.initial:
                continue
            if not belongs_to_medicine(text, other[-1].end) and not belongs_to_firm(text, other[-1].end):
                found.add(word.start)
                yield Named(other, "name_clinician" if word.start in doctors else "name", 0.55)

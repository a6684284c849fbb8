"""Finds the parts of names that are sure again elsewhere in the text: a surname alone, a first name, with 's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from medgo.deid.names_en.contexts import after, before, is_subject, titled_from
from medgo.deid.names_en.heads import belongs_to_firm, belongs_to_medicine, is_disease
from medgo.deid.names_en.lexicon import NAME, ORDINARY, PLACE, RARE
from medgo.deid.names_en.runs import Named
from medgo.deid.names_en.words import LETTERS
from medgo.deid.protocol import Finding

# From this score on a name is looked for elsewhere.
_SURE = 0.75
_SHORTEST = 3
# From this on the context of a broken word says that it is a name.
_TOLD = 0.9
# More names than this in one text are a list of staff; each still costs one alternative.
_MOST = 400
# How a sentence goes on behind a name that is an ordinary word too: "White will see her", but "White plaques".
_GOES_ON = re.compile(
    r"(?:'s)?(?:[.,;:?!)\]\n]|$| [A-Z(]| (?:and|or|to|for|at|in|on|by|with|from|of|who|as|about|regarding|re|again|"
    r"today|tomorrow|yesterday|tonight|before|after|if|that|this|next|last|is|was|has|had|will|would|can|could|should|may|"
    r"did|does|also|then|but|he|she|they|me|us|him|her|them|when|while|because|since|until|via|per|ate|slept|felt|said|"
    r"came|went|got|took|ran|fell|sat|stood|woke|spoke|knew|thought|wrote|gave|made|did|seen|says|denies|reports|states|"
    r"feels|lives|takes|wants|needs|uses|likes|thinks|knows|agrees|understands|drinks|smokes|eats|walks|sleeps|plans|"
    r"drove|began|left|lost|held|kept|told|met|saw|heard|found|became|lay|rode|brought|bought|broke|chose|grew|hit|hurt|"
    r"quit|sent|spent|tried|slid|tore|threw|presents|returns|calls|comes|goes|works|sees|gets|tolerates|requests|refuses|"
    r"complains|wishes|hopes|asks|tells|speaks|prefers|declines|requires|recommends|suggests|advises|follows|signs|"
    r"now|not|never|still|remains|continues|appears|seems|looks|doing|here|home|[a-z]{2,12}ed)\b)"
)
_WORD_ENDS = re.compile(rf"[{LETTERS}'\-]{{1,24}}$")
_BROKEN = re.compile(rf"(?<=[{LETTERS}])-?[ ]?\n[ >|]{{0,6}}(?=[A-Za-z])")
_WORD_BEGINS = re.compile(r"[a-z][a-z'\-]{0,24}|[A-Z]{2,24}(?![a-z])")


def echoes(text: str, names: Sequence[Named], detector: str) -> Iterator[Finding]:
    """Further places where parts of sure names stand; may repeat places that are found already."""
    parts = _parts(names)
    if not parts:
        return
    common = {word.text.lower() for name in names for word in name.words if word.flags & ORDINARY}
    spellings = {form for part in parts for form in _spellings(part, parts[part][1])}
    alternatives = "|".join(sorted(map(re.escape, spellings), key=len, reverse=True))
    for match in re.finditer(rf"(?<![{LETTERS}\d])(?:{alternatives})(?![{LETTERS}\d]|-[{LETTERS}])", text):
        owner, _ = parts[match.group().lower()]
        if belongs_to_medicine(text, match.end()) or belongs_to_firm(text, match.end()):
            continue
        if is_disease(text, match.start(), match.end()):
            continue
        if match.group().lower() not in common or _is_meant(text, match):
            yield Finding(match.start(), match.end(), owner.label, min(owner.score, 0.96), detector)


def broken(lines: str, names: Sequence[Named], detector: str) -> Iterator[Finding]:
    """Places where a line's end breaks a part of a sure name within the word; the whole word stands elsewhere.

    Args:
        lines: The text with all its line ends.
        names: What was found in it.
        detector: Name for the findings.
    """
    if "\n" not in lines:
        return
    parts = _parts(names)
    ends = {name.words[-1].end: name for name in names if name.score >= _TOLD}
    halves: dict[str, Finding] = {}
    for match in _BROKEN.finditer(lines):
        front = _WORD_ENDS.search(lines, max(0, match.start() - 24), match.start())
        rest = _WORD_BEGINS.match(lines, match.end())
        if front is None or rest is None or not front.group()[:1].isupper():
            continue
        if rest.group()[0].isupper() and not front.group().isupper():
            continue
        written = rest.group().removesuffix("'s")
        whole = front.group() + written
        name = parts[whole.lower()][0] if whole.lower() in parts else ends.get(match.start())
        if name is None:
            continue
        start = titled_from(lines, front.start())
        found = Finding(start, match.end() + len(written), name.label, name.score, detector)
        if whole.lower() in parts:
            yield found
        elif len(halves) < _MOST:
            halves[whole] = found
    yield from _joined(lines, halves)


def _joined(lines: str, halves: Mapping[str, Finding]) -> Iterator[Finding]:
    """Words that a line's end breaks behind a title or a relation, where they stand whole elsewhere; both places."""
    if not halves:
        return
    alternatives = "|".join(sorted(map(re.escape, halves), key=len, reverse=True))
    for match in re.finditer(rf"(?<![{LETTERS}\d])(?:{alternatives})(?![{LETTERS}\d])", lines):
        half = halves[match.group()]
        yield half
        yield replace(half, start=match.start(), end=match.end())


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Whether an ordinary word in capitals is the person again: by what it does or by what stands before it."""
    if before(text, match.start()) is not None or after(text, match.end()) is not None:
        return True
    if text.startswith("'s", match.end()) or is_subject(text, match.end()):
        return True
    start = match.start()
    inside = start >= 2 and text[start - 1] == " " and (text[start - 2].isalnum() or text[start - 2] in ",)'&")
    following = _GOES_ON.match(text, match.end())
    return following is not None and (inside or following.group()[:1] == " ")


def _parts(names: Sequence[Named]) -> dict[str, tuple[Named, bool]]:
    """Lower-case part of a name to the surest name that has it, and whether it is no ordinary word."""
    parts: dict[str, tuple[Named, bool]] = {}
    for name in sorted(names, key=lambda one: one.score, reverse=True):
        if name.score < _SURE or len(parts) >= _MOST:
            break
        for word in name.words:
            lowered = word.text.lower()
            common = word.flags & (ORDINARY | RARE | PLACE)
            if len(lowered) >= _SHORTEST and not word.initial and not (common and not word.flags & NAME):
                parts.setdefault(lowered, (name, not common))
    return parts


def _spellings(part: str, rare: bool) -> tuple[str, ...]:
    capitalised = part.title() if "-" in part else part[:1].upper() + part[1:]
    if rare and len(part) > _SHORTEST:
        return (capitalised, part.upper(), part)
    return (capitalised, part.upper()) if rare else (capitalised,)

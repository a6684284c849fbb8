"""Names in Latin letters in brackets beside Chinese ones (谭志强（Tan Zhiqiang）): the same person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from medgo.deid.classes import NAMES
from medgo.deid.known.detector import spellings_of
from medgo.deid.names_en.lexicon import ORDINARY, lexicon
from medgo.deid.names_en.words import CAPITALS, LETTERS
from medgo.deid.protocol import CERTAIN, Finding, KnownIdentifier, Note

_NAME = "romanised"
_WORD = rf"[{CAPITALS}][{LETTERS}'\-]*\.?"
_LATIN = rf"(?P<name>{_WORD}(?:[ ,]{{1,2}}{_WORD}){{0,3}})"
_BEHIND = re.compile(rf" ?[(\[/] ?{_LATIN} ?(?:[)\],;:/|\n]|$)")
_BEFORE = re.compile(rf"(?<![{LETTERS}\d]){_LATIN} ?[(\[/] ?$")
_PARTS = re.compile(rf"[{LETTERS}'\-]+")
_HAN = re.compile("[\u3400-\u9fff·]{2,12}")
_FURTHEST = 48
# No reading of the characters, as of names in Cantonese or of other peoples.
_LIKELY = 0.8


def romanised(note: Note, findings: Sequence[Finding]) -> list[Finding]:
    """Names in Latin letters beside names in Chinese ones; positions in the view.

    Args:
        note: The note.
        findings: What was found in it, positions in the view.
    """
    text, found = note.view.text, []
    for one in findings:
        if one.label not in NAMES or not _HAN.fullmatch(text, one.start, one.end):
            continue
        behind = _BEHIND.match(text, one.end) if text[one.end : one.end + 2].strip()[:1] in ("(", "[", "/") else None
        opened = text[max(0, one.start - 2) : one.start].strip()[-1:] in ("(", "[", "/")
        before = _BEFORE.search(text, max(0, one.start - _FURTHEST), one.start) if opened else None
        found += [_finding(match, text[one.start : one.end], one) for match in (behind, before) if match is not None]
    return [one for one in found if one is not None]


def _finding(match: re.Match[str], name: str, chinese: Finding) -> Finding | None:
    start, end = match.span("name")
    if any(one.pattern.search(match["name"]) for one in spellings_of(KnownIdentifier(chinese.label, name))):
        return Finding(start, end, chinese.label, CERTAIN, _NAME)
    words = _PARTS.findall(match["name"])
    if len(words) < 2 or not all(map(_may_be_name, words)):
        return None
    return Finding(start, end, chinese.label, _LIKELY, _NAME)


def _may_be_name(word: str) -> bool:
    """Whether a word is written as a name is and is no ordinary one; words in capitals are abbreviations as well."""
    known = lexicon().flags(word.lower())
    return bool(known & ~ORDINARY) or (not known and not word.isupper())

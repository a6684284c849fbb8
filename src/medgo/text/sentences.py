"""Where a sentence ends, in Chinese and English clinical prose. Knows no medicine but its abbreviations."""

from __future__ import annotations

import re

from medgo.schema import Lang
from medgo.text.span import Span

_ZH_END = re.compile(r"[。！？；!?;]+[”’」』）)\"']*|\n+|(?<=[\u4e00-\u9fff）)])\.(?=\s|$)")
_EN_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)|;(?=\s)|\n+|[。！？；]")
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "pt",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "vs",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "etc",
        "approx",
        "fig",
        "no",
        "al",
        "cf",
        "ca",
        "dept",
        "inc",
        "jr",
        "sr",
        "p.o",
        "b.i.d",
        "t.i.d",
        "q.i.d",
        "q.d",
        "p.r.n",
        "i.v",
        "i.m",
        "s.c",
        "a.m",
        "p.m",
        "wt",
        "ht",
        "temp",
        "resp",
        "min",
        "max",
        "vol",
        "ref",
        "spp",
        "sp",
    ]
)
# "etc.", "a.m." and "p.o." may also stand at the end of a sentence: they do not end it before a small letter only.
_MAY_END = frozenset(
    [
        "etc",
        "a.m",
        "p.m",
        "p.o",
        "b.i.d",
        "t.i.d",
        "q.i.d",
        "q.d",
        "p.r.n",
        "i.v",
        "i.m",
        "s.c",
        "al",
        "min",
        "max",
        "inc",
    ]
)
_WORD_BEFORE = re.compile(r"([A-Za-z][A-Za-z.]*)$")
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}|[A-Za-z])$")


def sentences(text: str, lang: Lang) -> list[Span]:
    """Cut a text into sentences.

    Args:
        text: Prose; headings and list items stand on lines of their own.
        lang: Its language: English full stops need an eye for abbreviations and numbering.

    Returns:
        Spans without surrounding white space, in order; together they hold everything but white space.
    """
    spans: list[Span] = []
    start = 0
    for match in (_ZH_END if lang == "zh" else _EN_END).finditer(text):
        if lang == "en" and match[0] == "." and _goes_on(text, start, match.start()):
            continue
        _add(spans, text, start, match.end())
        start = match.end()
    _add(spans, text, start, len(text))
    return spans


def _goes_on(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at ``stop`` belongs to an abbreviation or a list number."""
    before = text[start:stop]
    if _NUMBERING.match(before):
        return True
    word = _WORD_BEFORE.search(before[-12:])
    if word is None:
        return False
    name = word[1].lower()
    if len(name) == 1 and word[1].isupper():  # an initial
        return True
    if name not in _ABBREVIATIONS:
        return False
    following = text[stop + 1 :].lstrip(" ")[:1]
    return not (name in _MAY_END and (not following or following.isupper() or following == "\n"))


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        first = start + len(piece) - len(piece.lstrip())
        spans.append(Span(first, first + len(stripped)))

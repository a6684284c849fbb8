"""Which of the two languages a text is written in. Knows scripts and the commonest words only."""

from __future__ import annotations

import re

from medgo.schema import Lang

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[a-zà-ÿ]{2,}", re.IGNORECASE)
_OTHER_SCRIPT = re.compile(r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7af]")
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "was",
        "with",
        "for",
        "that",
        "this",
        "are",
        "on",
        "by",
        "an",
        "be",
        "or",
        "from",
        "at",
        "as",
        "has",
        "had",
        "not",
        "which",
        "have",
        "it",
        "he",
        "she",
        "his",
        "her",
        "patient",
        "no",
        "you",
        "your",
        "if",
        "may",
        "can",
        "should",
        "what",
        "when",
        "how",
        "do",
        "does",
        "after",
        "days",
        "day",
        "history",
    ]
)
_NEIGHBOURS = frozenset(
    [
        "le",
        "la",
        "les",
        "des",
        "du",
        "une",
        "est",
        "dans",
        "avec",
        "pour",
        "qui",
        "sur",
        "pas",
        "el",
        "los",
        "las",
        "una",
        "por",
        "con",
        "que",
        "del",
        "der",
        "die",
        "das",
        "und",
        "ist",
        "ein",
        "eine",
        "mit",
        "nicht",
        "von",
        "zu",
        "il",
        "gli",
        "che",
        "della",
        "di",
        "per",
        "non",
        "uma",
        "não",
        "para",
        "com",
        "dos",
        "het",
        "een",
        "van",
    ]
)


def language_of(text: str) -> Lang | None:
    """The language of most of a text.

    Args:
        text: Any text. A Chinese text with Latin drug names, units and abbreviations is Chinese.

    Returns:
        ``zh`` or ``en``; None where there is too little text to tell, or where it is another language.
    """
    han = len(_HAN.findall(text))
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    other = len(_OTHER_SCRIPT.findall(text))
    if other > (han + len(words)) // 2:
        return None
    # A Chinese character says about as much as half an English word.
    if han / 2 > len(words) * 0.4:
        return "zh"
    if not words:
        return None
    foreign = sum(word in _NEIGHBOURS for word in words)
    if foreign > sum(word in _ENGLISH for word in words) and foreign >= 2:
        return None
    return "en"

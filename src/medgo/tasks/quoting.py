"""Whether words and numbers of an output stand in its input. Pure text; knows no task.

What an output claims about a patient or a study has to be found in what it was given, letter for letter but for width,
case and spaces, and with its negation. Meaning is not judged here otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from medgo.schema import Lang
from medgo.text import polarity_of

# 1,234.5 (thousands), 0·62 (the middle dot of some journals), 12.5; not the 12 of "B12" nor a dot at a sentence's end.
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![A-Za-z0-9.])\d+(?:[.·]\d+)?")
_CUT_CUE = frozenset("无未不没")
# A quote that brings its own negation.
_NEGATED = re.compile(r"无|未|不|没|非|否认|(?:no|not|non|without|never|denie[sd]|absent|negative)\b", re.IGNORECASE)


def plain(text: str) -> str:
    """Text as it is compared: full width folded to half, lower case, without spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def occurs(words: str, source: str) -> bool:
    """Whether words stand in a source, but for width, case and spaces; empty words never do."""
    return bool(plain(words)) and plain(words) in plain(source)


def missing_quotes(quotes: Iterable[str], source: str) -> list[str]:
    """Those of the quotes that do not stand in the source."""
    held = plain(source)
    return [quote for quote in quotes if not plain(quote) or plain(quote) not in held]


def cut_off(quotes: Iterable[str], source: str, lang: Lang, *, family: bool = True) -> list[str]:
    """Quotes whose negation was left behind: ``胸痛`` out of ``无胸痛``, or a relative's, or one that is only supposed.

    A quote that holds its own negation (``无胸痛``) is whole; one that stands anywhere as present is good.

    Args:
        quotes: Words of an output.
        source: What they are quoted from.
        lang: Language of the source.
        family: Whether what is said of a relative counts as cut off; not where relatives speak of the patient.
    """
    away = {"absent", "conditional"} | ({"family"} if family else set())
    found = []
    for quote in quotes:
        if _NEGATED.match(quote):
            continue
        starts = [match.start() for match in re.finditer(re.escape(quote), source, re.IGNORECASE)] if quote else []
        meant = {
            # cut inside the cue itself: 用药 out of 未用药
            "absent" if source[start - 1 : start] in _CUT_CUE else polarity_of(source, start, start + len(quote), lang)
            for start in starts
        }
        if meant and meant <= away:
            found.append(quote)
    return found


def numbers(text: str) -> list[str]:
    """Numbers of a text in order, written one way: no thousands separators, no zeros at a fraction's end."""
    folded = unicodedata.normalize("NFKC", text)
    return [_one_way(match.group()) for match in _NUMBER.finditer(folded)]


def missing_numbers(text: str, source: str) -> list[str]:
    """Numbers of a text that its source does not hold."""
    held = set(numbers(source))
    return [number for number in dict.fromkeys(numbers(text)) if number not in held]


def _one_way(number: str) -> str:
    value = number.replace(",", "").replace("·", ".")
    return value.rstrip("0").rstrip(".") if "." in value else value

"""Whether words and numbers of an output stand in its input. Pure text; knows no task.

What an output claims about a patient or a study has to be found in what it was given, letter for letter but for width,
case and spaces. Meaning is not judged here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# 1,234.5 (thousands), 0·62 (the middle dot of some journals), 12.5; not the 12 of "B12" nor a dot at a sentence's end.
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![A-Za-z0-9.])\d+(?:[.·]\d+)?")


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

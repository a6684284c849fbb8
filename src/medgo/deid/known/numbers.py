"""Numbers and codes in all spellings: with separators, in Chinese numerals, masked, last four digits. Knows no text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.deid.classes import IdentifierClass
from medgo.deid.known.spelling import Spelling, letter

_NUMERALS = {
    "0": "零〇O",
    "1": "一幺壹l",
    "2": "二贰两",
    "3": "三叁",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆",
    "7": "七柒",
    "8": "八捌",
    "9": "九玖",
}
_SEPARATOR = r"[ \-./—_()\n]{0,2}"
_SHORTEST = 5  # letters and digits: shorter numbers are doses and years as well
_ENDING = (
    r"(?:尾号|末四位|后四位|尾数|last (?:4|four)(?: digits)?|ending(?: in| with)?|ends (?:in|with)|[xX*•#]{2,})"
    r"(?:[为是:： ]|of|SSN|ssn|-){0,4}"
)
_MASK = r"[*xX•＊]{2,12}"


def spellings(value: str, label: IdentifierClass) -> Iterator[Spelling]:
    """All spellings of a number.

    Args:
        value: As the header has it, with or without separators.
        label: Whose number it is.
    """
    characters = [one for one in value if one.isalnum()]
    if label in ("phone", "fax") and len(characters) > 11 and value.lstrip().startswith(("+", "00")):
        characters = characters[-11:] if characters[-11] == "1" else characters[-10:]
    digits = "".join(one for one in characters if one.isdigit())
    if len(characters) < _SHORTEST or not digits:
        return
    body = _SEPARATOR.join(map(_character, characters))
    # Leading zeros fill a field up; people leave them out.
    zeros = len(characters) - len("".join(characters).lstrip("0"))
    if zeros and len(characters) - zeros >= _SHORTEST:
        body = rf"(?:[0零〇O]{_SEPARATOR}){{0,9}}" + _SEPARATOR.join(map(_character, characters[zeros:]))
    if label in ("phone", "fax"):
        body = rf"(?:(?:\+|00)?86{_SEPARATOR})?{body}"
    forms = [rf"(?<![A-Za-z0-9]){body}(?![0-9])"]
    if len(digits) >= 8:
        forms.append(rf"(?<!\d){digits[:3]}\d{{0,3}}{_MASK}{digits[-4:]}(?!\d)")
    yield Spelling(re.compile("|".join(forms)), label)
    if len(digits) >= 8:
        last = "".join(characters[-4:]).upper()
        yield Spelling(re.compile(rf"{_ENDING}({re.escape(last)})(?![0-9])"), label)


def _character(one: str) -> str:
    if one in _NUMERALS:
        return f"[{one}{_NUMERALS[one]}]"
    return letter(one)

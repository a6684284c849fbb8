"""What counts as one character: width, case, accents and traditional characters folded by a table. Knows no words.

A table of the Basic Multilingual Plane, so that a whole text is folded by two array look-ups. The pairs of traditional
and simplified characters are kept with an index, so that whoever opens it folds as its builder did.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from medgo.errors import EngineUnavailableError
from medgo.text import fold

_PLANE = 0x10000
# First halves of the Supplementary Ideographic Planes; what else lies beyond is pictures, mostly.
_RARE_HAN = range(0xD840, 0xD889)
# Left out: emphasis and scripts in Markdown and LaTeX stand inside words ("dia**bet**es", "H_2O", "10^9").
_MARKS_IN_WORDS = "*_`~^${}\\"
_CHINESE_DIGITS = "〇零一二三四五六七八九十百千万两"
# Compatibility characters of several letters that have one letter that matters.
_SHORTENED = {"℃": "c", "℉": "f", "…": ".", "⋯": ".", "‥": "."}


class Kind(IntEnum):
    """What a character is to a token."""

    SEPARATOR = 0
    LETTER = 1
    DIGIT = 2
    ALONE = 3
    """A token by itself: Han characters, kana."""
    HIDDEN = 4
    """Left out, whatever stands on its sides belongs together."""
    SEVERAL = 5
    """Stands for several characters: the text has to be normalised first."""


@dataclass(frozen=True, eq=False, slots=True)
class Folding:
    """Tables by code unit (UTF-16).

    Args:
        codes: What a character is compared as. shape [65536].
        kinds: :class:`Kind` of each. shape [65536].
    """

    codes: npt.NDArray[np.uint16]
    kinds: npt.NDArray[np.uint8]


@lru_cache(maxsize=4)
def folding(simplified: tuple[tuple[int, int], ...]) -> Folding:
    """The tables.

    Args:
        simplified: Code points of traditional characters and what they are compared as.
    """
    codes, kinds = np.zeros(_PLANE, np.uint16), np.zeros(_PLANE, np.uint8)
    for code in range(_PLANE):
        codes[code], kinds[code] = _entry(code)
    digits = np.array([ord(letter) for letter in _CHINESE_DIGITS])
    kinds[digits] = Kind.DIGIT
    for traditional, plain in simplified:
        codes[traditional], kinds[traditional] = plain, kinds[plain]
    # Compatibility forms of traditional characters take the same way.
    codes = np.where(kinds == Kind.ALONE, codes[codes], codes)
    return Folding(codes, kinds)


def simplified_characters() -> tuple[tuple[int, int], ...]:
    """Traditional characters with their simplified ones, from opencc's dictionary.

    Raises:
        EngineUnavailableError: opencc-python-reimplemented is not installed.
    """
    try:
        lines = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8").splitlines()
    except ModuleNotFoundError as error:
        raise EngineUnavailableError(
            "traditional characters need the dictionary of opencc-python-reimplemented, which is not installed",
            hint="pip install 'medgo[corpus]'",
        ) from error
    pairs: dict[int, int] = {}
    for line in lines:
        traditional, _, plain = line.partition("\t")
        first = plain.split(" ")[0]
        if len(traditional) == len(first) == 1 and max(traditional, first) < "\U00010000":
            pairs[ord(traditional)] = ord(first)
    return tuple(sorted(pairs.items()))


def few_simplified_characters() -> tuple[tuple[int, int], ...]:
    """Those of clinical cues that :func:`medgo.text.fold` knows: what there is without opencc's dictionary."""
    every = "".join(map(chr, range(0x4E00, 0xA000)))
    return tuple((ord(a), ord(b)) for a, b in zip(every, fold(every).text, strict=True) if a != b)


def _entry(code: int) -> tuple[int, int]:
    letter = chr(code)
    if 0xD800 <= code < 0xE000:  # half of a character beyond the plane: a rare Han one counts by its first half
        return (code, Kind.ALONE) if code in _RARE_HAN else (0, Kind.SEPARATOR)
    if letter in _MARKS_IN_WORDS:
        return 0, Kind.HIDDEN
    plain = _SHORTENED.get(letter) or unicodedata.normalize("NFKC", letter).lower()
    bare = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    if len(bare) == 1:
        plain = bare
    if len(plain) != 1 or ord(plain) >= _PLANE:
        return 0, Kind.SEVERAL if any(one.isalnum() for one in plain) else Kind.SEPARATOR
    kind = _kind(plain)
    return (ord(plain) if kind in (Kind.LETTER, Kind.DIGIT, Kind.ALONE) else 0), kind


def _kind(letter: str) -> Kind:
    category = unicodedata.category(letter)
    if category in ("Mn", "Me", "Cf"):
        return Kind.HIDDEN
    if category[0] == "N":
        return Kind.DIGIT
    if category[0] != "L":
        return Kind.SEPARATOR
    return Kind.ALONE if "\u2e80" <= letter < "\uac00" or "\uf900" <= letter < "\ufb00" else Kind.LETTER

"""A text as numbers: one for each word or Han character, as fast as arrays allow. Knows no item.

Each Han character is a token by itself, each Latin word is one (so Chinese, which has no spaces, is compared by
characters and English by words), and numbers beside each other are one ("100/60", "37.8"). Every token has two values:
its own, and one in which all numbers are the same, so that a question with other numbers is found too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.folding import Folding, Kind
from medgo.curation.decontamination.markup import without_markup

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]

# Odd 64-bit multipliers (Knuth's MMIX; the golden ratio): hashes are polynomials in them modulo 2**64.
_BASE = np.uint64(6364136223846793005)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_LETTER_POWERS = np.power(_BASE, np.arange(64, dtype=np.uint64))
_NUMBER_POWERS = np.power(_MIX, np.arange(16, dtype=np.uint64))
# Comparing an array with an enum's member takes longer than with a plain number.
_SEPARATOR, _DIGIT, _ALONE, _HIDDEN, _SEVERAL = map(
    int, (Kind.SEPARATOR, Kind.DIGIT, Kind.ALONE, Kind.HIDDEN, Kind.SEVERAL)
)
NUMBER = np.uint64(0x4E554D)
"""What every number is in :attr:`Tokens.masked`."""
# Long texts are taken in pieces: the arrays of one take some 60 bytes a character.
PIECE, _SHARED = 2**19, 2**14


@dataclass(frozen=True, eq=False, slots=True)
class Tokens:
    """A text's tokens.

    Args:
        own: Their hashes. shape [t].
        masked: The same, with one value for all numbers. shape [t].
        starts: First character of each in ``text``. shape [t].
        text: The text without markup, which positions mean.
    """

    own: Hashes
    masked: Hashes
    starts: Places
    text: str

    def __len__(self) -> int:
        return len(self.own)

    def between(self, first: int, last: int) -> str:
        """The text from one token up to and with another."""
        end = int(self.starts[last + 1]) if last + 1 < len(self.starts) else len(self.text)
        return self.text[int(self.starts[first]) : end].strip()


def tokens_of(text: str, table: Folding) -> Tokens:
    """Take a text apart.

    Args:
        text: Any text, with or without markup.
        table: What characters are compared as.
    """
    plain = without_markup(text)
    codes, kinds = _units(plain, table)
    if (kinds == _SEVERAL).any() or len(codes) != len(plain):
        plain = unicodedata.normalize("NFKC", plain)
        codes, kinds = _units(plain, table)
    wide = len(codes) != len(plain)
    origins = None
    seen = kinds != _HIDDEN
    if not seen.all():
        origins = np.flatnonzero(seen)
        codes, kinds = codes[origins], kinds[origins]
    begins = (kinds != _SEPARATOR) & (kinds != _SEVERAL)
    begins[1:] &= (kinds[1:] != kinds[:-1]) | (kinds[1:] == _ALONE)
    starts = np.flatnonzero(begins).astype(np.int32)
    if not len(starts):
        return Tokens(np.empty(0, np.uint64), np.empty(0, np.uint64), starts, plain)
    hashes = _mixed(_sums(codes.astype(np.uint64), starts, _LETTER_POWERS))
    numbers = kinds[starts] == _DIGIT
    places = starts if origins is None else origins[starts].astype(np.int32)
    if wide:
        places = _in_characters(plain, places)
    if numbers.any():
        hashes, places, numbers = _numbers_as_one(hashes, places, numbers, plain)
    return Tokens(hashes, np.where(numbers, NUMBER, hashes), places, plain)


def pieces_of(text: str) -> Iterator[str]:
    """A long text in pieces that share some thousand characters, so that each item stands whole in one of them."""
    if len(text) <= PIECE:
        yield text
        return
    for start in range(0, max(len(text) - _SHARED, 1), PIECE - _SHARED):
        yield text[start : start + PIECE]


def runs(tokens: Hashes, size: int) -> Hashes:
    """Hashes of all runs of ``size`` tokens. [t] → [t - size + 1]."""
    if len(tokens) < size:
        return np.empty(0, np.uint64)
    # Doubled by the bits of the size: 10 → 1, 2, 5, 10.
    run, have = tokens, 1
    for bit in bin(size)[3:]:
        run = run[:-have] * _power(have) + run[have:]
        have *= 2
        if bit == "1":
            run = run[:-1] * _BASE + tokens[have:]
            have += 1
    return run


def _power(count: int) -> np.uint64:
    return np.uint64(pow(int(_BASE), count, 2**64))


def _units(text: str, table: Folding) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
    return table.codes[units], table.kinds[units]


def _sums(values: Hashes, starts: Places, powers: Hashes) -> Hashes:
    """For each stretch from one start to the next: its values, weighted by their place in it. [n], [t] → [t]."""
    values = values[starts[0] :]
    begins = starts - starts[0]
    places = np.arange(len(values), dtype=np.int32) - np.repeat(begins, np.diff(begins, append=np.int32(len(values))))
    return np.add.reduceat(values * powers[places & np.int32(len(powers) - 1)], begins)


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> _HALF)) * _MIX
    return hashes ^ (hashes >> _HALF)


def _numbers_as_one(
    hashes: Hashes, places: Places, numbers: npt.NDArray[np.bool_], text: str
) -> tuple[Hashes, Places, npt.NDArray[np.bool_]]:
    """Numbers beside each other on a line become one: "100/60", "37.8", "3～5"."""
    further = numbers.copy()
    further[0] = False
    further[1:] &= numbers[:-1]
    for at in np.flatnonzero(further).tolist():
        further[at] = "\n" not in text[places[at - 1] : places[at]]
    if not further.any():
        return hashes, places, numbers
    kept = np.flatnonzero(~further).astype(np.int32)
    return _sums(hashes, kept, _NUMBER_POWERS), places[kept], numbers[kept]


def _in_characters(text: str, places: Places) -> Places:
    """Positions of UTF-16 units as positions of characters."""
    wide = np.fromiter((letter >= "\U00010000" for letter in text), np.bool_, len(text))
    first = np.arange(len(text)) + np.concatenate([[0], np.cumsum(wide)[:-1]])
    return (np.searchsorted(first, places, "right") - 1).astype(np.int32)

"""Surrogates of numbers that a hospital gives: of the same shape, and never the same one for two numbers of a corpus.

Drawn per patient, short numbers of two patients would meet. Here one keyed permutation of all numbers of a shape serves
the whole corpus, so that two of them cannot; equal numbers stay equal, as whoever joins records by them expects.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from medgo.deid.replacing.draws import ATTEMPTS

_PREFIX = re.compile(r"[^\W\d_]{1,3}(?=[\s:：#.-]|\d)")
_DIGITS, _LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ROUNDS = 6
# Longer ones are no numbers of a hospital, and would need more than a digest to be mixed.
_LONGEST = 48


@dataclass(frozen=True)
class Codes:
    """Permutations of one corpus.

    Args:
        secret: Of the corpus, not of a patient.
    """

    secret: bytes

    def written(self, value: str, taken: Callable[[str], bool]) -> str | None:
        """Another number of the same shape; letters in front, separators and leading zeros stay.

        Args:
            value: The original, as detectors see it.
            taken: Whether a number occurs in the corpus; the same answer for all of its records.

        Returns:
            None where the shape has no other number, or too many of its numbers are taken.
        """
        places = _places(value)
        size = 1
        for _, radix, _ in places:
            size *= radix
        if size < 2 or len(places) > _LONGEST:
            return None
        shape = "".join(f"{at}:{radix};" if radix != 10 else "d" for at, (_, radix, _) in enumerate(places))
        feistel = _Feistel(self.secret, shape, size)
        start = _number(value, places)
        # Taken numbers open a bracket, free ones close one: who closes whose is one to one, so that no two meet.
        place, depth = feistel.of(start), 1
        for _ in range(ATTEMPTS):
            place = (place + 1) % size
            new = _text(value, places, feistel.back(place))
            depth += 1 if taken(new) else -1
            if depth == 0:
                return new if new != value else None
        return None


@dataclass(frozen=True)
class _Feistel:
    """A permutation of the numbers below a size (Black and Rogaway 2002, cycle walking over a balanced network)."""

    secret: bytes
    shape: str
    size: int

    @property
    def bits(self) -> int:
        """Of one half."""
        return ((self.size - 1).bit_length() + 1) // 2 or 1

    def of(self, number: int) -> int:
        """Where a number goes."""
        return self._walk(number, range(_ROUNDS), back=False)

    def back(self, number: int) -> int:
        """Where a number came from."""
        return self._walk(number, range(_ROUNDS - 1, -1, -1), back=True)

    def _walk(self, number: int, rounds: range, *, back: bool) -> int:
        bits = self.bits
        while True:
            left, right = number >> bits, number & ((1 << bits) - 1)
            for one in rounds:
                if back:
                    left, right = right ^ self._mixed(one, left, bits), left
                else:
                    left, right = right, left ^ self._mixed(one, right, bits)
            number = left << bits | right
            if number < self.size:
                return number

    def _mixed(self, one: int, half: int, bits: int) -> int:
        what = f"{self.shape}\x1f{one}\x1f{half}".encode()
        return int.from_bytes(hmac.digest(self.secret, what, "sha256")) & ((1 << bits) - 1)


def _places(value: str) -> list[tuple[int, int, int]]:
    """Position, radix and least digit of what changes: ASCII digits and letters behind the prefix.

    Separators play no part, so that a number is one whatever stands between its digits. Empty for other writings.
    """
    prefix = _PREFIX.match(value)
    letters = [at for at in range(prefix.end() if prefix else 0, len(value)) if value[at].isalnum()]
    if not all(value[at].isascii() for at in letters):
        return []
    found = []
    for number, at in enumerate(letters):
        if not value[at].isdigit():
            found.append((at, 26, 0))
            continue
        leads = number == 0 or not value[letters[number - 1]].isdigit()
        followed = number + 1 < len(letters) and value[letters[number + 1]].isdigit()
        if not leads or not followed:
            found.append((at, 10, 0))
        elif value[at] != "0":  # a number does not begin with a zero that it did not begin with
            found.append((at, 9, 1))
    return found


def _number(value: str, places: list[tuple[int, int, int]]) -> int:
    number = 0
    for at, radix, least in places:
        letter = value[at].lower()
        number = number * radix + (int(letter) - least if letter.isdigit() else _LETTERS.index(letter))
    return number


def _text(value: str, places: list[tuple[int, int, int]], number: int) -> str:
    letters = list(value)
    for at, radix, least in reversed(places):
        number, digit = divmod(number, radix)
        if value[at].isdigit():
            letters[at] = _DIGITS[digit + least]
        else:
            letters[at] = _LETTERS[digit].upper() if value[at].isupper() else _LETTERS[digit]
    return "".join(letters)

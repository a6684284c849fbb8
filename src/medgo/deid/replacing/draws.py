"""Keyed choices: the same patient and the same value always give the same draw, and nothing leads back. No I/O."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from medgo.deid.view import view_of

T = TypeVar("T")
ATTEMPTS = 100
_CJK_DIGITS = ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零一二三四五六七八九")
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"


class Draws:
    """Draws of one patient, by HMAC-SHA256 over what is drawn.

    Args:
        secret: Key for surrogates.
        patient: The patient's id.
    """

    def __init__(self, secret: bytes, patient: str) -> None:
        self._secret = hmac.digest(secret, patient.encode("utf-8", "surrogatepass"), "sha256")
        self.cycle = lru_cache(maxsize=256)(self._cycle)

    def number(self, bound: int, *what: str | int) -> int:
        """A number from 0 to below ``bound``, which is far below 2**64."""
        return int.from_bytes(self._bytes(*what)[:16]) % bound

    def pick(self, choices: Sequence[T], *what: str | int) -> T:
        """One of some choices."""
        return choices[self.number(len(choices), *what)]

    def digits(self, count: int, *what: str | int) -> str:
        """So many decimal digits."""
        return "".join(str(number % 10) for number in self.numbers(count, *what))

    def numbers(self, count: int, *what: str | int) -> Sequence[int]:
        """So many numbers below 2**32."""
        stream = hashlib.shake_256(self._bytes(*what)).digest(4 * count)
        return struct.unpack(f"<{count}I", stream)

    def _cycle(self, size: int, *what: str | int) -> tuple[int, ...]:
        """A permutation of 0..size-1 of one cycle: different values stay different, and none stays itself.

        Source:
            S. Sattolo, An algorithm to generate a random cyclic permutation (1986).
        """
        stream = self.numbers(size, "cycle", *what)
        order = list(range(size))
        for last in range(size - 1, 0, -1):
            other = stream[last] % last
            order[last], order[other] = order[other], order[last]
        return tuple(order)

    def _bytes(self, *what: str | int) -> bytes:
        return hmac.digest(self._secret, "\x1f".join(map(str, what)).encode("utf-8", "surrogatepass"), "sha256")


def normal(value: str) -> str:
    """What two spellings of an identifier share: its letters and digits, in one width, script and case."""
    return plain(view_of(value).text)


def plain(value: str) -> str:
    """:func:`normal` of a value that is in one width and script already."""
    return "".join(filter(str.isalnum, value.casefold()))


def first_attempt(make: Callable[[int], str], original: str, refused: Callable[[str], bool]) -> int | None:
    """The first attempt whose surrogate is not the original, does not hold it, and is not refused.

    Args:
        make: Surrogate by attempt, from 0 on.
        original: What is replaced, as detectors see it.
        refused: Whether a value is somebody's identifier.

    Returns:
        None where none of :data:`ATTEMPTS` would do.
    """
    old = plain(original)
    for attempt in range(ATTEMPTS):
        new = make(attempt)
        letters = plain(new)
        if old and (letters == old or (len(old) > 2 and old in letters)):
            continue
        if not refused(new):
            return attempt
    return None


def shaped(value: str, draws: Draws, *what: str | int, words: bool = False) -> str:
    """A value of the same shape: digit for digit, letter for letter of its case, all else as it was.

    A number that does not begin with 0 goes on not doing so. Numerals in Chinese characters count as digits (zero stays
    zero), other Chinese characters stay.

    Args:
        value: The original.
        draws: Of the patient.
        what: Tells this draw from others.
        words: Whether letters alternate between consonants and vowels, to be read as a word.
    """
    new: list[str] = []
    stream = draws.numbers(len(value), "shape", *what)
    for at, (letter, drawn) in enumerate(zip(value, stream, strict=True)):
        before = value[at - 1] if at else ""
        if letter.isascii() and letter.isdigit():
            new.append(str(1 + drawn % 9 if letter != "0" and not before.isdigit() else drawn % 10))
        elif letter.isascii() and letter.isalpha():
            letters = "abcdefghijklmnopqrstuvwxyz" if not words else (_VOWELS if at % 2 else _CONSONANTS)
            other = letters[drawn % len(letters)]
            new.append(other.upper() if letter.isupper() else other)
        else:
            new.append(_cjk_digit(letter, drawn))
    return "".join(new)


def refilled(value: str, digits: str) -> str:
    """A value whose decimal digits, ASCII or Chinese, are replaced one by one; separators stay.

    Args:
        value: The original.
        digits: As many as :func:`digits_of` counts.
    """
    rest, row = iter(digits), _row(value)
    return "".join(_as(letter, next(rest), row) if _digit(letter) is not None else letter for letter in value)


def digits_of(value: str) -> str:
    """The decimal digits of a value, whatever they are written in."""
    return "".join(str(digit) for letter in value if (digit := _digit(letter)) is not None)


def _digit(letter: str) -> int | None:
    if letter.isascii():
        return int(letter) if letter.isdigit() else None
    if letter == "幺":
        return 1
    return next((row.index(letter) for row in _CJK_DIGITS if letter in row), None)


def _as(letter: str, digit: str, row: str) -> str:
    return digit if letter.isascii() else row[int(digit)]


def _row(value: str) -> str:
    """The one kind of numerals that a value is written in; whoever writes 幺 for 1 writes plain ones."""
    plain, formal, spelt = _CJK_DIGITS
    if any(letter in formal[1:] for letter in value):
        return formal
    return plain if "〇" in value else spelt


def _cjk_digit(letter: str, drawn: int) -> str:
    return _as(letter, str(1 + drawn % 9), _row(letter)) if _digit(letter) else letter

"""Simplified characters as traditional ones, for surrogates in traditional notes."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from medgo.deid.view import view_of


def in_script_of(new: str, original: str) -> str:
    """A new value in traditional characters where the original has any."""
    if original.isascii() or not any(_is_traditional(letter) for letter in original):
        return new
    return "".join(_traditional().get(letter, letter) for letter in new)


@lru_cache(maxsize=8192)
def _is_traditional(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" and view_of(letter).text != letter


@lru_cache(maxsize=1)
def _traditional() -> dict[str, str]:
    """The usual traditional character of each simplified one (OpenCC's table, Apache-2.0)."""
    lines = files("opencc").joinpath("dictionary", "STCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line.strip())
    return {one[0]: one[1] for one in pairs if one[0] != one[1]}

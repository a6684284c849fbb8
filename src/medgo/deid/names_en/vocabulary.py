"""Lists of words as code writes them. Knows no words of its own."""

from __future__ import annotations


def vocabulary(words: str) -> frozenset[str]:
    """The words of a text, set apart by spaces or line ends."""
    return frozenset(words.split())

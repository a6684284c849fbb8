"""Text in pieces, each an identifier or not: what generated notes are made of before they become one string."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from medgo.deid.classes import IdentifierClass


class Piece(NamedTuple):
    """A stretch of text.

    Args:
        text: Its characters.
        label: What it identifies; None for text that identifies nobody.
    """

    text: str
    label: IdentifierClass | None = None


def joined(pieces: Iterable[Piece]) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """The whole text and its gold spans ``(start, end, label)`` in code points."""
    texts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = 0
    for text, label in pieces:
        if label is not None and text:
            spans.append((length, length + len(text), label))
        texts.append(text)
        length += len(text)
    return "".join(texts), tuple(spans)

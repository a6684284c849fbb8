"""Puts new values into a text and says where they stand. Knows no identifier."""

from __future__ import annotations

from collections.abc import Iterable

from medgo.deid.protocol import Finding
from medgo.deid.replacing.protocol import Piece, Replaced


def assembled(text: str, news: Iterable[tuple[Finding, str]]) -> Replaced:
    """A text with new values in the place of findings.

    Args:
        text: The original.
        news: Findings in order, without overlaps, and what stands there now.
    """
    parts: list[str] = []
    pieces: list[Piece] = []
    done = length = 0
    for finding, new in news:
        parts += [text[done : finding.start], new]
        start = length + finding.start - done
        length = start + len(new)
        done = finding.end
        pieces.append(Piece(finding.start, finding.end, start, length, finding.label, finding.detector))
    return Replaced("".join([*parts, text[done:]]), pieces)

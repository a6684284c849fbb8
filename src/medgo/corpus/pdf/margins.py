"""What of a page is no text: headers, footers, page numbers, tables of contents. Knows no PDF."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from medgo.corpus.pdf.columns import Line

# Chapters change their header: a header repeats nearby, on every page or on every second one.
_NEARBY = 6
_REPEATED = 2
_ZONE = 0.14
_SAME_PLACE = 4.0
_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b", re.IGNORECASE)
_NUMBER_ALONE = re.compile(
    r"\W*(?:page|p\.|第)?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页|(?:of|/|\|)\s*\d{1,4}|页?\s*[,，/]?\s*共\s*\d{1,4}\s*页)?\W*",
    re.IGNORECASE,
)
# ``1.2 Symptoms . . . . . . 17``; on a page that has some, ``1 Introduction      5`` is one too.
_LEADER = re.compile(r"(?:[.·…‥]\s?){4,}\s*(?:\|\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*\Z", re.IGNORECASE)
_ENTRY = re.compile(r"\S\s+(?:\|\s*)?(?:\d{1,4}|[ivxlc]{1,6})\s*\Z")
_FEWEST_ENTRIES, _ENTRY_LENGTH, _NUMBER_LENGTH = 4, 300, 40


@dataclass(frozen=True, slots=True)
class LaidPage:
    """A page in the order of reading.

    Args:
        number: From 1.
        height: In points.
        regions: Stretches of columns.
        size: Height of most of its letters.
    """

    number: int
    height: float
    regions: list[list[Line]]
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class BarePage:
    """A page without its margins.

    Args:
        page: What is left.
        removed: Lines that were taken away.
    """

    page: LaidPage
    removed: int


def without_margins(pages: Iterable[LaidPage]) -> Iterator[BarePage]:
    """Pages without lines at top and bottom that two pages nearby have at the same place, numbers aside.

    A document of two pages has them removed where both have them. Never more than some thirteen pages in memory.
    """
    window: deque[tuple[LaidPage, dict[str, list[float]]]] = deque()
    ready = 0
    for page in pages:
        window.append((page, _margins(page)))
        if len(window) - ready > _NEARBY:
            yield _bare(window, ready)
            if ready < _NEARBY:
                ready += 1
            else:
                window.popleft()
    while ready < len(window):
        yield _bare(window, ready)
        ready += 1


def without_contents(page: LaidPage) -> BarePage:
    """A page without lines of a table of contents: a title, dots or a gap, and the number of a page."""
    lines = [line for region in page.regions for line in region]
    led = sum(bool(_LEADER.search(line.text[-_ENTRY_LENGTH:])) for line in lines)

    def is_entry(line: Line) -> bool:
        text = line.text[-_ENTRY_LENGTH:]
        return bool(_LEADER.search(text) or (led >= _FEWEST_ENTRIES and _ENTRY.search(text)))

    regions = [[line for line in region if not is_entry(line)] for region in page.regions]
    removed = len(lines) - sum(map(len, regions))
    return BarePage(LaidPage(page.number, page.height, [one for one in regions if one], page.size), removed)


def _bare(window: deque[tuple[LaidPage, dict[str, list[float]]]], place: int) -> BarePage:
    page = window[place][0]
    others = [margins for index, (_, margins) in enumerate(window) if index != place]
    needed = min(_REPEATED, len(others))

    def repeats(line: Line) -> bool:
        if not _in_margin(line, page.height) or not needed:
            return False
        if len(line.text) <= _NUMBER_LENGTH and _NUMBER_ALONE.fullmatch(line.text):
            return True
        signature = _signature(line.text)
        alike = sum(any(abs(y - line.y) <= _SAME_PLACE for y in margins.get(signature, ())) for margins in others)
        return alike >= needed

    # From the edges inwards: what stands below a line of text is no header.
    ordered = sorted((line for region in page.regions for line in region), key=lambda line: -line.y)
    gone = {id(line) for line in (*takewhile(repeats, ordered), *takewhile(repeats, reversed(ordered)))}
    regions = [[line for line in region if id(line) not in gone] for region in page.regions]
    removed = len(gone)
    return BarePage(LaidPage(page.number, page.height, [one for one in regions if one], page.size), removed)


def _margins(page: LaidPage) -> dict[str, list[float]]:
    margins: dict[str, list[float]] = {}
    for region in page.regions:
        for line in region:
            if _in_margin(line, page.height):
                margins.setdefault(_signature(line.text), []).append(line.y)
    return margins


def _in_margin(line: Line, height: float) -> bool:
    return line.y > height * (1 - _ZONE) or line.y < height * _ZONE


def _signature(text: str) -> str:
    return _DIGITS.sub("#", text.lower()).strip()

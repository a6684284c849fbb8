"""Lines as headings, paragraphs and rows: broken words whole, sentences over columns and pages in one. Knows no PDF."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from medgo.corpus.pdf.columns import Line
from medgo.corpus.pdf.margins import LaidPage
from medgo.corpus.typesetting import Block, plain_line

_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’)\]）】]*(?:\[[\d,\s–-]+\])?\Z")
_CLOSED = re.compile(r"[.!?:;。！？：；][\"'”’)\]）】]*(?:\[[\d,\s–-]+\])?\Z")
_ITEM = re.compile(
    r"(?:[•●▪■◦‣·*–—-]|\(?\d{1,2}[.)、．]|[（(][一二三四五六七八九十\da-z]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳])\s*(?=\S)"
)
_BULLET = re.compile(r"[•●▪■◦‣·\uf0b7]\s*")
_HAN_EDGE = re.compile(r"[\u2e80-\u303f\u3400-\u9fff\uff00-\uffef]")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_BROKEN = re.compile(r"([A-Za-z]+)-\x00([a-z]+)")
# First parts of words that keep their hyphen wherever they are broken.
_KEEPING = frozenset({
    "well", "self", "high", "low", "long", "short", "all", "ex", "half", "non", "one", "two", "three", "four",
    "five", "six", "double", "single", "evidence", "follow", "cross", "late", "early", "quality", "health", "risk",
    "cost", "age", "dose", "time", "state", "first", "second", "third", "day", "week", "month", "year", "side",
    "patient", "decision", "placebo", "meta", "post", "pre", "anti", "e", "x", "t", "b", "beta", "alpha", "gamma",
})  # fmt: skip
_HEADING_SIZE, _HEADING_LENGTH = 1.12, 160
_LEADING = 1.35
_SHORT, _INDENT = 0.9, 0.8


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block and the page on which it begins."""

    block: Block
    page: int


@dataclass(slots=True)
class _Open:
    """A paragraph that may go on in the next column or on the next page."""

    text: str
    page: int
    full: bool
    hyphen: bool


def blocks_of(pages: Iterable[LaidPage]) -> Iterator[PlacedBlock]:
    """Blocks of a document, page by page; a word that a line's end breaks carries a mark for :func:`whole_words`."""
    pending: _Open | None = None
    for page in pages:
        for region in page.regions:
            for block, full, hyphen in _region_blocks(region, page.size):
                if pending is not None and block.kind == "paragraph" and _goes_on(pending, block.text):
                    pending.text = _joined(pending.text, block.text, pending.hyphen)
                    pending.full, pending.hyphen = full, hyphen
                    continue
                if pending is not None:
                    yield _placed(pending)
                    pending = None
                if block.kind == "paragraph":
                    pending = _Open(block.text, page.number, full, hyphen)
                else:
                    yield PlacedBlock(block, page.number)
    if pending is not None:
        yield _placed(pending)


def whole_words(text: str) -> str:
    """A text whose words are whole: a hyphen at a line's end goes, unless the text writes that word with one elsewhere.

    Args:
        text: With the marks that :func:`blocks_of` leaves.
    """
    if "\x00" not in text:
        return text
    written = Counter(match[0].lower() for match in _WORD.finditer(text.replace("-\x00", " ")))

    def mend(match: re.Match[str]) -> str:
        begin, end = match.groups()
        hyphenated, whole = written[f"{begin}-{end}".lower()], written[(begin + end).lower()]
        if hyphenated != whole:
            return f"{begin}-{end}" if hyphenated > whole else begin + end
        return f"{begin}-{end}" if begin.lower() in _KEEPING else begin + end

    return _BROKEN.sub(mend, text).replace("\x00", "")


def body_size(regions: Iterable[Iterable[Line]]) -> float:
    """The height of most letters of a page; 0 where there are none."""
    sizes: Counter[float] = Counter()
    for region in regions:
        for line in region:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _region_blocks(region: list[Line], size: float) -> Iterator[tuple[Block, bool, bool]]:
    """Blocks, with whether the last line is full and whether it ends in a broken word."""
    left, right = _edges(region)
    # A line is full where the next word would not have fitted.
    edge = right - max(2 * size, 0.15 * (right - left))
    leadings = _leadings(region, right)
    group: list[Line] = []
    for line in region:
        if group and _begins(group[-1], line, (left, right), leadings, size):
            yield _block(group, edge, size)
            group = []
        group.append(line)
    if group:
        yield _block(group, edge, size)


def _begins(before: Line, line: Line, edges: tuple[float, float], leadings: dict[int, float], size: float) -> bool:
    """Whether a line begins a new block."""
    left, right = edges
    if before.cells > 1 or line.cells > 1:
        return True
    if _is_heading(before, size) != _is_heading(line, size) or abs(before.size - line.size) > 0.18 * line.size:
        return True
    if before.y - line.y > _LEADING * leadings.get(round(line.size), 1.3 * line.size) or _ITEM.match(line.text):
        return True
    if _is_heading(line, size):
        return False
    short = before.x1 < left + _SHORT * (right - left)
    if short and _CLOSED.search(before.text):
        return True
    indented = line.x0 - left > _INDENT * line.size and abs(before.x0 - left) < 0.5 * line.size
    return indented and line.x0 - before.x0 < 4 * line.size and (short or bool(_SENTENCE_END.search(before.text)))


def _block(group: list[Line], edge: float, size: float) -> tuple[Block, bool, bool]:
    text, hyphen = group[0].text, group[0].hyphen
    for line in group[1:]:
        text = _joined(text, line.text, hyphen)
        hyphen = line.hyphen
    last = group[-1]
    if group[0].cells > 1:
        return Block("row", plain_line(text)), True, False
    full = last.x1 >= edge
    if _is_heading(group[0], size):
        level = 1 if last.size >= 1.6 * size else 2 if last.size >= 1.3 * size else 3
        return Block("heading", plain_line(text), level), True, False
    if bullet := _BULLET.match(text):
        return Block("item", plain_line(text[bullet.end() :])), full, hyphen
    return Block("paragraph", plain_line(text)), full, hyphen


def _is_heading(line: Line, size: float) -> bool:
    if len(line.text) > _HEADING_LENGTH or line.cells > 1 or not any(letter.isalpha() for letter in line.text):
        return False
    if line.size >= _HEADING_SIZE * size and line.size - size >= 0.9:
        return True
    return line.bold and line.size >= 0.95 * size and not _SENTENCE_END.search(line.text)


def _goes_on(pending: _Open, text: str) -> bool:
    if _ITEM.match(text):
        return False
    if pending.hyphen:
        return True
    if _CLOSED.search(pending.text) or not pending.full:
        return False
    return (
        text[:1].islower()
        or text[:1].isdigit()
        or bool(_HAN_EDGE.match(text))
        or pending.text.endswith((",", "，", "、"))
    )


def _joined(before: str, after: str, hyphen: bool) -> str:
    if hyphen or (before.endswith("\u00ad")):
        return f"{before.rstrip(chr(0xAD)).removesuffix('-')}-\x00{after}"
    # A hyphen that was no character of its own in the file: the same, where a word stood before it.
    if before.endswith(("-", "‐")) and len(before) > 1 and before[-2].isalpha() and after[:1].islower():
        return f"{before[:-1]}-\x00{after}"
    if before and after and _HAN_EDGE.match(before[-1]) and _HAN_EDGE.match(after[0]):
        return before + after
    if before.endswith(("/", "–", "—")):
        return before + after
    return f"{before} {after}"


def _placed(pending: _Open) -> PlacedBlock:
    return PlacedBlock(Block("paragraph", pending.text), pending.page)


def _edges(region: list[Line]) -> tuple[float, float]:
    """Left and right edge of a column's text, a few lines that stand out aside."""
    lefts, rights = sorted(line.x0 for line in region), sorted(line.x1 for line in region)
    return lefts[len(lefts) // 10], rights[len(rights) - 1 - len(rights) // 20]


def _leadings(region: list[Line], right: float) -> dict[int, float]:
    """Usual distance between baselines, by the height of the letters: prose and listings differ.

    After a full line comes the next one of its paragraph more often than not.
    """
    steps: dict[int, list[float]] = {}
    for full_only in (True, False):
        for a, b in pairwise(region):
            step, size = a.y - b.y, round(b.size)
            alike = 0 < step < 4 * b.size and abs(a.size - b.size) <= 0.1 * b.size
            if alike and (a.x1 >= right - 2 * a.size) == full_only and (full_only or len(steps.get(size, ())) < 2):
                steps.setdefault(size, []).append(step)
    return {size: statistics.median_low(found) for size, found in steps.items()}

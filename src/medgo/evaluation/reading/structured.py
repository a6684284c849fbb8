"""Rules for answers in a form made for machines: ``\\boxed{…}``, JSON fields, answer tags. Never evaluates anything."""

from __future__ import annotations

import re

from medgo.evaluation.reading.page import Page, Reading
from medgo.evaluation.reading.target import read_target

_BOX = re.compile(r"\\f?boxed\s?\{")
_FIELD = re.compile(
    r"[\"'](?:(?:the_|my_)?(?:final|correct|best)?[ _]?(?:answers?|choices?|options?|labels?)|"
    r"(?:最终|正确)?(?:答案|选项)|选择)(?:_(?:choices?|letters?|options?|idx))?[\"']\s*:\s*"
    r"(?:\[([^\]]{0,400})\]|\"([^\"\n]{0,400})\"|'([^'\n]{0,400})')"
)
_BETWEEN_BOXES = re.compile(r"\}[\s,、]*+(?:and|&|和|与|及)?+\s*+\\f?boxed\s?\{")
_TAG = re.compile(r"<(?:final[_ ]?)?(?:answer|choice|答案)>([^<]{0,400})</")
_LONGEST_BOX = 400
_TRIES = 40
_ITEM_QUOTES = re.compile(r"\"|(?<!\w)'|'(?!\w)")


def read_tag(page: Page) -> Reading | None:
    """``<answer>C</answer>``, the last one."""
    if "</" not in page.lower:
        return None
    return _last_content(page, [(match.start(1), match.end(1)) for match in _TAG.finditer(page.lower)])


def read_field(page: Page) -> Reading | None:
    """``{"answer": "C"}``, ``{"答案": ["A", "C"]}``, also where the JSON around it is cut off or broken."""
    if "{" not in page.lower:
        return None
    spans = [
        (match.start(group), match.end(group))
        for match in _FIELD.finditer(page.lower)
        for group in (match.lastindex,)
        if group
    ]
    return _last_content(page, spans)


def read_box(page: Page) -> Reading | None:
    """The last ``\\boxed{…}`` that names an option."""
    if "boxed" not in page.lower:
        return None
    spans = []
    for match in list(_BOX.finditer(page.lower))[-_TRIES:]:
        end = _closing_brace(page.lower, match.end())
        if end is not None:
            spans.append((match.end(), end))
    return _joined_boxes(page, spans) or _last_content(page, spans)


def _joined_boxes(page: Page, spans: list[tuple[int, int]]) -> Reading | None:
    """Several boxes in one row ("\\boxed{A} and \\boxed{D}") where several labels may be right."""
    if page.multiple is False or len(spans) < 2:
        return None
    row = [spans[-1]]
    for span in reversed(spans[:-1]):
        if not _BETWEEN_BOXES.fullmatch(page.lower, span[1], row[-1][0]):
            break
        row.append(span)
    readings = [_last_content(page, [span]) for span in row]
    if len(row) < 2 or None in readings:
        return None
    labels = frozenset[str]().union(*(reading.labels for reading in readings if reading is not None))
    return Reading(labels, row[-1][0], row[0][1])


def _closing_brace(text: str, start: int) -> int | None:
    depth = 1
    for position in range(start, min(len(text), start + _LONGEST_BOX)):
        char = text[position]
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return position
    return None


def _last_content(page: Page, spans: list[tuple[int, int]]) -> Reading | None:
    for start, end in reversed(spans[-_TRIES:]):
        # Quotes between the items of a JSON list are blanked, so that the items read like any list.
        inner = Page(
            _ITEM_QUOTES.sub(" ", page.text[start:end]),
            _ITEM_QUOTES.sub(" ", page.lower[start:end]),
            page.options,
            page.multiple,
        )
        reading = read_target(inner, 0)
        if reading is not None:
            return Reading(reading.labels, start + reading.start, start + reading.end, reading.hedged)
    return None

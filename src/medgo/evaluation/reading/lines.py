"""Rules for labels that stand by themselves: the whole reply, its first words, its last line, a list of lines.

An option that is only quoted back, or discussed in a walk through all options, is no answer.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from medgo.evaluation.reading.page import Page, Reading
from medgo.evaluation.reading.target import is_alone, names_letters, read_target, skip

_HEAD = re.compile(
    r"^[ \t]*(?:>[ \t]*)?(?:[-•+>]|\d{1,2}[.)])?[ \t]*"
    r"(?:(?:[Oo]ption|[Cc]hoice|选项)[ \t]*)?[(\[]?([A-Z])[)\]]?(?:选项|项)?"
    r"(?=[ \t]*[.:、,)\]-]|[ \t]|$)",
    re.MULTILINE,
)
# A question for the wrong statement is answered by naming it.
_LEAD_IN = re.compile(
    r"(?:[>\s👉➡💡🎯🔹\ufe0f。,]|[✅✔](?!.*[✅✔❌✘]))*+(?:第[一1]题\s?:\s?)?(?:(?:其中|本题中?|题中)?,?(?:错误|不正确|不恰当|不符合[^,。\n]{0,8}?|不属于[^,。\n]{0,12}?)的?(?:选项|说法|叙述|描述|做法|一项)?[是为]:?"
    r"|the (?:incorrect|false|wrong) (?:option|statement|answer|one) is:?)?",
    re.DOTALL,
)
_TEXT_END = re.compile(r"[ \t]*(?:[.。,;:\n]|$)")
_DELIMITED = re.compile(r"[)\]]?(?:选项|项)?[ \t]?[.:、]")
_NOTHING = re.compile(r"(?:[>\s.。,;:!()\[\]{}\"'“”-]|选项|option)*+")
_LABEL_END = re.compile(r"[ \t]*(?:[.。,;:、)\-–—\n(【\[]|$)")
_VERDICT_SOON = re.compile(
    r"[\s:,(\-–—]*(?:选项|项)?[\s:,(]*(?:[均都皆]|is |are |是)?\s*"
    r"(?:不?正确|错|不?对|不?符合|不是|×|√|✓|✗|❌|✅|✘|incorrect|correct|wrong|false|true|right)"
)


class _Line(NamedTuple):
    label: str
    start: int
    end: int
    plain: bool


def read_lines(page: Page) -> Reading | None:
    """The last block of lines that hold labels (with their own texts) and nothing else.

    All options in a block are the question quoted back, unless several of them may be right.
    """
    last_line = page.text.rfind("\n", 0, len(page.text.rstrip())) + 1
    if _HEAD.match(page.text, last_line) is None:
        return None
    lines = _labelled_lines(page)
    if not lines or not lines[-1].plain:
        return None
    block = [lines[-1]]
    for line in reversed(lines[:-1]):
        if not line.plain or page.text[line.end : block[-1].start].count("\n") != 1:
            break
        block.append(line)
    labels = frozenset(line.label for line in block)
    if len(labels) > 1 and labels == page.options.labels.keys() and page.multiple is not True:
        return None
    if page.text[block[0].end :].strip(" \t\n.。"):
        return None
    return Reading(labels, block[-1].start, block[0].end)


def _labelled_lines(page: Page, most: int = 10_000) -> list[_Line]:
    lines: list[_Line] = []
    for match in _HEAD.finditer(page.text):
        if len(lines) == most:
            break
        if match[1] not in page.options.labels:
            continue
        reading = read_target(Page(page.text, page.lower, page.options, False), match.start(1))
        if reading is not None and reading.labels == {match[1]}:
            lines.append(_Line(match[1], match.start(1), reading.end, is_alone(page, reading)))
    return lines


def read_leading(page: Page) -> Reading | None:
    """A label, or an option's text, at the very beginning: "C. Ceftriaxone …", "选D。…", "No, the trial …"."""
    start = skip(_LEAD_IN, page.lower, 0)
    reading = read_target(page, start, subject=True)
    if reading is None or _VERDICT_SOON.match(page.lower, reading.end):
        return None
    if not _begins_reply(page, reading):
        return None
    lines = _labelled_lines(page, most=2)
    if len(lines) > 1 and lines[0].start <= reading.start and _is_walk(page, lines):
        return None
    return reading


def _begins_reply(page: Page, reading: Reading) -> bool:
    """Whether the reading is set off from what follows, and not the subject of a sentence ("A与B均可…")."""
    if not names_letters(page, reading):
        return _TEXT_END.match(page.lower, reading.end) is not None
    if _LABEL_END.match(page.lower, reading.end):
        return True
    return len(reading.labels) == 1 and _DELIMITED.match(page.lower, reading.start + 1) is not None


def _is_walk(page: Page, lines: list[_Line]) -> bool:
    """Whether the lines go through the options from the first one on, instead of answering and then explaining."""
    order = list(page.options.labels)
    walked = [line.label for line in lines]
    if walked[0] != order[0] or walked[:2] != order[:2]:
        return False
    return not lines[0].plain or lines[1].plain


def is_whole(page: Page, reading: Reading) -> bool:
    """Whether the reply consists of nothing else."""
    return _NOTHING.fullmatch(page.lower[: reading.start] + page.lower[reading.end :]) is not None

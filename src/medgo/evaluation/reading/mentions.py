"""Last rule: exactly one option is named or mentioned by its text, and is not denied there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.evaluation.reading.page import Page, Reading
from medgo.evaluation.reading.target import names_letters, read_target

# "no" is an option of PubMedQA and a word of every reply; shorter texts count only against uniqueness.
_SHORTEST_WORD = 4
_NAMED = re.compile(r"(?:options?|choices?)(?![a-z])|选项")
_LAST_SENTENCE = re.compile(r"[^\n.。!?]{0,80}[.。!?)\s]*+$")
_MOST_MENTIONS = 200
_DENIED_BEFORE = re.compile(
    r"(?:不是|并非|而非|非|排除|不考虑|不支持|不用|不宜|不能|不应|除外|没有|而不是|无)[^,。;、\n]{0,6}$"
    r"|(?:\bnot|\bno|n't|rather than|instead of|without|exclud\w{0,3}|rul(?:e|es|ed|ing) out|unlike|other than|never"
    r"|against)"
    r"\s(?:\w{1,12}\s){0,2}$"
)
_DENIED_AFTER = re.compile(
    r"[^,。;、\n]{0,6}?(?:不|错误|无效|可排除|除外|可能性小)"
    r"|\s(?:(?:is|are|was|were|does|do|would|could|can|has|have)\s?)?(?:not\b|n't|unlikely|incorrect|wrong|less\b|cannot)"
)


def read_mention(page: Page) -> Reading | None:
    """The only option that is named ("…, option C.") or whose text is mentioned, and is not denied."""
    return _only_named(page) or _only_text(page)


def _only_named(page: Page) -> Reading | None:
    """Labels behind the word option, where the whole reply names no others and the last sentence names them."""
    named: Reading | None = None
    for match in _NAMED.finditer(page.lower):
        if named is not None and match.start() < named.end:
            continue
        reading = read_target(page, match.start())
        if reading is None or not names_letters(page, reading):
            continue
        if named is not None and reading.labels != named.labels:
            return None
        named = reading
    if named is None or _is_denied(page.lower, named.start, named.end):
        return None
    return named if _LAST_SENTENCE.match(page.lower, named.end) else None


def _only_text(page: Page) -> Reading | None:
    """The longest text where texts overlap."""
    if not page.options.by_length:
        return None
    found: Reading | None = None
    taken: list[tuple[int, int]] = []
    for text, label in page.options.by_length:
        if len(text) == 1:
            break
        for start, end in _occurrences(page.lower, text):
            if any(begin <= start and end <= stop for begin, stop in taken):
                continue
            taken.append((start, end))
            if _is_denied(page.lower, start, end):
                continue
            if found is not None and label not in found.labels:
                return None
            if found is None:
                found = Reading(frozenset(label), start, end)
    if found is None or _is_short_word(page.text[found.start : found.end]):
        return None
    return found


def _occurrences(lower: str, text: str) -> Iterator[tuple[int, int]]:
    position = -1
    for _ in range(_MOST_MENTIONS):
        position = lower.find(text, position + 1)
        if position < 0:
            return
        end = position + len(text)
        if not (_joins(lower[position - 1 : position], text[0]) or _joins(text[-1], lower[end : end + 1])):
            yield position, end


def _joins(left: str, right: str) -> bool:
    """Whether two characters belong to one Latin word or number."""
    return left.isascii() and left.isalnum() and right.isascii() and right.isalnum()


def _is_denied(lower: str, start: int, end: int) -> bool:
    return bool(_DENIED_BEFORE.search(lower[max(0, start - 40) : start]) or _DENIED_AFTER.match(lower, end))


def _is_short_word(text: str) -> bool:
    return text.isascii() and len(text) < _SHORTEST_WORD and not text.isupper()

"""Rule for judged options: "A错误…B错误…C正确", "Option C is correct". The options judged right are the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from medgo.evaluation.reading.anchors import is_inside_word
from medgo.evaluation.reading.page import Page, Reading
from medgo.evaluation.reading.target import RANGE, end_of_own_text, labels_between, names_letters, read_target

_SUBJECT = re.compile(
    r"[A-Z](?<![A-Za-z0-9].)(?:(?:项|选项)?\s?(?:、|,\s?(?:and\s|和)?|/|&|和|与|及|以及|and|[-–~至到])\s?(?:选项|[Oo]ption\s)?[A-Z](?!-[A-Za-z]))*+"
    r"(?![A-Za-z0-9'’])(?!-[A-Za-z])"
)
_LETTER = re.compile(r"(?<![A-Za-z])[A-Z](?![A-Za-z])")
_WINDOW = 60
_STOP = re.compile(r"[\n;。]|[^\s(][.!?]\s")
_VERDICT = re.compile(
    r"(不正确|错误|不对|不是|不符|不恰当|不合适|不适|不选|不能选|不成立|错|有误|排除|违背|违反|×|✗|❌|✘"
    r"|incorrect|not\b|n't|wrong|false|inappropriate|unlikely|less likely|excluded|ruled out|fails?\b)"
    r"|(正确|符合|[是都]对的|[均都皆]可(?=[\s,.;。]|$)|对(?=[,.;。)\s]|$)|√|✓|✅|✔|恰当|最合适"
    r"|correct|right(?=[.,;\s]*(?:answer|choice|option|because|since|as\b|[.,;]|$))|true\b|best\b"
    r"|most (?:appropriate|likely))"
)


_OPENING = re.compile(r"[\s(]*+(?:选项|options?)?[\s(]*+")
_NAMED_WRONG = re.compile(
    r"是[^,。]{0,3}(?:错误|不正确)的|说法(?:错误|不正确)|is (?:the )?(?:incorrect|false|wrong) (?:statement|option|one)"
)


def read_verdicts(page: Page) -> Reading | None:
    """The options judged right; where only one may be right and all but one were, the one that was judged wrong.

    (A question for the statement that is *not* right is answered by judging all of them.)
    """
    right: dict[str, tuple[int, int]] = {}
    wrong: dict[str, tuple[int, int]] = {}
    for labels, is_right, span in _verdicts(page):
        for label in labels:
            (wrong if is_right else right).pop(label, None)
            (right if is_right else wrong).setdefault(label, span)
    chosen = wrong if page.multiple is False and _asks_for_wrong(page, right, wrong) else right
    if not chosen:
        return None
    return Reading(
        frozenset(chosen), min(start for start, _ in chosen.values()), max(end for _, end in chosen.values())
    )


def _asks_for_wrong(page: Page, right: Mapping[str, tuple[int, int]], wrong: Mapping[str, tuple[int, int]]) -> bool:
    """Whether the question was for the wrong option: all others are right, or the reply opens with it."""
    if len(wrong) != 1:
        return False
    if len(right) > 1 and len(right) + 1 == len(page.options.labels):
        return True
    start, end = next(iter(wrong.values()))
    return _OPENING.fullmatch(page.lower, 0, start) is not None and bool(
        _NAMED_WRONG.search(page.lower, start, end + 12)
    )


def _verdicts(page: Page) -> Iterator[tuple[list[str], bool, tuple[int, int]]]:
    subjects = [
        match
        for match in _SUBJECT.finditer(page.text)
        if page.options.labels.keys() >= set(_LETTER.findall(match[0])) and not is_inside_word(page.text, match.start())
    ]
    for index, match in enumerate(subjects):
        start = end_of_own_text(page, match[0][-1], match.end())
        end = min(start + _WINDOW, len(page.text))
        if index + 1 < len(subjects):
            end = min(end, subjects[index + 1].start())
        stop = _STOP.search(page.text, start, end)
        verdict = _VERDICT.search(page.lower, start, stop.start() + 1 if stop else end)
        if verdict is not None:
            yield _named(page, match[0]), verdict[1] is None, (match.start(), verdict.end())


def _named(page: Page, subject: str) -> list[str]:
    """The labels of "A, B and D", "A-C"."""
    labels = set(_LETTER.findall(subject))
    for match in _LETTER.finditer(subject):
        span = RANGE.match(subject, match.end())
        if span is not None:
            labels |= labels_between(page, match[0], span[1])
    return sorted(labels)


_EXCEPT = re.compile(
    r"(?:\b(?:all|each|every(?:thing|one)?|any)\b[^.\n;]{0,40}?\s(?:except|but|apart from|other than)(?: for)?"
    r"|除(?!外)了?)\s*(?=[\sa-z(选])"
)
_REST_HOLDS = re.compile(r"[^。.\n]{0,6}?(?:以外|之外|外)[^。.\n]{0,12}?(?:[均都皆全]|正确|符合|应选)")


def read_except(page: Page) -> Reading | None:
    """ "All except B", "除B外均正确" where several labels may be right: all the others."""
    if page.multiple is not True:
        return None
    for match in _EXCEPT.finditer(page.lower):
        reading = read_target(page, match.end())
        if reading is None or reading.hedged or not names_letters(page, reading):
            continue
        if match[0][0] == "除" and not _REST_HOLDS.match(page.lower, reading.end):
            continue
        rest = frozenset(page.options.labels) - reading.labels
        if rest:
            return Reading(rest, match.start(), reading.end)
    return None

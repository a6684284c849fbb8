"""Read the answer out of a reply: the table of rules, and what becomes of what they find. The gold never comes in here.

The first rule of the table that finds something decides. Each is a function of a page, in a file of its own kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

from medgo.evaluation.reading.anchors import announcements, read_announced, read_concluded
from medgo.evaluation.reading.answer import Answer, ReadStatus
from medgo.evaluation.reading.lines import is_whole, read_leading, read_lines
from medgo.evaluation.reading.mentions import read_mention
from medgo.evaluation.reading.normalise import normalise
from medgo.evaluation.reading.page import Options, Page, Reading
from medgo.evaluation.reading.refusals import find_refusal
from medgo.evaluation.reading.structured import read_box, read_field, read_tag
from medgo.evaluation.reading.target import read_target
from medgo.evaluation.reading.thinking import visible_part
from medgo.evaluation.reading.verdicts import read_except, read_verdicts


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to read a reply.

    Args:
        name: Stands in ``Answer.rule``.
        read: Finds labels on a page, or None.
        survives_cut: It may be believed although the reply was cut off later.
        corrects: It is tried alone on what follows "Wait, …".
    """

    name: str
    read: Callable[[Page], Reading | None]
    survives_cut: bool = False
    corrects: bool = False


RULES = (
    Rule("tag", read_tag, survives_cut=True, corrects=True),
    Rule("field", read_field, survives_cut=True, corrects=True),
    Rule("boxed", read_box, survives_cut=True, corrects=True),
    Rule("announced", read_announced, survives_cut=True, corrects=True),
    Rule("except", read_except),
    Rule("lines", read_lines),
    Rule("leading", read_leading, survives_cut=True, corrects=True),
    Rule("verdicts", read_verdicts, corrects=True),
    Rule("concluded", read_concluded),
)
# Tried after a refusal was looked for, because a refusal may well mention an option.
LAST_RULE = Rule("mention", read_mention)

_CORRECTION = re.compile(
    r"(?:^|[\n.。!?;,])\s*+(?:no, (?:wait|actually)|wait|hmm|actually|"
    r"correction|corrected|no[,:]|on second thought|let me (?:re|double)|"
    r"等等|等一下|不对[,。!]|更正|纠正|重新|再想|修正|抱歉,|仔细想)"
)
_MOST_QUESTIONS = 200
_QUESTION = re.compile(r"(?:^|\n)[ \t]*(?:question|题目|问题)\s?\d{0,3}\s?:|第[一二三四五六七八九十\d]{1,3}题[:\s]*")
_UNFINISHED = re.compile(r"[\s\"'*]*(?:,|、|;|and|or|和|与|及|或|以及|还是)?(?:\s*(?:and|or|和|或))?[\s\"']*$")


def read_answer(
    reply: str, options: Mapping[str, str], *, multiple: bool | None = None, truncated: bool = False
) -> Answer:
    """Read which labels a reply names.

    Args:
        reply: What the model wrote, reasoning included.
        options: Label (A to Z) → text. Empty: labels A to J are assumed, and texts cannot be recognised.
        multiple: True: several labels may be right. False: one; a reply that names more is unparsed.
            None: as many as the reply names.
        truncated: The engine stopped because of the length. An answer that was complete before the cut counts,
            if nothing after it takes it back.

    Returns:
        The labels in the order of the options, with status, rule and the characters that were read.

    Raises:
        InputError: An option is not named by one letter A to Z.
    """
    prepared = Options(options)
    visible = visible_part(reply)
    if visible.open:
        return Answer((), "truncated", "thinking")
    normal = normalise(visible.text)
    page = Page(normal.text, normal.lower, prepared, multiple)

    def finish(status: ReadStatus, rule: str, found: Reading | None) -> Answer:
        span = None
        if found is not None:
            start, end = normal.original(found.start, found.end)
            span = (visible.start + start, visible.start + end)
        labels = prepared.in_order(found.labels) if found is not None and status == "answered" else ()
        return Answer(labels, status, rule, span)

    if not page.text.strip():
        return finish("truncated" if truncated else "unparsed", "cut" if truncated else "empty", None)
    if _answers_several_questions(page):
        return finish("unparsed", "several", None)
    rule, found = _apply_rules(page, cut=truncated)
    if truncated and (found is None or not _is_complete(page, rule, found)):
        return finish("truncated", "cut", None)
    if found is None:
        refusal = find_refusal(page.lower)
        if refusal is not None:
            return finish("refused", "refusal", Reading(frozenset(), *refusal))
        rule, found = LAST_RULE.name, LAST_RULE.read(page)
    if found is None:
        return finish("unparsed", "none", None)
    if found.hedged:
        return finish("unparsed", "hedged", found)
    if multiple is False and len(found.labels) > 1:
        return finish("unparsed", "several", found)
    return finish("answered", rule, found)


def _answers_several_questions(page: Page) -> bool:
    """Whether the reply goes on to further questions ("第一题选A,第二题选B"), and answers them differently."""
    if "题" not in page.lower and "question" not in page.lower:
        return False
    heads = list(islice(_QUESTION.finditer(page.lower), _MOST_QUESTIONS))
    if len(heads) < 2:
        return False
    ends = [head.start() for head in heads[1:]] + [len(page.text)]
    seen = set()
    for head, end in zip(heads, ends, strict=True):
        part = Page(page.text[head.end() : end], page.lower[head.end() : end], page.options, page.multiple)
        found = read_announced(part) or read_target(part, 0)
        if found is not None:
            seen.add(found.labels)
    return len(seen) > 1


def _apply_rules(page: Page, *, cut: bool) -> tuple[str, Reading | None]:
    for rule in RULES:
        if rule.survives_cut or not cut:
            found = rule.read(page)
            if found is not None:
                return (None if cut else _read_correction(page, found.end)) or (rule.name, found)
    return "none", None


def _read_correction(page: Page, end: int) -> tuple[str, Reading] | None:
    """What follows "Wait, …" after an answer overrules it, if it names one."""
    correction = _CORRECTION.search(page.lower, end)
    if correction is None:
        return None
    start = correction.end()
    rest = Page(page.text[start:], page.lower[start:], page.options, page.multiple)
    for rule in RULES:
        if rule.corrects:
            found = rule.read(rest)
            if found is not None:
                return rule.name, Reading(found.labels, start + found.start, start + found.end, found.hedged)
    return None


def _is_complete(page: Page, rule: str, found: Reading) -> bool:
    """Whether an answer in a reply that was cut off later can be believed."""
    if found.hedged or _CORRECTION.search(page.lower, found.end):
        return False
    if rule == "announced" and any(other.labels != found.labels for other in announcements(page)):
        return False
    if rule in ("tag", "field", "boxed") or not _UNFINISHED.match(page.lower, found.end):
        return True
    # The label touches the cut: more labels could have followed, or the rest of a word.
    if page.multiple is not False or len(found.labels) > 1:
        return False
    letter = next(iter(found.labels)).lower()
    return is_whole(page, found) or (
        letter != "a" and not any(text.startswith(letter) for text in page.options.texts.values())
    )

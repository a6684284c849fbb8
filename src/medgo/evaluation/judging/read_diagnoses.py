"""Reading the diagnoses that a reply lists: numbered lines in Chinese or English, bullets, JSON, or prose. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# 1. 1) 1、 (1) ① 一、 第一， "Diagnosis 1:" "诊断1：" "Top-1:" — each at the beginning of a line.
_MARK = re.compile(
    r"""^\s*(?:[-*•>]\s+)?[*_\#\s]*
    (?: [(（]?\d{1,2}(?:[)）、:：．]|[.](?!\d))\s*
      | [①②③④⑤⑥⑦⑧⑨⑩]\s*
      | [(（]?[一二三四五六七八九十]{1,2}[)）、.：:]\s*
      | 第[一二三四五六七八九十][,，、:：]?\s*
      | (?:diagnosis|top|rank|诊断|拟诊)\s*[-\#]?\s*\d{1,2}\s*[:：.)、]\s*
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*[-*•]\s+")
# "The most likely diagnosis is X." "考虑诊断为X。" — up to the end of the clause.
_STATED = re.compile(
    r"(?:diagnos[ie]s\s+(?:is|would be|of)\s*:?|consistent with|(?:final |primary |most likely )?\bdiagnosis\s*[:：]|"
    r"(?:诊断)?(?<!不)考虑(?!到)(?:诊断)?[为是：:]?|诊断[为是：:]|拟诊[为：:]?)\s*([^.。;；\n]{2,160})",
    re.IGNORECASE,
)
_INLINE = re.compile(r"(?:^|[\s;；,，])(?:[(（]?\d[)）.、]|[①-⑩])\s*(?!\d)")
_REASONS = re.compile(
    r"^[\s*_#]*(?:diagnostic |clinical )?(?:rationale|reasoning|explanation|basis|evidence|analysis|justification|"
    r"诊断依据|依据|理由|分析|解释|说明)[\s*_]*(?:[:：]|$)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"[。！？!?]|\w{3}[.]\s+\S|\b(?:is|are|was|should|because|please|cannot|can't)\b|"
    r"\bI(?:'[md]| am| would| can| do| don't| will| have)\b|因为|请|无法|不能",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\s+[-–—]\s+|[:：;；]|\s*[—–]{2}\s*|\s*[(（](?=[^()（）]{16,})|[。]")
_BOLD = re.compile(r"\*\*(.+?)\*\*|__(.+?)__")
_KEYS = ("diagnoses", "diagnosis", "differential", "top5", "诊断", "诊断列表")
_NAMES = ("diagnosis", "name", "诊断", "名称", "disease")
_LIMIT, _LINE = 200, 2000


@dataclass(frozen=True, slots=True)
class Listed:
    """A diagnosis of a reply.

    Args:
        text: As a judge sees it, at most 200 characters.
        spellings: What may be its name: the whole line, what stands in bold, what comes before an explanation.
    """

    text: str
    spellings: tuple[str, ...]


def read_diagnoses(reply: str, limit: int) -> tuple[Listed, ...]:
    """Read the first diagnoses of a reply, in its order; repeated ones count once.

    Reasoning is not read: an unclosed ``<think>`` leaves nothing. Without a list, short lines are taken one by one, and
    of prose what follows "the most likely diagnosis is" and its like. Text that names its diagnoses in no such way
    yields none: taking all of it would reward a reply for mentioning every disease.
    """
    text = _without_thinking(reply)
    found: dict[str, Listed] = {}
    for line in _entries(text):
        listed = _listed(line)
        if listed is not None:
            found.setdefault(listed.spellings[0].casefold(), listed)
    return tuple(found.values())[:limit]


def _without_thinking(reply: str) -> str:
    text = unicodedata.normalize("NFC", reply)
    if "</think>" in text:
        return text.rpartition("</think>")[2]
    return text.partition("<think>")[0]


def _entries(text: str) -> Iterator[str]:
    if (array := _json_list(text)) is not None:
        return iter(array)
    # No name is this long; a line of a degenerate reply may have a hundred thousand characters.
    lines = [line[:_LINE] for line in text.splitlines() if line.strip()]
    marked = _marked(lines, _MARK) or _marked(lines, _BULLET)
    if len(marked) > 1:
        return iter(marked)
    for line in lines:
        if len(inline := _INLINE.split(line)) > 2:
            return iter(inline[1:])
    if marked:
        return iter(marked)
    if prose := [found for line in lines for found in _STATED.findall(line)]:
        return iter(prose)
    names = [line for line in lines if not line.rstrip().endswith((":", "："))]
    if all(len(line) <= _LIMIT and not _SENTENCE.search(line) for line in names):
        return iter(names)
    return iter(())


def _marked(lines: list[str], mark: re.Pattern[str]) -> list[str]:
    """Entries of the outer list, up to where the reasons for them begin."""
    entries: list[str] = []
    indent = None
    for line in lines:
        if entries and _REASONS.match(line):
            break
        if mark.match(line):
            depth = len(line) - len(line.lstrip())
            indent = depth if indent is None else min(indent, depth)
            if depth <= indent + 1:
                entries.append(mark.sub("", line, count=1))
    return entries


def _json_list(text: str) -> list[str] | None:
    """The list of a JSON reply: ``[…]``, or an object with such a field, of texts or of objects that name one."""
    for opening, closing in ("[]", "{}"):
        begin, end = text.find(opening), text.rfind(closing)
        if not 0 <= begin < end:
            continue
        try:
            value = json.loads(text[begin : end + 1])
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            value = next((value[key] for key in value if key.casefold() in _KEYS), list(value.values()))
        entries = [_name(entry) for entry in value] if isinstance(value, list) else [_name(value)]
        if entries and all(entries):
            return [entry for entry in entries if entry]
    return None


def _name(entry: object) -> str:
    if isinstance(entry, dict):
        return next((str(entry[key]) for key in entry if str(key).casefold() in _NAMES), "")
    return entry if isinstance(entry, str) else ""


def _listed(line: str) -> Listed | None:
    bold = next((a or b for a, b in _BOLD.findall(line)), "")
    plain = re.sub(r"\*\*|__|`", "", line).strip(" \t*_#\"'“”.,，。；;")
    head = _HEAD.split(plain, maxsplit=1)[0].strip()
    # "Final diagnosis" in bold is a heading, not a name.
    spellings = dict.fromkeys(name.strip(" :：.。") for name in (plain, bold, head))
    names = tuple(name for name in spellings if any(char.isalpha() for char in name))
    return Listed(plain[:_LIMIT], names) if names and any(char.isalpha() for char in plain) else None

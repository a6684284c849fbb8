"""Eponyms in Chinese: 帕金森病, 霍夫曼征, 悉尼标准. Knows characters; no vocabulary."""

from __future__ import annotations

import re

from medgo.deid.protection import english
from medgo.deid.protection.curated import ChineseLists
from medgo.deid.protection.spelling import HAN
from medgo.deid.protocol import Finding

# "蓝氏贾第鞭毛虫", "莫氏耳"; but not "郝氏诉头痛".
_CLAN = re.compile(
    r"[\u3400-\u9fff·-]{1,5}氏(?![诉说称因于在为的及与和今昨近自患无有入来家夫之否是要表亲也曾又未不已，])[\u3400-\u9fff]"
)
_UNSURE, _DOUBTFUL = 0.9, 0.7
# Below it scores whatever a model found.
_MODEL = 0.8
_LATIN_BEFORE = re.compile(r"(?<![A-Za-z])([A-Z][a-z]{3,})['-]?s?$")
_LONGEST_WORD = 20
_TITLES = frozenset(("doctor", "patient", "nurse", "professor", "name", "miss", "prof"))
_JOINS = "-·—"
_BEFORE = 9  # characters before a candidate that say what it is
_LONGEST = 8  # characters of an eponym's half beyond the candidate: 格林-巴利


def is_eponym(text: str, finding: Finding, lists: ChineseLists, *, place: bool) -> bool:
    """Whether a candidate is what something medical is called after.

    Args:
        text: The view's text.
        finding: The candidate.
        lists: Eponyms and heads.
        place: Whether it was taken for a place or an organisation.
    """
    start, end = finding.start, finding.end
    if not HAN.search(text, start, end):
        return False
    if finding.score < _MODEL and _ends_eponym(text, start):
        return True
    if place:
        return lists.place_head.match(text, end) is not None or (
            finding.score < _MODEL and _is_medicine(text, finding, lists)
        )
    name = text[start:end]
    if finding.score < _UNSURE and (
        (name[-1] in lists.endings and "·" not in name)
        or lists.before.search(text, max(0, start - _BEFORE), start)
        or _is_medicine(text, finding, lists)
    ):
        return True
    if "氏" in name and _CLAN.match(text, start):
        return True
    if name in lists.eponyms or lists.foreign.fullmatch(name.replace("-", "")):
        start, end = _widened(text, start, end, lists)
        if end - start > 1 and lists.head.match(text, end):
            return True
    return lists.sure_head.match(text, end) is not None


def _ends_eponym(text: str, start: int) -> bool:
    """Whether a candidate begins with the head of a Latin eponym: 孔置 of Winslow孔|置引流管."""
    word = _LATIN_BEFORE.search(text, max(0, start - _LONGEST_WORD), start)
    return word is not None and word[1].lower() not in _TITLES and english.CHINESE_HEAD.match(text, start) is not None


def _is_medicine(text: str, finding: Finding, lists: ChineseLists) -> bool:
    """Whether a substance or a medicine begins with the candidate: 班布特 of 班布特罗, 双苓 of 双苓止泻口服液."""
    substance = lists.substance.match(text, finding.start)
    if substance and substance.end() >= finding.end:
        return True
    return finding.score < _DOUBTFUL and lists.medicine.match(text, finding.end) is not None


def _widened(text: str, start: int, end: int, lists: ChineseLists) -> tuple[int, int]:
    """All of a compound: a candidate may be one half of 格林-巴利."""
    if end < len(text) and text[end] in _JOINS:
        other = lists.foreign.match(text, end + 1, end + 1 + _LONGEST)
        end = other.end() if other else end
    elif lists.foreign.fullmatch(text, start, end):
        # 斯特鲁 of 斯特鲁普效应.
        for further in range(1, 4):
            if lists.foreign.fullmatch(text, start, end + further) and lists.head.match(text, end + further):
                return start, end + further
    return start, end

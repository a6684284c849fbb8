"""What stands beside names: labels of forms, roles, titles, and what people do. Read from ``data/contexts.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from medgo.deid.classes import IdentifierClass


@dataclass(frozen=True, slots=True)
class Context:
    """What a neighbour says of a candidate.

    Args:
        weight: Added to the log probability that the candidate is a name.
        label: Whose name it is; None where the neighbour does not tell.
        title: Whether it is a title, which makes a name of a surname alone.
    """

    weight: float
    label: IdentifierClass | None = None
    title: bool = False


NOTHING = Context(0.0)
TITLE_WEIGHT = 8.0
# 主任医师, 麻醉医生: in a sentence they hardly follow anything else.
_LONG_TITLE, _LONG_TITLE_WEIGHT = 4, 11.0
# What bounds a run of Han characters bounds names as well.
_BORDER = Context(1.0)
# Behind a comma or a bracket: what is told of a person, not of a thing.
_PERSONAL = re.compile(
    r"[,，、;；:：(（ \t\n|]{1,3}(?:[男女](?![\u4e00-\u9fff])|[男女][性,，]|性别|年龄|\d{1,3}岁|身份证|证件"
    r"|护照|手机|电话|联系电话|联系方式|住址|邮箱|卡号|银行卡|车牌|微信|1[3-9]\d{9})|1[3-9]\d{9}|\d{1,3}岁"
)
PERSON = Context(7.0)
# 王强：在吗
_SPEAKER = Context(2.5)
# 明德路, 李家村: what ends in one of these is a place.
_PLACE = Context(-6.0)
_PLACE_TAILS = frozenset("路街村镇乡县市区省庄屯巷弄桥店湾沟岭堡寨营州")


def whose(left: Context, right: Context) -> IdentifierClass:
    """Whose name stands between two neighbours: the left one is heard first."""
    if left.label is not None and left.label != "name":
        return left.label
    return right.label or "name"


@dataclass(frozen=True)
class Contexts:
    """Neighbours by what is written.

    Args:
        labels: Labels of fields.
        weak: Those that head other values too (记录：, 父：) and so say less.
        before: Words right before a name.
        after: Words and signs right after a name.
        titles: Titles after a name or a surname.
        addresses: Single characters that make a form of address of a surname.
        longest_label: Characters of the longest label; so the others.
        after_heads: First characters of what stands after names; so of titles.
    """

    labels: Mapping[str, IdentifierClass]
    weak: frozenset[str]
    before: Mapping[str, Context]
    after: Mapping[str, Context]
    titles: Mapping[str, Context]
    addresses: frozenset[str]
    longest_label: int
    longest_before: int
    longest_after: int
    longest_title: int
    after_heads: frozenset[str]
    title_heads: frozenset[str]

    def left(self, text: str, at: int) -> Context:
        """What the words that end at a position say."""
        for size in range(min(self.longest_before, at), 0, -1):
            found = self.before.get(text[at - size : at])
            if found is not None:
                return found
        return _BORDER if at == 0 or not _is_han(text[at - 1]) else NOTHING

    def right(self, text: str, at: int) -> Context:
        """What the words that begin at a position say."""
        title = self.title(text, at)
        if title is not None:
            return title
        head = text[at : at + 1]
        if not head:
            return _BORDER
        if head in self.after_heads:
            for size in range(self.longest_after, 0, -1):
                found = self.after.get(text[at : at + size])
                if found is not None:
                    return found
        if _is_han(text[at]):
            return _PLACE if text[at] in _PLACE_TAILS else NOTHING
        if _PERSONAL.match(text, at):
            return PERSON
        return _SPEAKER if head in ":：" else _BORDER

    def title(self, text: str, at: int) -> Context | None:
        """The longest title that begins at a position."""
        if text[at : at + 1] not in self.title_heads:
            return None
        for size in range(self.longest_title, 1, -1):
            found = self.titles.get(text[at : at + size])
            if found is not None:
                return found
        return None


@lru_cache(maxsize=1)
def contexts() -> Contexts:
    """The contexts, read once a process."""
    data = yaml.safe_load(files("medgo.deid.names_zh").joinpath("data", "contexts.yaml").read_text("utf-8"))
    labels = {text: label for label, texts in data["labels"].items() for text in texts}
    before = {text: Context(one["weight"], one["label"]) for one in reversed(data["before"]) for text in one["words"]}
    after = {text: Context(one["weight"]) for one in data["after"] for text in one["words"]}
    titles = {
        text: Context(_title_weight(text), None if label == "name" else label, title=True)
        for label, texts in data["titles"].items()
        for text in texts
    }
    return Contexts(
        labels=labels,
        weak=frozenset(data["weak"]),
        before=before,
        after=after,
        titles=titles,
        addresses=frozenset(data["addresses"]),
        longest_label=max(map(len, labels)),
        longest_before=max(map(len, before)),
        longest_after=max(map(len, after)),
        longest_title=max(map(len, titles)),
        after_heads=frozenset(text[0] for text in after),
        title_heads=frozenset(text[0] for text in titles),
    )


def _title_weight(title: str) -> float:
    return _LONG_TITLE_WEIGHT if len(title) >= _LONG_TITLE else TITLE_WEIGHT


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"

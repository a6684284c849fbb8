"""Which line is a heading of a model's text form, as we write it or as a language model might. Knows no values.

What is read as a heading here is what the writer escapes inside texts, so that both always agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from medgo.schema import Lang
from medgo.tasks.definition import TaskModel
from medgo.tasks.layout import FieldLayout, layout_of

_COLONS = re.compile("[：:]")
COLON = {"zh": "：", "en": ": "}
# ASCII: no letter of another alphabet counts as the other case of ours.
_FLAGS = re.IGNORECASE | re.ASCII
# Lines that are indented this much belong to a field within a field, never to the model itself.
INDENT = 2

# What may stand before a title: "## 1. ", "**", "- **", "一、", "【".
_BEFORE = (
    r"[ ]?(?:[-*•][ ]+(?=\*\*|__))?(?:(?:\#{1,6}[ ]*(?:\*\*|__)?|\*\*|__)(?:\d{1,2}[.、．][ ]*)?)?"
    r"(?:[一二三四五六七八九十]{1,3}[、.．][ ]*)?[【\[]?"
)
# And behind it: its translation in parentheses; then a closing bracket, a colon, or nothing more on the line.
_BEHIND = r"(?:[ ]?[（(][^（）()\n]{1,40}[）)])?(?:[】\]](?:\*\*|__)?[：:]?|(?:\*\*|__)?[ ]?[：:]|(?:\*\*|__)?[ ]*$)"


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of one model in one language."""

    pattern: re.Pattern[str]
    inline: re.Pattern[str]
    escaped: re.Pattern[str]
    by_title: dict[str, FieldLayout]

    def find(self, line: str) -> tuple[FieldLayout, str] | None:
        """The field that a line begins, and what stands behind its heading; None for any other line."""
        match = self.pattern.match(line)
        if match is None:
            return None
        rest, before = line[match.end() :], line[: match.start("title")]
        if rest[:2] in ("**", "__") and rest[:2] in before:  # "**Plan:** …": the bold ends behind the colon
            rest = rest[2:]
        return self.by_title[match["title"].lower()], rest

    def can_lead(self, text: str) -> bool:
        """Whether a text may open an item without its title: nothing in front of it says where it begins."""
        return bool(text) and "\n" not in text and not self.find(text) and not self.inline.match(text)

    def can_pair(self, lead: str, follower: str) -> bool:
        """Whether two texts may stand on one line with nothing but a colon between them."""
        one_line = f"{lead}：{follower}"
        return (
            self.can_lead(lead)
            and bool(follower)
            and not _COLONS.search(lead)
            and self.can_lead(one_line)
            and not self.inline.search(f"；{one_line}")
            and not self.escaped.search(f"；{one_line}")
        )

    def escape(self, line: str) -> str:
        """Mark a line of a text that would be read as a heading."""
        return f"\\{line}" if self.pattern.match(line.lstrip("\\")) else line

    def unescape(self, line: str) -> str:
        """Take the mark away."""
        return line[1:] if line.startswith("\\") and self.pattern.match(line.lstrip("\\")) else line


@cache
def headings_of(model: type[TaskModel], lang: Lang) -> Headings:
    """The headings of a model in a language."""
    by_title: dict[str, FieldLayout] = {}
    for field in layout_of(model):
        for title in (*field.also, field.titles[lang]):
            by_title[title.lower()] = field
    for field in layout_of(model):  # a field's own title stands above what another may also be called
        by_title[field.titles[lang].lower()] = field
    longest_first = sorted(by_title, key=len, reverse=True)
    titles = "|".join(re.escape(title) for title in longest_first)
    return Headings(
        re.compile(f"{_BEFORE}(?P<title>{titles}){_BEHIND}", _FLAGS),
        re.compile(
            rf"(?:^|[；;])[ ]*(?P<bold>\*\*)?(?P<title>{titles})(?(bold)(?:\*\*)?)[ ]?[：:](?(bold)(?:\*\*)?)[ ]?",
            _FLAGS,
        ),
        re.compile(rf"(?P<before>[；;][ ]*)(?P<marks>\\*)(?=(?:\*\*)?(?:{titles})(?:\*\*)?[ ]?[：:])", _FLAGS),
        by_title,
    )

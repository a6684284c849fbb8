"""Takes references to the literature out of a line: the mark, and the brackets, commas and cues that stood for it only.

A mark is set between two control characters, which XML cannot contain. Knows no XML.
"""

from __future__ import annotations

import re

BEGIN, END = "\x02", "\x03"
_CITE = f"{BEGIN}[^{BEGIN}{END}]*{END}"
_CITES = re.compile(_CITE)
_JOIN = r"(?:[ ,;，；、&/–—‒−-]|and|和|及|至|to)*"
_CUE = (
    r"(?:(?:see|also|e\.? ?g\.?|i\.? ?e\.?|cf\.?|reviewed (?:in|by)|for (?:a )?reviews?|review|refs?\.?|references?|in|"
    r"from|参见|见|参考文献|文献)[ :,.]*)+"
)
_AFTER = r"(?: *,? *(?:and references therein|and others|for (?:a )?reviews?))?"
# What may stand before marks for their sake, and after them.
_LEAD = re.compile(rf"(?P<pre> *[,;，；、]? *)(?P<open>[\[(（［] *(?:{_CUE})?)?\Z")
_CLUSTER = re.compile(
    rf"(?P<cites>{_CITE}(?:{_JOIN}{_CITE})*){_AFTER}(?P<post> *[,;，；、–—-]? *)(?P<close>[\])）］])?"
)
_WINDOW = 60
# "[1]–[3]", each bracket around a mark of its own.
_BETWEEN = re.compile(rf"{END} *[\])］）] *([,;–—‒−-]) *[\[(［（] *{BEGIN}")
_WORDS = re.compile(r"[^\W\d_]{3}|[\u3400-\u9fff]{2}")
_CALLED = re.compile(r"(?:\brefs?\.?|\breferences?|文献) *\Z", re.IGNORECASE)
_MARKS = re.compile(f"[{BEGIN}{END}]")
_OPENING, _CLOSING = "[(（［", "])）］"


def marked(text: str) -> str:
    """A reference to the literature, marked as one."""
    return f"{BEGIN}{_MARKS.sub('', text)}{END}"


def only_citations(text: str) -> bool:
    """Whether there is at least one, and nothing besides but what stands between them."""
    return BEGIN in text and not re.sub(rf"{_CITE}|[\s,;，；、&–—‒−()\[\]-]", "", text)


def without_citations(text: str) -> str:
    """The line as it reads without its references.

    A name that belongs to the sentence ("Smith et al. (2001) showed") stays; a number does not, unless the sentence
    calls it by its kind ("as in ref. 12").

    Args:
        text: One line, references marked; each run of spaces one space.
    """
    if BEGIN not in text:
        return text
    line = _BETWEEN.sub(rf"{END}\1{BEGIN}", text)
    parts: list[str] = []
    at = 0
    for match in _CLUSTER.finditer(line):
        before = line[at : match.start()]
        lead = _LEAD.search(before, max(0, len(before) - _WINDOW))
        pre, opened = (lead["pre"], lead["open"] or "") if lead else ("", "")
        parts.append(before[: len(before) - len(pre) - len(opened)])
        parts.append(_instead(match, pre, opened, called=_CALLED.search(before[-_WINDOW:]) is not None))
        at = match.end()
    parts.append(line[at:])
    return "".join(parts).strip()


def _instead(match: re.Match[str], pre: str, opened: str, *, called: bool) -> str:
    """What stands in the place of marks, and of what stood around them for their sake."""
    cites, post, closed = match["cites"], match["post"], match["close"] or ""
    if (opened or closed) and _balance(cites) + bool(opened) - bool(closed) == 0:
        return pre.rstrip()
    if (called and not opened) or any(_WORDS.search(cite) for cite in _CITES.findall(cites)):
        return pre + opened + _MARKS.sub("", match[0])
    if opened:
        return pre + opened + post.lstrip(" ,;，；、–—-")
    if closed:
        return closed
    following = match.string[match.end() : match.end() + 1]
    if post.strip() or following in (".", ";", ":", "。", "；", ""):
        return post
    return pre.rstrip() + post


def _balance(text: str) -> int:
    """How many brackets it leaves open."""
    return sum(text.count(mark) for mark in _OPENING) - sum(text.count(mark) for mark in _CLOSING)

"""One pattern for many words that tries only the branches a text can take. Knows no label."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BLANKS = {" ": r"[ \t\-]{1,3}", "#": r"[ \t]{0,2}#"}


class _Node(dict[str, "_Node"]):
    """Letters that may follow; the empty string where a word ends."""


def pattern_of(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first.

    A space matches one to three blanks or hyphens, a number sign also one with blanks in front.

    ``re`` tries the branches of a plain alternation one after the other, hundreds at each character; nested by their
    first letters few are left.
    """
    tree = _Node()
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, _Node())
        node[""] = _Node()
    return _branches(tree)


def _branches(node: _Node) -> str:
    branches = [
        _BLANKS.get(letter, re.escape(letter)) + _branches(below)
        for letter, below in sorted(node.items(), reverse=True, key=lambda item: item[0])
        if letter
    ]
    if "" in node:
        # The word may end here; a longer one is tried first.
        return f"(?:{'|'.join(branches)})?" if branches else ""
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"

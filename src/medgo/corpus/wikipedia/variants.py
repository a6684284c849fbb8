"""Chinese spellings side by side: what a reader of simplified Chinese is shown of them."""

from __future__ import annotations

import re

_PREFERRED = ("zh-hans", "zh-cn", "zh", "zh-sg", "zh-my", "zh-hant", "zh-tw", "zh-hk", "zh-mo")
_ONE = re.compile(r"\s*(zh(?:-[a-z]{2,4})?)\s*:\s*", re.IGNORECASE)
_FLAGS = re.compile(r"[A-Za-z;\s-]{0,40}\Z")
_HIDDEN_FLAGS = frozenset("HT-")


def chosen_variant(markup: str) -> str:
    """What ``-{…}-`` shows to a reader of simplified Chinese.

    Args:
        markup: Without the brackets: ``zh-hans:计算机;zh-hant:電腦;``, ``H|zh-cn:…``, or any text.
    """
    flags, bar, body = markup.partition("|")
    if not bar or not _FLAGS.match(flags):
        flags, body = "", markup
    if {one.strip().upper() for one in flags.split(";")} & _HIDDEN_FLAGS:
        return ""
    choices: dict[str, str] = {}
    for part in body.split(";"):
        match = _ONE.match(part)
        if match is not None:
            choices.setdefault(match[1].lower(), part[match.end() :].strip())
    if not choices:
        return body
    return next((choices[name] for name in _PREFERRED if choices.get(name)), next(iter(choices.values())))

"""What of a reply is the answer: reasoning in tags or under a heading is taken away. Knows nothing of labels."""

from __future__ import annotations

import re
from typing import NamedTuple

_TAG = re.compile(r"<(/?)(?:think|thinking|thought|thoughts|reasoning|reflection)>|(◁/?think▷)", re.IGNORECASE)
# Models of the HuatuoGPT-o1 kind write their reasoning under a heading instead of into tags.
_FINAL_SECTION = re.compile(
    r"^#{1,6}\s?(?:Final (?:Response|Answer)|最终(?:回答|回复|答案))\b", re.IGNORECASE | re.MULTILINE
)
_THINKING_SECTION = re.compile(r"\s*#{1,6}\s?(?:Thinking|思考过程|思考)\b", re.IGNORECASE)


class Visible(NamedTuple):
    """The part of a reply that answers.

    Args:
        text: The reply from ``start`` on, closed reasoning in between blanked character by character.
        start: Where it begins in the reply.
        open: Reasoning was begun and never closed; then nothing may be read.
    """

    text: str
    start: int = 0
    open: bool = False


def visible_part(reply: str) -> Visible:
    """Take the reasoning away.

    A closing tag without an opening one closes what the chat template opened before the reply began, so everything
    before it is reasoning. An opening tag inside a block does not nest.
    """
    start = 0
    if "<" in reply or "◁" in reply:
        reply, start, is_open = _blank_blocks(reply)
        if is_open:
            return Visible("", len(reply), open=True)
    if "#" in reply:
        sections = list(_FINAL_SECTION.finditer(reply, start))
        if sections:
            # The heading itself stays: "### Final Answer: C" has the answer on its line.
            start = sections[-1].start()
        elif _THINKING_SECTION.match(reply, start):
            return Visible("", len(reply), open=True)
    return Visible(reply[start:] if start else reply, start)


def _blank_blocks(reply: str) -> tuple[str, int, bool]:
    pieces: list[str] = []
    done = start = 0
    opened = -1
    for tag in _TAG.finditer(reply):
        closing = bool(tag[1]) or (tag[2] or "").startswith("◁/")
        if not closing:
            opened = tag.start() if opened < 0 else opened
        elif opened < 0:
            pieces, done, start = [], tag.end(), tag.end()
        else:
            pieces += [reply[done:opened], " " * (tag.end() - opened)]
            done, opened = tag.end(), -1
    if opened >= 0:
        return reply, start, True
    if not pieces:
        return reply, start, False
    return " " * start + "".join(pieces) + reply[done:], start, False

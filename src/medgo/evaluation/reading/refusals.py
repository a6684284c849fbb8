"""Whether a reply declines to answer. "I don't know" is no refusal, and "Sorry, the answer is C" is an answer."""

from __future__ import annotations

import re

_REFUSAL = re.compile(
    r"(?:can(?:not|'t|’t| not)|unable to|not able to|won't be able to|won't|will not|must decline|decline to"
    r"|not (?:qualified|allowed|permitted) to)"
    r"\s(?!determine|tell|say|be\s)(?:[a-z]+\s){0,3}?(?:answer|provide|give|offer|assist|help|diagnos|advise|comply|recommend|respond|discuss|make)"
    r"|must decline|i decline"
    r"|(?:无法|不能|不可以|不便|没办法|没法)(?:为[您你]|帮[您你]|给您|就此|直接|替代.{1,6}?|对.{1,8}?)?(?:提供|回答|给出|作出|做出|解答|作答|给予|诊断|帮助|协助|回复)"
    r"|问题我(?:无法|不能)|请(?:咨询|遵)(?:专业)?医(?:生|嘱|师)"
)
_SPEAKER = re.compile(r"(?:^|[^a-z])(?:i|we|i'm|i’m|ai|assistant)[^a-z]|sorry|抱歉|对不起|我|作为|规定|无法|请")


def find_refusal(lower: str) -> tuple[int, int] | None:
    """Find the characters [start, end) of a normalised text in lower case that decline."""
    match = _REFUSAL.search(lower)
    if match is None or not _SPEAKER.search(lower, max(0, match.start() - 60), match.end()):
        return None
    return match.span()

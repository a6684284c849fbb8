"""Whether a reply is any use before anybody looks at what it says: not empty, cut off, refused, babbling, foreign.

Pure; knows no task.
"""

from __future__ import annotations

import re
from collections import Counter

from medgo.inference.protocol import Completion
from medgo.schema import Lang
from medgo.synthesis.teacher import RejectionError
from medgo.text import language_of, sentences

# A reply that begins like this has not done what it was asked. Both languages: a model may refuse in either.
_REFUSED = re.compile(
    r"^\W*(?:(?:i['’]?m (?:very |so )?sorry|sorry|i apologi[sz]e|unfortunately),? (?:but )?i |"
    r"i (?:can(?:no|['’])t|am (?:un|not )able to|won['’]t) (?:help|assist|answer|provide|give|offer|comply|"
    r"do (?:that|this)|fulfil|discuss|diagnose|write|create|generate|play)|"
    r"as an? (?:ai|artificial|language model|large language)|"
    r"(?:非常|很)?(?:抱歉|对不起|遗憾)[，,]?(?:但是?)?我|(?:作为|身为)(?:一个|一名)?(?:AI|人工智能|大?语言模型)|"
    r"我(?:无法|不能|没有办法)(?:为您|为你)?(?:提供|回答|协助|完成|满足|生成|扮演|给出))",
    re.IGNORECASE,
)
_REPEATED = 4
_SHORT = 4


def text_of(completion: Completion, lang: Lang) -> str:
    """The text of a whole, usable reply.

    Raises:
        RejectionError: ``cut off``, or what :func:`check_text` says.
    """
    if completion.finish_reason == "length":
        raise RejectionError("cut off", completion.text[-80:])
    return check_text(completion.text, lang)


def check_text(text: str, lang: Lang) -> str:
    """A text without the white space around it.

    Raises:
        RejectionError: ``empty``, ``refused``, ``repeats itself`` or ``another language``.
    """
    stripped = text.strip()
    if not stripped:
        raise RejectionError("empty")
    if _REFUSED.match(stripped):
        raise RejectionError("refused", stripped[:120])
    if repeats(stripped, lang):
        raise RejectionError("repeats itself", stripped[-120:])
    found = language_of(stripped)
    if found is not None and found != lang:
        raise RejectionError("another language", stripped[:120])
    return stripped


def repeats(text: str, lang: Lang) -> bool:
    """Whether a sentence of some length stands there four times, or the end of the text goes round in a circle."""
    parts = Counter(text[span.start : span.end] for span in sentences(text, lang))
    if any(count >= _REPEATED and len(part) > _SHORT for part, count in parts.items()):
        return True
    return re.search(rf"(.{{2,60}}?)\1{{{_REPEATED},}}\W*$", text[-600:], re.DOTALL) is not None and not re.search(
        r"([\s\-_=*.·…—])\1{3,}\W*$", text
    )

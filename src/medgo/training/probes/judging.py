"""Whether a reply to a probe is right. Pure rules on text; knows no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from medgo.schema import Lang
from medgo.training.probes.escalation import escalates
from medgo.training.probes.items import ProbeItem

# A reply that says much more than the answer does not answer: it copies the record until something fits.
_LONGER, _SPARE = 2.5, 24
_NOT_TEXT = re.compile(r"[^\w%.+<>/-]+")
_YES_NO: Mapping[Lang, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "zh": (re.compile(r"^(?:是|有|存在|伴)"), re.compile(r"^(?:没|无|否|不|未见)")),
    "en": (re.compile(r"^(?:yes\b|there is\b)", re.I), re.compile(r"^(?:no\b|denies\b|there is no\b)", re.I)),
}
_NOT_STATED: Mapping[Lang, re.Pattern[str]] = {
    "zh": re.compile(r"未提及|没有提及|未提到|没有提到|未说明|没有说明|未记录|未记载|没有记录|无相关记录"),
    "en": re.compile(r"\bnot (?:say|state|mention|specif|given|provided|recorded)|n't (?:say|state|mention)", re.I),
}


def is_right(item: ProbeItem, reply: str) -> bool:
    """Whether a generated reply answers a ``term`` or ``grounded`` item.

    A term has to be there, with hardly anything besides. A number has to stand alone as a number; yes and no are read
    from the first word; a sentence has to be quoted.
    """
    reply = reply.strip()
    if not reply or len(reply) > _LONGER * len(item.options[0]) + _SPARE:
        return False
    if item.sort == "not_stated":
        return bool(_NOT_STATED[item.lang].search(reply))
    stated = not _NOT_STATED[item.lang].search(reply)
    if item.sort == "sign":
        yes, no = _YES_NO[item.lang]
        wanted = no if item.gold in ("没有", "No") else yes
        other = yes if wanted is no else no
        return stated and bool(wanted.search(reply)) and not (wanted is yes and other.search(reply))
    if re.fullmatch(r"[\d./]+", item.gold):
        return stated and re.search(rf"(?<![\d.]){re.escape(item.gold)}(?!\.?\d)", reply) is not None
    return stated and _folded(item.gold) in _folded(reply)


def escalated(item: ProbeItem, reply: str) -> bool:
    """Whether a reply to an ``escalation`` item sends to emergency care now; right for ``danger``, wrong for others."""
    return escalates(reply, item.lang)


def _folded(text: str) -> str:
    return _NOT_TEXT.sub("", unicodedata.normalize("NFKC", text).casefold()).strip(".")

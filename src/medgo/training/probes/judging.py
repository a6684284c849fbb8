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
_NOT_TEXT = re.compile(r"[^\w%+<>/-]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[\u4e00-\u9fff]")
_SUBJECT_ZH, _SUBJECT_EN = r"^(?:该?患者|病人)?(?:目前|现)?", r"^(?:the patient |patient |he |she )"
_YES_NO: Mapping[Lang, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "zh": (
        re.compile(rf"{_SUBJECT_ZH}(?:是|有(?!没)|存在|伴)"),
        re.compile(rf"{_SUBJECT_ZH}(?:没有|没(?!说|提)|无(?!法)|否(?!则)|不(?:是|存在|伴)|未(?:见|诉|出现))"),
    ),
    "en": (
        re.compile(rf"^yes\b|^there (?:is|are)\b(?! no\b)|{_SUBJECT_EN}(?:has|have|reports)\b(?! no\b)", re.I),
        re.compile(
            rf"^no\b|^denies\b|^there (?:is|are) no\b|^not present|{_SUBJECT_EN}"
            r"(?:denies\b|does not have\b|doesn't have\b|has no\b)",
            re.I,
        ),
    ),
}
_NOT_STATED: Mapping[Lang, re.Pattern[str]] = {
    "zh": re.compile(
        r"未提及|没有提及|没提|未提到|没有提到|未说明|没有说明|没说|未记录|未记载|没有记录|无相关|没有相关|无法(?:判断|确定|得知)"
        r"|不能(?:判断|确定)|(?:没有|无)(?:\w{0,4})(?:信息|资料|记录)"
    ),
    "en": re.compile(
        r"\bnot (?:say|state|mention|specif|given|provided|recorded|include|contain|indicate)|n't (?:say|state|mention)"
        r"|\bno (?:\w+ )?(?:information|data|details?|record|mention)\b|\b(?:cannot|can't|not) be (?:determined|known)",
        re.I,
    ),
}
_UNSURE: Mapping[Lang, re.Pattern[str]] = {
    "zh": re.compile(r"不清楚|不确定|不知道|不明|不好说|可能有|也许"),
    "en": re.compile(r"\b(?:unclear|unknown|unsure|not (?:sure|clear|known)|maybe|perhaps|no idea)\b", re.I),
}
_DENIES = re.compile(r"\b(?:no|not|non|without|absence|absent|denies|never)\b|n't\b|[无没非否不未]", re.I)
_NONE = re.compile(r"^(?:none|no|nil|无|没有|否认|没)[.。]?$", re.I)
# What leads up to the answer in a record's sentence, and follows it.
_LEAD = re.compile(
    r"^(?:past (?:medical )?history of|history of|known|regular medication:?|likely|consider(?:ed)?|probable"
    r"|suspected|impression:?|allergic to|started on|start(?:ed)?"
    r"|既往有?|长期用药：?|诊断考虑|诊断为?|考虑|予以?|给予)\s*"
    r"|(?:病史|史)$",
    re.I,
)
_UNITS: Mapping[str, re.Pattern[str]] = {
    "hour": re.compile(r"个?小时|(?:hour|hr)s?\b", re.I),
    "day": re.compile(r"天|日|days?\b", re.I),
    "week": re.compile(r"周(?!岁)|个?星期|weeks?\b", re.I),
    "month": re.compile(r"个?月|months?\b", re.I),
    "year": re.compile(r"周?岁|年|years?\b|y\.?o\b", re.I),
}
_MEASURED = re.compile(
    r"[×x*]?\s?(?:10\^?\d+\s?/\s?[a-zµμ]+|[a-zµμ]{1,5}\s?/\s?[a-z0-9]{1,6}|mmhg|mg|kg|ml|mmol|[µμu]mol|g\b|%|℃|°c|°f|次/分)",
    re.I,
)
# Words around a value or a term that say nothing themselves.
_FILLER_WORDS = (
    "the a an is are was of level result value patient s record at it in to for this that and equals about "
    "standard preferred english chinese term name translation normalised normalized form answer means"
)
_FILLER = frozenset(
    (
        *_FILLER_WORDS.split(),
        *"的是为值结果患者约规范术语中文英文译成写把标准名称应该即翻译年龄岁病程持续了有时间大概多",
    )
)


def is_right(item: ProbeItem, reply: str) -> bool:
    """Whether a generated reply answers a ``term`` or ``grounded`` item.

    A term has to be there as whole words, with hardly anything besides and no negation. A number has to stand alone,
    in its unit if it has one, under its name if it has one, and without the record's other numbers; yes and no are
    read from the first word; a sentence has to be quoted, if only its core. A reply that says a wrong option too is
    wrong.
    """
    reply = unicodedata.normalize("NFKC", reply).replace("’", "'").strip()
    right = item.options[0]
    if not reply or len(reply) > _LONGER * len(right) + _SPARE:
        return False
    not_stated = _NOT_STATED[item.lang].search(reply) is not None
    if item.sort == "not_stated":
        return not_stated
    if not_stated or _UNSURE[item.lang].search(reply) or _says_a_wrong_one(item, reply):
        return False
    if item.kind == "term":
        return _is_term(item, reply)
    if item.sort == "sign":
        return _is_sign(item, reply)
    if re.fullmatch(r"[\d./]+", item.gold):
        return _is_value(item, reply)
    return _is_sentence(item, reply)


def escalated(item: ProbeItem, reply: str) -> bool:
    """Whether a reply to an ``escalation`` item sends to emergency care now; right for ``danger``, wrong for others."""
    return escalates(reply, item.lang)


def _says_a_wrong_one(item: ProbeItem, reply: str) -> bool:
    said, right = _folded(reply), _folded(item.options[0])
    return any(core in said and core not in right for core in map(_folded, item.options[1:]) if len(core) > 1)


def _is_term(item: ProbeItem, reply: str) -> bool:
    """The term as whole words; besides it only the question's words, or an explanation after it."""
    gold, said = _words(item.gold), _words(reply)
    asked = frozenset(_words(item.prompt[-1].content))
    mention = _mentioned(item)
    if _find(mention, gold) is not None and mention != gold:
        # "Disproportionately large hands" for "Large hands" repeats the question and answers nothing.
        while (repeated := _find(said, mention)) is not None:
            said = said[:repeated] + said[repeated + len(mention) :]
        asked -= frozenset(mention)
    at = _find(said, gold)
    if at is None or not gold:
        return False
    before, after = said[:at], said[at + len(gold) :]
    if _DENIES.search(" ".join(before)) or any(word not in asked | _FILLER for word in before):
        return False
    explained = re.match(r"\W*[,.;:(\n。]", reply[_end_of(reply, gold) :]) is not None
    return explained or all(word in asked | _FILLER for word in after)


def _find(words: list[str], wanted: list[str]) -> int | None:
    """Where words stand among others, one after the other."""
    return next(
        (n for n in range(len(words) - len(wanted) + 1) if wanted and words[n : n + len(wanted)] == wanted), None
    )


def _mentioned(item: ProbeItem) -> list[str]:
    """Words of the term that a question names, in quotes or after a colon."""
    text = item.prompt[-1].content
    quoted = re.search(r"“(.+)”", text) or re.search(r"[:：]\s*(.+)$", text)
    return _words(quoted[1]) if quoted else []


def _end_of(reply: str, gold: list[str]) -> int:
    """Where the words of a term end in a reply that has them."""
    pattern = r"[^\w\u4e00-\u9fff]*".join(map(re.escape, gold))
    match = re.search(pattern, reply.casefold())
    return match.end() if match else len(reply)


def _is_sign(item: ProbeItem, reply: str) -> bool:
    yes, no = _YES_NO[item.lang]
    wanted, other = (no, yes) if item.gold in ("没有", "No") else (yes, no)
    if wanted.search(reply) is None or (wanted is yes and other.search(reply)):
        return False
    # "No. Also present: cough." says the contrary of what its first word says.
    contrary = [_folded(part) for part in re.split(r"[。.]", item.options[1])[1:] if _folded(part)]
    mine = _folded(item.options[0])
    return not any(core in _folded(reply) and core not in mine for core in contrary)


def _is_value(item: ProbeItem, reply: str) -> bool:
    right = unicodedata.normalize("NFKC", item.options[0])
    match = re.search(rf"(?<![\d.]){re.escape(item.gold)}(?!\.?\d)", reply)
    if match is None or not set(_NUMBER.findall(reply)) <= set(_NUMBER.findall(right)):
        return False
    if _copies(item, reply):
        return False
    wanted, found = _unit(right[right.find(item.gold) + len(item.gold) :]), _unit(reply[match.end() :])
    if found and wanted and found != wanted:
        return False
    return item.sort != "lab" or _is_named(right[: right.find(item.gold)], reply[: match.start()])


def _is_named(name: str, said: str) -> bool:
    """Whether what stands before a value is its name, or nothing."""
    words = [word for word in _words(said) if word not in _FILLER]
    named = _words(name)
    return not words or set(words) <= set(named) or set(named) <= set(words)


def _copies(item: ProbeItem, reply: str) -> bool:
    """Whether a reply holds a whole sentence of the record that is not the answer's own."""
    mine, said = _folded(item.options[0]), _folded(reply)
    record = re.split(r"\n(?:Question:|问：)", item.prompt[-1].content)[0]
    lines = [_folded(line) for line in re.split(r"(?<=[。.])(?!\d)", re.sub(r"^(?:Record:|病历：)", "", record))]
    return any(len(line) > len(mine) and line in said for line in lines)


def _unit(text: str) -> str:
    """The unit that a text begins with; empty for none that is known."""
    text = re.sub(r"^[\s-]+", "", text)
    for name, pattern in _UNITS.items():
        if pattern.match(text):
            return name
    match = _MEASURED.match(text)
    return re.sub(r"[\s×x*^]", "", match.group().casefold()).replace("μ", "µ") if match else ""


def _is_sentence(item: ProbeItem, reply: str) -> bool:
    if _folded(item.gold) in _folded(reply):
        return True
    if _DENIES.search(item.gold):
        # "No previous surgery" to "any surgery?" may be said in a word.
        return _NONE.match(reply) is not None
    core = item.gold.strip()
    while (shorter := _LEAD.sub("", core).strip()) != core and shorter:
        core = shorter
    return len(_folded(core)) > 1 and _folded(core) in _folded(reply) and not _DENIES.search(reply)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))


def _folded(text: str) -> str:
    return _NOT_TEXT.sub("", unicodedata.normalize("NFKC", text).casefold()).strip(".")

"""Words of a complaint that mean danger now, as patients and clinicians say them. Knows no task.

A word counts where it is said of somebody ill now: what is denied, supposed, past or a relative's history does not.
The list is short on purpose: each entry alone sends somebody to the emergency department. It finds words, not meaning;
what it does not find may still be an emergency.
"""

from __future__ import annotations

import re

from medgo.schema import Lang
from medgo.text import polarity_of, sentences

_ZH = (
    # stroke
    r"(?:突然|突发)[^。；]{0,10}(?:一侧|半边|半身|左|右)[^。；]{0,6}(?:抬不起来|无力|没力气|动不了|不能动|瘫)",
    r"嘴角?歪|口角歪斜|(?:突然|突发)[^。；，]{0,6}(?:说话含糊|说不清话|说话不清|言语不清)",
    # heart, breathing, airway
    r"胸口?(?:疼|痛|闷)[^。；]{0,15}(?:大汗|冷汗|喘不上气|濒死)",
    r"喘不[上过]来?气|(?:突然|突发)[^。；，]{0,6}呼吸困难|(?:嘴唇|口唇)(?:发紫|青紫|发绀)",
    r"(?:喉咙|嗓子)(?:越来越|有点|发)*(?:发紧|紧缩|堵得喘)|喉头水肿|舌头(?:也)?肿",
    # bleeding
    r"吐血|呕血|大(?:量|口)(?:地)?(?:出血|咯血|便血|咳血)|大出血|血止不住|止不住血",
    # brain
    r"叫不醒|昏迷|不省人事|(?:正在|一直在?|不停地?|持续)抽(?!筋)",
    # poison, suicide
    r"(?:喝|吃|服)了?(?:农药|百草枯|敌敌畏|洁厕[灵剂])",
    r"(?:吃|吞|服)了?(?:一整?瓶|大?半瓶|[几一二三四五六七八九]?十[几多]?[片粒]|\d{2,}[片粒])",
    r"不想活了|(?:想|要|打算|准备)(?:自杀|结束生命|轻生|跳楼)",
    # a critical result
    r"血?钾\D{0,4}(?:6\.[5-9]|[7-9](?:\.\d)?(?!\d))",
)
_EN = (
    r"\bsudden(?:ly)?\b[^.;]{0,40}\b(?:weak(?:ness)?|numb(?:ness)?|paralys\w+|cannot (?:move|lift))\b",
    r"\b(?:face|mouth) (?:is |has )?(?:been )?droop\w*|\bfacial droop"
    r"|\bslurr(?:ed|ing) (?:his |her |my )?(?:speech|words)",
    r"\bchest (?:pain|tightness|pressure)\b[^.;]{0,40}\b(?:sweat\w*|clammy|left arm|jaw)\b|\bcrushing chest pain",
    r"\b(?:can(?:'|no)?t|can not|unable to|struggling to) (?:catch (?:my|his|her) breath|breathe)\b",
    r"\b(?:lips?|face) (?:is |are |has |have )?(?:gone |turn(?:ed|ing) )?blue\b",
    r"\bthroat (?:is |feels )?(?:getting )?(?:tight\w*|clos\w+|swell\w+|swollen)\b"
    r"|\btongue (?:is )?(?:swell\w+|swollen)\b",
    r"\b(?:vomit|throw|cough)\w* (?:up )?(?:a lot of |bright red )?blood\b"
    r"|\bbleeding (?:that )?(?:won't|will not|does not) "
    r"stop|\bbleeding heavily|\bha?emorrhaging",
    r"\bunresponsive|\bunconscious\b|\b(?:won't|will not|cannot|can't) (?:be )?w[ao]ken?\b(?: up)?"
    r"|\b(?:is|keeps) (?:seizing|"
    r"fitting|convulsing)\b",
    r"\b(?:took|taken|swallowed|drank) (?:a|the) (?:whole |full )?(?:bottle|pack|box)\b|\boverdos\w+"
    r"|\bdrank (?:bleach|"
    r"antifreeze|pesticide)\b",
    r"\b(?:kill(?:ing)? myself|end(?:ing)? my life|take my (?:own )?life|want to die|suicide plan)\b",
    r"\b(?:potassium|K)\b\D{0,8}(?:6\.[5-9]|[7-9](?:\.\d)?(?!\d))",
)
_PATTERNS: dict[Lang, re.Pattern[str]] = {
    "zh": re.compile("|".join(f"(?:{words})" for words in _ZH)),
    "en": re.compile("|".join(f"(?:{words})" for words in _EN), re.IGNORECASE),
}
_HISTORY = re.compile(r"史|家族|去世|年前|曾|以前|\b(?:history|ago|had|died|used to|family)\b", re.IGNORECASE)
# A story of then, unless it comes back to now before the words.
_PAST = re.compile(
    r"[年月]前|(?:19|20)\d\d年|后来|以前|那时|当时|有一次|\b(?:years?|months?) ago\b"
    r"|\bin (?:19|20)\d\d\b|\bback then\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"现在|刚才|刚刚|今天|今早|今晨|此次|这次|目前|突然|突发"
    r"|\b(?:now|today|this morning|just|tonight)\b",
    re.IGNORECASE,
)


def red_flags(text: str) -> list[str]:
    """Words of a text, in either language, that are said of this patient and now and mean danger; in order, each once.

    Args:
        text: A complaint, or a turn of a dialogue.
    """
    langs: tuple[Lang, ...] = ("zh", "en")
    found = [match for lang in langs for match in _PATTERNS[lang].finditer(text) if _is_now(text, match, lang)]
    return list(dict.fromkeys(match.group() for match in sorted(found, key=lambda match: match.start())))


def _is_now(text: str, match: re.Match[str], lang: Lang) -> bool:
    """Whether the words are said of somebody ill now: often a relative speaks, so kinship alone means nothing."""
    meant = polarity_of(text, match.start(), match.end(), lang)
    if meant not in ("present", "uncertain", "family"):
        return False
    sentence = next(span for span in sentences(text, lang) if span.start <= match.start() < span.end)
    if meant == "family" and _HISTORY.search(sentence.of(text)):
        return False
    told = [past.end() for past in _PAST.finditer(text, sentence.start, match.start())]
    return not told or bool(_NOW.search(text, told[-1], match.end()))

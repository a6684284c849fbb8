"""Rules for announced answers: "Answer: …", "I would go with …", "答案是…", "故选…", "C is the correct answer".

The last announcement counts, because models correct themselves; announcements that are negated ("不能选A"), asked
("Is the answer B?") or supposed ("if …, the answer would be D") do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo.evaluation.reading.page import Page, Reading
from medgo.evaluation.reading.target import names_letters, read_target

# Words between "answer" and the label. Possessive, so that a long row of them is never tried twice.
_LINK = (
    r"\s*+(?::|是|为|=>?|->|→|—|–|-|(?:is|are|was|would|should|must|will|could|might|may|has to|be|therefore|thus|"
    r"then|likely|most|probably|clearly|definitely|indeed|actually|still|now|choice|option|key|letter|here)(?![a-z]))"
)
_ZH_LINK = r"(?:应该|应当|应|可能|最可能|显然|就|便|只能|必须|还是)?(?:是|为|选择?(?!项)|有|包括|如下|即)*+\s?[:—-]*+"
_ANNOUNCED = re.compile(
    rf"answers?(?![a-z])(?:\s(?:to|for)\s(?:the|this|your)\s(?:[a-z]{{1,12}}\s)?question)?(?:{_LINK})*+"
    rf"|ans(?<![a-z]ans)(?![a-z])\.?(?:{_LINK})*+"
    r"|(?:correct|right|best|appropriate|suitable|my|final|likely|proper|selected|chosen|preferred)\s(?:options?|choices?|selections?|pick)(?![a-z])"
    rf"(?:{_LINK})++"
    r"|(?:choose|chose|select|pick|go(?<![a-z]go)(?:ing)?\s(?:with|for)|vote\sfor|opt\sfor|settle\son)(?![a-z])"
    rf"|答案\s?[\]】〗」)]?\s?{_ZH_LINK}"
    r"|正(?<![是都均皆]正)确的?(?:选项|选择|答案|说法|做法)?\s?[\]】〗」)]?\s?(?:应该|应)?(?:是|为|有|包括|:)++"
    r"|选(?!项)(?:择|取|用)?(?:答案)?(?:应该|应)?(?:是|为)?+:?+(?!\s*\n)"
    r"|it(?<![a-z]it)(?:['’]s|\s(?:is|would be|must be|has to be|should be))\s"
    r"|(?:not|n['’]t)\s(?:options?\s)?[a-z](?![a-z])[^.\n;,]{0,30}\sbut(?![a-z])(?:\srather)?"
    r"|(?:最终|最佳)(?:选项|选择)\s?(?:是|为|:)|结论\s?[\]】:]\s?:?|而是|答:|final\s?:"
)
# "C is the correct answer": the label comes first.
_JUDGED = re.compile(
    r"[A-Z](?<![A-Za-z0-9].)\)?\s?(?:选项|项)?\s?"
    r"(?:(?:is|would be|must be|remains|seems)\s(?:therefore\s|thus\s)?|(?:才|就|应该|应)?(?:是|为))"
    r"(?:the\s|最终的?|本题的?)?(?:single\s|most\s|only\s)?"
    r"(?:(?:best|correct|right|appropriate|likely|suitable|正确|最佳|最合适|最恰当)的?\s?)?"
    r"(?:answer|choice|option|选项|答案|选择)(?![a-z])"
    r"|[A-Z](?<![A-Za-z0-9].) it is(?=[.!\n]|$)"
)
_CONCLUDED = re.compile(
    r"(?:therefore|hence|thus|so(?<![a-z]so)|conclusion|i\.e\.|namely)(?![a-z])\s?[,:]?\s"
    r"|(?:most|best|next|correct)\s[^.\n;:]{1,50}?\s(?:is|was|would\sbe|should\sbe):?\s"
    r"|(?:因此|所以|综上所述|综上|故)[,:]?(?:只能|只有|就)?(?:是|为)?"
    r"|(?:最|首|考虑|诊断)[^。;,\n]{0,14}?(?:是|为|选(?!项)用?(?:还是|仍是)?|:)"
    r"|即|剩下?的?|对应的?|(?:应当?|首选)(?:选|用|还是|仍[是为]|为|是|考虑)?"
    r"|的(?:(?:选项|做法|说法|药物|描述)?(?:是|为)|(?:选项|做法|说法|药物|描述)(?:有|包括)):?"
)
_CLEAR_END = re.compile(r"[ \t]*(?:[.。,;!)]|\n|$|选项|项|了|啦)")
_SPECIES = re.compile(r"\.\s?[a-z]{4}")
_SENTENCE_END = re.compile(r"[。.;\n!?]")
_NEGATED = re.compile(
    r"(?:不[能应宜可该会得要]?|不应该|不可以|不建议|别|勿|未|并非|而非|没有?|无法|"
    r"not|n't|never|cannot|don’t|rather than|instead of|between)\s*(?:to\s+|be\s+|the\s+|a\s+)*$"
)
_SUPPOSED_ZH = re.compile(r"如果|假如|假设|要是|倘若|若|为什么|为何|是否|有人")
_SUPPOSED_EN = re.compile(r"(?:^|\s)(?:if|were|had|unless|suppose)\s")
# "If I had to pick one, it would be C" supposes nothing.
_FORCED = re.compile(
    r"if (?:i (?:had|have|must|were|was)|forced|pressed|asked)(?: forced| asked)?(?: to)? "
    r"(?:pick|choose|select|guess|answer)"
    r"|(?:如果|若|要是|假如)(?:必须|一定要|非要|只能|硬要)(?:选|回答|作答|给出)"
)
_HEADING = re.compile(r"\s?:\s?[^\s]")
_REACH = 40
_MOST_ANNOUNCEMENTS = 500
_UNREAL = re.compile(r"would|could|might")


def read_announced(page: Page) -> Reading | None:
    """The last announced answer."""
    return next(announcements(page), None)


def announcements(page: Page) -> Iterator[Reading]:
    """Yield the announced answers, the last first."""
    judged = list(_judged(page)) if _may_judge(page.lower) else []
    matches = list(_ANNOUNCED.finditer(page.lower))[-_MOST_ANNOUNCEMENTS:]
    for index in range(len(matches) - 1, -1, -1):
        reading = _announcement(page, matches[index])
        if reading is None or (index and _continues(page, matches[index - 1], matches[index])):
            continue
        while judged and judged[-1].start >= reading.start:
            yield judged.pop()
        yield reading
    yield from reversed(judged)


def _announcement(page: Page, match: re.Match[str]) -> Reading | None:
    reading = read_target(page, match.end())
    if reading is None or is_dismissed(page.lower, match.start(), match[0]):
        return None
    if match[0] == "选择" and _HEADING.match(page.lower, reading.start + 1) and _begins_line(page.lower, match.start()):
        # "选择A:…" above the discussion of A.
        return None
    if match[0][0] in "in" and not (names_letters(page, reading) and _CLEAR_END.match(page.lower, reading.end)):
        # "It is C." and "not A but C." announce only if a label stands there by itself.
        return None
    if match[0][0] in "in" and _SPECIES.match(page.text, reading.end):
        # "It is E. coli."
        return None
    if match[0][0] in "选正" and not names_letters(page, reading):
        # "正确的做法是…", "选择…可能更合适" are how explanations talk about options.
        return None
    return reading


def _begins_line(lower: str, start: int) -> bool:
    return not lower[lower.rfind("\n", 0, start) + 1 : start].strip()


def _continues(page: Page, previous: re.Match[str], match: re.Match[str]) -> bool:
    """Whether the announcement before this one reads on through it ("选A还是选D")."""
    if match.start() - previous.end() > _REACH:
        return False
    reading = read_target(page, previous.end())
    return reading is not None and reading.hedged and reading.end > match.start()


def _may_judge(lower: str) -> bool:
    return " the " in lower or " it is" in lower or "是" in lower or "为" in lower


def _judged(page: Page) -> Iterator[Reading]:
    for match in _JUDGED.finditer(page.text):
        label = match[0][0]
        if label in page.options.labels and not is_inside_word(page.text, match.start()):
            yield Reading(frozenset(label), match.start(), match.end())


def read_concluded(page: Page) -> Reading | None:
    """ "Therefore, C.", "The most likely diagnosis is …", "最可能的诊断是…": announced without the word answer."""
    last = None
    for match in _CONCLUDED.finditer(page.lower):
        reading = read_target(page, match.end())
        if (
            reading is not None
            and (match[0][0] not in "因所综故即剩对" or names_letters(page, reading))
            and _CLEAR_END.match(page.lower, reading.end)
            and not is_dismissed(page.lower, match.start(), match[0])
        ):
            last = reading
    return last


def is_dismissed(lower: str, start: int, announcement: str) -> bool:
    """Whether what stands before an announcement takes it back or only supposes it."""
    before = lower[max(0, start - 80) : start]
    for end in _SENTENCE_END.finditer(before):
        before_start = end.end()
    before = before[before_start:] if _SENTENCE_END.search(before) else before
    if not before or _FORCED.search(before):
        return False
    if _NEGATED.search(before) or _SUPPOSED_ZH.search(before):
        return True
    return _SUPPOSED_EN.search(before) is not None and (
        announcement.startswith("it") or _UNREAL.search(announcement) is not None
    )


# A letter after these belongs to a name.
_NAME = re.compile(
    r"(?:vitamin|hepatitis|group|type|class|stage|grade|factor|influenza|protein|strain|phase|child-pugh|ige?|"
    r"[\u4e00-\u9fff](?<![项而故则有仅此以但和与及中选案定是为择]))[ \t]?\Z",
    re.IGNORECASE,
)


def is_inside_word(text: str, start: int) -> bool:
    """Whether the letter at ``start`` belongs to a name such as vitamin C or 维生素C."""
    return _NAME.search(text[max(0, start - 12) : start]) is not None

"""Eponyms in English: anything capitalised before "syndrome", "sign", "criteria". Knows words; no vocabulary."""

from __future__ import annotations

import re

from medgo.deid.protection.curated import EnglishLists
from medgo.deid.protection.given_names import given_names
from medgo.deid.protection.spelling import HAN, Word
from medgo.deid.protocol import Finding

# Words of a name before its head, and between both: "Montreal Cognitive Assessment", "Ehlers-Danlos type IV syndrome".
_MOST_LINKS, _MOST_PLACE_LINKS = 3, 4
_ROMAN = re.compile(r"[IVX]+[ABC]?|\d{1,2}[A-C]?")
_SCORE = re.compile(
    r"(?:'s)?(?: (?:score|grade|class|type|index))?(?: of|:| =|=)? "
    r"(?:\d{1,2}(?![/\d]| ?(?:y|mo|[MF]\b|male|female))|[IVX]+\b)"
)
_APART = re.compile(r"[.,;:!?()\[\]\n\t|]")
# "has Barrett's", "PMH: HTN, Addison's": what people have, and what may follow where no head does.
_SUFFERED = re.compile(
    r"(?:\b(?:ha[sd]|have|having|[hf]x|pmhx?|with|w/|known|denies|no|and|or|juvenile|(?:suspected|possible|probable|active)"
    r"|(?:history|h/?o|hx|died|features|signs|diagnosis|dx|because|suspicion|evidence) of|h/o|due to"
    r"|(?:treated|tested|screened|positive|negative|known) for)|[:,;/+?(]) ?$",
    re.IGNORECASE,
)
_NO_HEAD = re.compile(
    r"(?:'s|(?<=s)')(?= ?(?:[.,;:)/+\n]|$)"
    r"| (?:and|or|with|without|at|in|since|on|for|s/p|which|that|but|diagnosed|confirmed|controlled|stable|treated)\b)"
)
_BEFORE = 20
# A Latin name before a Chinese head: Parkinson病, Murphy征, Foley尿管.
CHINESE_HEAD = re.compile(
    r" ?(?:[IVX]{1,4}|[1-6])[A-Ca-c]? ?[类级型期分](?!钟)|(?:'s|氏)?[ \n-]?(?!病[情史人房区床逝重危历程理后愈假故例案])"
    r"(?:综合征|综合症|现象|反射|试验|评分|分级|分期|分型|分类|标准|量表|指数|公式|导管|尿管|引流|食管|憩室|骨折|脱位|细胞|小体|甲状腺|囊肿"
    r"|肉瘤|淋巴瘤|手术|切口|入路|法(?![院官律庭医])|线|环|征|病|术|管|氏|针|架|菌|斑|孔|角|腺|韧带|瘤|染色|监测|呼吸|麻痹|三角)"
)


def is_eponym(text: str, words: list[Word], finding: Finding, lists: EnglishLists, *, place: bool) -> bool:
    """Whether a candidate is what something medical is called after.

    Args:
        text: The view's text.
        words: Its Latin words around the candidate, in order.
        finding: The candidate.
        lists: Heads and what stands around them.
        place: Whether it was taken for a place or an organisation.
    """
    inside = [n for n, word in enumerate(words) if word.start < finding.end and word.end > finding.start]
    if not inside or HAN.search(text, finding.start, finding.end):
        return False
    first, last = _widened(text, words, inside[0], inside[-1])
    if _before_chinese_head(text, words, first, last):
        return True
    if not words[first].text[0].isupper():
        return False
    called = _is_called(text, words, first, last)
    return (
        _has_head(text, words, first, last, lists, called=called)
        or (place and _has_place_head(text, words, last, lists))
        or (not called and (_has_head_before(text, words, first, lists) or _is_answered(text, words, last, lists)))
    )


def is_suffered(text: str, words: list[Word], finding: Finding, lists: EnglishLists) -> bool:
    """Whether a candidate is a disease by its possessive alone: "known Addison's and HTN". Arguments as above.

    Somebody may still have that name elsewhere in the note.
    """
    inside = [word for word in words if word.start < finding.end and word.end > finding.start]
    return (
        len(inside) == 1
        and inside[0].key in lists.alone
        and _NO_HEAD.match(text, inside[0].end) is not None
        and _SUFFERED.search(text, max(0, inside[0].start - _BEFORE), inside[0].start) is not None
    )


def _widened(text: str, words: list[Word], first: int, last: int) -> tuple[int, int]:
    """All of a compound: a candidate may be one half of Osgood-Schlatter."""
    while first and text[words[first - 1].end : words[first].start] == "-":
        first -= 1
    while last + 1 < len(words) and text[words[last].end : words[last + 1].start] == "-":
        last += 1
    return first, last


def _before_chinese_head(text: str, words: list[Word], first: int, last: int) -> bool:
    return last - first < 3 and bool(CHINESE_HEAD.match(text, words[last].end))


def _is_called(text: str, words: list[Word], first: int, last: int) -> bool:
    """Whether it begins with a given name, as a patient's name does: "Mary's disease", "John Fry syndrome"."""
    joined = text[words[first].end : words[first + 1].start] == "-" if first < last else False
    return words[first].key in given_names() and not joined


def _has_head(text: str, words: list[Word], first: int, last: int, lists: EnglishLists, *, called: bool) -> bool:
    # The candidate may hold the head itself.
    for n in range(first + 1, last + 1):
        if words[n].key in lists.heads and words[n].text[0].islower():
            return not called
    for n in range(last + 1, min(last + 2 + _MOST_LINKS, len(words))):
        between = text[words[n - 1].end : words[n].start]
        if _APART.search(between):
            return False
        word = words[n]
        if word.key in lists.weak_heads:
            owned = "'" in text[words[last].end : words[last + 1].start]
            if not called and not owned and last - first < 2:
                return True
        elif word.key in lists.heads:
            return not called
        if not (word.key in lists.links or _ROMAN.fullmatch(word.text) or word.text[0].isupper()):
            return False
    return False


def _has_place_head(text: str, words: list[Word], last: int, lists: EnglishLists) -> bool:
    for n in range(last + 1, min(last + 2 + _MOST_PLACE_LINKS, len(words))):
        if _APART.search(text[words[n - 1].end : words[n].start]):
            return False
        if words[n].key in lists.place_heads:
            return True
        if not (words[n].key in lists.links or words[n].text[0].isupper()):
            return False
    return False


def _has_head_before(text: str, words: list[Word], first: int, lists: EnglishLists) -> bool:
    """Whether a head and "of" stand before: "tetralogy of Fallot"."""
    return (
        first >= 2
        and words[first - 1].key == "of"
        and words[first - 2].key in lists.heads_of
        and not _APART.search(text[words[first - 2].start : words[first].start])
    )


def _is_answered(text: str, words: list[Word], last: int, lists: EnglishLists) -> bool:
    """Whether an answer ("Murphy's negative") or a number ("Gleason 3+4") follows."""
    if words[last].key in lists.scored and _SCORE.match(text, words[last].end):
        return True
    if last + 1 >= len(words) or "'" not in text[words[last].end : words[last + 1].start]:
        return False
    return words[last + 1].key in lists.answers

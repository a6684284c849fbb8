"""Left, right and both, and what they are said of. Knows words for parts of the body only to tell uses apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medgo.schema import Side
from medgo.text.folding import fold, latin_words


@dataclass(frozen=True, slots=True)
class SideMention:
    """A word that says a side.

    Args:
        start: First character.
        end: After the last one.
        side: ``left``, ``right`` or ``both``.
        attached: The word or the few characters that follow: what the side is said of; may be empty.
    """

    start: int
    end: int
    side: Side
    attached: str = ""


_PAIRED = "肺|下肢|上肢|眼|耳|手|足|膝|肾|肩|髋|乳|颌|踝|腕|肘|腿|脚|臂|瞳|颊|颞|额|鼻|附件|卵巢|输尿管|锁骨|颈|肋|腰|髂|股|睑|颧|腮|小腿|大腿|胸"  # noqa: E501
_CHINESE = re.compile(
    r"(?P<none>左右|左旋|左氧|左甲|左乙|左炔|左西|左卡|左布|左西替|左羟|右旋|右美|右佐|左撇|右利|左利|左心|右心|左房|右房|左室|右室|左冠|右冠|左束支|右束支|左主干|右移|左移|左向右|右向左)"
    rf"|(?P<both>双侧|两侧|左右两侧|双(?={_PAIRED})|两(?={_PAIRED}))|(?P<left>左侧|左半|左)|(?P<right>右侧|右半|右)"
)
_BODY = (
    "sides?|lungs?|legs?|eyes?|ears?|hands?|feet|foot|knees?|arms?|kidneys?|ankles?|lower|upper|breasts?|shoulders?|hips?"
    "|wrists?|elbows?|thighs?|calf|calves|testes|testicles?|ovar\\w+|limbs?|cheeks?|flanks?"
)
_ENGLISH = re.compile(
    rf"\b(?:(?P<both>bilateral(?:ly)?|both(?= (?:\w+ )?(?:{_BODY})\b))"
    r"|(?P<left>(?<=the )left|left(?:-sided)?(?! (?:the|untreated|unattended|for|without|over|hospital|against|home|alone|behind|in place|to|him|her|it|atri\w+|ventric\w+|heart|bundle|axis|main|coronary|shift)\b))"  # noqa: E501
    r"|(?P<right>(?<=on the )right|right(?:-sided)?(?! (?:away|now|after|before|to|choice|answer|option|diagnosis|treatment|thing|time|dose|drug|decision|approach|moment|when|if|atri\w+|ventric\w+|heart|bundle|axis|coronary|of)\b)))\b"  # noqa: E501
)
_WORDS = frozenset({"left", "right", "bilateral", "bilaterally", "both"})
_HAN_SIDE = re.compile(r"[左右双两]")
_NOT_BEFORE = re.compile(r"(?:\b(?:have|has|had|is|are|was|were|been|be|all|you|he|she|they|who|that) |all|up)$")


def sides(text: str) -> list[SideMention]:
    """Words that say a side, in order. Drug names (左氧氟沙星), 左右 for about, "right away" are none; parts of the
    heart are not sides of the patient.
    """
    folded = fold(text)
    found = []
    if _HAN_SIDE.search(folded.text):
        for match in _CHINESE.finditer(folded.text):
            if match["none"] is None:
                after = re.match(r"[\u4e00-\u9fff]{1,4}", folded.text[match.end() : match.end() + 4])
                found.append(
                    _mention(match, folded.start(match.start()), folded.end(match.end()), after[0] if after else "")
                )
    if not latin_words(folded.text) & _WORDS:
        return found
    for match in _ENGLISH.finditer(folded.text):
        if match["both"] or not _NOT_BEFORE.search(folded.text[max(0, match.start() - 6) : match.start()]):
            after = re.match(r"[ -]([a-z]+(?: [a-z]+)?)", folded.text[match.end() : match.end() + 30])
            found.append(
                _mention(match, folded.start(match.start()), folded.end(match.end()), after[1] if after else "")
            )
    return sorted(found, key=lambda mention: mention.start)


def _mention(match: re.Match[str], start: int, end: int, attached: str) -> SideMention:
    side: Side = "both" if match["both"] else "left" if match["left"] else "right"
    return SideMention(start, end, side, attached)

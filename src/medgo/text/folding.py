"""One spelling for many: width, case, hyphens, traditional characters, hidden characters. Knows no medicine.

Folding keeps a text's length wherever it can, so that positions stay true; where it cannot (zero-width characters,
runs of spaces) it remembers where each character came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# Characters of clinical cues and common findings whose simplified form differs, one to one.
_TRADITIONAL = "無沒見觸聞諾認僅當應與於這個為來後時間發現熱頭暈嘔瀉脹腫塊壓氣緊臟腎膽腸腦體檢查診斷療藥術醫歲週兩雙側左歷過敏傷風濕關節骨損難尿頻絡陰陽顯異變轉標準圍區減緩輕嚴廣擴數據訴咳嗽膚癢黃黏膿鼻頸齒顎類癥狀態請須點"  # noqa: E501
_SIMPLIFIED = "无没见触闻诺认仅当应与于这个为来后时间发现热头晕呕泻胀肿块压气紧脏肾胆肠脑体检查诊断疗药术医岁周两双侧左历过敏伤风湿关节骨损难尿频络阴阳显异变转标准围区减缓轻严广扩数据诉咳嗽肤痒黄黏脓鼻颈齿颚类症状态请须点"  # noqa: E501

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0xA0: 0x20,
    0x2009: 0x20,
    0x202F: 0x20,
}
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−﹣"), ord("-"))
_MICRO = {0xB5: ord("μ")}
_QUOTES = {0x2018: ord("'"), 0x2019: ord("'"), 0x201C: ord('"'), 0x201D: ord('"')}
_LETTERS = {ord(a): ord(b) for a, b in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
_FOLD = {chr(a): chr(b) for a, b in (_WIDTH | _HYPHENS | _MICRO | _QUOTES | _LETTERS).items()}
# Faster than str.translate, which looks every character up: few characters of a text need folding.
_FOLDABLE = re.compile(f"[{re.escape(''.join(_FOLD))}]")
# Zero-width and bidirectional control characters, soft hyphen, byte order mark: they hide words from a search.
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")

_LATIN_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back.

    Args:
        text: What to search in.
        origins: Position in the original of each character and, last, the original's length; None where the lengths
            are equal and every position is its own.
    """

    text: str
    origins: tuple[int, ...] | None = None

    def start(self, position: int) -> int:
        """Where a stretch that starts here starts in the original."""
        return position if self.origins is None else self.origins[position]

    def end(self, position: int) -> int:
        """Where a stretch that ends before this position ends in the original (exclusive)."""
        if self.origins is None:
            return position
        return self.origins[position - 1] + 1 if position else 0


def fold_width(text: str) -> str:
    """Half-width digits, letters and punctuation, plain hyphens and quotes; case kept. Same length as ``text``."""
    return text if text.isascii() else _FOLDABLE.sub(_folded, text)


# A sentence is folded once for all that is looked for in it.
@lru_cache(maxsize=1024)
def fold(text: str) -> Folded:
    """Width, hyphens, quotes and case made one; hidden characters taken out.

    Args:
        text: Any text.

    Returns:
        The folded text, with positions that lead back exactly.
    """
    if text.isascii():
        return Folded(text.lower())
    if _HIDDEN.search(text) is None:
        lowered = _FOLDABLE.sub(_folded, text).lower()
        if len(lowered) == len(text):
            return Folded(lowered)
    letters: list[str] = []
    origins: list[int] = []
    for position, letter in enumerate(text):
        if _HIDDEN.match(letter):
            continue
        # 'İ'.lower() is two characters; the first one is the letter.
        letters.append(_FOLD.get(letter, letter).lower()[:1])
        origins.append(position)
    return Folded("".join(letters), (*origins, len(text)))


@lru_cache(maxsize=1024)
def latin_words(folded: str) -> frozenset[str]:
    """The Latin words of a folded text: a cheap look whether anything needs a closer one."""
    return frozenset(_LATIN_WORD.findall(folded))


def _folded(match: re.Match[str]) -> str:
    return _FOLD[match[0]]

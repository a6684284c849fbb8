"""One spelling for a text's many: NFKC, markup blanked, traditional function words simplified; offsets are kept.

Almost every change is one character for one, so that positions need no map; a map is built for the few texts in which
NFKC changes the length. Knows nothing of answers.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# NFKC would make three characters of an ellipsis, and letters (a label!) of a degree sign or a trade mark.
_BEFORE = str.maketrans({"…": ".", "℃": "度", "℉": "度", "™": " ", "®": " ", "İ": "I"})
_NEEDS_BEFORE = re.compile("[…℃℉™®İ]")
# NFKC of a Chinese text costs ten times the rest of reading it, and mostly changes only these.
_PUNCTUATION = (("，", ","), ("：", ":"), ("；", ";"), ("（", "("), ("）", ")"), ("！", "!"), ("？", "?"), ("～", "~"))
# Without these, NFKC never makes fewer characters, so that equal length means character by character.
_COMPOSING = re.compile("[\u0300-\u036f\u1100-\u11ff\u3099\u309a]")
# The traditional characters of the words that the rules look for; option texts go the same way.
_TRADITIONAL = str.maketrans(
    "選項應確錯誤無對為這題該擇結論終僅與個種總認診斷療議請諮詢醫師給嗎還適當從則實驗證據細體後關於臨現傷壓發熱藥會顯說條錄",
    "选项应确错误无对为这题该择结论终仅与个种总认诊断疗议请咨询医师给吗还适当从则实验证据细体后关于临现伤压发热药会显说条录",
)
_NEEDS_TRADITIONAL = re.compile(
    "[選項應確錯誤無對為這題該擇結論終僅與個種總認診斷療議請諮詢醫師給嗎還適當從則實驗證據細體後關於臨現傷壓發熱藥會顯說條錄]"
)
_MARKUP = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|math(?:bf|rm|sf|it|bb)?|mbox|bm|bold)\s?\{([^{}]{0,80})\}")
# What chat templates leave behind in a reply.
_TEMPLATE = re.compile(r"<\|[A-Za-z_]{1,24}\|>(?:assistant(?![a-z]))?|\[/?INST\]|</?s>")
_LATEX_FENCE = re.compile(r"\\[()\[\]]|\\left|\\right|\\[,;!]")


class Normalised(NamedTuple):
    """A normalised text.

    Args:
        text: With case.
        lower: The same, character by character, in lower case.
        offsets: Position in ``text`` → position in the original; None where they are the same.
    """

    text: str
    lower: str
    offsets: tuple[int, ...] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map [start, end) of ``text`` to the original text."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end]


def normalise(text: str) -> Normalised:
    """Normalise a text and remember where its characters come from."""
    if text.isascii():
        text = _blank_markup(text)
        return Normalised(text, text.lower())
    if _NEEDS_BEFORE.search(text):
        text = text.translate(_BEFORE)
    normal, offsets = text, None
    for wide, narrow in _PUNCTUATION:
        normal = normal.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", normal):
        normal = unicodedata.normalize("NFKC", text)
        if len(normal) != len(text) or _COMPOSING.search(text):
            normal, offsets = _mapped(text)
    if _NEEDS_TRADITIONAL.search(normal):
        normal = normal.translate(_TRADITIONAL)
    normal = _blank_markup(normal)
    lower = normal.lower()
    if len(lower) != len(normal):
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in normal)
    return Normalised(normal, lower, offsets)


def _mapped(text: str) -> tuple[str, tuple[int, ...]]:
    """NFKC piece by piece: a character with the combining ones that follow it."""
    pieces: list[str] = []
    offsets: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and end - start < 32 and _COMPOSING.match(text, end):
            end += 1
        piece = unicodedata.normalize("NFKC", text[start:end])
        pieces.append(piece)
        offsets.extend([start] * len(piece))
        start = end
    offsets.append(len(text))
    return "".join(pieces), tuple(offsets)


def _blank_markup(text: str) -> str:
    """Replace Markdown and LaTeX that only decorates by spaces, as many as it was long."""
    if "\r" in text:
        text = text.replace("\r", " ")
    if "*" in text:
        text = text.replace("*", " ")
    if "`" in text:
        text = text.replace("`", " ")
    if "#" in text:
        text = text.replace("#", " ")
    if "<|" in text or "INST]" in text or "s>" in text:
        text = _TEMPLATE.sub(lambda match: " " * len(match[0]), text)
    if "__" in text:
        text = text.replace("__", "  ")
    if "$" in text:
        text = text.replace("$", " ")
    if "\\" in text:
        text = _MARKUP.sub(_keep_content, text)
        text = _LATEX_FENCE.sub(lambda match: " " * len(match[0]), text)
    return text


def _keep_content(match: re.Match[str]) -> str:
    before = match.start(1) - match.start()
    return " " * before + match[1] + " "

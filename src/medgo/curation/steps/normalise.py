"""The same characters for the same text: Unicode, hidden characters, line ends, width, script, empty phrases."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field

from medgo.curation.configured import Configured
from medgo.errors import EngineUnavailableError
from medgo.schema import Document

# Controls but tab and line feed; zero-width characters, marks of direction, soft hyphens, byte order marks.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\t]+")
_IDEOGRAPHIC_SPACE = "\u3000"
_EMPTY_LINES = re.compile(r"\n{3,}")
# Letters and digits of full width; marks stay, since Chinese is written with those.
_WIDE = {
    code: code - 0xFEE0 for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B)) for code in range(*span)
}
_HAN = re.compile("[\u3400-\u9fff]")
# Lines that pages carry and texts do not. Whole lines only: the same words may be what a sentence is about.
_FURNITURE = re.compile(
    r"(?:skip to (?:main )?content|accept (?:all )?cookies?|we use cookies.{0,120}|cookie (?:policy|settings)|"
    r"all rights reserved\.?|(?:©|\(c\)|copyright).{0,80}|share (?:this|on).{0,40}|print this page|back to top|"
    r"sign in|log ?in|subscribe.{0,40}|download pdf|page \d+ of \d+|advertisement|"
    r"版权所有.{0,60}|.{0,30}保留(?:所有|一切)权利。?|分享到.{0,20}|返回(?:顶部|首页)|上一[页篇].{0,40}|下一[页篇].{0,40}|"
    r"点击(?:查看|阅读|下载).{0,30}|扫一扫.{0,30}|关注(?:我们|公众号).{0,30}|责任编辑[：:].{0,20}|编辑[：:].{0,10}|"
    r"(?:京|沪|粤|浙|苏|鲁|川|渝|津)ICP[备证].{0,40}|第\s?\d+\s?页(?:\s?共\s?\d+\s?页)?|广告|登录|注册)",
    re.IGNORECASE,
)


class Normalise(Configured):
    """Changes how a text is written, and nothing that it says."""

    name: ClassVar[str] = "normalise"
    version: ClassVar[str] = "1"
    script: Literal["simplified", "keep"] = Field("keep", description="simplified: traditional Chinese is converted")
    furniture: bool = Field(True, description="leave out lines of web pages (cookies, share buttons, page numbers)")

    def apply(self, document: Document) -> Document:
        """The document; the same object where nothing had to be changed."""
        text, title = self.text(document.text), self.text(document.title)
        if (text, title) == (document.text, document.title):
            return document
        return replace(document, text=text, title=title)

    def text(self, text: str) -> str:
        """A text as it is to be written. Doing it twice changes nothing more."""
        text = _BREAKS.sub("\n", unicodedata.normalize("NFC", text))
        text = _HIDDEN.sub("", text).translate(_WIDE)
        if self.script == "simplified" and _HAN.search(text):
            text = str(self._converter.convert(text))
        lines = (_SPACES.sub(" ", line.replace(_IDEOGRAPHIC_SPACE, " ")).strip() for line in text.split("\n"))
        if self.furniture:
            lines = (line for line in lines if not _FURNITURE.fullmatch(line))
        return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")

    @cached_property
    def _converter(self) -> Any:
        try:
            from opencc import OpenCC
        except ImportError as error:
            raise EngineUnavailableError(
                "traditional Chinese is converted by opencc-python-reimplemented, which is not installed",
                hint="pip install 'medgo[corpus]'",
            ) from error
        return OpenCC("t2s")

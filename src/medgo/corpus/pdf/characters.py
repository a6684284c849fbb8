"""Characters of a PDF page as fragments of lines, with their places. Knows the library, and no order of reading.

Places are in points; y grows upwards, as in PDF, on the page as it is shown (its rotation applied).
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from medgo.corpus.typesetting import lowered, raised

# A gap wider than this part of the letter's height ends a fragment: narrower than the gutter between columns.
_GAP = 0.9
# The letters of a ligature all begin where it begins.
_BACK = 1.1
_SAME_LINE = 0.2
_SCRIPT_REACH = 0.7
_WORD_GAP, _HAN_GAP = 0.17, 0.35
_HAN = "\u2e80"
_HYPHEN, _NOTHING = 0x02, (0, 0xFFFE)
_BOLD = ("bold", "black", "heavy", "hei", "-demi")
_UPRIGHT = 0.1
# No printed page holds as many; a file made to fill memory does.
MAX_CHARACTERS = 200_000


@dataclass(slots=True)
class Fragment:
    """Letters next to each other on one baseline.

    Args:
        x0: Left edge.
        x1: Right edge.
        y: Baseline.
        size: Height of the letters.
        bold: Whether its font says so.
        text: What it says, without spaces at its ends.
        hyphen: Whether its last character is a hyphen at the end of a line.
    """

    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    text: str
    hyphen: bool = False


@dataclass(slots=True)
class PageText:
    """What stands on a page.

    Args:
        width: Of the page as it is shown.
        height: Of it.
        fragments: In the order of the file.
        characters: Characters that are no spaces; beyond :data:`MAX_CHARACTERS` none is read.
        broken: Those of them that stand for nothing: U+FFFD, private use, without a character at all.
        rotated: Characters that do not stand upright (a watermark, a note in the margin), which are left out.
    """

    width: float
    height: float
    fragments: list[Fragment]
    characters: int = 0
    broken: int = 0
    rotated: int = 0


def page_text(page: Any) -> PageText:
    """The text of a ``pypdfium2.PdfPage``."""
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        rotation = page.get_rotation()
        left, bottom, right, top = page.get_mediabox()
        reading = _Reading(text_page.raw, rotation, (left, bottom, right, top))
        reading.read()
    finally:
        text_page.close()
    counts = reading.counts
    return PageText(width, height, reading.fragments, counts["characters"], counts["broken"], counts["rotated"])


@dataclass(slots=True)
class _Run:
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    parts: list[str] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    above: bool = False
    space: bool = False
    hyphen: bool = False

    def add(self, letter: str, x0: float, x1: float) -> None:
        self.end_script()
        gap = x0 - self.x1
        # Letters of Chinese are spread to fill a line; a space between words of it is wider.
        if (
            gap > _HAN_GAP * self.size
            if letter > _HAN and self.parts[-1:] > [_HAN]
            else self.space or gap > _WORD_GAP * self.size
        ):
            self.parts.append(" ")
        self.parts.append(letter)
        self.space, self.x1, self.hyphen = False, max(self.x1, x1), False

    def add_script(self, letter: str, x1: float, above: bool) -> None:
        if self.script and self.above != above:
            self.end_script()
        if self.space and not self.script:
            self.parts.append(" ")
        self.script.append(letter)
        self.above, self.space, self.x1 = above, False, max(self.x1, x1)

    def end_script(self) -> None:
        if self.script:
            text = "".join(self.script)
            self.parts.append(raised(text, "".join(self.parts[-12:])) if self.above else lowered(text))
            self.script = []


class _Reading:
    def __init__(self, text_page: Any, rotation: int, box: tuple[float, float, float, float]) -> None:
        import pypdfium2.raw as library

        self.fragments: list[Fragment] = []
        self.counts: Counter[str] = Counter()
        self._library, self._text, self._rotation, self._box = library, text_page, rotation, box
        self._run: _Run | None = None

    def read(self) -> None:
        library, text = self._library, self._text
        count = library.FPDFText_CountChars(text)
        if count > MAX_CHARACTERS:
            self.counts["characters"] = count
            return
        x, y, box = ctypes.c_double(), ctypes.c_double(), library.FS_RECTF()
        for index in range(count):
            code = library.FPDFText_GetUnicode(text, index)
            if code in (0x20, 0x0D, 0x0A, 0xA0, 0x09, 0x3000):
                if self._run is not None:
                    self._run.space = self._run.space or code not in (0x0D, 0x0A)
                continue
            library.FPDFText_GetCharOrigin(text, index, x, y)
            library.FPDFText_GetLooseCharBox(text, index, box)
            size = abs(library.FPDFText_GetFontSize(text, index))
            self._letter(index, code, self._turned(x.value, y.value, box), size)
        self._end()

    def _turned(self, x: float, y: float, box: Any) -> tuple[float, float, float, float]:
        """Left and right edge, baseline, and height of a letter's box, on the page as it is shown."""
        left, bottom, right, top = self._box
        if self._rotation == 90:
            return box.bottom - bottom, box.top - bottom, right - x, abs(box.right - box.left)
        if self._rotation == 180:
            return right - box.right, right - box.left, top - y, abs(box.top - box.bottom)
        if self._rotation == 270:
            return top - box.top, top - box.bottom, x - left, abs(box.right - box.left)
        return box.left - left, box.right - left, y - bottom, abs(box.top - box.bottom)

    def _letter(self, index: int, code: int, place: tuple[float, float, float, float], size: float) -> None:
        x0, x1, y, height = place
        # Files may draw letters of size 1, or of size 100, and scale the page: then the box tells how large they are.
        size = size if 0.7 * size <= height <= 2 * size else height * 0.85
        self.counts["characters"] += 1
        run = self._run
        if run is not None and self._belongs(run, x0, y, size):
            above = self._shift(run, y, size)
            letter = self._character(code)
            if above is None:
                run.add(letter, x0, x1)
                run.hyphen = code == _HYPHEN
            else:
                run.add_script(letter, x1, above)
            return
        self._end()
        if not self._stands_upright(index):
            self.counts["rotated"] += 1
            self.counts["characters"] -= 1
            return
        self._run = _Run(x0, x0, y, size, self._is_bold(index))
        self._run.add(self._character(code), x0, x1)
        self._run.hyphen = code == _HYPHEN

    def _character(self, code: int) -> str:
        if code == _HYPHEN:
            return "-"
        if code in _NOTHING or code < 0x20 or code == 0xFFFD or 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
            self.counts["broken"] += 1
            return "\ufffd"
        return chr(code)

    @staticmethod
    def _belongs(run: _Run, x0: float, y: float, size: float) -> bool:
        large = max(run.size, size)
        if not -_BACK * large <= x0 - run.x1 <= _GAP * large:
            return False
        shift = abs(y - run.y)
        return shift <= _SAME_LINE * large if size > 0.85 * run.size else shift <= _SCRIPT_REACH * run.size

    @staticmethod
    def _shift(run: _Run, y: float, size: float) -> bool | None:
        """Whether a letter is raised (true) or lowered (false); None where it stands on the line."""
        if size > 0.85 * run.size or abs(y - run.y) < 0.08 * run.size:
            return None
        return y > run.y

    def _stands_upright(self, index: int) -> bool:
        angle = self._library.FPDFText_GetCharAngle(self._text, index)
        # Both are counted clockwise; an angle below zero is one that the library cannot tell.
        return angle < 0 or abs(math.remainder(angle + math.radians(self._rotation), 2 * math.pi)) < _UPRIGHT

    def _is_bold(self, index: int) -> bool:
        if self._library.FPDFText_GetFontWeight(self._text, index) >= 600:
            return True
        name = ctypes.create_string_buffer(128)
        self._library.FPDFText_GetFontInfo(self._text, index, name, 128, ctypes.c_int())
        said = name.value.decode("utf-8", "replace").lower()
        return any(word in said for word in _BOLD)

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        run.end_script()
        text = "".join(run.parts).strip()
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if text:
            self.fragments.append(Fragment(run.x0, run.x1, run.y, run.size, run.bold, text, run.hyphen))

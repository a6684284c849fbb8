"""A text as detectors see it: one width, one script, nothing hidden; every position leads back to the original.

Case stays (names need it). Traditional characters become simplified ones, full-width, mathematical and circled letters
and digits plain ones, hyphens, quotes and spaces of every sort one of each. Zero-width characters are left out, and so
are the spaces that character recognition and forms put between single characters (``张 伟 , 男``, ``姓  名``) and the
ends of lines that were full (``平陵市中医⏎院``); quotes, brackets, markup and fill marks around
a value.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise


@dataclass(frozen=True, slots=True)
class View:
    """The text and the way back.

    Args:
        text: What detectors read.
        cuts: Positions in ``text`` before which characters of the original are left out, ascending.
        skipped: How many are left out before each cut, all earlier ones included.
        marks: Positions of letters that hold combining marks of the original, with how many.
    """

    text: str
    cuts: Sequence[int] = ()
    skipped: Sequence[int] = ()
    marks: Mapping[int, int] = field(default_factory=dict, hash=False)

    def start(self, position: int) -> int:
        """Where a stretch that starts here starts in the original."""
        if not self.cuts:
            return position
        before = bisect_right(self.cuts, position)
        return position + self.skipped[before - 1] if before else position

    def end(self, position: int) -> int:
        """Where a stretch that ends before this position ends in the original (exclusive)."""
        if not self.cuts or not position:
            return position
        return self.start(position - 1) + 1 + self.marks.get(position - 1, 0)


def lowered(text: str) -> str:
    """A text in lower case and of the same length: what becomes two characters stays as it is."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def view_of(text: str) -> View:
    """The view of a text; linear in its length."""
    view = _unmarked(_folded(text))
    for spaces in _SPACES:
        cuts = spaces(view.text)
        if cuts:
            view = _without(view, cuts)
    return view


# --- marks around values -----------------------------------------------------------------------------------------

_INLINE = re.compile(r"(</?(?:b|i|u|em|strong|span|font|mark|a|small|sub|sup)(?: [^<>\n]{0,80})?>)", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?P<name>td|th|tr|br|p|div|li|ul|ol|h[1-6]|table|tbody|thead)(?: [^<>\n]{0,80})? ?/?>", re.IGNORECASE
)
_CELLS = frozenset({"td", "th"})
_QUOTED = re.compile(r'(")(?=[^\s"])[^"\n]{1,60}(?<=\S)(")')
_CORNERED = re.compile("([「『])[^「」『』\n]{1,60}([」』])")
# 【】 around a value; at the start of a sentence they hold a heading.
_FRAMED = re.compile(
    r"(?<=[\u4e00-\u9fff:.A-Za-z_])[ \t|]{0,3}(【)[^【】\n]{1,60}(】)|(?<=[:.]) {0,3}(\[)[^\[\]\n]{2,60}(\])"
)
_BOLD = re.compile(r"(\*\*)(?=[\w(])[^*\n]{1,60}(?<=[\w:)])(\*\*)")
_UNDERLINE = re.compile(
    r"(?<![A-Za-z0-9_])(_{2,})(?=[^\W_]|[\"【「『<(])|(?<=[^\W_]|[\"】」』>)])(_{2,})(?![A-Za-z0-9_])"
)
# From the outside in: tags, fill marks, then what stands between them.
_MARKS = (
    ("<", _INLINE),
    ("__", _UNDERLINE),
    ("**", _BOLD),
    ('"', _QUOTED),
    ("「", _CORNERED),
    ("『", _CORNERED),
    ("【", _FRAMED),
    ("[", _FRAMED),
)


def _unmarked(view: View) -> View:
    """Without quotes, frames and tags around values; tags of cells and lines become what they stand for."""
    if "<" in view.text:
        view = _laid_out(view)
    for mark, pattern in _MARKS:
        if mark in view.text:
            spans = (match.span(at) for match in pattern.finditer(view.text) for at in range(1, pattern.groups + 1))
            cuts = [(start, end) for start, end in spans if start >= 0]
            if cuts:
                view = _without(view, cuts)
    return view


def _laid_out(view: View) -> View:
    """Tags of cells as tabs, those of lines and blocks as line ends."""
    blocks = list(_BLOCK.finditer(view.text))
    if not blocks:
        return view
    letters = list(view.text)
    for match in blocks:
        letters[match.start()] = "\t" if match["name"].lower() in _CELLS else "\n"
    shown = View("".join(letters), view.cuts, view.skipped, view.marks)
    return _without(shown, [(match.start() + 1, match.end()) for match in blocks])


# --- one character for one ---------------------------------------------------------------------------------------

# In nearly every Chinese sentence; str.replace reads a text many times faster than a pattern with a function.
_PUNCTUATION = tuple(zip("，：；（）！？“”", ',:;()!?""', strict=True))
_HYPHENS = "‐‑‒–—―−﹣⁃"
_QUOTES = "‘’ʼ′´＇"
_SPACE = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DOTS = "・‧∙⋅･"
# Letter-like, mathematical, small and full-width forms, superscripts, Roman numerals; decimal digits of other scripts.
_FORMS = (
    "\u00b2\u00b3\u00b9\u02b0-\u02b8\u2070-\u209c\u2100-\u214f\u2160-\u217f\ufe50-\ufe6b\uff01-\uff5e"
    "\U0001d400-\U0001d7ff\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u0e50-\u0e59"
)
_ODD = re.compile(f"[{re.escape(_HYPHENS)}{_QUOTES}{_SPACE}{_DOTS}〜～{_FORMS}]")
# One alone numbers an item of a list and must not run into the digits behind it: `①2024年3月`.
_ENCLOSED = re.compile("[\u2460-\u24ff\u2776-\u2793\U0001f100-\U0001f189]{2,}")
_COMBINING = re.compile(r"([^\W\d_])([\u0300-\u036f]+)")
# Zero-width and bidirectional control characters, soft hyphen, joiners, variation selectors, byte order mark.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
)


def _folded(text: str) -> View:
    if text.isascii():
        return View(text)
    for odd, plain in _PUNCTUATION:
        text = text.replace(odd, plain)
    text = _ODD.sub(lambda match: _plain(match[0]), text)
    text = _ENCLOSED.sub(lambda match: "".join(map(_plain, match[0])), text)
    text = _traditional().sub(lambda match: _simplified()[match[0]], text)
    view = View(text)
    hidden = [match.span() for match in _HIDDEN.finditer(text)]
    if hidden:
        view = _without(view, hidden)
    return _composed(view)


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter in _HYPHENS:
        return "-"
    if letter in _QUOTES:
        return "'"
    if letter in _DOTS:
        return "·"
    if letter in "〜～":
        return "~"
    if letter.isspace():
        return " "
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", letter)
    return form if len(form) == 1 else letter


@lru_cache(maxsize=1)
def _simplified() -> dict[str, str]:
    # Where OpenCC names several, the first is the usual one.
    lines = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.split() for line in lines if line.strip())
    return {one[0]: one[1] for one in pairs if len(one[0]) == 1 and len(one[1]) == 1 and one[0] != one[1]}


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(sorted(_simplified()))}]")


def _composed(view: View) -> View:
    """Letters and their combining marks as one letter, where there is one."""
    cuts: list[tuple[int, int]] = []
    letters: list[str] = []
    marks: dict[int, int] = {}
    last = dropped = 0
    for match in _COMBINING.finditer(view.text):
        form = unicodedata.normalize("NFC", match[0])
        # What has no composed form loses its marks: detectors look for letters.
        letters += [view.text[last : match.start()], form[0]]
        marks[match.start() - dropped] = len(match[2])
        cuts.append(match.span(2))
        dropped += len(match[2])
        last = match.end()
    if not cuts:
        return view
    text = "".join([*letters, view.text[last:]])
    # The same cuts on the text with marks give the positions; its letters are put in afterwards.
    bare = _without(view, cuts)
    return View(text, bare.cuts, bare.skipped, marks)


# --- spaces between single characters ----------------------------------------------------------------------------

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
# Three characters at least with one space between any two: `张 伟 , 男 , 4 5 岁`. Without a Chinese one it takes four
# digits, five letters, or eight of any sort: `1 2 3` and `A B C` are lists.
_ONE = rf"[{_HAN}0-9A-Za-z,:;.()/%+\-*@_?=#&·。、《》【】\[\]]"
_SPACED = re.compile(rf"(?<![0-9A-Za-z]){_ONE}(?: {_ONE}(?![0-9A-Za-z])){{2,}}+(?![0-9A-Za-z])")
# Words keep a wider gap between them. Chinese has none, and two spaces there part the fields of a form.
_LATIN = r"[0-9A-Za-z,:;.()/%+\-*@_?=#&'\[\]]"
_SPACED_WORDS = re.compile(rf"(?<![0-9A-Za-z]){_LATIN}(?: {{1,4}}{_LATIN}(?![0-9A-Za-z])){{6,}}+(?![0-9A-Za-z])")
_GAP = re.compile(" +")
_FEWEST_LETTERS, _FEWEST_DIGITS = 6, 8
_SPACED_HAN = re.compile(rf"[{_HAN}]")
# Labels of forms are padded to one width, and so are names of two characters behind them.
_LABELS = (
    "姓名|性别|年龄|民族|职业|婚姻|婚况|籍贯|国籍|住址|地址|电话|手机|邮编|单位|床号|科室|科别|病区|病室|主诉|诊断|日期"
    "|签名|签字|编号|生日|身高|体重|血型|医师|医生|护士|记录|审核|报告|术者|助手|麻醉|费别|邮箱|微信|家属|门诊|住院"
)
_PADDED = re.compile("|".join(f"{one[0]}( {{1,8}}){one[1]}(?![{_HAN}])" for one in _LABELS.split("|")))
_PADDED_NAME = re.compile(
    r"(?:姓名|签名|签字|医师|医生|护士|联系人|家属|患者|术者|记录者|报告者|审核者): {0,4}"
    rf"[{_HAN}]( {{1,4}})[{_HAN}](?![{_HAN}])"
)


def _recognised_words(text: str) -> list[tuple[int, int]]:
    """Spaces within words of Latin letters and digits, and all but one between them: ``D r .   H a u g``."""
    if "  " not in text:
        return []
    cuts: list[tuple[int, int]] = []
    for match in _SPACED_WORDS.finditer(text):
        run = match[0]
        letters = sum(map(str.isalpha, run))
        if letters < _FEWEST_LETTERS and sum(map(str.isdigit, run)) < _FEWEST_DIGITS:
            continue
        for gap in _GAP.finditer(text, match.start(), match.end()):
            start, end = gap.span()
            cuts.append((start + (end - start > 1), end))
    return cuts


def _recognised(text: str) -> list[tuple[int, int]]:
    """Spaces within runs of single characters."""
    cuts: list[tuple[int, int]] = []
    for match in _SPACED.finditer(text):
        run = match[0]
        count = (len(run) + 1) // 2
        if _SPACED_HAN.search(run) is None:
            digits = sum(letter.isdigit() for letter in run)
            alone = digits >= 4 and not any(letter.islower() for letter in run)
            if not alone and count < 8 and not (count >= 5 and run.replace(" ", "").isalpha()):
                continue
        cuts += [(at, at + 1) for at in range(match.start() + 1, match.end(), 2)]
    return cuts


def _padding(text: str) -> list[tuple[int, int]]:
    """Spaces within labels of forms."""
    return [match.span(match.lastindex or 0) for match in _PADDED.finditer(text)]


def _name_padding(text: str) -> list[tuple[int, int]]:
    """Spaces within names of two characters behind their label."""
    return [match.span(1) for match in _PADDED_NAME.finditer(text)]


# A shorter line ended because somebody wanted it to; so did one before a heading, an item of a list or a signature.
_FULL_LINE = 32
_ITEM = r"[一二三四五六七八九十]{1,3}、|[一二][〇零○一二三四五六七八九]{3}年"
_SIGNATURE = rf"[{_HAN}]{{2,3}}[ \t]|[{_HAN}]{{2,8}}[ \t]{{0,4}}(?:\n|\Z|[12]\d{{3}})"
_LINE_END = re.compile(
    rf"(?<=[{_HAN}\d])\n(?=[{_HAN}])(?![^\n:]{{1,10}}:|{_SIGNATURE}|{_ITEM})|(?<=[{_HAN}])\n(?=\d{{1,4}}[号弄栋室])"
)


def _full_lines(text: str) -> list[tuple[int, int]]:
    """Ends of full lines within a sentence."""
    return [
        match.span()
        for match in _LINE_END.finditer(text)
        if match.start() >= _FULL_LINE and text.find("\n", match.start() - _FULL_LINE, match.start()) < 0
    ]


_SPACES = (_recognised_words, _recognised, _padding, _name_padding, _full_lines)


def _without(view: View, cuts: Sequence[tuple[int, int]]) -> View:
    """A view with some more stretches of its text left out (ascending, without overlaps)."""
    starts = [start for start, _ in cuts]
    lost = (0, *accumulate(end - start for start, end in cuts))

    def moved(position: int) -> int:
        before = bisect_left(starts, position)
        if not before:
            return position
        start, end = cuts[before - 1]
        return position - lost[before - 1] - (min(position, end) - start)

    kept: list[str] = []
    last = 0
    for start, end in cuts:
        kept.append(view.text[last:start])
        last = end
    kept.append(view.text[last:])
    lengths = (after - before for before, after in pairwise((0, *view.skipped)))
    gaps = [(moved(at), length) for at, length in zip(view.cuts, lengths, strict=True)]
    gaps += [(moved(start), end - start) for start, end in cuts]
    gaps.sort()
    return View(
        "".join(kept),
        tuple(at for at, _ in gaps),
        tuple(accumulate(length for _, length in gaps)),
        {moved(at): count for at, count in view.marks.items()},
    )

"""The detector of Chinese names: labelled fields, special forms, running text, and what one place tells of another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

import ahocorasick

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_zh.contexts import contexts
from medgo.deid.names_zh.cued import CuedNames
from medgo.deid.names_zh.forms import SpecialForms
from medgo.deid.names_zh.labelled import LabelledNames
from medgo.deid.names_zh.lexicon import lexicon
from medgo.deid.names_zh.running import RunningNames
from medgo.deid.protocol import Finding, Note

_HAN = re.compile("[\u4e00-\u9fff]")
# The end of a line with no mark at it, and the start of the next one; where the line is short, names need a context.
_WRAP = re.compile("([\u4e00-\u9fff]{1,9})\n[ \t]{0,4}([\u4e00-\u9fff]{1,9})")
_PARTED = re.compile("([\u4e00-\u9fff])( |[ \t]{0,2}\n[ \t]{0,4})([\u4e00-\u9fff]{1,6})")
_TELLING_LEFT = 4.0
_BEFORE_GAP = 2  # characters of a name before a gap in it
_WRAPPED_MARGIN = 3.0
_FULL_LINE = 12
# From here on a name is looked for in the rest of the note as well, and its given name alone.
_KNOWN = 0.8
_LIKELY = 0.7
_TELLING = 3  # characters of a name that hardly occurs by chance
_LONGEST = 12
_REPEATED = 0.9
_GIVEN_ALONE = 0.6
_GAP = re.compile("(?<=[\u4e00-\u9fff])[ \t]*\n?[ \t]*(?=[\u4e00-\u9fff])")
_GAPS = (" ", "\n")  # what a layout puts into a name
# A given name that is a word too (建国, 海燕) tells nothing without its neighbours.
_RARE_WORD = -14.5
_COMMON_WORD = -12.0
_SURE = 0.9
# 于柏安医院: in, not the surname.
_IN_HOSPITAL = re.compile("于[\u4e00-\u9fff]{1,7}(?:医院|卫生院|医大)")
_JOINED_WORD = -15.0
# What somebody says or wants: before it a given name that is a word is a name.
_OF_PEOPLE = re.compile(
    "(?:自?诉|主诉|自?述|[说称讲]|表示|拒绝|同意|签字|签名|认为|要求(?!高)|因[^此为而素]|感(?:到|觉)|陪同|代诉|出院|入院|来电)"
)


class ChineseNameDetector:
    """Finds names written in Han characters."""

    name: ClassVar[str] = "names_zh"
    version: ClassVar[str] = "1"

    def __init__(self) -> None:
        self._lexicon = lexicon()
        self._contexts = contexts()
        self._running = RunningNames(self._lexicon, self._contexts)
        self._labelled = LabelledNames(self._lexicon, self._contexts)
        self._forms = SpecialForms(self._lexicon, self._contexts)
        self._cued = CuedNames(self._lexicon, self._contexts)

    def find(self, note: Note) -> Iterable[Finding]:
        """Names with positions in the view; linear in its length."""
        text = note.view.text
        if _HAN.search(text) is None:
            return []
        fixed = [self._finding(one.start, one.end, one.label, one.score) for one in self._labelled.find(text)]
        fixed += [self._finding(one.start, one.end, one.label, one.score) for one in self._forms.find(text)]
        cued = [self._finding(one.start, one.end, one.label, one.score) for one in self._cued.find(text)]
        running = [self._finding(one.start, one.end, one.label, one.score) for one in self._running.find(text)]
        titled = [self._finding(one.start, one.end, one.label, one.score) for one in self._forms.before_titles(text)]
        fixed = _added(cued, fixed)
        found = self._cut(text, fixed + _beside(running, fixed))
        # These may reach beyond what they overlap: the merge makes one of both.
        found = _added([*self._wrapped(text), *self._parted(text)], found)
        found = _added(titled, found)
        return _added(self._repeated(text, found), found)

    def _finding(self, start: int, end: int, label: IdentifierClass, score: float) -> Finding:
        return Finding(start, end, label, score, self.name)

    def _wrapped(self, text: str) -> list[Finding]:
        """Names that the end of a full line cuts."""
        found = []
        for line in _WRAP.finditer(text):
            before, after = line.group(1), line.group(2)
            for one in self._running.find(before + after):
                full = line.start(2) - text.rfind("\n", 0, line.end(1)) > _FULL_LINE or one.strong
                if full and one.start < len(before) < one.end and one.margin > _WRAPPED_MARGIN:
                    end = line.start(2) + one.end - len(before)
                    found.append(self._finding(line.start(1) + one.start, end, one.label, one.score))
        return found

    def _parted(self, text: str) -> list[Finding]:
        """Names with a gap in them behind a word that names follow: 丈夫桑 清漪要求."""
        found = []
        surnames, left = self._lexicon.surnames, self._contexts.left
        for gap in _PARTED.finditer(text):
            middle = gap.start(2)
            after = gap[3] + text[gap.end() : gap.end() + _TELLING]
            for at in range(max(0, middle - _BEFORE_GAP), middle):
                begins = text[at] in surnames or (text[at:middle] + gap[3])[:2] in surnames
                if not begins or left(text, at).weight < _TELLING_LEFT:
                    continue
                low = max(0, at - _LONGEST)
                for one in self._running.find(text[low:middle] + after):
                    beyond = one.start + low + one.end - one.start - middle  # characters behind the gap
                    if one.start + low == at and 0 < beyond <= len(gap[3]) and one.margin > 0:
                        found.append(self._finding(at, gap.start(3) + beyond, one.label, one.score))
        return found

    def _cut(self, text: str, found: Sequence[Finding]) -> list[Finding]:
        """Without the letter that a name has too many, where it stands without it for sure elsewhere: 陈静|清点."""
        found = [one for one in found if one.score >= _SURE or not self._is_in_hospital(text, one)]
        sure = {text[one.start : one.end] for one in found if one.score >= _SURE and one.end - one.start == 2}
        if not sure:
            return found
        kept = []
        for one in found:
            start, end = one.start, one.end
            if end - start == _TELLING and one.score < _SURE:
                if text[start : end - 1] in sure and self._begins_word(text, end - 1):
                    end -= 1
                elif (
                    text[start + 1 : end] in sure
                    and self._lexicon.words.get(text[start - 1 : start + 1], -99.0) > _JOINED_WORD
                ):
                    start += 1
            kept.append(one if end - start == one.end - one.start else self._finding(start, end, one.label, one.score))
        return kept

    def _is_in_hospital(self, text: str, one: Finding) -> bool:
        return (
            text[one.start] == "于"
            and _IN_HOSPITAL.match(text, one.start) is not None
            and self._contexts.left(text, one.start).weight < _TELLING_LEFT
        )

    def _begins_word(self, text: str, at: int) -> bool:
        """Whether a word of two or three letters begins here, or one that stands after names."""
        words = self._lexicon.words
        return (
            max(words.get(text[at : at + 2], -99.0), words.get(text[at : at + 3], -99.0)) > _JOINED_WORD
            or self._contexts.right(text, at).weight > 1.0
        )

    def _repeated(self, text: str, found: Sequence[Finding]) -> list[Finding]:
        """Other places of names that were found for sure, whole or as a given name alone."""
        wanted: dict[str, tuple[IdentifierClass, float]] = {}
        worded: set[str] = set()  # given names that are words as well
        for one in found:
            name = _GAP.sub("", text[one.start : one.end])
            if not self._tells(name, one.score):
                continue
            wanted[name] = (one.label, _REPEATED)
            for at in range(1, len(name)):
                for gap in _GAPS:
                    wanted[name[:at] + gap + name[at:]] = (one.label, _REPEATED)
            given = self._given(name)
            rank = self._lexicon.words.get(given, -99.0) if given is not None else 0.0
            # A given name that is no word at all tells by itself.
            if given is not None and (one.score >= _KNOWN or rank == -99.0):
                wanted.setdefault(given, (one.label, _GIVEN_ALONE))
                if rank >= _RARE_WORD:
                    worded.add(given)
        if not wanted:
            return []
        automaton = ahocorasick.Automaton()
        for name, (label, score) in wanted.items():
            automaton.add_word(name, (len(name), label, score))
        automaton.make_automaton()
        return [
            self._finding(last - length + 1, last + 1, label, score)
            for last, (length, label, score) in automaton.iter_long(text)
            if not self._is_other(text, last - length + 1, last + 1)
            and (text[last - length + 1 : last + 1] not in worded or self._is_told(text, last - length + 1, last + 1))
        ]

    def _is_told(self, text: str, start: int, end: int) -> bool:
        """Whether the neighbours say that a word is a name: 其子建国, 昨夜建国诉胸闷."""
        left = self._contexts.left(text, start).weight
        return left >= _TELLING_LEFT or (left > 0 and _OF_PEOPLE.match(text, end) is not None)

    def _tells(self, name: str, score: float) -> bool:
        """Whether a name is sure enough, and unlike other words, to be looked for elsewhere."""
        least = _LIKELY if len(name) >= _TELLING else _KNOWN
        word = self._lexicon.words.get(name, -99.0) > _COMMON_WORD
        return score >= least and 1 < len(name) <= _LONGEST and name.isalpha() and "某" not in name and not word

    def _is_other(self, text: str, start: int, end: int) -> bool:
        """Whether the letters of a name are part of something else here: 帕金森|病, 于静|脉."""
        if self._contexts.right(text, end).weight < 0:
            return True
        words = self._lexicon.words
        return end - start < _TELLING and any(
            words.get(text[max(at - 1, 0) : at + 1], -99.0) > _COMMON_WORD for at in (start, end)
        )

    def _given(self, name: str) -> str | None:
        """The given name of two characters."""
        size = 2 if name[:2] in self._lexicon.surnames and len(name) == 4 else 1
        given = name[size:]
        known = name[:size] in self._lexicon.surnames and len(given) == 2
        return given if known else None


def _added(findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """The others and those that none of them holds whole."""
    taken = {at for one in others for at in range(one.start, one.end)}
    return [*others, *(one for one in findings if not taken.issuperset(range(one.start, one.end)))]


def _beside(findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Those that share no character with the others."""
    if not others:
        return list(findings)
    taken = {at for one in others for at in range(one.start, one.end)}
    return [one for one in findings if taken.isdisjoint(range(one.start, one.end))]

"""Names that are no surname and given name: with a dot, before a title, hidden in part, of other peoples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_zh.contexts import Contexts, whose
from medgo.deid.names_zh.form import Form
from medgo.deid.names_zh.lexicon import NEVER, Lexicon
from medgo.deid.names_zh.peoples import NamesOfPeoples

_DOT = re.compile("(?<=[\u4e00-\u9fff])[ ]?[·•・‧∙⋅][ ]?(?=[\u4e00-\u9fff])")
_HIDDEN = re.compile(
    "某\\s某|[某×＊*○〇■□●][某×xXＸ＊*○〇■□●]{0,2}|[xX]{1,3}(?![A-Za-z0-9\u4e00-\u9fff])|[xX]{2,3}(?![A-Za-z0-9])"
)
_LONGEST_PART = 8
_COMMON_WORD = -8.5
_WORD = -9.0
_SPREAD = re.compile(
    r"(?<![\w,，、。])(?:(?<=\s)|^)([\u4e00-\u9fff]{1,2}) {1,3}([\u4e00-\u9fff]{1,2})"
    r"(?=[ \t]{0,4}(?:[12]\d{3}[-./年]|/|\n|\Z))"
)
_SIGNATURE = re.compile(
    r"[ \t]{2,}([\u4e00-\u9fff]{2,4})(?=[ \t]{0,4}(?:\n|\Z|[12]\d{3}[-./年]|[一二][〇零○一二三四五六七八九]{3}年))"
)
_WORDY = -6.5
_SURNAME_TOLD = re.compile(
    "(?<=[我他她您你公婆妻夫爸妈父母者生士贵家友人伴弟兄哥姐妹姨姑伯叔舅爷奶孩])姓(?![名氏])([\u4e00-\u9fff]{1,2}?)(?=[^\u4e00-\u9fff]|$|叫|的|名)"
)
_BOTH_TOLD = re.compile(
    "姓(?![名氏])([\u4e00-\u9fff]{1,2}?)[，,、 ]?(?:[名大]?叫做?|单?名)([\u4e00-\u9fff]{1,4}?)(?=[^\u4e00-\u9fff]|$|的)"
)
_NAME_TOLD = re.compile(
    "(?:小名|乳名|昵称)(?:叫|是|为)?[:： ]?([\u4e00-\u9fff]{2,3})(?![\u4e00-\u9fff])"
    "|(?:英文名|外文名|(?:姓名|名字)拼音|我叫|名叫|名字[叫是])[:： ]?"
    "([A-Z][A-Za-z'-]{1,20}(?: [A-Z][A-Za-z'-]{0,20}){0,3})"
)
_NOT_GIVEN = frozenset("男女汉岁无有否日月年号")
_LIKELY_GIVEN = -10.0
_RARE_SURNAME, _RARE_WORD = -8.5, -10.5
# Words of grammar among the characters of transliteration: 买买提因腹痛.
_GRAMMAR = frozenset("因于和向都以所")
_TRANSLITERATED_LEAST = 2
_SHORT_BEFORE = re.compile("(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{1,4}$")
_SHORT_AFTER = re.compile("[\u4e00-\u9fff]{1,4}(?![\u4e00-\u9fff])")
# 约翰，男，45岁; 患者玛丽(女
_SEX = re.compile("[,，、(（ ][男女](?![\u4e00-\u9fff])|[,，、(（ ][男女][性,，]")


@dataclass(frozen=True)
class SpecialForms:
    """Finds names of special forms; each kind starts from a rare character, so that others cost one scan.

    Args:
        lexicon: Characters of transliteration and surnames.
        contexts: Titles and neighbours.
    """

    lexicon: Lexicon
    contexts: Contexts

    def find(self, text: str) -> Iterator[Form]:
        """All of them, kind by kind."""
        dotted = list(self._dotted(text))
        yield from dotted
        yield from self._hidden(text)
        yield from self._spread(text)
        yield from self._signatures(text)
        yield from self._told(text)
        taken = {at for one in dotted for at in range(one.start, one.end)}
        yield from (one for one in self._peoples.find(text) if taken.isdisjoint(range(one.start, one.end)))

    def _dotted(self, text: str) -> Iterator[Form]:
        """玛丽·史密斯, 阿卜杜拉·买买提: characters of transliteration on both sides of a dot."""
        end = 0
        for dot in _DOT.finditer(text):
            if dot.start() < end:
                continue
            start, stop = self._back(text, dot.start()), self._forth(text, dot.end())
            if start == dot.start() or stop == dot.end():
                continue
            while (another := _DOT.match(text, stop)) is not None and self._forth(text, another.end()) > another.end():
                stop = self._forth(text, another.end())
            if stop - start < 4:
                continue
            end = stop
            label, strong = self._neighbours(text, start, stop)
            yield Form(start, stop, label, 0.96 if strong else 0.9)

    def _hidden(self, text: str) -> Iterator[Form]:
        """张某, 李某某, 王××, 赵*, 张*伟."""
        for match in _HIDDEN.finditer(text):
            start = match.start() - 1
            if start > 0 and text[start] in " \n" and match.group()[0] == "某":
                start -= 1
            if start < 0:
                continue
            surname = self.lexicon.surnames.get(text[start])
            if start and text[start - 1 : start + 1] in self.lexicon.surnames:
                start -= 1
                surname = -5.0
            rare = surname is not None and surname < _RARE_SURNAME
            if surname is None or (rare and not self._is_unlike(text, start)) or self._in_word(text, start):
                continue
            end = match.end()
            if self._is_grammar(text, start, match):
                continue
            if len(match.group()) == 1 and "\u4e00" <= text[end : end + 1] <= "\u9fff":
                end += self._ends_name(text[end], sure="*" in match.group())
            label, strong = self._neighbours(text, start, end)
            yield Form(start, end, label, 0.97 if strong or text[match.start()] == "某" else 0.9)

    def _spread(self, text: str) -> Iterator[Form]:
        """``上官 伯庸 2023-3-16``, ``闻  静``: alone before a date, a slash or the end of a line."""
        for match in _SPREAD.finditer(text):
            surname, given = self.lexicon.surnames.get(match[1]), match[2]
            if surname is None or (len(match[1]) == 1 and surname < _RARE_SURNAME):
                continue
            if all(self.lexicon.given.get(one) != NEVER and one not in _NOT_GIVEN for one in given):
                yield Form(match.start(), match.end(), "name", 0.85)

    def _signatures(self, text: str) -> Iterator[Form]:
        """闻清漪 at the end of a paragraph, apart from it, before a date or the end of the line."""
        for match in _SIGNATURE.finditer(text):
            name = match[1]
            size = 2 if name[:2] in self.lexicon.surnames and len(name) > 2 else 1
            surname = self.lexicon.surnames.get(name[:size])
            if surname is None or not 1 <= len(name) - size <= 2:
                continue
            # Ordinary words (方案, 江苏) are likelier than that.
            if self.lexicon.path(name) < _WORDY * len(name) and NEVER not in map(self.lexicon.given.get, name[size:]):
                yield Form(*match.span(1), "name_clinician", 0.8)

    def _ends_name(self, last: str, *, sure: bool) -> bool:
        """Whether a character behind a hidden one is the end of the name: 张*伟, 郗某彤; not 张某因."""
        likely = self.lexicon.given.get(last, NEVER) > _LIKELY_GIVEN
        return likely and (sure or self.lexicon.words.get(last, -99.0) < _RARE_WORD)

    def _told(self, text: str) -> Iterator[Form]:
        """What people say of names: 我姓逄, 姓祁，叫祁连城, 小名糯糯, 英文名Marigny Duquette."""
        for match in _BOTH_TOLD.finditer(text):
            if match[1] in self.lexicon.surnames:
                yield Form(*match.span(1), "name", 0.96)
                yield Form(*match.span(2), "name", 0.96)
        for match in _SURNAME_TOLD.finditer(text):
            if match[1] in self.lexicon.surnames:
                yield Form(*match.span(1), "name", 0.9)
        for match in _NAME_TOLD.finditer(text):
            group = match.lastindex or 0
            yield Form(*match.span(group), "name", 0.96)

    def _is_unlike(self, text: str, at: int) -> bool:
        """Whether a rare surname is no word either: 贲某某."""
        return self.lexicon.words.get(text[at], -99.0) < _RARE_WORD

    def _is_grammar(self, text: str, start: int, match: re.Match[str]) -> bool:
        """Whether the surname is a preposition here: 于某一天, 对某些."""
        common = self.lexicon.words.get(text[start], -99.0) > _COMMON_WORD
        return (
            common
            and match.start() == start + 1
            and len(match.group()) == 1
            and "\u4e00" <= text[match.end() : match.end() + 1] <= "\u9fff"
        )

    def _in_word(self, text: str, at: int) -> bool:
        """Whether the surname ends a word of two: 黑龙江某."""
        return at > 0 and self.lexicon.words.get(text[at - 1 : at + 1], -99.0) > -13.0

    @cached_property
    def _peoples(self) -> NamesOfPeoples:
        return NamesOfPeoples(self.lexicon, self.contexts)

    @cached_property
    def _title(self) -> re.Pattern[str]:
        titles = "|".join(sorted(map(re.escape, self.contexts.titles), key=len, reverse=True))
        return re.compile(f"(?:{titles})")

    def before_titles(self, text: str) -> Iterator[Form]:
        """帕金森医生, 约翰先生; 约翰，男."""
        for pattern in (self._title, _SEX):
            for match in pattern.finditer(text):
                end = match.start()
                if not end or text[end - 1] not in self.lexicon.transliterated:
                    continue
                start = self._back(text, end, border=False)
                if end - start < _TRANSLITERATED_LEAST or self._is_words(text, start, end):
                    continue
                title = self.contexts.titles.get(match.group())
                label: IdentifierClass = (title.label if title else None) or self._neighbours(text, start, end)[0]
                yield Form(start, end, label, 0.96)

    def _is_words(self, text: str, start: int, end: int) -> bool:
        """Whether ordinary words fill the stretch better than single characters of a transliteration."""
        return self.lexicon.path(text[start:end]) > -6.0 * (end - start) - 3.0

    def _back(self, text: str, end: int, *, border: bool = True) -> int:
        """Where the part of a transliterated name that ends here begins."""
        start = end
        while start and end - start < _LONGEST_PART and text[start - 1] in self.lexicon.transliterated:
            start -= 1
        # All of a short run between borders, even with a character that is rare in transliterations.
        whole = _SHORT_BEFORE.search(text, max(0, end - 5), end) if start < end and border else None
        if whole is not None and not self._begins_with_word(whole.group()):
            return min(start, whole.start())
        # A word that reaches into the part from the left (患者因|玛丽) is not of it.
        for at in range(max(0, start - 3), start):
            for stop in range(min(at + 4, end), start, -1):
                if at < start < stop and self.lexicon.words.get(text[at:stop], -99.0) > -14.0:
                    return stop
        return start

    def _begins_with_word(self, part: str) -> bool:
        known = self.lexicon.words
        return any(
            part[:size] in self.contexts.before or known.get(part[:size], -99.0) > _WORD for size in range(1, len(part))
        )

    def _forth(self, text: str, start: int) -> int:
        end = start
        while end < len(text) and end - start < _LONGEST_PART and text[end] in self.lexicon.transliterated:
            end += 1
        if end - start > 1 and text[end - 1] in _GRAMMAR and "\u4e00" <= text[end : end + 1] <= "\u9fff":
            end -= 1
        whole = _SHORT_AFTER.match(text, start) if end > start else None
        return end if whole is None else max(end, whole.end())

    def _neighbours(self, text: str, start: int, end: int) -> tuple[IdentifierClass, bool]:
        left, right = self.contexts.left(text, start), self.contexts.right(text, end)
        return whose(left, right), max(left.weight, right.weight) >= 4.0

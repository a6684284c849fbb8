"""Names in labelled fields: what stands after 患者姓名：or 主治医师 is a name, whatever its characters mean.

Fields are found from their separators (a colon, or the gap of a form), so that text without them costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from medgo.deid.classes import IdentifierClass
from medgo.deid.names_zh.contexts import Contexts
from medgo.deid.names_zh.lexicon import NEVER, Lexicon

# A colon with what may stand around it, or the gap between a label and its value in forms without colons.
_SEPARATOR = re.compile(
    r"[ \t]{0,8}[:：][\s_]{0,12}(?:/s/)?[\[【(]?|(?<=[\u4e00-\u9fff)\]])[ \t_|]{1,12}(?=[\u4e00-\u9fff])"
)
_BRACKET = re.compile(r"[(\[【（][^()\[\]【】（）\n]{0,12}[)\]】）][ \t]{0,4}$")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{1,12}")
# The second half of a name that a form spreads out or a line breaks: at most two characters, then something else.
_REST = re.compile(
    r"[ \t]{1,4}([\u4e00-\u9fff]{1,2})(?![\u4e00-\u9fff])|\s{0,3}\n\s{0,8}([\u4e00-\u9fff]{1,2})(?![\u4e00-\u9fff])"
)
_LAST = re.compile(r"[ \t]{0,3}\n[ \t]{0,8}([\u4e00-\u9fff])(?![\u4e00-\u9fff:：])")
_NOT_REST = frozenset("男女汉岁无未有是否")
# What joins the names of a list: 术者：王强、李伟
_JOINT = re.compile(
    r"(?:[（(][^()（）\n]{0,10}[)）])?[ ]?[、/,，;；&+][ ]?|[ ]{1,2}(?=[\u4e00-\u9fff]{2,3}(?![\u4e00-\u9fff]))"
)
_STRONG_LABEL = 14.0
_WEAK_LABEL = 8.0
_LISTED = 6.0
_GAP = -4.0
# A name that fills the field to its end.
_WHOLE_RUN = 4.0
UNKNOWN_SURNAME = log(1e-8)
_RARE_SURNAME = -7.0  # 联系人：无
_LONGEST_LIST = 20
# 器械：止血钳: what the field holds is a name only where nothing else stands in it.
_OF_THINGS = frozenset({"器械", "巡回", "洗手", "台上", "台下", "录单", "翻译", "口译"})
_STATES = frozenset(
    {"齐全", "齐整", "齐备", "卫生", "完好", "常规", "安全", "严密", "顺利", "许可", "相符", "英文", "和平"}
)
# 复核医师, 随访护士: whatever stands before them says what somebody does.
_TRADES = frozenset({"医师", "医生", "护士", "护师", "技师", "药师", "专家"})


@dataclass(frozen=True, slots=True)
class Field:
    """The name in a field.

    Args:
        start: Position in the text.
        end: After it.
        label: Whose name it is.
        score: How sure it is.
    """

    start: int
    end: int
    label: IdentifierClass
    score: float


@dataclass(frozen=True)
class LabelledNames:
    """Finds names in fields.

    Args:
        lexicon: Words and parts of names.
        contexts: Labels and titles.
    """

    lexicon: Lexicon
    contexts: Contexts

    def find(self, text: str) -> Iterator[Field]:
        """Names in order; linear in the length of the text."""
        for separator in _SEPARATOR.finditer(text):
            label = self._label(text, separator.start())
            if label is None:
                continue
            colon = ":" in separator.group() or "：" in separator.group()
            kind = self.contexts.labels[label]
            weak = label in self.contexts.weak
            weight = (_WEAK_LABEL if weak else _STRONG_LABEL) + (0.0 if colon else _GAP)
            yield from self._values(
                text, separator.end(), kind, weight, sure=colon and not weak, whole=label in _OF_THINGS
            )

    def _label(self, text: str, end: int) -> str | None:
        """The longest label that ends here, a bracket between left out: 医师（签名）：."""
        bracket = _BRACKET.search(text, max(0, end - 16), end)
        for stop in (end, bracket.start()) if bracket else (end,):
            while stop and text[stop - 1] in " \t*":
                stop -= 1
            label = self._ending(text, stop)
            if label is not None:
                return label
        if bracket:
            return self._ending(text, bracket.end() - 1 - (len(bracket.group()) - len(bracket.group().rstrip())))
        return None

    def _ending(self, text: str, end: int) -> str | None:
        for size in range(min(self.contexts.longest_label, end), 0, -1):
            label = text[end - size : end]
            if label in self.contexts.labels:
                # 父 and 记录 are labels only where nothing stands before them: 子女, 交易记录
                before = text[end - size - 1 : end - size]
                weak = label in self.contexts.weak and label not in _TRADES
                if not weak or not "\u4e00" <= before <= "\u9fff":
                    return label
        return None

    def _values(
        self, text: str, at: int, kind: IdentifierClass, weight: float, *, sure: bool, whole: bool
    ) -> Iterator[Field]:
        for listed in range(_LONGEST_LIST):
            end = self._name(text, at, weight, whole=whole)
            # The next field's label: 联系人：…  关系：
            if end is None or (listed and _SEPARATOR.match(text, end)):
                return
            yield Field(at, end, kind, 0.98 if sure else 0.9)
            if kind == "name":
                return
            title = self._after_title(text, end)
            joint = _JOINT.match(text, title)
            if joint is None:
                return
            at, weight, sure = joint.end(), _LISTED, False

    def _after_title(self, text: str, at: int) -> int:
        for size in range(self.contexts.longest_title, 1, -1):
            if text[at : at + size] in self.contexts.titles:
                return at + size
        return at

    def _name(self, text: str, at: int, weight: float, *, whole: bool = False) -> int | None:
        """Where the name that begins here ends, if words are not likelier."""
        match = _HAN.match(text, at)
        if match is None:
            return None
        run = match.group()
        rest = self._rest(text, run, match.end())
        if rest is not None:
            return rest
        if run in self.contexts.before or run in self.contexts.labels:
            return None
        path = self.lexicon.path
        best, found = path(run), None
        if whole and run in _STATES:
            return None
        for size in range(len(run) if whole else 1, min(len(run), 5) + 1):
            score = self._weight(run, size, text, at)
            if score is None:
                continue
            if size < len(run):
                score += path(run, size) + self.contexts.right(text, at + size).weight
            else:
                score += _WHOLE_RUN
            if score + weight > best:
                best, found = score + weight, at + size
        return found

    def _rest(self, text: str, run: str, at: int) -> int | None:
        """Where a name ends that goes on behind a gap or on the next line."""
        surnames = self.lexicon.surnames
        rest = _REST.match(text, at) if len(run) == 1 else None
        if rest is not None and run not in surnames and run + rest.group(rest.lastindex or 1)[0] not in surnames:
            return None
        if rest is None and run in surnames:
            rest = _REST.match(text, at)
        if rest is None and run[:-1] in surnames:
            rest = _LAST.match(text, at)
        return rest.end() if rest is not None and rest.group(rest.lastindex or 1)[0] not in _NOT_REST else None

    def _weight(self, run: str, size: int, text: str, at: int) -> float | None:
        """Log probability of the first characters of a run as a name; None where they cannot be one."""
        lexicon = self.lexicon
        options = []
        for length in (1, 2):
            surname = lexicon.surnames.get(run[:length])
            if surname is not None and length <= size <= length + 2:
                options.append(surname + self._given(run[length:size]))
        if size == 1:
            title = self.contexts.title(text, at + 1)
            border = at + 1 >= len(text) or not "\u4e00" <= text[at + 1] <= "\u9fff"
            return options[0] - 4.0 if options and options[0] > _RARE_SURNAME and (border or title) else None
        if size == 4 and run[0] in lexicon.surnames and run[1] in lexicon.surnames:
            options.append(lexicon.surnames[run[0]] + lexicon.surnames[run[1]] + self._given(run[2:4]))
        if size <= 4 and lexicon.given.get(run[0]) != NEVER:
            options.append(UNKNOWN_SURNAME + self._given(run[1:size]))
        if all(one in lexicon.transliterated for one in run[:size]):
            options.append(UNKNOWN_SURNAME + (size - 1) * -5.5)
        best = max(options, default=NEVER)
        return best if best > NEVER else None

    def _given(self, characters: str) -> float:
        return sum(self.lexicon.given.get(one, self.lexicon.unlisted) for one in characters)

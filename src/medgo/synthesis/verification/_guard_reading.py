"""What a paraphrase has to keep of a text: statements, negated and plain words, order in time. Compares nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from medgo.schema import Lang
from medgo.synthesis.verification.owning import owners
from medgo.synthesis.verification.reading import Reader, Stated
from medgo.text import Assertions, Quantity, SexMention, SideMention, Span, fold, normalise_unit, sentences

_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-z]{4,}")
_STOP_EN = frozenset(
    [
        "that",
        "this",
        "with",
        "from",
        "have",
        "been",
        "were",
        "which",
        "there",
        "their",
        "also",
        "than",
        "then",
        "when",
        "what",
        "after",
        "before",
        "during",
        "because",
        "patient",
        "evidence",
        "signs",
        "symptoms",
        "history",
        "other",
        "over",
        "more",
        "less",
        "some",
        "such",
        "time",
        "days",
        "weeks",
        "months",
        "years",
        "hours",
        "reports",
        "reported",
        "does",
        "denies",
        "denied",
        "noted",
        "found",
        "seen",
        "further",
        "about",
        "into",
        "being",
        "most",
        "very",
        "only",
        "just",
        "well",
        "still",
        "ever",
        "once",
        "both",
        "feel",
        "felt",
        "feeling",
        "present",
        "absent",
        "experience",
        "experienced",
        "having",
        "taking",
        "clear",
        "obvious",
        "without",
        "never",
        "none",
        "neither",
        "possible",
        "cannot",
        "could",
        "would",
        "should",
        "mention",
        "mentions",
        "state",
        "states",
        "describe",
        "describes",
        "show",
        "shows",
        "showed",
        "currently",
        "recently",
        "associated",
        "complain",
    ]
)
# Two characters that are grammar, or that every note holds.
_STOP_ZH = frozenset(
    [
        "患者",
        "出现",
        "明显",
        "目前",
        "情况",
        "表现",
        "病史",
        "症状",
        "否认",
        "伴有",
        "以及",
        "或者",
        "可能",
        "考虑",
        "入院",
        "检查",
        "治疗",
        "诊断",
        "今日",
        "近期",
        "其他",
        "相关",
        "发现",
        "没有",
        "任何",
        "感到",
        "感觉",
        "存在",
        "方面",
        "不适",
        "既往",
        "本人",
        "患儿",
        "家属",
        "病人",
        "同时",
        "并且",
        "之前",
        "之后",
        "过程",
        "时候",
        "现象",
        "提示",
        "显示",
        "其余",
        "未见",
        "不伴",
    ]
)
_AFTER_EN = re.compile(r"\b(?:after|following)\b")
_BEFORE_EN = re.compile(r"\b(?:before|prior to|preceded|then|followed by|later|subsequently)\b")
_THEN_ZH = re.compile(r"随后|然后|继而|之后|以后|其后|(?<![前背])后(?!背|枕|壁|天|缀)|再(?=出现)")
_BEFORE_ZH = re.compile(r"(?<![目以当])前(?!臂|额|列|房|胸|壁)|之前|以前|先于")
_NEGATION = re.compile(r"[无未没不]|\bno|n't|without|never")
_LATIN = re.compile(r"[a-z]{3,}")
# "no more than", "not only" deny nothing.
_BOUNDS = re.compile(r"\b(?:than|only|matter|doubt)\b")
_ITEMS = re.compile(r"[、,;/]|和|及|或|与|\b(?:and|or|nor)\b")
_REASSURES = re.compile(
    r"正常|阴性|afebrile|normal|unremarkable|negative|asymptomatic|良好|健康|well\b|stable|fail|lack|除|ruled out|停|stopp|avoid|避免|free|un[a-z]{4}"  # noqa: E501
)
_REMEMBERS = re.compile(r"既往|曾|以前|过去|史|history|in the past|previous|former|prior|used to|\bago\b|as a child")
_TIMES = frozenset(map(normalise_unit, ("minutes", "hours", "days", "weeks", "months", "years")))


@dataclass(frozen=True, slots=True)
class GuardReading:
    """What a text says, for comparison.

    Args:
        text: The text in one spelling.
        lang: Its language.
        names: Concepts with how they are meant.
        quantities: All numbers.
        sides: Sides.
        sexes: Words for a sex.
        negated: Words of each item under a negation; in Chinese, pairs of characters.
        plain: Words that are not.
        denies: The first word of negation, those that deny no finding (无缓解) included; empty for none.
        doubts: The first word of doubt.
        supposes: Whether it speaks of conditions.
        reassures: How often it says in other words that something is not there.
        owned: Numbers with the measured thing or drug that they are said of.
        remembers: Whether it speaks of the past.
        lasts: Whether it says for how long.
        words: All words that are no grammar.
        order: Which concepts come before which.
    """

    text: str
    lang: Lang
    names: tuple[Stated, ...]
    quantities: tuple[Quantity, ...]
    sides: tuple[SideMention, ...]
    sexes: tuple[SexMention, ...]
    negated: tuple[frozenset[str], ...]
    plain: frozenset[str]
    denies: str
    doubts: str
    supposes: bool
    reassures: int
    order: tuple[tuple[frozenset[str], frozenset[str]], ...]
    owned: tuple[tuple[Quantity, frozenset[str]], ...]
    remembers: bool
    lasts: bool
    words: frozenset[str]


def read_for_guard(text: str, lang: Lang, reader: Reader) -> GuardReading:
    """Read a text for comparison with its paraphrase."""
    reading = reader.read(text, lang)
    negated: list[frozenset[str]] = []
    plain: set[str] = set()
    order: list[tuple[frozenset[str], frozenset[str]]] = []
    denies = doubts = ""
    supposes = False
    for piece in sentences(text, lang):
        inside = [name for name in reading.names if piece.start <= name.mention.start < piece.end]
        spans = [Span(name.mention.start - piece.start, name.mention.end - piece.start) for name in inside]
        asserted = Assertions(piece.of(text), lang, spans)
        items, words = _words(asserted, lang)
        negated += items
        plain |= words
        denies = denies or asserted.first("absent") or _denial(asserted, inside)
        doubts = doubts or asserted.first("uncertain")
        supposes = supposes or bool(asserted.first("conditional"))
        order += _order(asserted.folded, inside, spans, lang)
    reassures = len(_REASSURES.findall(text.lower()))
    return GuardReading(
        fold(text).text,
        lang,
        reading.names,
        reading.quantities,
        reading.sides,
        reading.sexes,
        tuple(item for item in negated if item),
        frozenset(plain),
        denies,
        doubts,
        supposes,
        reassures,
        tuple(order),
        tuple((quantity, owners(text, reading, quantity, reader.is_measured)) for quantity in reading.quantities),
        _REMEMBERS.search(text.lower()) is not None,
        any(quantity.unit in _TIMES for quantity in reading.quantities),
        content_words(fold(text).text, lang),
    )


def stems(folded: str) -> frozenset[str]:
    """What a name's other forms have in common with it: pairs of characters, the first letters of words."""
    words = {word[:4] for word in _LATIN.findall(folded)}
    return frozenset(words | {run[n : n + 2] for run in _HAN_RUN.findall(folded) for n in range(len(run) - 1)})


def _denial(asserted: Assertions, names: list[Stated]) -> str:
    """A negation that is part of a phrase or of a name: 无明显诱因, not relieved, 肢体无力."""
    cues = (asserted.folded[cue.start : cue.end] for cue in asserted.cues if cue.kind == "none")
    phrases = (*cues, *(name.folded for name in names))
    return next((words for words in phrases if _NEGATION.search(words) and not _BOUNDS.search(words)), "")


def _words(asserted: Assertions, lang: Lang) -> tuple[list[frozenset[str]], set[str]]:
    """Negated items, and words that stand plainly; words under doubt or a condition are neither."""
    text = asserted.folded
    marks = [""] * len(text)
    for kind, start, end in asserted.scopes:
        for place in range(start, end):
            marks[place] = kind if marks[place] != "absent" else "absent"
    negated: list[frozenset[str]] = []
    for cue in asserted.cues:
        for place in range(cue.start, cue.end):
            marks[place] = "cue"
        # "无缓解", "not relieved": the look-alike denies a word of its own.
        if cue.kind == "none" and _NEGATION.search(text[cue.start : cue.end]):
            negated.append(content_words(_NEGATION.sub("", text[cue.start : cue.end]), lang))
    for kind, start, end in asserted.scopes:
        if kind == "absent":
            own = "".join(letter if marks[start + n] == "absent" else " " for n, letter in enumerate(text[start:end]))
            negated += [content_words(item, lang) for item in _ITEMS.split(own)]
    plain = "".join(letter if marks[place] in ("", "past", "family") else " " for place, letter in enumerate(text))
    return negated, set(content_words(plain, lang))


def content_words(text: str, lang: Lang) -> frozenset[str]:
    """Words of a folded text that are no grammar; in Chinese, pairs of characters."""
    if lang == "en":
        return frozenset(word.removesuffix("s") for word in _WORD.findall(text)) - _STOP_EN
    pairs = (run[place : place + 2] for run in _HAN_RUN.findall(text) for place in range(len(run) - 1))
    return frozenset(pairs) - _STOP_ZH


def _order(
    text: str, names: list[Stated], spans: list[Span], lang: Lang
) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Pairs of concepts of which the first comes earlier."""
    if len(names) < 2:
        return
    later_first = (_AFTER_EN,) if lang == "en" else (_BEFORE_ZH,)
    earlier_first = (_BEFORE_EN,) if lang == "en" else (_THEN_ZH,)
    for patterns, swapped in ((later_first, True), (earlier_first, False)):
        for match in (match for pattern in patterns for match in pattern.finditer(text)):
            before = [name for name, span in zip(names, spans, strict=True) if span.end <= match.start()]
            after = [name for name, span in zip(names, spans, strict=True) if span.start >= match.end()]
            if before and after:
                pair = (frozenset(before[-1].mention.concepts), frozenset(after[0].mention.concepts))
            elif len(after) > 1 and lang == "en":  # "After a fall, pain": the sentence begins with the cue
                pair = (frozenset(after[1].mention.concepts), frozenset(after[0].mention.concepts))
            else:
                continue
            yield (pair[1], pair[0]) if swapped else pair

"""Benchmark items put into texts on purpose, in all the ways they come: to measure what decontamination finds.

Each way is a function of an item and a random generator; none knows how items are looked for. A way that does not
apply to an item (options of a free-text item, numbers where there are none) gives None.
"""

from __future__ import annotations

import html
import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from medgo.curation.decontamination.items import GuardedItem

Way = Callable[[GuardedItem, np.random.Generator], str | None]

_LABELS = "ABCDEFGHIJKLMNOP"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]{2,}")
_NARROW = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
# Pages between which an item is put, of our own writing.
_PAGES = {
    "en": (
        "The kidney receives about a fifth of the output of the heart. What it filters is mostly taken back in the "
        "tubules, and small changes there decide on the volume of the whole body. ",
        "In the ward round the team first reads the chart, then listens, and only then orders tests. A list of open "
        "problems is kept at the bedside and gone through every morning. ",
        "Sterile technique begins with the hands. Gloves do not replace washing, and a gown that touched the table is "
        "changed before the next patient is seen. ",
        "Most colds end by themselves within ten days. Rest, fluids and something against the fever are all that is "
        "needed in an otherwise healthy adult. ",
    ),
    "zh": (
        "肾脏接受约五分之一的心输出量，滤过的液体大部分在肾小管被重新吸收，那里细小的变化就决定了全身的容量。",
        "查房时先看病历，再听病人讲述，然后才开检查。床旁放着一份尚未解决的问题清单，每天早晨逐条过一遍。",
        "无菌操作从洗手开始。手套不能代替洗手，碰到台面的隔离衣在看下一位病人之前应当更换。",
        "大多数感冒在十天之内自行好转。平时健康的成年人只需要休息、多饮水，发热时对症处理即可。",
    ),
}
_EXPLAINS = {
    "en": "Answer: {answer}\nExplanation: the findings named in the question fit this best; the others do not.",
    "zh": "答案：{answer}\n解析：题干所述表现与此最为符合，其余各项均不符合。",
}
# Options of our own writing that replace one of an item's.
_OTHERS = {
    "en": ("none of these has been shown", "a second look after one week", "transfer to another department"),
    "zh": ("以上均未得到证实", "一周以后再次复查", "转往其他科室处理"),
}


def rendered(item: GuardedItem, options: Sequence[str] | None = None) -> str:
    """An item as a paper prints it."""
    shown = item.options if options is None else options
    lines = [f"{label}. {text}" for label, text in zip(_LABELS, shown, strict=False)]
    return "\n".join(part for part in (item.context, item.question, *lines) if part)


def verbatim(item: GuardedItem) -> str | None:
    """As it is."""
    return rendered(item)


def rewrapped(item: GuardedItem) -> str | None:
    """In lines of eight words, or of sixteen Chinese characters."""
    text = rendered(item)
    if item.lang == "zh":
        flat = text.replace("\n", " ")
        return "\n".join(flat[at : at + 16] for at in range(0, len(flat), 16))
    words = text.split()
    return "\n".join(" ".join(words[at : at + 8]) for at in range(0, len(words), 8))


def shuffled(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """Its options in another order."""
    if len(item.options) < 2:
        return None
    order = rng.permutation(len(item.options))
    if (order == np.arange(len(order))).all():
        order = order[::-1]
    return rendered(item, [item.options[at] for at in order])


def in_html(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """As a page, with emphasis inside words."""
    options = "".join(
        f'<li class="option">{_emphasised(html.escape(o), rng, "<b>", "</b>")}</li>' for o in item.options
    )
    context = f"<p>{html.escape(item.context)}</p>" if item.context else ""
    stem = _emphasised(html.escape(item.question), rng, "<strong>", "</strong>")
    return f'<div id="q1">{context}<p style="margin:0">{stem}</p><ol type="A">{options}</ol></div>'


def in_markdown(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """As Markdown, with emphasis inside words."""
    lines = [f"- **{label})** {o}" for label, o in zip(_LABELS, item.options, strict=False)]
    context = [f"> {item.context}", ""] if item.context else []
    return "\n".join(["### Question", "", *context, _emphasised(item.question, rng, "**", "**"), "", *lines])


def in_latex(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """As LaTeX, with emphasis inside words."""
    lines = "\n".join(rf"\item {_escaped(option)}" for option in item.options)
    stem = _emphasised(_escaped(item.question), rng, r"\textbf{", "}")
    listed = f"\\begin{{enumerate}}\n{lines}\n\\end{{enumerate}}" if lines else ""
    return f"\\section*{{1}}\n{_escaped(item.context)}\n\n{stem}\n{listed}"


def full_width(item: GuardedItem) -> str | None:
    """Letters, digits and marks in full width."""
    return rendered(item).translate(_NARROW)


def traditional(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """In traditional characters (needs opencc)."""
    if item.lang != "zh":
        return None
    from opencc import OpenCC  # type: ignore[import-untyped]  # only for this way

    return str(OpenCC(("s2t", "s2tw", "s2hk")[int(rng.integers(3))]).convert(rendered(item)))


def numbers_changed(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """Every number another one."""
    text = rendered(item)
    changed = _NUMBER.sub(lambda found: _other_number(found[0], rng), text)
    return changed if changed != text else None


def option_replaced(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """One option another one."""
    if len(item.options) < 3:
        return None
    options = list(item.options)
    options[int(rng.integers(len(options)))] = str(rng.choice(_OTHERS[item.lang]))
    return rendered(item, options)


def stem_only(item: GuardedItem) -> str | None:
    """The question without its options."""
    return item.question if item.options and not item.context else None


def answered(item: GuardedItem) -> str | None:
    """With answer and explanation."""
    if not item.answer:
        return None
    return rendered(item) + "\n" + _EXPLAINS[item.lang].format(answer=item.answer[0])


def embedded(item: GuardedItem, rng: np.random.Generator) -> str | None:
    """In the middle of pages of a text book."""
    pages = _PAGES[item.lang]
    before, after = ("".join(pages[int(at)] for at in rng.integers(len(pages), size=12)) for _ in range(2))
    return f"{before}\n{rendered(item)}\n{after}"


def as_json(item: GuardedItem) -> str | None:
    """As a line of a data set, with escapes."""
    return json.dumps({"question": item.question, "context": item.context, "options": list(item.options)})


def _fixed(way: Callable[[GuardedItem], str | None]) -> Way:
    """A way in which nothing is drawn."""
    return lambda item, _rng: way(item)


WAYS: Mapping[str, Way] = {
    "verbatim": _fixed(verbatim),
    "rewrapped": _fixed(rewrapped),
    "options shuffled": shuffled,
    "HTML": in_html,
    "Markdown": in_markdown,
    "LaTeX": in_latex,
    "JSON": _fixed(as_json),
    "full width": _fixed(full_width),
    "traditional": traditional,
    "numbers changed": numbers_changed,
    "option replaced": option_replaced,
    "stem only": _fixed(stem_only),
    "answer and explanation": _fixed(answered),
    "in a long text": embedded,
}
"""All ways by their names; that into the other language is :mod:`.translating`."""


def several(items: Sequence[GuardedItem]) -> str:
    """Many items in one document."""
    return "\n\n".join(f"{number}. {textwrap.dedent(rendered(item))}" for number, item in enumerate(items, 1))


def _emphasised(text: str, rng: np.random.Generator, begin: str, end: str) -> str:
    """About one word in three with its first half emphasised."""

    def half(found: re.Match[str]) -> str:
        word = found[0]
        if rng.random() > 1 / 3:
            return word
        middle = max(1, min(len(word) // 2, 6))
        return f"{begin}{word[:middle]}{end}{word[middle:]}"

    return _WORD.sub(half, text)


def _escaped(text: str) -> str:
    return re.sub(r"([%&#$_{}])", r"\\\1", text)


def _other_number(number: str, rng: np.random.Generator) -> str:
    digits = "".join(letter if letter == "." else str(int(rng.integers(1, 10))) for letter in number)
    return digits if digits != number else digits + "1"

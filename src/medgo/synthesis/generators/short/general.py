"""General questions, so that a model trained on medicine alone does not forget the rest: sums, order, dates, copying.

Everything is right by construction. Knows no medicine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from medgo.schema import Lang
from medgo.synthesis.concepts import Concepts
from medgo.synthesis.generators.composing import Sheet
from medgo.synthesis.generators.kinds import Used, proportions, rows_of_kinds
from medgo.synthesis.generators.short import general_words as w
from medgo.synthesis.generators.short.asked import Asked, pick, some
from medgo.synthesis.protocol import Draft, Generator, Source

Kind = Literal["sum", "order", "day", "month", "copy", "list", "fact", "odd_one"]
Made = tuple[str, str, tuple[str, ...]]  # question, answer, wrong answers
_WRONG = 3


class General(Generator):
    """Short instructions of everyday sorts; meant as replay and, held out, as a guard against forgetting."""

    name: ClassVar[str] = "general"
    version: ClassVar[str] = "1"
    kinds: Mapping[Kind, float] = Field(
        default={
            "sum": 0.15, "order": 0.1, "day": 0.1, "month": 0.1, "copy": 0.1, "list": 0.1, "fact": 0.25, "odd_one": 0.1,
        },
        description="kinds of questions and their proportions",
    )  # fmt: skip

    _proportions = field_validator("kinds")(proportions)

    def rows(self, source: Source, rng: np.random.Generator) -> Iterator[Draft]:
        """Rows without end; needs nothing."""

        def write(kind: str, sheet: Sheet) -> Used | None:
            question, answer, wrong = _KINDS[kind](sheet.lang, rng)
            about = f"general/{kind}/{question}"
            if not _is_taken(kind, about, source.concepts) or len(wrong) < _WRONG:
                return None
            rule = sheet.fact("rule", value=f"{question} {answer}", sources=("medgo:general",))
            sheet.say("user", question, rule)
            sheet.say("completion", answer, rule)
            sheet.labels = Asked(kind, about, answer.rstrip("。."), wrong).labels()
            return [("general", "medgo")]

        return rows_of_kinds(self, "general", self.kinds, write, source, rng)


def _is_taken(kind: str, about: str, concepts: Concepts) -> bool:
    """Facts are few and all held out: whether a model still knows them says whether it forgot."""
    return concepts.part != "train" if kind == "fact" else concepts.take(about)


def _sum(lang: Lang, rng: np.random.Generator) -> Made:
    a, b = rng.integers(2, 50, 2).tolist()
    sign = pick(("+", "-"), rng)
    if sign == "-" and a < b:
        a, b = b, a
    right = a + b if sign == "+" else a - b
    near = [one for one in (right + 1, right - 1, right + 10, right - 10, right + 2) if one >= 0]
    return w.ask("sum", lang, rng, a=str(a), b=str(b), sign=sign), str(right), _three(map(str, near), rng)


def _order(lang: Lang, rng: np.random.Generator) -> Made:
    numbers = some(range(1, 99), 3, rng)
    joint = "、" if lang == "zh" else ", "
    up = bool(rng.random() < 0.5)
    right = sorted(numbers, reverse=not up)
    wrong = [[right[i] for i in order] for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))]
    question = w.ask("up" if up else "down", lang, rng, numbers=joint.join(map(str, numbers)))
    return question, joint.join(map(str, right)), _three((joint.join(map(str, one)) for one in wrong), rng)


def _cycle(kind: Literal["day", "month"]) -> Callable[[Lang, np.random.Generator], Made]:
    def make(lang: Lang, rng: np.random.Generator) -> Made:
        names = w.DAYS[lang] if kind == "day" else w.MONTHS[lang]
        at, step = int(rng.integers(len(names))), int(rng.integers(1, 4))
        back = bool(rng.random() < 0.4)
        right = names[(at + (-step if back else step)) % len(names)]
        count = f"{step}" if lang == "zh" else w.COUNTS[step]
        question = w.ask(f"{kind}_{'before' if back else 'after'}", lang, rng, name=names[at], count=count)
        return question, right, _three((one for one in names if one not in (right, names[at])), rng)

    return make


def _copy(lang: Lang, rng: np.random.Generator) -> Made:
    words = some(w.WORDS[lang], 4, rng)
    space = "" if lang == "zh" else " "
    text = space.join(words)
    orders = ((1, 0, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2), (3, 1, 2, 0))
    return w.ask("copy", lang, rng, text=text), text, _three((space.join(words[i] for i in o) for o in orders), rng)


def _list(lang: Lang, rng: np.random.Generator) -> Made:
    words = some(w.WORDS[lang], 3, rng)
    shapes = [" / ".join(words), "; ".join(words), "、".join(words), " | ".join(words)]
    names = w.SHAPES[lang]
    at = int(rng.integers(len(shapes)))
    given = ("，" if lang == "zh" else ", ").join(words)
    question = w.ask("list", lang, rng, words=given, shape=names[at])
    return question, shapes[at], tuple(shape for place, shape in enumerate(shapes) if place != at)


def _fact(lang: Lang, rng: np.random.Generator) -> Made:
    question, answer, wrong = pick(w.facts()[lang], rng)
    return question, answer, _three(wrong, rng)


def _odd_one(lang: Lang, rng: np.random.Generator) -> Made:
    groups = w.GROUPS[lang]
    mine, other = some(list(groups), 2, rng)
    words = some(groups[mine], 3, rng)
    odd = pick(groups[other], rng)
    shown = some([*words, odd], 4, rng)
    joint = "、" if lang == "zh" else ", "
    return w.ask("odd_one", lang, rng, words=joint.join(shown)), odd, tuple(words)


def _three(choices: Iterator[str] | map[str] | tuple[str, ...], rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(some(list(choices), _WRONG, rng))


_KINDS: Mapping[str, Callable[[Lang, np.random.Generator], Made]] = {
    "sum": _sum,
    "order": _order,
    "day": _cycle("day"),
    "month": _cycle("month"),
    "copy": _copy,
    "list": _list,
    "fact": _fact,
    "odd_one": _odd_one,
}

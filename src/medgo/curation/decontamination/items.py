"""What is guarded and what is found: benchmark items as texts, and matches. Reads no benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from medgo.schema import EvalItem, Lang

# verbatim: word for word. numbers: other numbers in it. part: at least half of it. options: a short question with its
# options, in whatever order. translation: its concepts and numbers, in the other language. paraphrase: its meaning.
MatchKind = Literal["verbatim", "numbers", "part", "options", "translation", "paraphrase"]


@dataclass(frozen=True, slots=True)
class GuardedItem:
    """A benchmark's item, as texts that must not be learnt from.

    Args:
        benchmark: Its benchmark.
        item: Its id there.
        question: The stem.
        context: What it is about (abstract, case, earlier turns); empty for none.
        options: Texts of its options; empty for free-text items.
        answer: Those that are right.
        lang: Its language.
    """

    benchmark: str
    item: str
    question: str
    context: str = ""
    options: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    lang: Lang = "en"

    @classmethod
    def of(cls, item: EvalItem) -> GuardedItem:
        """What is guarded of an evaluation's item."""
        turns = (message.content for message in item.conversation)
        context = "\n".join(part for part in (item.context, *turns) if part)
        answer = tuple(item.options[label] for label in item.answer)
        return cls(item.benchmark, item.id, item.question, context, tuple(item.options.values()), answer, item.lang)

    @property
    def key(self) -> str:
        """Unique over all benchmarks."""
        return f"{self.benchmark}/{self.item}"


@dataclass(frozen=True, slots=True)
class Match:
    """An item that a text holds.

    Args:
        keys: ``benchmark/item`` of all items that are this question, the first indexed first.
        kind: How the text holds it.
        score: Share of the item that was found, or likeness; 0 to 1.
        text: What was matched, at most some hundred characters of it, without markup.
    """

    keys: tuple[str, ...]
    kind: MatchKind
    score: float
    text: str

    @property
    def key(self) -> str:
        """The first of them."""
        return self.keys[0]


class OverlapIndex(Protocol):
    """What finds benchmark items in texts: an index, or one with further ways of finding."""

    @property
    def fingerprint(self) -> str:
        """Equal for indexes that find the same."""

    def find(self, text: str) -> str | None:
        """The key of an item that the text holds, or None."""

    def matches(self, text: str) -> Sequence[Match]:
        """All items that the text holds, best first."""

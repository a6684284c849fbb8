"""Merges the items of several files of one form: what is one item, what is two, and what is a fault. Reads no file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from medgo.errors import BenchmarkDataError
from medgo.evaluation.benchmarks._ids import normalised, stem_id
from medgo.schema import EvalItem


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item was read: the file, its name for messages, and the row's number."""

    path: Path
    name: str
    row: int

    def __str__(self) -> str:
        return f"{self.name}, row {self.row}"


class Merger:
    """Collects items; copies of one in several files are one, anything else with an id that is taken is a fault."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[EvalItem, Place]] = {}
        self._times: dict[tuple[Path, str], int] = {}
        self._merged = 0
        self._repeated = 0

    @property
    def items(self) -> tuple[EvalItem, ...]:
        """All items, in the order in which they came."""
        return tuple(item for item, _ in self._items.values())

    @property
    def notes(self) -> list[str]:
        """What was merged."""
        notes = [f"{self._merged} items stand in more than one file and count once"] if self._merged else []
        if self._repeated:
            notes.append(f"{self._repeated} questions stand more than once in a file; each counts, as one cluster")
        return notes

    def add(self, item: EvalItem, place: Place) -> None:
        """Take in an item.

        Raises:
            BenchmarkDataError: Its id stands twice in the file, or for another item in an earlier file.
        """
        item = self._numbered(item, place)
        if item.id not in self._items:
            self._items[item.id] = (item, place)
            return
        first, first_place = self._items[item.id]
        if place.path == first_place.path:
            raise BenchmarkDataError(f"the id {item.id!r} stands twice: {first_place} and {place}")
        if _substance(item) != _substance(first):
            raise BenchmarkDataError(
                f"the id {item.id!r} stands for two different items: {first_place} and {place}",
                hint="these files are not of one edition; keep one of them, or name it with --data NAME=PATH",
            )
        self._merged += 1

    def _numbered(self, item: EvalItem, place: Place) -> EvalItem:
        """Give the second copy of a question in one file an id of its own where the id is only a hash of the text."""
        if not item.id.endswith(stem_id(item.question, item.options)):
            return item
        key = (place.path, item.id)
        self._times[key] = times = self._times.get(key, 0) + 1
        if times == 1:
            return item
        self._repeated += 1
        return replace(item, id=f"{item.id}-{times}", cluster=item.cluster or item.id)


def _substance(item: EvalItem) -> tuple[object, ...]:
    """What makes two items the same question: copies differ in white space and in fields that are not asked."""
    options = tuple((label, normalised(text)) for label, text in item.options.items())
    texts = (normalised(item.question), normalised(item.context), normalised(item.reference))
    return (*texts, options, item.answer, item.rubric, item.conversation, item.variant)

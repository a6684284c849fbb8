"""The index of benchmark items: built once, saved, opened by every process that shares it. Reads no benchmark.

An index of nothing is refused: it would pass everything.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.choices import ChoiceBuilder, Choices
from medgo.curation.decontamination.container import read_arrays, write_arrays
from medgo.curation.decontamination.folding import (
    Folding,
    few_simplified_characters,
    folding,
    simplified_characters,
)
from medgo.curation.decontamination.items import GuardedItem, Match
from medgo.curation.decontamination.passages import LONG, SHORT, STEM, PassageBuilder, Passages, PassageSearch
from medgo.curation.decontamination.ragged import Ragged
from medgo.curation.decontamination.tokens import Tokens, pieces_of, tokens_of
from medgo.errors import EngineUnavailableError, InputError

# Changes whenever the same items give another index, or the same index finds something else.
VERSION = 2
# A question with fewer runs of its own is also looked for by its options.
_FEW_RUNS = 3


@dataclass(frozen=True)
class ItemIndex:
    """Benchmark items, ready to be looked for in texts.

    Args:
        passages: Their questions and cases.
        choices: Short questions with options.
        keys: ``benchmark/item`` of each item.
        benchmarks: Items, and items that are not guarded because they are too short, by benchmark.
        simplified: Pairs of traditional and simplified characters that texts are folded by.
        path: The file that it was opened from; a process that is sent the index opens it, too.
    """

    passages: Passages
    choices: Choices
    keys: Ragged
    benchmarks: Mapping[str, tuple[int, int]]
    simplified: tuple[tuple[int, int], ...]
    path: Path | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is not None:
            return ItemIndex.load, (self.path,)
        return ItemIndex, (self.passages, self.choices, self.keys, self.benchmarks, self.simplified)

    @classmethod
    def build(cls, items: Iterable[GuardedItem]) -> ItemIndex:
        """Index items.

        Args:
            items: Read once.

        Raises:
            InputError: There are none: an empty index would pass everything.
        """
        simplified = _simplified()
        table = folding(simplified)
        passages, choices = PassageBuilder(), ChoiceBuilder()
        keys: list[str] = []
        short: list[tuple[int, Tokens, list[Tokens]]] = []
        of_item: list[list[int]] = []
        for number, item in enumerate(items):
            keys.append(item.key)
            question = tokens_of(item.question, table)
            context = tokens_of(item.context, table)
            mine = [passages.add(part, number, LONG) for part in (question, context) if len(part) >= LONG]
            size = STEM if item.options and item.lang == "en" else SHORT
            if not mine and size <= len(question) < LONG and (not item.options or size == STEM):
                mine.append(passages.add(question, number, size))
            of_item.append(mine)
            if item.options:
                short.append((number, question, [tokens_of(option, table) for option in item.options]))
        if not keys:
            raise InputError("an index of no items would pass every text", hint="give the folder of benchmark files")
        made = passages.finish()
        guarded = {number for number, mine in enumerate(of_item) if any(made.own[one] for one in mine)}
        for number, question, options in short:
            few = all(made.own[one] < _FEW_RUNS or made.lengths[one] < LONG for one in of_item[number])
            if few:
                choices.add(question, options, number)
        chosen = choices.finish()
        guarded.update(chosen.guarded)
        counts = Counter(key.split("/")[0] for key in keys)
        left = Counter(keys[number].split("/")[0] for number in range(len(keys)) if number not in guarded)
        benchmarks = {name: (count, left[name]) for name, count in sorted(counts.items())}
        return cls(made, chosen, Ragged.of_texts(keys), benchmarks, simplified)

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.keys)

    @property
    def too_short(self) -> int:
        """Items that are not guarded, because nothing in them could be told from chance."""
        return sum(left for _, left in self.benchmarks.values())

    @cached_property
    def fingerprint(self) -> str:
        """Equal for indexes that find the same."""
        digest = hashlib.sha256(repr((VERSION, self.simplified, sorted(self.benchmarks.items()))).encode())
        for array in self._arrays().values():
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    @cached_property
    def table(self) -> Folding:
        """What characters are compared as."""
        return folding(self.simplified)

    def find(self, text: str) -> str | None:
        """The key of the item that the text holds most of, or None."""
        found = self.matches(text)
        return found[0].key if found else None

    def matches(self, text: str) -> Sequence[Match]:
        """All items that the text holds, best first."""
        return sorted(self._found(text), key=lambda match: (-match.score, match.keys))

    def save(self, path: Path) -> None:
        """Write it for other processes."""
        meta = {"version": VERSION, "benchmarks": {name: list(of) for name, of in self.benchmarks.items()}}
        pairs = np.array(self.simplified, np.uint16).reshape(-1, 2)
        write_arrays(path, meta, {**self._arrays(), "simplified": pairs})

    @classmethod
    def load(cls, path: Path) -> ItemIndex:
        """Open one; processes that do share its memory.

        Raises:
            InputError: It is not there, damaged, or of another version.
        """
        meta, arrays = read_arrays(path)
        if meta.get("version") != VERSION:
            raise InputError(f"{path} is not an index of items of this version", hint="remove it to build it again")
        passages, choices = (Passages.of(_under(arrays, "passages")), Choices.of(_under(arrays, "choices")))
        keys = Ragged(arrays["keys.values"], arrays["keys.ends"])
        benchmarks = {name: (of[0], of[1]) for name, of in meta["benchmarks"].items()}
        simplified = tuple((a, b) for a, b in arrays["simplified"].tolist())
        return cls(passages, choices, keys, benchmarks, simplified, path)

    def keys_of(self, members: npt.NDArray[np.int32]) -> tuple[str, ...]:
        """Keys of items."""
        return tuple(self.keys.text(int(number)) for number in members)

    def _found(self, text: str) -> Iterator[Match]:
        passages = PassageSearch(self.passages)
        questions: dict[int, tuple[float, str]] = {}
        for piece in pieces_of(text):
            tokens = tokens_of(piece, self.table)
            passages.add(tokens)
            for number, score, place in self.choices.found(tokens):
                questions[number] = max(questions.get(number, (0.0, "")), (score, place))
        for held in passages.found():
            yield Match(self.keys_of(self.passages.members[held.passage]), held.kind, held.score, held.text)
        for number, (score, place) in questions.items():
            yield Match(self.keys_of(self.choices.members[number]), "options", score, place)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        parts = {"passages": self.passages.arrays, "choices": self.choices.arrays, "keys": self.keys.arrays}
        return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}


def _simplified() -> tuple[tuple[int, int], ...]:
    try:
        return simplified_characters()
    except EngineUnavailableError:  # rows are compared wherever they are made, with fewer traditional characters
        return few_simplified_characters()


def _under(arrays: Mapping[str, npt.NDArray[Any]], part: str) -> dict[str, npt.NDArray[Any]]:
    return {name[len(part) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{part}.")}

"""Questions and cases that are long enough to be known by their words: runs of ten tokens. Knows no options.

A passage is held by a text when at least half of its own runs occur there. Runs that more than three passages share
("which of the following is the most likely diagnosis") are nobody's own. Free-text questions of five to nine tokens are
compared in runs of five, and so are English stems of seven to nine words in runs of seven. Numbers count as one and the
same token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.items import MatchKind
from medgo.curation.decontamination.ragged import Ragged
from medgo.curation.decontamination.tables import HashTable
from medgo.curation.decontamination.tokens import Hashes, Tokens, runs

LONG, STEM, SHORT = 10, 7, 5
_SIZES = (LONG, STEM, SHORT)
# Benchmarks and their variants hold each other's questions; what more items ask is nobody's own.
_ASKED_BY = 12
_SHARED_BY = 3
_SHARE = 0.5
_EXCERPT = 400


@dataclass(frozen=True, eq=False, slots=True)
class Passages:
    """Passages of items, ready to be looked for.

    Args:
        tables: Runs of ten, seven and five tokens; owners are passages.
        own: Runs that each passage was left with. shape [passages].
        lengths: Their tokens. shape [passages].
        prints: Hash of each with its numbers. shape [passages].
        members: Items that hold each.
    """

    tables: tuple[HashTable, ...]
    own: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]
    prints: Hashes
    members: Ragged

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is kept of them."""
        parts = {f"runs{size}": table.arrays for size, table in zip(_SIZES, self.tables, strict=True)}
        parts |= {"members": self.members.arrays}
        named = {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
        return {**named, "own": self.own, "lengths": self.lengths, "prints": self.prints}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Passages:
        """Read them back."""

        tables = tuple(
            HashTable(*(arrays[f"runs{size}.{part}"] for part in ("hashes", "owners", "bits"))) for size in _SIZES
        )
        members = Ragged(arrays["members.values"], arrays["members.ends"])
        return cls(tables, arrays["own"], arrays["lengths"], arrays["prints"], members)


class PassageBuilder:
    """Collects passages; those with the same tokens but for numbers are one."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._members: list[list[int]] = []
        self._runs: dict[int, tuple[list[Hashes], list[npt.NDArray[np.int32]]]] = {size: ([], []) for size in _SIZES}
        self._lengths: list[int] = []
        self._prints: list[np.uint64] = []

    def add(self, tokens: Tokens, item: int, size: int) -> int:
        """Add one.

        Args:
            tokens: At least ``size`` of them.
            item: Whose it is.
            size: Of the runs that it is known by: ten, seven or five.

        Returns:
            Its number.
        """
        # A run's hash is made of its tokens' hashes, and so is that of all of them.
        key = runs(tokens.masked, len(tokens)).tobytes()
        number = self._numbers.setdefault(key, len(self._members))
        if number < len(self._members):
            self._members[number].append(item)
            return number
        found = np.unique(runs(tokens.masked, size))
        self._runs[size][0].append(found)
        self._runs[size][1].append(np.full(len(found), number, np.int32))
        self._members.append([item])
        self._lengths.append(len(tokens))
        self._prints.append(runs(tokens.own, len(tokens))[0])
        return number

    def finish(self) -> Passages:
        """All of them."""
        tables = tuple(HashTable.build(*self._of_their_own(size), most=_SHARED_BY) for size in _SIZES)
        own = np.bincount(np.concatenate([table.owners for table in tables]), minlength=len(self._members))
        members = Ragged.of([np.array(sorted(set(ones)), np.int32) for ones in self._members], np.int32)
        lengths, prints = np.array(self._lengths, np.int32), np.array(self._prints, np.uint64)
        return Passages(tables, own.astype(np.int32), lengths, prints, members)

    def _of_their_own(self, size: int) -> tuple[list[Hashes], list[npt.NDArray[np.int32]]]:
        """Runs and owners, without what whole benchmarks ask ("What is the most likely diagnosis?")."""
        kept = [
            (found, owners)
            for found, owners in zip(*self._runs[size], strict=True)
            if len(owners) and len(set(self._members[owners[0]])) <= _ASKED_BY
        ]
        return [found for found, _ in kept], [owners for _, owners in kept]


@dataclass(frozen=True, slots=True)
class Held:
    """A passage in a text.

    Args:
        passage: Its number.
        kind: ``verbatim``, ``numbers`` or ``part``.
        score: Share of its own runs that were found.
        text: What was matched.
    """

    passage: int
    kind: MatchKind
    score: float
    text: str


class PassageSearch:
    """What of passages one text holds; told it piece by piece."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        # Runs that were found, by table, and what was seen of each passage: runs, text, kind.
        self._entries: list[list[npt.NDArray[np.int64]]] = [[] for _ in _SIZES]
        self._seen: dict[int, tuple[int, str, MatchKind]] = {}

    def add(self, tokens: Tokens) -> None:
        """The next piece of the text."""
        for size, table, known in zip(_SIZES, self._passages.tables, self._entries, strict=True):
            places, entries = table.lookup(runs(tokens.masked, size))
            if not len(places):
                continue
            known.append(np.unique(entries))
            owners = table.owners[entries]
            for number in np.unique(owners).tolist():
                mine = owners == number
                count = len(np.unique(entries[mine]))
                if count > self._seen.get(number, (0,))[0] and 4 * count >= self._passages.own[number]:
                    self._seen[number] = (count, *self._look(tokens, number, places[mine], size))

    def found(self) -> Iterator[Held]:
        """Passages that the text holds."""
        if not self._seen:
            return
        owners = np.concatenate(
            [
                table.owners[np.unique(np.concatenate(known))]
                for table, known in zip(self._passages.tables, self._entries, strict=True)
                if known
            ]
        )
        numbers, counts = np.unique(owners, return_counts=True)
        shares = counts / self._passages.own[numbers]
        for number, share in zip(numbers.tolist(), shares.tolist(), strict=True):
            if share >= _SHARE and number in self._seen:
                _, text, kind = self._seen[number]
                yield Held(number, kind, share, text)

    def _look(self, tokens: Tokens, number: int, places: npt.NDArray[np.int64], size: int) -> tuple[str, MatchKind]:
        """The matched text, and whether it is the whole passage."""
        first, last = int(places[0]), min(int(places[-1]) + size, len(tokens))
        kind: MatchKind = "part"
        length = int(self._passages.lengths[number])
        # The passage's ends may be words that many share: where the whole would begin is not known, so all are tried.
        for start in range(max(0, last - length), min(first, len(tokens) - length) + 1):
            stretch = slice(start, start + length)
            if runs(tokens.own[stretch], length)[0] == self._passages.prints[number]:
                return tokens.between(start, start + length - 1)[:_EXCERPT], "verbatim"
        whole = len(places) >= self._passages.own[number] and last - first <= length
        return tokens.between(first, last - 1)[:_EXCERPT], "numbers" if whole else kind

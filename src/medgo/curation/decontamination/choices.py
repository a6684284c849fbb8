"""Multiple-choice questions too short to be known by their words: the stem with its options, in whatever order.

A question is held by a text where, within a stretch about as long as itself, stand most of its stem's words and all of
its options but one. Candidates come from runs of two or three tokens that few questions have; what stands there is then
compared option by option. Numbers count as one and the same token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medgo.curation.decontamination.ragged import Ragged
from medgo.curation.decontamination.tables import HashTable
from medgo.curation.decontamination.tokens import NUMBER, Hashes, Tokens, runs
from medgo.store.hashing import sha256_of_text

_SIZES = (2, 3)
# An owner is the question's number and which of its anchors it is.
_ANCHORS = 32
# Anchors that more questions have are common words.
_COMMON_FROM = 200
_STEM_SHARE = 0.7
_FEWEST_WORDS = 6
_EXCERPT = 400
_NUMBER = np.uint32(NUMBER)


def choice_key(stem: Hashes, options: Sequence[Hashes], answers: Sequence[Hashes] = ()) -> str:
    """A question's name that no order of options changes: stem, sorted options, right ones.

    Args:
        stem: Tokens of the stem.
        options: Tokens of each option.
        answers: Tokens of the right ones.

    Returns:
        24 hexadecimal digits.
    """
    parts = [stem.tobytes().hex(), *sorted(one.tobytes().hex() for one in options), ""]
    return sha256_of_text("\n".join(parts + sorted(one.tobytes().hex() for one in answers)))[:24]


@dataclass(frozen=True, eq=False, slots=True)
class Choices:
    """Short questions with their options, ready to be looked for.

    Args:
        anchors: Rare runs, by their size; owners are question and anchor.
        pieces: Tokens of stems and options. Lists, each of one stem or option.
        first: The number of each question's first piece, its stem; last, the number of all. shape [questions + 1].
        members: Items that are each question.
    """

    anchors: tuple[HashTable, ...]
    pieces: Ragged
    first: npt.NDArray[np.int64]
    members: Ragged

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def guarded(self) -> set[int]:
        """Items that can be found: those with two anchors."""
        owners = np.unique(np.concatenate([table.owners for table in self.anchors])) // _ANCHORS
        counts = np.bincount(owners, minlength=len(self))
        return {item for at in np.flatnonzero(counts > 1).tolist() for item in self.members[at].tolist()}

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is kept of them."""
        parts = {f"anchors{size}": table.arrays for size, table in zip(_SIZES, self.anchors, strict=True)}
        parts |= {"pieces": self.pieces.arrays, "members": self.members.arrays}
        named = {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
        return {**named, "first": self.first}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Choices:
        """Read them back."""
        anchors = tuple(
            HashTable(*(arrays[f"anchors{size}.{part}"] for part in ("hashes", "owners", "bits"))) for size in _SIZES
        )
        pieces, members = (Ragged(arrays[f"{name}.values"], arrays[f"{name}.ends"]) for name in ("pieces", "members"))
        return cls(anchors, pieces, arrays["first"], members)

    def found(self, tokens: Tokens) -> Iterator[tuple[int, float, str]]:
        """Questions that a piece of text holds: number, share that was found, and the text of the place."""
        places: list[npt.NDArray[np.int64]] = []
        owners: list[npt.NDArray[np.int32]] = []
        for size, table in zip(_SIZES, self.anchors, strict=True):
            where, entries = table.lookup(runs(tokens.masked, size))
            places.append(where)
            owners.append(table.owners[entries])
        where, whose = np.concatenate(places), np.concatenate(owners)
        if len(whose) < 2:
            return
        # Two different anchors of one question at least.
        questions, counts = np.unique(np.unique(whose) // _ANCHORS, return_counts=True)
        small = tokens.masked.astype(np.uint32)
        for question in questions[counts > 1].tolist():
            mine = np.flatnonzero(whose // _ANCHORS == question)
            order = mine[np.argsort(where[mine], kind="stable")]
            if (held := self._held(question, where[order], whose[order], small)) is not None:
                share, first, last = held
                yield question, share, tokens.between(first, last)[:_EXCERPT]

    def _held(
        self, question: int, where: npt.NDArray[np.int64], whose: npt.NDArray[np.int32], tokens: npt.NDArray[np.uint32]
    ) -> tuple[float, int, int] | None:
        """Whether a question stands where its anchors do; the share found, and from which token to which."""
        stem, *options = (self.pieces[at] for at in range(int(self.first[question]), int(self.first[question + 1])))
        length = len(stem) + sum(map(len, options))
        # Labels, line numbers and letters before options lengthen it.
        stretch = 2 * length + 3 * len(options) + 16
        ends = np.searchsorted(where, where + stretch, "right")
        best, at = max((len(set(whose[i:end].tolist())), -i) for i, end in enumerate(ends.tolist()))
        if best < 2:
            return None
        begin = max(0, int(where[-at]) - length - 8)
        window = tokens[begin : int(where[-at]) + stretch + length]
        share = _share(stem, options, window)
        return None if share is None else (share, begin, begin + len(window) - 1)


def _share(
    stem: npt.NDArray[np.uint32], options: Sequence[npt.NDArray[np.uint32]], window: npt.NDArray[np.uint32]
) -> float | None:
    """Share of a question that stands in a stretch of text; None where that is too little."""
    words = np.unique(stem[stem != _NUMBER])
    here = np.unique(window)
    known = float(np.isin(words, here).mean()) if len(words) else 0.0
    if known < _STEM_SHARE:
        return None
    found = [_stands(option, window) for option in options]
    # Options of numbers only say nothing by themselves: then the stem has to stand there word for word.
    telling = [bool((option != _NUMBER).any()) for option in options]
    if sum(telling) < 2:
        whole = _stands(stem, window) and len(stem) >= _SIZES[1] + 1
        return known if whole and int((window == _NUMBER).sum()) >= len(options) - 1 else None
    hits = sum(one for one, tells in zip(found, telling, strict=True) if tells)
    if hits < needed(sum(telling)):
        return None
    held = [option for option, one in zip(options, found, strict=True) if one]
    distinct = np.unique(np.concatenate([stem, *held]))
    return None if len(distinct) < _FEWEST_WORDS else (known + sum(found)) / (1 + len(options))


def needed(options: int) -> int:
    """How many of so many options have to be found: one may be missing, of many one in five."""
    return options if options < 3 else options - max(1, options // 5)


def _stands(piece: npt.NDArray[np.uint32], window: npt.NDArray[np.uint32]) -> bool:
    """Whether all tokens of a piece stand there one after another."""
    wanted, data = piece.tobytes(), window.tobytes()
    at = data.find(wanted)
    while at >= 0 and at % 4:
        at = data.find(wanted, at + 1)
    return at >= 0


class ChoiceBuilder:
    """Collects short questions; the same stem with the same options, in whatever order, is one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._members: list[list[int]] = []
        self._pieces: list[list[Hashes]] = []

    def add(self, stem: Tokens, options: Sequence[Tokens], item: int) -> None:
        """Add one, where it is long enough to be told from chance."""
        texts = [option.masked for option in options if len(option)]
        words = np.unique(np.concatenate([stem.masked, *texts]))
        if not len(stem) or len(texts) < 2 or len(words) < _FEWEST_WORDS:
            return
        key = choice_key(stem.own, [option.own for option in options])
        number = self._numbers.setdefault(key, len(self._members))
        if number == len(self._members):
            self._members.append([])
            self._pieces.append([stem.masked, *texts[: _ANCHORS - 3]])
        self._members[number].append(item)

    def finish(self) -> Choices:
        """All of them."""
        anchors = self._anchors()
        flat = [piece.astype(np.uint32) for pieces in self._pieces for piece in pieces]
        first = np.cumsum([0, *(len(pieces) for pieces in self._pieces)], dtype=np.int64)
        members = Ragged.of([np.array(ones, np.int32) for ones in self._members], np.int32)
        return Choices(anchors, Ragged.of(flat, np.uint32), first, members)

    def _anchors(self) -> tuple[HashTable, ...]:
        """For each piece the rarest run of three tokens, or of two where it has no more; two for a stem."""
        every = [[[runs(piece, size) for size in _SIZES] for piece in pieces] for pieces in self._pieces]
        counted = [
            np.concatenate([np.empty(0, np.uint64), *(p[i] for u in every for p in u)]) for i in range(len(_SIZES))
        ]
        known = [np.unique(hashes, return_counts=True) for hashes in counted]
        chosen: tuple[list[np.uint64], ...] = tuple([] for _ in _SIZES)
        owners: tuple[list[int], ...] = tuple([] for _ in _SIZES)
        for question, pieces in enumerate(every):
            taken: set[tuple[int, int]] = set()
            for number, sized in enumerate(pieces):
                at = len(_SIZES) - 1 if len(sized[-1]) else 0
                values, counts = known[at]
                own = np.unique(sized[at])
                rarity = counts[np.searchsorted(values, own)]
                for place in np.argsort(rarity, kind="stable")[: 2 if number == 0 else 1].tolist():
                    run = own[place]
                    if rarity[place] <= _COMMON_FROM and (at, int(run)) not in taken and len(taken) < _ANCHORS:
                        owners[at].append(question * _ANCHORS + len(taken))
                        chosen[at].append(run)
                        taken.add((at, int(run)))
        return tuple(
            HashTable.build([np.array(runs_, np.uint64)], [np.array(whose, np.int32)])
            for runs_, whose in zip(chosen, owners, strict=True)
        )

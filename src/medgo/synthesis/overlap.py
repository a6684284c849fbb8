"""Does a row hold a benchmark's question? Knows texts and their keys; no benchmark and no row.

A text becomes tokens: each Han character by itself, each Latin word or number as one (so Chinese, which has no spaces,
is compared by characters and English by words). An item is held by a text when at least half of its own runs of ten
tokens occur there. Runs that more than three items share ("which of the following is the most likely diagnosis") are
nobody's own. Items of five to nine tokens are compared in runs of five; shorter ones cannot be told from chance and
are counted.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from medgo.errors import InputError
from medgo.store import replacing

_TOKEN = re.compile(r"[a-z0-9]+|[㐀-鿿豈-﫿]|[^\W\d_a-z]+")
_LONG, _SHORT = 10, 5
_SHARED_BY = 3
_SHARE = 0.5
# An odd 64-bit multiplier (Knuth, MMIX): the hash of a run is a polynomial in it modulo 2**64.
_BASE = np.uint64(6364136223846793005)

Hashes = npt.NDArray[np.uint64]


class OverlapIndex(Protocol):
    """What finds benchmark items in texts: this file's index, or the one of a whole decontamination run."""

    @property
    def fingerprint(self) -> str:
        """Equal for indexes that find the same."""

    def find(self, text: str) -> str | None:
        """The key of an item that the text holds, or None."""


@dataclass(frozen=True, slots=True)
class ItemIndex:
    """Runs of tokens of many items, ready to be looked for.

    Args:
        keys: One per item.
        long: Hashes of runs of ten tokens, sorted, with the item of each.
        short: Hashes of runs of five, for items that have no run of ten.
        own: Runs that each item was left with.
        too_short: Items that are not guarded, because they have fewer than five tokens or no run of their own.
    """

    keys: tuple[str, ...]
    long: tuple[Hashes, npt.NDArray[np.int32]]
    short: tuple[Hashes, npt.NDArray[np.int32]]
    own: npt.NDArray[np.int32]
    too_short: int

    @property
    def fingerprint(self) -> str:
        """Equal for indexes that find the same."""
        digest = hashlib.sha256("\n".join(self.keys).encode())
        for part in (*self.long, *self.short):
            digest.update(part.tobytes())
        return digest.hexdigest()

    @classmethod
    def build(cls, items: Iterable[tuple[str, str]]) -> ItemIndex:
        """Index items.

        Args:
            items: (key, text) of each; read once. Those with the same tokens are one item, under the first key.

        Raises:
            InputError: There are none: an empty index would pass everything.
        """
        keys: list[str] = []
        runs: dict[int, list[Hashes]] = {_LONG: [], _SHORT: []}
        owners: dict[int, list[npt.NDArray[np.int32]]] = {_LONG: [], _SHORT: []}
        same: set[bytes] = set()
        for key, text in items:
            tokens = _token_ids(text)
            # Benchmarks hold each other's questions: four copies of one would otherwise be words that many items share.
            if tokens.tobytes() in same:
                continue
            same.add(tokens.tobytes())
            size = _LONG if len(tokens) >= _LONG else _SHORT
            found = np.unique(_runs(tokens, size))
            runs[size].append(found)
            owners[size].append(np.full(len(found), len(keys), np.int32))
            keys.append(key)
        if not keys:
            raise InputError("an index of no items would pass every row", hint="give the folder of benchmark files")
        long = _own_runs(runs[_LONG], owners[_LONG])
        short = _own_runs(runs[_SHORT], owners[_SHORT])
        own = np.bincount(np.concatenate([long[1], short[1]]), minlength=len(keys)).astype(np.int32)
        return cls(tuple(keys), long, short, own, int((own == 0).sum()))

    def find(self, text: str) -> str | None:
        """The key of the item that the text holds most of, or None."""
        tokens = _token_ids(text)
        hits = np.concatenate([_owners(tokens, _LONG, self.long), _owners(tokens, _SHORT, self.short)])
        if not len(hits):
            return None
        items, counts = np.unique(hits, return_counts=True)
        share = counts / self.own[items]
        best = int(np.argmax(share))
        return self.keys[int(items[best])] if share[best] >= _SHARE else None

    def save(self, path: Path) -> None:
        """Write it for other processes."""
        with replacing(path) as file:
            np.savez(
                file,
                keys=np.array(self.keys),
                long=self.long[0],
                long_owner=self.long[1],
                short=self.short[0],
                short_owner=self.short[1],
                own=self.own,
            )

    @classmethod
    def load(cls, path: Path) -> ItemIndex:
        """Read one back.

        Raises:
            InputError: It is not there or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                own = data["own"]
                long, short = (data["long"], data["long_owner"]), (data["short"], data["short_owner"])
                return cls(tuple(data["keys"].tolist()), long, short, own, int((own == 0).sum()))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"{path} is not an index of items: {error}", hint="remove it to build it again") from error


def has_long_runs(text: str) -> bool:
    """Whether a text can be told from chance by itself: it has at least one run of ten tokens."""
    return len(_token_ids(text)) >= _LONG


def _token_ids(text: str) -> Hashes:
    """One number per token. shape [t]."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return np.array([_token_id(token) for token in _TOKEN.findall(folded)], dtype=np.uint64)


# A text repeats most of its tokens, and a language has few that are frequent.
@lru_cache(maxsize=2**15)
def _token_id(token: str) -> int:
    return zlib.crc32(token.encode())


def _runs(tokens: Hashes, size: int) -> Hashes:
    """Hashes of all runs of ``size`` tokens. [t] → [t - size + 1]."""
    if len(tokens) < size:
        return np.empty(0, np.uint64)
    powers = _BASE ** np.arange(size, dtype=np.uint64)
    # Wraps around modulo 2**64, which is meant.
    return np.lib.stride_tricks.sliding_window_view(tokens, size) @ powers


def _own_runs(runs: list[Hashes], owners: list[npt.NDArray[np.int32]]) -> tuple[Hashes, npt.NDArray[np.int32]]:
    """Sort runs, and leave out those that too many items share."""
    if not runs:
        return np.empty(0, np.uint64), np.empty(0, np.int32)
    every, owner = np.concatenate(runs), np.concatenate(owners)
    order = np.argsort(every, kind="stable")
    every, owner = every[order], owner[order]
    _, inverse, counts = np.unique(every, return_inverse=True, return_counts=True)
    kept = counts[inverse] <= _SHARED_BY
    return every[kept], owner[kept]


def _owners(tokens: Hashes, size: int, index: tuple[Hashes, npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """The item of every indexed run that the tokens hold, once per run and item."""
    hashes, owner = index
    if not len(hashes):
        return np.empty(0, np.int32)
    mine = np.unique(_runs(tokens, size))
    first = np.searchsorted(hashes, mine, "left")
    # Few runs are any item's: where those end has to be searched for them only.
    held = hashes[np.minimum(first, len(hashes) - 1)] == mine
    last = np.searchsorted(hashes, mine[held], "right")
    places = [np.arange(a, b) for a, b in zip(first[held], last, strict=True)]
    return owner[np.concatenate(places)] if places else np.empty(0, np.int32)

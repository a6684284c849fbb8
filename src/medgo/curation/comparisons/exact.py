"""Exact duplicates: the same document in several versions, and the same text under several names."""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from medgo.curation.comparisons.collecting import Held, collect
from medgo.curation.configured import Configured
from medgo.curation.protocol import Place, Removal
from medgo.schema import Document

_SPACES = re.compile(r"\s+")
_DIGEST = 16
_NUMBER = 8


class Versions(Configured):
    """Keeps the newest version of a document that its source has published several times (``meta.version``).

    Of equal versions, the later in the input is kept, as in update files; documents without a version are version 0.
    """

    name: ClassVar[str] = "versions"
    version: ClassVar[str] = "1"

    def sign(self, document: Document) -> bytes:
        """Source and id as 16 bytes, the version as 8."""
        name = f"{document.ref.source}\0{document.ref.id}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(name, digest_size=_DIGEST).digest() + _number(document).to_bytes(_NUMBER)

    def decide(self, signed: Iterable[tuple[Place, str, bytes]]) -> Iterator[tuple[Place, Removal]]:
        """See :class:`medgo.curation.protocol.Comparison`."""
        held, keys, numbers = _sorted_by(signed, _DIGEST, _NUMBER)
        order = np.lexsort((np.arange(len(held)), numbers, keys))
        last = np.append(keys[order][1:] != keys[order][:-1], True)[: len(order)]
        # The last of a group is the newest one.
        newest = order[np.flatnonzero(last)[np.searchsorted(np.flatnonzero(last), np.arange(len(order)))]]
        for at, kept in zip(order[~last], newest[~last], strict=True):
            reason = "older version" if numbers[at] < numbers[kept] else "same id again"
            yield held.place(int(at)), Removal(self.name, reason, held.ids[kept])


class ExactDuplicates(Configured):
    """Removes a document whose text is that of an earlier one, but for width, case and spaces."""

    name: ClassVar[str] = "exact_duplicates"
    version: ClassVar[str] = "1"

    def sign(self, document: Document) -> bytes:
        """16 bytes of a hash of the text (BLAKE2b)."""
        folded = _SPACES.sub("", unicodedata.normalize("NFKC", document.text)).casefold()
        return hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()

    def decide(self, signed: Iterable[tuple[Place, str, bytes]]) -> Iterator[tuple[Place, Removal]]:
        """See :class:`medgo.curation.protocol.Comparison`. Hashes and ids are held in memory."""
        held, keys, _ = _sorted_by(signed, _DIGEST, 0)
        order = np.argsort(keys, kind="stable")
        begins = np.append(True, keys[order][1:] != keys[order][:-1])[: len(order)]
        first = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]] if len(order) else order
        for at, kept in zip(order[~begins], first[~begins], strict=True):
            yield held.place(int(at)), Removal(self.name, "copy", held.ids[kept])


def _sorted_by(
    signed: Iterable[tuple[Place, str, bytes]], key_bytes: int, number_bytes: int
) -> tuple[Held, npt.NDArray[np.bytes_], npt.NDArray[np.uint64]]:
    """Who they are, the first bytes of each signature, and the number that the rest is. shapes [n], [n]."""
    with tempfile.TemporaryFile() as file:
        held = collect(signed, file)
        file.seek(0)
        table = np.frombuffer(file.read(), np.uint8).reshape(len(held), key_bytes + number_bytes)
    # As hexadecimal digits: comparing bytes, numpy takes zeros at the end for nothing.
    keys = np.array([bytes(row).hex() for row in table[:, :key_bytes]], f"S{2 * key_bytes}")
    numbers = table[:, key_bytes:].copy().view(">u8")[:, 0] if number_bytes else np.zeros(len(held), np.uint64)
    return held, keys, numbers.astype(np.uint64)


def _number(document: Document) -> int:
    """``meta.version`` as a number; a source's versions are counted (PubMed), or are years or dates."""
    digits = "".join(filter(str.isdigit, str(document.meta.get("version", ""))))[:18]
    return int(digits or 0)

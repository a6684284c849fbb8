"""Near duplicates: texts that share most of their shingles, found by MinHash."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.util import find_spec
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from medgo.curation.comparisons.collecting import collect
from medgo.curation.comparisons.minhash import Engine, band_keys, signature_of
from medgo.curation.comparisons.shingles import shingles_of
from medgo.curation.configured import Configured
from medgo.curation.decontamination.folding import Folding, folding, simplified_characters
from medgo.curation.protocol import Place, Removal
from medgo.schema import Document

Pairs = npt.NDArray[np.int64]


class NearDuplicates(Configured):
    """Removes a document whose text is nearly that of an earlier one, which is kept.

    Two texts are compared when a band of their signatures is equal, and are copies when the signatures agree in
    ``threshold`` of their rows. With 16 bands of 8 rows the S-curve passes 0.24 at a Jaccard similarity of 0.6, 0.61 at
    0.7 and 0.95 at 0.8; the threshold of 0.7 takes out nearly all of what lies below 0.6.
    """

    name: ClassVar[str] = "near_duplicates"
    version: ClassVar[str] = "1"
    bands: int = Field(16, ge=1, description="bands of a signature")
    rows: int = Field(8, ge=1, description="rows of a band")
    threshold: float = Field(0.7, gt=0, le=1, description="share of equal rows from which two texts are copies")
    seed: int = Field(0, ge=0, description="of the hash functions")
    engine: Literal["auto", "numpy", "rensa"] = Field("auto", description="auto: rensa where it is installed")

    @property
    def fingerprint(self) -> str:
        """See :class:`medgo.curation.protocol.Step`."""
        return f"{super().fingerprint} {self._engine}"

    def sign(self, document: Document) -> bytes:
        """The signature of a document's text, four bytes a row."""
        shingles = shingles_of(document.text, self._folding)
        return signature_of(shingles, self.bands * self.rows, self.seed, self._engine).tobytes()

    def decide(self, signed: Iterable[tuple[Place, str, bytes]]) -> Iterator[tuple[Place, Removal]]:
        """See :class:`medgo.curation.protocol.Comparison`. About 600 bytes are held for each.

        A copy of something that was itself removed is removed only where it is a copy of what is kept: chains of ever
        less similar texts are not followed.
        """
        with tempfile.TemporaryFile() as file:
            held = collect(signed, file)
            if not len(held):
                return
            signatures = np.memmap(file, np.uint32, "r", shape=(len(held), self.bands * self.rows))
            copy_of = self._copies(signatures)
            del signatures
        for at in np.flatnonzero(copy_of >= 0):
            yield held.place(int(at)), Removal(self.name, "near copy", held.ids[int(copy_of[at])])

    @cached_property
    def _folding(self) -> Folding:
        return folding(simplified_characters())

    @property
    def _engine(self) -> Engine:
        if self.engine == "auto":
            return "rensa" if find_spec("rensa") is not None else "numpy"
        return self.engine

    def _copies(self, signatures: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """For each signature the number of the kept one that it is a copy of; -1 where it is kept. [n, size] → [n]."""
        copy_of = np.full(len(signatures), -1, np.int64)
        for earlier, later in self._alike(signatures):
            if copy_of[later] >= 0:
                continue
            kept = earlier if copy_of[earlier] < 0 else copy_of[earlier]
            if kept == earlier or self._agree(signatures, np.array([[kept, later]]))[0]:
                copy_of[later] = kept
        return copy_of

    def _alike(self, signatures: npt.NDArray[np.uint32]) -> Pairs:
        """Pairs that share a band and agree, the earlier first, sorted by the later one. shape [p, 2]."""
        found = [np.empty((0, 2), np.int64)]
        for band in range(self.bands):
            keys = band_keys(signatures, band, self.rows)
            order = np.argsort(keys, kind="stable")
            same = np.flatnonzero(keys[order][1:] == keys[order][:-1]) + 1
            starts = np.flatnonzero(np.concatenate(([True], keys[order][1:] != keys[order][:-1])))
            first = order[starts[np.searchsorted(starts, same, "right") - 1]]
            # With the first of its group, and with its neighbour: the first one may be removed.
            pairs = np.concatenate([np.stack([first, order[same]], 1), np.stack([order[same - 1], order[same]], 1)])
            found.append(pairs[self._agree(signatures, pairs)])
        pairs = np.unique(np.concatenate(found), axis=0)
        return pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]

    def _agree(self, signatures: npt.NDArray[np.uint32], pairs: Pairs) -> npt.NDArray[np.bool_]:
        enough = np.zeros(len(pairs), bool)
        for at in range(0, len(pairs), 2**14):
            part = pairs[at : at + 2**14]
            equal = (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1)
            enough[at : at + 2**14] = equal >= self.threshold
        return enough

"""Places, ids and signatures of all documents, held in arrays. Knows no comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from medgo.curation.protocol import Place


@dataclass(frozen=True, slots=True)
class Held:
    """Who they are.

    Args:
        places: Shard and index. shape [n, 2].
        ids: Of the documents.
    """

    places: npt.NDArray[np.int64]
    ids: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, at: int) -> Place:
        """Where a document stands."""
        shard, index = self.places[at]
        return Place(int(shard), int(index))


def collect(signed: Iterable[tuple[Place, str, bytes]], signatures: BinaryIO) -> Held:
    """Take down all places and ids, and write the signatures one after another."""
    places: list[npt.NDArray[np.int64]] = []
    part: list[tuple[int, int]] = []
    ids: list[str] = []
    for place, name, signature in signed:
        part.append((place.shard, place.index))
        ids.append(name)
        signatures.write(signature)
        # As an array a pair takes a tenth of the room.
        if len(part) == 2**16:
            places.append(np.array(part, np.int64))
            part = []
    signatures.flush()
    return Held(np.concatenate([*places, np.array(part, np.int64).reshape(-1, 2)]), ids)

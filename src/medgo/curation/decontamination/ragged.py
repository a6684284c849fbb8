"""Lists of different lengths in one array, so that they can be mapped from a file. Knows nothing of what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True)
class Ragged:
    """Lists one after another.

    Args:
        values: All of them. shape [n].
        ends: Where each ends. shape [lists].
    """

    values: npt.NDArray[Any]
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, lists: Sequence[npt.NDArray[Any]], dtype: npt.DTypeLike) -> Ragged:
        """Join them."""
        values = np.concatenate([np.empty(0, dtype), *lists]).astype(dtype)
        return cls(values, np.cumsum([len(one) for one in lists], dtype=np.int64))

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> Ragged:
        """Join texts, as UTF-8."""
        return cls.of([np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8) for text in texts], np.uint8)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> npt.NDArray[Any]:
        return self.values[int(self.ends[at - 1]) if at else 0 : int(self.ends[at])]

    def text(self, at: int) -> str:
        """One of joined texts."""
        return self[at].tobytes().decode("utf-8", "surrogatepass")

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is kept of it."""
        return {"values": self.values, "ends": self.ends}

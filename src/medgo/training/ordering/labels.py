"""The order of labelled rows for KTO: both labels everywhere in their proportion. Knows no trainer and no text.

A preference set that is un-paired block by block has stretches of a thousand rows with one label, and KTO then learns
from batches without a contrast. Here every window of an epoch holds the labels in the proportion of the set, to within
one row, and each epoch is shuffled anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


def interleave(labels: Sequence[bool], rng: np.random.Generator) -> Positions:
    """Shuffle rows so that any run of k of them holds floor(k p) or ceil(k p) wanted ones, p being their share.

    The wanted rows are spread like the points of a straight line on a grid (Bresenham's algorithm, in whole numbers),
    with a random start; which wanted row comes at which of their places is random.

    Args:
        labels: Of each row, shape [n].
        rng: Source of the shuffle.

    Returns:
        Positions of the rows in their new order, shape [n], a permutation.
    """
    wanted = np.asarray(labels, dtype=bool)
    count = len(wanted)
    if not count:
        return np.empty(0, dtype=np.int64)
    line = (int(rng.integers(count)) + int(wanted.sum()) * np.arange(count + 1, dtype=np.int64)) // count
    places = np.diff(line).astype(bool)
    order = np.empty(count, dtype=np.int64)
    order[places] = rng.permutation(np.flatnonzero(wanted))
    order[~places] = rng.permutation(np.flatnonzero(~wanted))
    return order

"""Rows in their order become steps of micro-batches of like length. Knows lengths only.

Which rows a step learns from does not depend on the size of its micro-batches, so that size changes memory and speed
and nothing else.
"""

from __future__ import annotations

import numpy as np

from medgo.training.ordering.order import Order
from medgo.training.ordering.sizes import Ints
from medgo.training.recipe import Batch


def batch(rows: Ints, tokens: Ints, sizes: Batch) -> Order:
    """Cut whole steps, and deal each step's rows by length: the longest micro-batch first.

    Args:
        rows: Positions of rows in the order in which they are learnt, shape [steps x sizes.rows].
        tokens: Length of every row of the stage, shape [rows of the stage].
        sizes: Rows of a step and of a micro-batch.
    """
    steps = rows.reshape(-1, sizes.rows)
    by_length = np.argsort(-tokens[steps], axis=1, kind="stable")
    dealt = np.take_along_axis(steps, by_length, axis=1).reshape(-1)
    ends = np.arange(sizes.micro_rows, len(dealt) + 1, sizes.micro_rows, dtype=np.int64)
    return Order(dealt, ends, sizes.rows // sizes.micro_rows)

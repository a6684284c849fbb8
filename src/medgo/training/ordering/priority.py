"""When each draw comes: groups spread evenly, or those of a higher priority earlier. Knows no rows.

HuatuoGPT-II (https://arxiv.org/abs/2311.09774, section 3.2) draws the next row from a source with a probability that
grows with the rows left in it times its priority: 16 for web pages, 8 for literature, 4 for encyclopaedias, 2 for books
and 1 for dialogues, so that knowledge comes first and dialogue last. Drawn without replacement, this is the same as
giving every row an exponential waiting time with its priority as rate, and taking rows as they arrive (Efraimidis and
Spirakis 2006, https://doi.org/10.1016/j.ipl.2005.11.003). We take quantiles of that distribution instead of random
times: when a group with priority 1 has learnt a share x of its rows, one with priority p has learnt 1 - (1 - x) ** p.
With one priority for all this is an even spread: any stretch of the order holds every group's share within a row or
two. Each epoch runs through the schedule anew.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from medgo.training.ordering.sizes import Ints


def spread(groups: Ints, priorities: npt.NDArray[np.float64], rng: np.random.Generator) -> Ints:
    """Order draws so that groups come mixed, in their expected places.

    Args:
        groups: Group of each draw, shape [draws]; a group's draws keep their order.
        priorities: Of each group, above 0, shape [groups].
        rng: Where each group begins between two of its places.

    Returns:
        Positions of draws in their new order, shape [draws].
    """
    counts = np.bincount(groups, minlength=len(priorities))
    by_group = np.argsort(groups, kind="stable")
    rank = np.empty(len(groups), np.int64)
    rank[by_group] = np.arange(len(groups)) - np.repeat(np.cumsum(counts) - counts, counts)
    learnt = (rank + rng.random(len(priorities))[groups]) / counts[groups]
    arrives = -np.log1p(-learnt) / priorities[groups]
    return np.argsort(arrives, kind="stable")

"""Several answers to one question: the majority's, and the chance that one of k is right. Knows no reply text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from medgo.errors import InputError

Labels = tuple[str, ...]


def majority(votes: Iterable[Labels | None]) -> Labels | None:
    """The answer given most often; of equally frequent ones the one that came first.

    Args:
        votes: The labels of each epoch in order; None (nothing could be read) abstains.

    Returns:
        The labels, or None when every epoch abstained.
    """
    # Counter keeps the order of first appearance, and max takes the first of equals.
    counts = Counter(vote for vote in votes if vote is not None)
    return max(counts, key=lambda labels: counts[labels]) if counts else None


def pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that at least one of k answers, drawn without replacement from the n given, is right.

    Raises:
        InputError: k is not between 1 and n, or there are more right answers than answers.

    Source: the unbiased estimator 1 - C(n - c, k) / C(n, k) of Chen et al. 2021 (arXiv:2107.03374).
    """
    if not 1 <= k <= n or not 0 <= right <= n:
        raise InputError(f"pass@{k} cannot be told from {right} right answers of {n}")
    return 1.0 - math.comb(n - right, k) / math.comb(n, k)

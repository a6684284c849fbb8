"""What a review of a sample says of all records."""

from __future__ import annotations

from bisect import bisect_left

from scipy.stats import beta

# Nobody reads more.
_MOST = 1_000_000


def upper_bound(leaks: int, reviewed: int, level: float = 0.95) -> float:
    """One-sided upper bound of the share of records with a leak.

    Args:
        leaks: Records of the sample with a leak.
        reviewed: Records of the sample.
        level: Confidence.

    Returns:
        A share, 0 to 1; 1 where nothing was reviewed. Without a leak, 299 records give 0.01.

    Source: Clopper and Pearson 1934.
    """
    if not 0 <= leaks <= reviewed:
        raise ValueError(f"{leaks} of {reviewed} records cannot have a leak")
    return 1.0 if leaks == reviewed else float(beta.ppf(level, leaks + 1, reviewed - leaks))


def reviews_needed(leaks: int, rate: float) -> int:
    """How many records a person has to read until :func:`upper_bound` is at most a rate.

    Args:
        leaks: Records of that sample with a leak.
        rate: A share, more than 0.

    Returns:
        At most a million.
    """
    sizes = range(leaks + 1, _MOST)
    return sizes[min(bisect_left(sizes, -rate, key=lambda size: -upper_bound(leaks, size)), len(sizes) - 1)]

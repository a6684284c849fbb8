"""Which labels are compared, and how they are read back: letters, or whole sets of letters. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

from medgo.schema import EvalItem

# Sets of letters are compared as whole replies: 2^8 - 1 of them still share all but a few tokens.
_MOST_OPTIONS_IN_SETS = 8
LabelGroup = tuple[str, ...]


def in_sets(item: EvalItem) -> bool:
    """Whether whole sets of letters compete, each as a whole reply: the exam says that several may be right."""
    return item.multiple and len(item.options) <= _MOST_OPTIONS_IN_SETS


def label_groups(item: EvalItem) -> list[LabelGroup]:
    """What competes: each letter, or every set of letters."""
    labels = list(item.options)
    sizes = range(1, len(labels) + 1) if in_sets(item) else range(1, 2)
    return [group for size in sizes for group in combinations(labels, size)]


def by_group(item: EvalItem, logprobs: Mapping[str, float]) -> dict[LabelGroup, float]:
    """Log-probabilities as an engine returns them (with or without a space before the label) by group."""
    named = {name.strip(): value for name, value in logprobs.items()}
    return {group: named["".join(group)] for group in label_groups(item)}


def best_group(groups: Mapping[LabelGroup, float]) -> LabelGroup | None:
    """The likeliest; None where the engine saw none of them, so that nothing is guessed."""
    best = max(groups, key=lambda group: groups[group])
    return None if groups[best] == -math.inf else best


def confidence(groups: Mapping[LabelGroup, float], chosen: LabelGroup) -> float:
    """Probability of the chosen one among those that were compared."""
    top = groups[chosen]
    return 1.0 / sum(math.exp(value - top) for value in groups.values())


def finite(logprobs: Mapping[str, float]) -> dict[str, float]:
    """JSON has no infinity: a label that an endpoint did not show gets the smallest log-probability that is kept."""
    return {label: max(value, -1e4) for label, value in logprobs.items()}

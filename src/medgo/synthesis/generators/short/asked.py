"""What every short row says of itself besides its text: the answer's core, wrong answers, what it is about.

The labels lie in ``Evidence.labels``; preference pairs and probes are made from them. Knows no generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answers.

    Args:
        kind: Sort of question within its generator.
        about: What the row is about: a CURIE, a topic, an encounter's disease. Rows about the same are not independent.
        gold: What a right answer must hold, in the words of the row; may be shorter than the completion.
        wrong: Whole answers that are wrong, none of them another right one.
    """

    kind: str
    about: str
    gold: str
    wrong: tuple[str, ...]

    def labels(self) -> dict[str, Any]:
        """As labels of the evidence."""
        return {"kind": self.kind, "about": self.about, "gold": self.gold, "wrong": list(self.wrong)}


def pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    """One of them by chance."""
    return choices[int(rng.integers(len(choices)))]


def some(choices: Sequence[T], count: int, rng: np.random.Generator) -> list[T]:
    """At most so many of them by chance, in an order by chance."""
    return [choices[at] for at in rng.permutation(len(choices))[:count].tolist()]

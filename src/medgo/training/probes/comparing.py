"""Is a model better than another on the same probes? Paired differences with tests. Knows answers, no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.statistics import Estimate, Sample, mcnemar_exact, paired_bootstrap
from medgo.training.probes.items import ProbeItem, read_items
from medgo.training.probes.measures import LESS_IS_BETTER, Answered, outcomes
from medgo.training.probes.scoring import ProbeSummary, read_answers


@dataclass(frozen=True, slots=True)
class ProbeDifference:
    """How one measure changed from a base to another model.

    Args:
        measure: ``term``, ``grounded_said/zh``, …
        base: Share of the base.
        other: Share of the other model.
        difference: Other less base, with its interval; items about the same concept are drawn together.
        only_base: Items that count for the base alone.
        only_other: Items that count for the other alone.
        p: McNemar's exact two-sided p on these items, each by itself.
    """

    measure: str
    base: float
    other: float
    difference: Estimate
    only_base: int
    only_other: int
    p: float

    @property
    def better(self) -> bool:
        """Whether the interval lies on the good side of zero."""
        return self.difference.high < 0 if self._less else self.difference.low > 0

    @property
    def worse(self) -> bool:
        """Whether the interval lies on the bad side of zero."""
        return self.difference.low > 0 if self._less else self.difference.high < 0

    @property
    def _less(self) -> bool:
        return self.measure.split("/")[0] in LESS_IS_BETTER

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "measure": self.measure,
            "base": self.base,
            "other": self.other,
            "difference": self.difference.to_row(),
            "only_base": self.only_base,
            "only_other": self.only_other,
            "p": self.p,
        }


def compare_probes(base_out: Path, other_out: Path, items: Path) -> list[ProbeDifference]:
    """Compare two folders of :func:`~medgo.training.probes.scoring.evaluate_probes`.

    Args:
        base_out: Of the base.
        other_out: Of the other model.
        items: The items that both were asked.

    Returns:
        One difference a measure, over all items and by language.

    Raises:
        InputError: They did not answer the same items.
    """
    before, after = (ProbeSummary.load(out) for out in (base_out, other_out))
    if before.items != after.items:
        raise InputError(
            f"{base_out} and {other_out} answered other items, and cannot be compared",
            hint="evaluate both on the same file, with the same kinds and limit",
        )
    return compare_answers(read_items(items), read_answers(base_out), read_answers(other_out))


def compare_answers(
    items: Iterable[ProbeItem], base: Mapping[str, Answered], other: Mapping[str, Answered]
) -> list[ProbeDifference]:
    """Compare answers to the same items; items that one of them lacks are left out."""
    pairs: dict[str, tuple[list[tuple[bool, bool]], list[str]]] = {}
    for item in items:
        if item.id not in base or item.id not in other:
            continue
        mine, its = outcomes(item, base[item.id]), outcomes(item, other[item.id])
        for name in mine.keys() & its.keys():
            for key in (name, f"{name}/{item.lang}"):
                held = pairs.setdefault(key, ([], []))
                held[0].append((mine[name], its[name]))
                held[1].append(item.about)
    return [_difference(key, *pairs[key]) for key in sorted(pairs)]


def _difference(measure: str, pairs: list[tuple[bool, bool]], about: list[str]) -> ProbeDifference:
    changes = [float(its) - float(mine) for mine, its in pairs]
    only_base, only_other = sum(one < 0 for one in changes), sum(one > 0 for one in changes)
    interval, _ = paired_bootstrap(Sample.of(changes, about), np.random.default_rng(0))
    base, other = (sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1))
    return ProbeDifference(measure, base, other, interval, only_base, only_other, mcnemar_exact(only_base, only_other))

"""Is a model better than another on the same probes? Paired differences with tests. Knows answers, no model.

Items about one concept are not independent. So intervals draw concepts, and beside McNemar's test, which takes each
item by itself, stands one that takes each concept by itself. Training, card, report and command line all compare here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.statistics import Estimate, Sample, mcnemar_exact, paired_bootstrap
from medgo.training.probes.items import ProbeItem, read_items
from medgo.training.probes.measures import LESS_IS_BETTER, Answered, outcomes, with_parts
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
        items: Compared.
        concepts: What they are about, each counted once.
        concepts_base: Concepts on more of whose items the base alone counts.
        concepts_other: Concepts on more of whose items the other alone counts.
        p_concepts: Exact two-sided p of :func:`sign_flips`, each concept by itself; ``p`` where each has one item.
    """

    measure: str
    base: float
    other: float
    difference: Estimate
    only_base: int
    only_other: int
    p: float
    items: int
    concepts: int
    concepts_base: int
    concepts_other: int
    p_concepts: float

    @property
    def less_is_better(self) -> bool:
        """Whether a model with less of it is the better one."""
        return self.measure.split("/")[0] in LESS_IS_BETTER

    @property
    def better(self) -> bool:
        """Whether the interval lies on the good side of zero."""
        return self.difference.high < 0 if self.less_is_better else self.difference.low > 0

    @property
    def worse(self) -> bool:
        """Whether the interval lies on the bad side of zero."""
        return self.difference.low > 0 if self.less_is_better else self.difference.high < 0

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
            "items": self.items,
            "concepts": self.concepts,
            "concepts_base": self.concepts_base,
            "concepts_other": self.concepts_other,
            "p_concepts": self.p_concepts,
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
    """Compare answers to the same items; items that one of them lacks are left out.

    Returns:
        One difference a measure and a part of one (:func:`with_parts`), by name.
    """
    pairs: dict[str, tuple[list[tuple[bool, bool]], list[str]]] = {}
    for item in items:
        if item.id not in base or item.id not in other:
            continue
        mine, its = outcomes(item, base[item.id]), outcomes(item, other[item.id])
        for name in mine.keys() & its.keys():
            for key in with_parts(name, item):
                held = pairs.setdefault(key, ([], []))
                held[0].append((mine[name], its[name]))
                held[1].append(item.about)
    return [_difference(key, *pairs[key]) for key in sorted(pairs)]


def sign_flips(changes: Sequence[int]) -> float:
    """Exact two-sided p of as large a sum, if each change were as likely to be the other way round.

    Args:
        changes: Of each independent unit, e.g. items of a concept that got right less those that got wrong.

    Returns:
        1 where nothing changed. McNemar's exact p where every change is one item.

    Source: Fisher's randomisation test of pairs (Efron and Tibshirani 1993, ch. 15); the sums of all sign patterns are
    counted by convolution instead of drawn.
    """
    sizes = [abs(one) for one in changes if one]
    whole = sum(sizes)
    share = np.zeros(2 * whole + 1)  # share[k]: of all patterns, those whose sum is k - whole
    share[whole] = 1.0
    for size in sizes:
        share = (np.roll(share, size) + np.roll(share, -size)) / 2
    sums = np.abs(np.arange(-whole, whole + 1))
    return min(1.0, float(share[sums >= abs(sum(changes))].sum()))


def _difference(measure: str, pairs: list[tuple[bool, bool]], about: list[str]) -> ProbeDifference:
    changes = [int(its) - int(mine) for mine, its in pairs]
    only_base, only_other = changes.count(-1), changes.count(1)
    by_concept: dict[str, int] = {}
    for change, concept in zip(changes, about, strict=True):
        by_concept[concept] = by_concept.get(concept, 0) + change
    interval, _ = paired_bootstrap(Sample.of([float(one) for one in changes], about), np.random.default_rng(0))
    base, other = (sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1))
    return ProbeDifference(
        measure=measure,
        base=base,
        other=other,
        difference=interval,
        only_base=only_base,
        only_other=only_other,
        p=mcnemar_exact(only_base, only_other),
        items=len(pairs),
        concepts=len(by_concept),
        concepts_base=sum(one < 0 for one in by_concept.values()),
        concepts_other=sum(one > 0 for one in by_concept.values()),
        p_concepts=sign_flips(list(by_concept.values())),
    )

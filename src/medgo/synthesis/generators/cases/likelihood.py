"""How likely findings are under each disease, for thousands of diseases at once. Knows no language and no sampling.

A finding is a key (a sign's CURIE, or ``LAB:potassium/high``). Each disease gives some keys a probability; any other
finding arises by accident with a small rate. Findings count as independent given the disease, and nothing is said
about how common the disease itself is: this is the likelihood, not the posterior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FALSE_POSITIVE_RATE = 0.01  # a finding that the disease does not explain; LIRICAL's default (Robinson et al. 2020)


@dataclass(frozen=True)
class Likelihood:
    """P(finding | disease) for all findings and diseases, by finding.

    Args:
        diseases: Ids, by row.
        rows: Disease id → row.
        tables: Disease → finding → probability.
        postings: Finding → rows of the diseases that have it ``[k]``, and with which probability ``[k]``.
        noise: Rate of findings that a disease does not explain.
    """

    diseases: tuple[str, ...]
    rows: Mapping[str, int]
    tables: Mapping[str, Mapping[str, float]]
    postings: Mapping[str, tuple[NDArray[np.int32], NDArray[np.float64]]]
    noise: float = FALSE_POSITIVE_RATE
    _gains: dict[tuple[str, bool], NDArray[np.float64]] = field(default_factory=dict, init=False, compare=False)
    _backgrounds: dict[str, float] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    def build(cls, tables: Mapping[str, Mapping[str, float]]) -> Likelihood:
        """From disease → finding → probability. Broader findings must be in there already."""
        diseases = tuple(tables)
        found: dict[str, tuple[list[int], list[float]]] = {}
        for row, disease in enumerate(diseases):
            for key, p in tables[disease].items():
                rows, ps = found.setdefault(key, ([], []))
                rows.append(row)
                ps.append(p)
        postings = {key: (np.array(rows, np.int32), np.array(ps)) for key, (rows, ps) in found.items()}
        return cls(diseases, {disease: row for row, disease in enumerate(diseases)}, tables, postings)

    def p(self, key: str, disease: str) -> float:
        """P(finding | disease) by the disease alone; 0 where it does not have the finding."""
        return self.tables[disease].get(key, 0.0)

    def background(self, key: str) -> float:
        """P(finding) over all diseases, each counted once, accidents included."""
        known = self._backgrounds.get(key)
        if known is None:
            found = self.postings.get(key)
            share = 0.0 if found is None else float(found[1].sum()) / len(self.diseases)
            known = self._backgrounds[key] = either(self.noise, share)
        return known

    def ratio(self, key: str, one: str, other: str) -> float:
        """Likelihood ratio of a finding between two diseases."""
        return either(self.noise, self.p(key, one)) / either(self.noise, self.p(key, other))

    def log_likelihoods(
        self, present: Iterable[str], absent: Iterable[str], base: Mapping[str, float] | None = None
    ) -> NDArray[np.float64]:
        """log P(findings | disease) for every disease, in nats.

        Args:
            present: Findings that are there.
            absent: Findings that are not.
            base: Finding → its probability by what is known already (an earlier diagnosis, a drug).

        Returns:
            ``[diseases]``
        """
        base = base or {}
        total = np.zeros(len(self.diseases))
        for key, there in [*((key, True) for key in present), *((key, False) for key in absent)]:
            anyway = either(self.noise, base.get(key, 0.0))
            total += math.log(anyway if there else 1 - anyway)
            if key in self.postings:
                total[self.postings[key][0]] += self._gain(key, there, anyway)
        return total

    def _gain(self, key: str, there: bool, anyway: float) -> NDArray[np.float64]:
        """By how much each disease that has the finding changes the log-likelihood ``[k]``."""
        known = self._gains.get((key, there)) if anyway == self.noise else None
        if known is None:
            p = 1 - (1 - self.postings[key][1]) * (1 - anyway)
            # An obligate sign can have been overlooked: absence is never quite impossible.
            known = np.log(p / anyway if there else np.maximum(1 - p, self.noise / 10) / (1 - anyway))
            if anyway == self.noise:
                self._gains[key, there] = known
        return known


def either(first: float, second: float) -> float:
    """Probability that at least one of two independent causes is at work."""
    return 1 - (1 - first) * (1 - second)


def ranked(
    likelihood: Likelihood, total: NDArray[np.float64], allowed: NDArray[np.bool_] | None = None, top: int = 6
) -> list[tuple[str, float]]:
    """The likeliest diseases, best first, with their log-likelihoods; of equals the earlier one comes first."""
    if allowed is not None:
        total = np.where(allowed, total, -np.inf)
    best = np.argsort(-total, kind="stable")[:top] if len(total) < 500 else _best(total, top)
    return [(likelihood.diseases[row], float(total[row])) for row in best.tolist() if np.isfinite(total[row])]


def _best(total: NDArray[np.float64], top: int) -> NDArray[np.intp]:
    """As ``argsort`` would, without sorting thousands."""
    floor = np.partition(total, -top)[-top]
    rows = np.flatnonzero(total >= floor)
    return rows[np.argsort(-total[rows], kind="stable")][:top]

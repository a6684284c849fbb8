"""One number of one model, and how it compares with the base: what evaluations of every sort become. Reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medgo.evaluation.statistics import Estimate

BASE = "base"


@dataclass(frozen=True, slots=True)
class Against:
    """A model beside the base, item by item.

    Args:
        difference: Model - base, in the metric's unit.
        better: Units on which the model did better.
        worse: Units on which the base did.
        test: ``mcnemar`` (exact), ``sign-flips-by-concept`` (exact, where items share concepts) or ``bootstrap``.
        p: Two-sided, adjusted over what was measured of this model (Holm).
        p_items: McNemar's exact p that takes each item by itself, not adjusted; None where ``test`` is that.
    """

    difference: Estimate
    better: int
    worse: int
    test: str
    p: float
    p_items: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number of one model.

    Args:
        subject: ``base`` or the name of a stage.
        name: Of what was measured, unique: a benchmark's or probe's.
        title: As people call it.
        metric: What was counted.
        estimate: The number, a fraction of 1 where the metric is a share.
        dataset: Type on the Hub, split, revision: what a model index asks for.
        page: Where the data are described; empty for none.
        facts: Further JSON that the number depends on: method, protocol and hashes.
        against: The comparison with the base; None for the base, and where the base was not measured alike.
    """

    subject: str
    name: str
    title: str
    metric: str
    estimate: Estimate
    dataset: Mapping[str, str]
    facts: Mapping[str, Any]
    page: str = ""
    against: Against | None = None

    @property
    def is_part(self) -> bool:
        """Whether it is of one language only, and so part of another number."""
        return self.name.startswith("probes/") and self.name.count("/") > 1

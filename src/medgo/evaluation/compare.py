"""Is model B really better than model A? Two runs, paired item by item. Pure; knows no file.

For each benchmark: the difference with its interval, McNemar's exact p, adjusted over all benchmarks, and the smallest
difference that these items could have shown at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.outcomes import ItemOutcome, headline_metric, headline_worth, in_headline, outcomes
from medgo.evaluation.statistics import (
    Estimate,
    Sample,
    average_interval,
    detectable_difference,
    detectable_mean_difference,
    discordance,
    holm,
    paired_bootstrap,
)
from medgo.schema import Lang, Prediction

Predictions = Mapping[str, Sequence[Prediction]]

LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
# Must agree for a pair of answers to be answers to one question.
_SAME = {"data_sha256": "the data", "protocol_sha256": "the protocol"}
# Differ by intention when models are compared.
_EXPECTED_TO_DIFFER = ("model", "engine", "dtype", "benchmarks", "medgo")


@dataclass(frozen=True, slots=True)
class BenchmarkComparison:
    """Two models on one benchmark; fractions of 1.

    Args:
        benchmark: Its name.
        metric: What is compared: the benchmark's headline metric.
        pairs: Items that both answered.
        units: Independent units among them (questions, where items are variants of one).
        only_in_a: Items that A's run has and B's has not; they are left out.
        only_in_b: Likewise.
        failed: Items of both that an engine failed on, or no judge scored, in either; left out too.
        a: Metric of A over the pairs.
        b: Metric of B over the pairs.
        difference: B - A.
        better_a: Units that A answered better.
        better_b: Units that B answered better.
        test: ``mcnemar`` (exact) where every unit is simply better, equal or worse, otherwise ``bootstrap``: scores,
            epochs and averages over categories, where a count of units could contradict the difference of means.
        p: Of that test, two-sided.
        p_adjusted: Holm's, over the benchmarks of this comparison.
        detectable: The smallest difference that this many units would have shown at p < 0.05 in four runs of five;
            None where they could not have shown any.
    """

    benchmark: str
    metric: str
    pairs: int
    units: int
    only_in_a: int
    only_in_b: int
    failed: int
    a: float
    b: float
    difference: Estimate
    better_a: int
    better_b: int
    test: str
    p: float
    p_adjusted: float
    detectable: float | None

    @property
    def winner(self) -> str:
        """``A``, ``B``, or empty where no difference was shown (p adjusted, at 0.05)."""
        if self.p_adjusted >= ALPHA or self.difference.value == 0:
            return ""
        return "B" if self.difference.value > 0 else "A"

    def verdict(self, lang: Lang) -> str:
        """Say in words what was shown."""
        points = f"{100 * abs(self.difference.value):.1f}"
        if self.winner:
            return f"{self.winner} better by {points} points" if lang == "en" else f"{self.winner} 更好，高 {points} 分"
        if self.detectable is None:
            return "too few items to show any difference" if lang == "en" else "题目太少，任何差异都无法显示"
        least = f"{100 * self.detectable:.1f}"
        if lang == "en":
            return f"no difference shown; one under {least} points would probably have been missed"
        return f"未显示差异；小于 {least} 分的差异多半检测不到"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on all benchmarks that both were measured on.

    Args:
        benchmarks: In the order in which they were given.
        overall: Unweighted mean of the differences; None where nothing is left to compare.
        left_out: Benchmark → why it was not compared.
        warnings: What makes the comparison less than it looks: settings that differ, forced mismatches.
    """

    benchmarks: tuple[BenchmarkComparison, ...]
    overall: Estimate | None
    left_out: Mapping[str, str]
    warnings: tuple[str, ...]

    def verdict(self, lang: Lang) -> str:
        """Say in words what the mean difference shows; empty where there is none."""
        if self.overall is None:
            return ""
        better = "B" if self.overall.low > 0 else "A" if self.overall.high < 0 else ""
        if better:
            return f"{better} better on average" if lang == "en" else f"平均而言 {better} 更好"
        return "no difference shown on average" if lang == "en" else "平均而言未显示差异"

    def to_row(self) -> dict[str, Any]:
        """Return the comparison as a JSON object, verdicts in both languages included."""
        rows = [
            asdict(each) | {"winner": each.winner, "verdict": {"en": each.verdict("en"), "zh": each.verdict("zh")}}
            for each in self.benchmarks
        ]
        return {
            "benchmarks": rows,
            "overall": self.overall and self.overall.to_row(),
            "verdict": {"en": self.verdict("en"), "zh": self.verdict("zh")},
            "left_out": dict(self.left_out),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why two runs are not runs of one and the same question.

    Args:
        benchmarks: Benchmark → what differs.
        settings: Settings of the runs that differ, in words; they may be what is compared.
    """

    benchmarks: Mapping[str, str]
    settings: tuple[str, ...]


def mismatches(a: Mapping[str, Any], b: Mapping[str, Any]) -> Mismatch:
    """Compare what two runs asked.

    Args:
        a: Manifest of a run folder.
        b: Manifest of another.
    """
    of_a, of_b = a.get("benchmarks", {}), b.get("benchmarks", {})
    differing = {}
    for name in of_a:
        if name in of_b:
            what = [word for key, word in _SAME.items() if of_a[name].get(key) != of_b[name].get(key)]
            if what:
                differing[name] = f"{' and '.join(what)} of the two runs differ"
    asked_a, asked_b = a.get("requested", {}), b.get("requested", {})
    settings = [
        f"{key}: {asked_a.get(key)} in A, {asked_b.get(key)} in B"
        for key in dict.fromkeys([*asked_a, *asked_b])
        if key not in _EXPECTED_TO_DIFFER and asked_a.get(key) != asked_b.get(key)
    ]
    return Mismatch(differing, tuple(settings))


def compare(
    a: Predictions,
    b: Predictions,
    *,
    benchmarks: Mapping[str, Benchmark],
    rng: np.random.Generator,
    mismatch: Mismatch | None = None,
    force: bool = False,
) -> Comparison:
    """Compare two runs.

    Args:
        a: Benchmark → predictions of A, epochs and variants included.
        b: Likewise of B.
        benchmarks: How each is counted, by name, in the order of the result.
        rng: Source of the resamples.
        mismatch: What :func:`mismatches` found in the manifests.
        force: Compare benchmarks whose data or protocol differ too, with a warning.

    Raises:
        InputError: No benchmark is left to compare.
    """
    found = mismatch or Mismatch({}, ())
    left_out = {name: "only A was measured on it" for name in a if name not in b}
    left_out |= {name: "only B was measured on it" for name in b if name not in a}
    compared: list[BenchmarkComparison] = []
    warnings = list(found.settings)
    for name in (each for each in benchmarks if each in a and each in b):
        if name in found.benchmarks:
            if not force:
                left_out[name] = found.benchmarks[name]
                continue
            warnings.append(f"{name}: {found.benchmarks[name]}")
        result = _compare_benchmark(a[name], b[name], benchmarks[name], rng)
        if result is None:
            left_out[name] = "no item was answered in both runs"
        else:
            compared.append(result)
    if not compared:
        raise InputError(_nothing_left(left_out), hint=_way_out(found))
    adjusted = holm([each.p for each in compared])
    results = tuple(replace(each, p_adjusted=p) for each, p in zip(compared, adjusted, strict=True))
    return Comparison(results, average_interval([each.difference for each in results]), left_out, tuple(warnings))


def _nothing_left(left_out: Mapping[str, str]) -> str:
    lines = "".join(f"\n  {name}: {why}" for name, why in left_out.items())
    return f"the runs have nothing that can be compared:{lines}"


def _way_out(found: Mismatch) -> str:
    if found.benchmarks:
        return "run both models with the same data, limit and protocol, or compare by item id all the same with --force"
    return "run both models on the same benchmarks"


def _compare_benchmark(
    a: Sequence[Prediction],
    b: Sequence[Prediction],
    benchmark: Benchmark,
    rng: np.random.Generator,
) -> BenchmarkComparison | None:
    of_a, of_b = _counted(a, benchmark), _counted(b, benchmark)
    worth = headline_worth(benchmark)
    common = [(of_a[item], of_b[item]) for item in of_a if item in of_b]
    values = [(first, first.mean(worth), second.mean(worth)) for first, second in common]
    pairs = [(item, x, y) for item, x, y in values if x is not None and y is not None]
    if not pairs:
        return None
    strata = [item.category for item, _, _ in pairs] if benchmark.average == "category" else None
    units = [item.unit for item, _, _ in pairs]

    def sample(scores: Iterable[float]) -> Sample:
        return Sample.of(list(scores), units, strata)

    differences = [y - x for _, x, y in pairs]
    paired = sample(differences)
    difference, p_bootstrap = paired_bootstrap(paired, rng, level=LEVEL)
    counts = discordance(differences, units)
    exact = benchmark.kind == "choice" and _is_binary(paired)
    return BenchmarkComparison(
        benchmark=benchmark.name,
        metric=headline_metric(benchmark),
        pairs=len(pairs),
        units=counts.units,
        only_in_a=len(of_a) - len(common),
        only_in_b=len(of_b) - len(common),
        failed=len(common) - len(pairs),
        a=sample(x for _, x, _ in pairs).mean,
        b=sample(y for _, _, y in pairs).mean,
        difference=difference,
        better_a=counts.only_a,
        better_b=counts.only_b,
        test="mcnemar" if exact else "bootstrap",
        p=counts.p if exact else p_bootstrap,
        p_adjusted=1.0,
        detectable=detectable_difference(counts.units, counts.rate, alpha=ALPHA, power=POWER)
        if exact
        else detectable_mean_difference(difference, alpha=ALPHA, power=POWER),
    )


def _is_binary(differences: Sample) -> bool:
    """Whether every unit's difference is -1, 0 or 1 and weighs the same, so that counting units is averaging them."""
    if len(differences.strata) > 1:
        return False
    sums, counts = differences.strata[0].T
    return bool((counts == counts[0]).all() and np.isin(sums / counts, (-1.0, 0.0, 1.0)).all())


def _counted(predictions: Sequence[Prediction], benchmark: Benchmark) -> dict[str, ItemOutcome]:
    return {outcome.item: outcome for outcome in outcomes(predictions) if in_headline(outcome, benchmark)}

"""A benchmark's predictions as figures: headline with interval, further metrics, rates, strata, gaps. Pure.

Knows benchmarks and statistics; knows no engine, file or page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from medgo.errors import InputError
from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.metrics import diagnostics, metrics, sample_of
from medgo.evaluation.outcomes import (
    ItemOutcome,
    Worth,
    headline_metric,
    headline_worth,
    in_headline,
    outcomes,
    withheld,
)
from medgo.evaluation.statistics import Estimate, Sample, discordance, mean_interval, paired_bootstrap
from medgo.schema import Prediction


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of all predictions, in [0, 1]. The first five exclude each other.

    Args:
        unparsed: A finished reply without a readable answer (counted as wrong).
        truncated: Cut off before an answer (wrong).
        refused: Declined (wrong).
        forced: Cut off, and asked for the label at that point (counted by that label).
        error: The engine failed (not counted).
        thinking_forced: The thinking budget was spent and the answer followed: an ordinary answer, which may be any
            of the above too.
    """

    unparsed: float
    truncated: float
    refused: float
    forced: float
    error: float
    thinking_forced: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """How much better a model answers one rewriting of the same questions than another.

    Args:
        privileged: Variant.
        unprivileged: Variant.
        privileged_value: Headline metric on it.
        unprivileged_value: Likewise.
        difference: Privileged - unprivileged, paired by question; ``n`` counts the questions.
        only_privileged: Questions answered better in the privileged variant.
        only_unprivileged: In the other.
        p: McNemar's exact two-sided p of these two counts.
    """

    privileged: str
    unprivileged: str
    privileged_value: float
    unprivileged_value: float
    difference: Estimate
    only_privileged: int
    only_unprivileged: int
    p: float


@dataclass(frozen=True, slots=True)
class BenchmarkSummary:
    """The figures of one benchmark; fractions of 1 throughout.

    Args:
        benchmark: Its name.
        items: Items that have a prediction, variants and rotations included.
        size: Items that the whole benchmark has, as published.
        epochs: Repetitions.
        counted: Items behind the headline.
        metric: What the headline is: ``accuracy``, ``exact_match`` or a judge's ``score``.
        average: ``micro`` or ``category``.
        headline: The number; None where not a single item could be counted.
        bounds: The headline if everything that could not be counted were wrong, and if it were right. Equal to the
            headline's value where nothing failed.
        errors: Predictions that the engine failed on. They are in no mean.
        unjudged: Answers without a judge's score. They are in no mean either.
        rates: Shares of all predictions.
        withheld: Answers that a judge scored whose scores may not be shown. They are in no mean, and not ``unjudged``.
        metrics: Further means by name, with intervals; see :mod:`medgo.evaluation.metrics`.
        diagnostics: Further numbers without an interval: ``ece``, ``ece_adaptive``, ``label_mass``.
        by_category: Headline metric by category; likewise by variant and language.
        gaps: Differences between variants.
    """

    benchmark: str
    items: int
    size: int
    epochs: int
    counted: int
    metric: str
    average: str
    headline: Estimate | None
    bounds: tuple[float, float] | None
    errors: int
    unjudged: int
    rates: Rates
    withheld: int = 0
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    by_category: Mapping[str, Estimate] = field(default_factory=dict)
    by_variant: Mapping[str, Estimate] = field(default_factory=dict)
    by_lang: Mapping[str, Estimate] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def to_row(self) -> dict[str, Any]:
        """Return the summary as a JSON object."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> BenchmarkSummary:
        """Read a JSON object as :meth:`to_row` wrote it.

        Raises:
            InputError: A field is missing, unknown or not of its kind.
        """
        try:
            values = dict(row)
            values["rates"] = Rates(**values["rates"])
            values["headline"] = values["headline"] and Estimate.from_row(values["headline"])
            values["bounds"] = values["bounds"] and tuple(values["bounds"])
            for name in ("metrics", "by_category", "by_variant", "by_lang"):
                values[name] = {key: Estimate.from_row(each) for key, each in values[name].items()}
            values["gaps"] = tuple(_gap_from_row(gap) for gap in values["gaps"])
            return cls(**values)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise InputError(f"not a summary of a benchmark: {error}") from error


def summarise(
    predictions: Sequence[Prediction], benchmark: Benchmark, *, level: float = 0.95, rng: np.random.Generator
) -> BenchmarkSummary:
    """Work out the figures of a benchmark.

    Args:
        predictions: All of them, each item and epoch once; of this benchmark only.
        benchmark: How they are counted.
        level: Coverage of the intervals.
        rng: Source of the resamples.

    Raises:
        InputError: There are none, one is of another benchmark, or an item and epoch stands twice.
    """
    _check(predictions, benchmark)
    everything = outcomes(predictions)
    counted = [outcome for outcome in everything if in_headline(outcome, benchmark)]
    worth = headline_worth(benchmark)
    headline, bounds = _headline(counted, benchmark, worth, level, rng)
    known = {} if headline is None else {headline_metric(benchmark): headline}
    # Failures are worth nothing too, but for another reason.
    scoreless = [prediction for prediction in predictions if prediction.status != "error" and worth(prediction) is None]
    summary = BenchmarkSummary(
        benchmark=benchmark.name,
        items=len(everything),
        size=benchmark.size,
        epochs=max(prediction.epoch for prediction in predictions) + 1,
        counted=sum(outcome.mean(worth) is not None for outcome in counted),
        metric=headline_metric(benchmark),
        average=benchmark.average,
        headline=headline,
        bounds=bounds,
        errors=sum(prediction.status == "error" for prediction in predictions),
        unjudged=sum(not withheld(prediction) for prediction in scoreless),
        rates=_rates(predictions),
        withheld=sum(map(withheld, scoreless)),
        metrics=metrics(counted, benchmark, level=level, rng=rng, known=known),
        diagnostics=diagnostics(counted),
    )
    return replace(
        summary,
        by_category=_by(counted, worth, lambda outcome: outcome.category, level, rng),
        by_variant=_by(everything, worth, lambda outcome: outcome.variant, level, rng),
        by_lang=_by(counted, worth, lambda outcome: outcome.lang, level, rng),
        gaps=tuple(gap for pair in benchmark.gaps if (gap := _gap(everything, worth, pair, level, rng)) is not None),
    )


def _check(predictions: Sequence[Prediction], benchmark: Benchmark) -> None:
    if not predictions:
        raise InputError(f"{benchmark.name}: there is no prediction to count")
    strangers = sorted({p.benchmark for p in predictions} - {benchmark.name})
    if strangers:
        raise InputError(f"{benchmark.name}: there are predictions of {', '.join(strangers)} among its own")
    if len({p.key for p in predictions}) != len(predictions):
        raise InputError(f"{benchmark.name}: an item stands twice in one epoch")


def _headline(
    counted: Sequence[ItemOutcome], benchmark: Benchmark, worth: Worth, level: float, rng: np.random.Generator
) -> tuple[Estimate | None, tuple[float, float] | None]:
    strata = benchmark.average == "category"
    sample = sample_of(counted, worth, strata=strata)
    if sample is None:
        return None, ((0.0, 1.0) if counted else None)
    clip = None if benchmark.kind == "choice" else (0.0, 1.0)
    estimate = mean_interval(sample, rng, level=level, clip=clip)
    ends = [sample_of(counted, _instead(worth, missing), strata=strata) for missing in (0.0, 1.0)]
    low, high = (end.mean if end is not None else estimate.value for end in ends)
    return estimate, (max(low, 0.0), min(high, 1.0)) if clip else (low, high)


def _instead(worth: Worth, missing: float) -> Worth:
    def filled(prediction: Prediction) -> float:
        value = worth(prediction)
        return missing if value is None else value

    return filled


def _rates(predictions: Sequence[Prediction]) -> Rates:
    n = len(predictions)
    shares = {name: sum(p.status == name for p in predictions) / n for name in ("unparsed", "truncated", "refused")}
    return Rates(
        **shares,
        forced=sum(p.forced and p.status == "answered" for p in predictions) / n,
        error=sum(p.status == "error" for p in predictions) / n,
        thinking_forced=sum(bool(p.scores.get("thinking_forced")) for p in predictions) / n,
    )


def _by(
    items: Sequence[ItemOutcome],
    worth: Worth,
    name: Callable[[ItemOutcome], str],
    level: float,
    rng: np.random.Generator,
) -> dict[str, Estimate]:
    """The headline metric in each stratum; empty where there is but one."""
    groups: dict[str, list[ItemOutcome]] = {}
    for outcome in items:
        groups.setdefault(name(outcome), []).append(outcome)
    if len(groups) < 2:
        return {}
    samples = {key: sample_of(group, worth) for key, group in sorted(groups.items())}
    return {key: mean_interval(sample, rng, level=level) for key, sample in samples.items() if sample is not None}


def _gap(
    items: Sequence[ItemOutcome], worth: Worth, pair: tuple[str, str], level: float, rng: np.random.Generator
) -> Gap | None:
    """The difference between two variants over the questions that were answered in both."""
    values: dict[str, dict[str, list[float]]] = {pair[0]: {}, pair[1]: {}}
    for outcome in items:
        value = outcome.mean(worth)
        if outcome.variant in values and value is not None:
            values[outcome.variant].setdefault(outcome.unit, []).append(value)
    privileged, unprivileged = values[pair[0]], values[pair[1]]
    units = [unit for unit in privileged if unit in unprivileged]
    if not units:
        return None
    first = [float(np.mean(privileged[unit])) for unit in units]
    second = [float(np.mean(unprivileged[unit])) for unit in units]
    differences = [a - b for a, b in zip(first, second, strict=True)]
    estimate, _ = paired_bootstrap(Sample.of(differences, units), rng, level=level)
    counts = discordance(differences, units)
    return Gap(*pair, float(np.mean(first)), float(np.mean(second)), estimate, counts.only_b, counts.only_a, counts.p)


def _gap_from_row(row: Mapping[str, Any]) -> Gap:
    return Gap(**(dict(row) | {"difference": Estimate.from_row(row["difference"])}))

"""What is counted beside the headline, each under its own name. Pure; knows predictions and statistics.

=================  =====================================================================================================
accuracy           Labels are exactly the gold ones (benchmarks with one right label).
exact_match        The same, under the name that multi-answer benchmarks use for it.
partial_credit     Share of the gold labels that were given, 0 as soon as a wrong one was (Chinese licensing exams).
jaccard            |given and gold| / |given or gold|.
accuracy_sum …     Of ``--labels text``: by summed, per-byte (``norm``) and ``pmi`` log-probability.
majority           The most frequent answer of the epochs is right; ties go to the answer that came first, epochs
                   without an answer abstain.
pass@k             Chance that one of k epochs is right; of items with at least k epochs.
all_rotations      Right under every rotation of the options; the unit is the question. Not defined, and left out, where
                   the engine failed on a rotation.
macro_f1           Mean F1 over the labels, where these mean the same in all items (PubMedQA's yes, no, maybe).
brier              Squared distance of the label probabilities from the truth, 0 to 2; lower is better.
others             Mean of a judge's score of that name; not of scores that are withheld.
=================  =====================================================================================================
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np

from medgo.evaluation.benchmarks.definition import Benchmark
from medgo.evaluation.outcomes import WITHHELD, ItemOutcome, Worth, exact, jaccard, partial_credit, scored
from medgo.evaluation.statistics import (
    Estimate,
    Sample,
    brier,
    expected_calibration_error,
    label_probabilities,
    majority,
    mean_interval,
    pass_at_k,
    percentile_interval,
    resampled_totals,
)
from medgo.evaluation.statistics.intervals import RESAMPLES, FloatArray
from medgo.schema import Prediction

# Their options are the same words in every item, so that a label is a class.
_FIXED_OPTIONS = ("pubmedqa", "pubmedqa_labeled")
# In [0, 1] for a data set, though not for every item (a rubric has negative points).
_CLIPPED = ("score", "top1", "top5")
# Not scores of the answer.
_NO_SCORES = ("label_mass", "confidence", "thinking_forced")


def sample_of(items: Iterable[ItemOutcome], worth: Worth, *, strata: bool = False) -> Sample | None:
    """Mean worth of each item, grouped into units; None where no item has a worth.

    Args:
        items: The items.
        worth: What is counted.
        strata: Average over categories without weights.
    """
    kept = [(outcome, value) for outcome in items if (value := outcome.mean(worth)) is not None]
    if not kept:
        return None
    categories = [outcome.category for outcome, _ in kept] if strata else None
    return Sample.of([value for _, value in kept], [outcome.unit for outcome, _ in kept], categories)


def metrics(
    items: Sequence[ItemOutcome],
    benchmark: Benchmark,
    *,
    level: float,
    rng: np.random.Generator,
    known: Mapping[str, Estimate],
) -> dict[str, Estimate]:
    """All metrics that these items have; see the table above.

    Args:
        items: Those that the headline counts.
        benchmark: Where they are from.
        level: Coverage of the intervals.
        rng: Source of the resamples.
        known: Metrics that were worked out already (the headline): one number has one interval.
    """
    found: dict[str, Estimate] = {}
    strata = benchmark.average == "category"
    for name, worth in _means(items, benchmark).items():
        if name in known:
            found[name] = known[name]
            continue
        clip = (0.0, 1.0) if name in _CLIPPED else None
        _add(found, name, sample_of(items, worth, strata=strata), level, rng, clip)
    if benchmark.kind != "choice":
        return found
    for name, values in _by_item(items).items():
        if values:
            _add(found, name, Sample.of([v for _, v in values], [unit for unit, _ in values]), level, rng)
    if benchmark.name in _FIXED_OPTIONS and not any(outcome.rotation for outcome in items):
        f1 = _macro_f1(items, level, rng)
        if f1 is not None:
            found["macro_f1"] = f1
    return found


def _add(
    found: dict[str, Estimate],
    name: str,
    sample: Sample | None,
    level: float,
    rng: np.random.Generator,
    clip: tuple[float, float] | None = None,
) -> None:
    if sample is not None:
        found[name] = mean_interval(sample, rng, level=level, clip=clip)


def _means(items: Sequence[ItemOutcome], benchmark: Benchmark) -> dict[str, Worth]:
    """Metrics that are a mean over predictions."""
    names = {name for outcome in items for prediction in outcome.predictions for name in prediction.scores}
    if benchmark.kind != "choice":
        return {n: scored(n) for n in sorted(names) if n not in _NO_SCORES and not n.startswith(WITHHELD)}
    means: dict[str, Worth] = {"accuracy": exact}
    if benchmark.multiple:
        means = {"exact_match": exact, "partial_credit": partial_credit, "jaccard": jaccard}
    means |= {name: scored(name) for name in sorted(names) if name.startswith("accuracy_")}
    return means | {"brier": _brier}


def _by_item(items: Sequence[ItemOutcome]) -> dict[str, list[tuple[Hashable, float]]]:
    """Metrics that need an item's epochs, or a question's rotations, together: name → (unit, value)."""
    found: dict[str, list[tuple[Hashable, float]]] = {}
    answers = [(outcome, [p for p in outcome.predictions if p.status != "error"]) for outcome in items]
    most = max((len(given) for _, given in answers), default=0)
    if most > 1:
        found["majority"] = [(outcome.unit, _majority_right(given)) for outcome, given in answers if given]
    k = 2
    while k <= most:
        found[f"pass@{k}"] = [
            (outcome.unit, pass_at_k(len(given), sum(p.correct for p in given), k))
            for outcome, given in answers
            if len(given) >= k
        ]
        k *= 2
    if any(outcome.rotation for outcome in items):
        found["all_rotations"] = _all_rotations(items)
    return found


def _majority_right(given: Sequence[Prediction]) -> float:
    chosen = majority(p.labels if p.status == "answered" else None for p in given)
    return float(chosen is not None and set(chosen) == set(given[0].gold))


def _all_rotations(items: Sequence[ItemOutcome]) -> list[tuple[Hashable, float]]:
    """One right and three failed rotations are not right under all of them, nor wrong."""
    questions: dict[tuple[str, str], list[float | None]] = {}
    for outcome in items:
        questions.setdefault((outcome.unit, outcome.variant), []).append(outcome.mean(exact))
    return [
        (unit, float(all(value == 1.0 for value in values)))
        for (unit, _), values in questions.items()
        if None not in values
    ]


def _probabilities(prediction: Prediction) -> dict[str, float] | None:
    """Of an answer read from label probabilities; a forced answer's follow a reply and are another thing."""
    if prediction.status != "answered" or prediction.forced or not prediction.logprobs or len(prediction.gold) != 1:
        return None
    return label_probabilities(prediction.logprobs)


def _brier(prediction: Prediction) -> float | None:
    probabilities = _probabilities(prediction)
    return None if probabilities is None else brier(probabilities, prediction.gold[0])


def diagnostics(items: Sequence[ItemOutcome]) -> dict[str, float]:
    """Calibration and label mass of the predictions that have probabilities.

    Returns:
        ``ece`` (15 bins of equal width) and ``ece_adaptive`` (equal mass) of the probability of the answer given;
        ``label_mass``, the mean probability that the model would write a label at all.
    """
    found: dict[str, float] = {}
    predictions = [p for outcome in items for p in outcome.predictions if p.status == "answered"]
    pairs = [(c, p.correct) for p in predictions if (c := _confidence(p)) is not None]
    if pairs:
        confidence, correct = [c for c, _ in pairs], [right for _, right in pairs]
        found["ece"] = expected_calibration_error(confidence, correct)
        found["ece_adaptive"] = expected_calibration_error(confidence, correct, by="mass")
    masses = [p.scores["label_mass"] for p in predictions if "label_mass" in p.scores and not p.forced]
    if masses:
        found["label_mass"] = sum(masses) / len(masses)
    return found


def _confidence(prediction: Prediction) -> float | None:
    if prediction.forced:
        return None
    if "confidence" in prediction.scores:
        return prediction.scores["confidence"]
    probabilities = _probabilities(prediction)
    return None if probabilities is None or len(prediction.labels) != 1 else probabilities[prediction.labels[0]]


def _macro_f1(items: Sequence[ItemOutcome], level: float, rng: np.random.Generator) -> Estimate | None:
    """Macro F1 with its cluster bootstrap: each unit is a row of counts gold × given (or none)."""
    answers = [(o.unit, p) for o in items for p in o.predictions if p.status != "error" and len(p.gold) == 1]
    if not answers:
        return None
    labels = sorted({p.gold[0] for _, p in answers})
    index = {label: i for i, label in enumerate(labels)}
    size, other = len(labels), len(labels)
    units: dict[str, FloatArray] = {}
    for unit, p in answers:
        given = index.get(p.labels[0], other) if p.status == "answered" and len(p.labels) == 1 else other
        row = units.setdefault(unit, np.zeros(size * (size + 1)))
        row[index[p.gold[0]] * (size + 1) + given] += 1
    rows = np.array(list(units.values()))
    value = float(_mean_f1(rows.sum(axis=0, keepdims=True), size)[0])
    replicates = _mean_f1(resampled_totals(rows, len(rows), rng, RESAMPLES), size)
    return percentile_interval(value, replicates, len(rows), level=level, method="cluster-bootstrap")


def _mean_f1(totals: FloatArray, size: int) -> FloatArray:
    """[resamples, size * (size + 1)] → macro F1, [resamples]; a label that a resample lacks entirely is left out."""
    confusion = totals.reshape(-1, size, size + 1)
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    named = confusion.sum(axis=2) + confusion[:, :, :size].sum(axis=1)
    present = named > 0
    f1 = np.divide(2 * hits, named, out=np.zeros_like(named), where=present)
    return np.asarray(f1.sum(axis=1) / present.sum(axis=1))
